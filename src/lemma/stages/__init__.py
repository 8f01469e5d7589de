"""The stages of the pipeline, each declared once."""

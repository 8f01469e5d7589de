"""The stages of the pipeline, each declared once, in `table.py`; what is generated from the table."""

"""Trained models on new text, with explanations."""

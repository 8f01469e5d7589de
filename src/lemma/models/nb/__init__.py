"""Multinomial naive Bayes."""

"""Grading of formulas: the questions of the exercises, and whether an answer to one is correct."""

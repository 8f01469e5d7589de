"""Metrics, confidence intervals, significance tests, curves and error analysis, from class probabilities alone."""

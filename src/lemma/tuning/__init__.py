"""Hyperparameter search: the same number of trials for each model, selected by the score on dev."""

"""Classifiers: `lemma.models.<name>.model` for each name in `params.Models`."""

"""Classifiers: `lemma.models.<name>` for each name in `params.Models`."""

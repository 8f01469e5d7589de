"""Proves the exercises of a course on neural networks for NLP, runs its experiment, prints both."""

from importlib.metadata import version

__version__ = version("lemma")

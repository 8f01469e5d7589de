"""Majority baseline: predict the class frequencies of the training set for every document."""

from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier

from lemma.corpus.word_vectors import WordVectors
from lemma.params import Majority


def build_estimator(params: Majority, balanced: bool, vectors: WordVectors | None = None) -> BaseEstimator:
    """Build the unfitted baseline; the arguments, which all models have, do not change it."""
    return DummyClassifier(strategy="prior")

"""The baseline: every document gets the class frequencies of the training part."""

from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier

from lemma.corpus.word_vectors import WordVectors
from lemma.params import Majority


def estimator(settings: Majority, balanced: bool, vectors: WordVectors | None = None) -> BaseEstimator:
    """Return the unfitted baseline, which a balanced training leaves as it is: frequencies are all that it has."""
    return DummyClassifier(strategy="prior")

"""The baseline: every document gets the class frequencies of the training part."""

from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier

from lemma.data.vectors import Vectors
from lemma.params import Majority


def estimator(settings: Majority, vectors: Vectors | None, balanced: bool) -> BaseEstimator:
    """Return the unfitted baseline."""
    return DummyClassifier(strategy="prior")

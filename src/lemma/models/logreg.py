"""Logistic regression over n-grams: the linear baseline."""

from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from lemma.data.vectors import Vectors
from lemma.models.features import features
from lemma.params import LogReg


def estimator(settings: LogReg, vectors: Vectors | None, balanced: bool) -> BaseEstimator:
    """Return the unfitted pipeline; it takes documents whose words are joined by single spaces.

    Raises:
        InputError: centroids are asked for and there are no word vectors.
    """
    classifier = LogisticRegression(C=settings.c, max_iter=1000, class_weight="balanced" if balanced else None)
    return make_pipeline(features(settings, vectors), classifier)

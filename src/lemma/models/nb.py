"""Multinomial naive Bayes over n-grams (McCallum & Nigam 1998)."""

from sklearn.base import BaseEstimator
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from lemma.data.vectors import Vectors
from lemma.errors import InputError
from lemma.models.features import features
from lemma.params import NB


def estimator(settings: NB, vectors: Vectors | None, balanced: bool) -> BaseEstimator:
    """Return the unfitted pipeline; it takes documents whose words are joined by single spaces.

    Raises:
        InputError: features are asked for that may be negative.
    """
    for name in ("svd", "centroids"):
        if getattr(settings, name):
            raise InputError(
                f"models.nb.{name}: naive Bayes counts, and takes no features that may be negative.",
                f"Write {name}: {'null' if name == 'svd' else 'false'} at models.nb in params.yaml.",
            )
    return make_pipeline(features(settings), MultinomialNB(alpha=settings.alpha, fit_prior=not balanced))

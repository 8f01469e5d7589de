"""A linear model over log-count ratios of naive Bayes (Wang & Manning 2012), one class against the rest.

The paper's support vector machine has no probabilities; its loss is replaced by the logistic one, as Mesnil et al. 2015
do. A feature f is weighed by r = log((alpha + n(f)) / |alpha + n|) - log((alpha + m(f)) / |alpha + m|), where n and m
count the documents of the class and of the rest; of the weights w found for r * f, (1 - beta) * mean |w| + beta * w are
kept.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.class_weight import compute_sample_weight

from lemma.data.vectors import Vectors
from lemma.errors import InputError
from lemma.models.features import features
from lemma.params import NBSVM


class LogCountRatios(BaseEstimator):  # type: ignore[misc]
    """What is to be fitted; fitting gives a pipeline of scikit-learn's own types."""

    def __init__(self, shown: Pipeline, settings: NBSVM, balanced: bool) -> None:
        self.shown, self.settings, self.balanced = shown, settings, balanced

    def fit(self, texts: Iterable[str], labels: NDArray[np.int64]) -> Pipeline:
        """Return the fitted pipeline: its coefficients are those of the ratios and of the model over them in one."""
        values = self.shown.fit_transform(texts, labels).tocsr()
        there = values.sign()
        weight = compute_sample_weight("balanced" if self.balanced else None, labels)
        classes = np.unique(labels)
        rows = []
        for label in classes[1:] if len(classes) == 2 else classes:
            ratio = self._ratio(there, labels == label)
            model = LogisticRegression(C=self.settings.c, solver="liblinear", dual=True, max_iter=1000, random_state=0)
            model.fit(values.multiply(ratio).tocsr(), labels == label, sample_weight=weight)
            beta, found = self.settings.beta, model.coef_[0]
            rows.append((ratio * ((1 - beta) * np.abs(found).mean() + beta * found), model.intercept_[0]))
        joined = LogisticRegression()
        joined.classes_, joined.n_iter_ = classes, np.array([1])
        joined.coef_, joined.intercept_ = (np.array(part) for part in zip(*rows))
        joined.n_features_in_ = values.shape[1]
        return make_pipeline(self.shown, joined)

    def _ratio(self, there: Any, own: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the log-count ratio of each feature: (features,)."""
        one, other = (self.settings.alpha + np.asarray(there[of].sum(0)).ravel() for of in (own, ~own))
        ratio: NDArray[np.float64] = np.log(one / one.sum()) - np.log(other / other.sum())
        return ratio


def estimator(settings: NBSVM, vectors: Vectors | None, balanced: bool) -> BaseEstimator:
    """Return what is to be fitted; it takes documents whose words are joined by single spaces.

    Raises:
        InputError: features are asked for that are no counts.
    """
    for name in ("svd", "centroids"):
        if getattr(settings, name):
            raise InputError(
                f"models.nbsvm.{name}: log-count ratios are of counts, and take no other features.",
                f"Write {name}: {'null' if name == 'svd' else 'false'} at models.nbsvm in params.yaml.",
            )
    return LogCountRatios(features(settings), settings, balanced)

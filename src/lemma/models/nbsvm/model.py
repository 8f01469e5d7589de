"""A linear model over the log-count ratios of naive Bayes (Wang & Manning 2012), with the logistic loss.

Two things differ from the paper. The loss, since probabilities are wanted. And the intercept, which is found anew after
the interpolation: the old one belongs to weights of another size, and harms where classes are of unequal size.
"""

from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_sample_weight

from lemma.corpus.word_vectors import WordVectors
from lemma.errors import InputError
from lemma.models.shared.features import SEED, Fit
from lemma.params import NBSVM


def estimator(settings: NBSVM, balanced: bool, vectors: WordVectors | None = None) -> Fit:
    """Return the unfitted pipeline; its `fit` takes documents whose words are joined by single spaces.

    `balanced`: all classes weigh the same, whatever their size. Centroids keep the weights that they learn.

    Raises:
        InputError: latent dimensions are asked for, which have no counts.
    """
    if settings.svd is not None:
        raise InputError(
            "params.yaml: models.nbsvm.svd puts dimensions in place of the n-grams that nbsvm counts.",
            "Write models.nbsvm.svd: null, or take logreg.",
        )
    dense = vectors.matrix.shape[1] if settings.centroids and vectors is not None else 0
    return Fit(settings, partial(_fit, settings, balanced, dense), vectors)


def log_count_ratio(held: Any, positive: NDArray[np.bool_], alpha: float) -> NDArray[np.float64]:
    """Return how much more of the positive documents' n-grams each one is than of the others', as a log: (n-grams,).

    `held`: (documents, n-grams), zeros and ones; `alpha` is added to every count.
    """
    p, q = (alpha + held.T @ member.astype(np.float64) for member in (positive, ~positive))
    ratio: NDArray[np.float64] = np.log(p / p.sum()) - np.log(q / q.sum())
    return ratio


def _fit(settings: NBSVM, balanced: bool, dense: int, matrix: Any, labels: NDArray[np.int64]) -> LogisticRegression:
    """Return a logistic regression that holds the weights found; the last `dense` columns are no counts."""
    classes, index = np.unique(labels, return_inverse=True)
    matrix = sp.csr_array(matrix)
    weight = compute_sample_weight("balanced" if balanced else None, index)
    grams = matrix.shape[1] - dense
    held = matrix[:, :grams].sign()
    ratio, coefficients, intercepts = np.ones(matrix.shape[1]), [], []
    for one in range(len(classes)) if len(classes) > 2 else [1]:
        positive = index == one
        ratio[:grams] = log_count_ratio(held, positive, settings.alpha)
        # The dual, whose cost does not grow with the n-grams; it draws the order of the documents.
        model = LogisticRegression(C=settings.c, solver="liblinear", dual=True, max_iter=1000, random_state=SEED)
        found = model.fit(matrix @ sp.diags_array(ratio), positive, sample_weight=weight).coef_[0]
        size = np.abs(found[:grams]).mean()
        found[:grams] = (1 - settings.beta) * size + settings.beta * found[:grams]
        coefficients.append(ratio * found)
        intercepts.append(_intercept(matrix @ coefficients[-1], positive, weight))
    # One against the rest has now been folded into plain weights; of more than two, softmax makes probabilities.
    plain = LogisticRegression(C=settings.c)
    plain.classes_, plain.n_features_in_ = classes, matrix.shape[1]
    plain.coef_, plain.intercept_ = np.array(coefficients), np.array(intercepts)
    return plain


def _intercept(decision: NDArray[np.float64], positive: NDArray[np.bool_], weight: NDArray[np.float64]) -> float:
    """Return the intercept of least logistic loss: where the probabilities sum to the number of positive documents."""

    def surplus(intercept: float) -> float:
        return float(weight @ (expit(decision + intercept) - positive))

    return float(brentq(surplus, -decision.max() - 50, -decision.min() + 50))

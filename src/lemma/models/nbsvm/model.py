"""NBSVM: a linear model over the log-count ratios of naive Bayes (Wang and Manning, 2012), with logistic loss.

For each class, with f the binarised n-gram counts of a document::

    p = alpha + sum of f over the documents of the class,   q = alpha + sum of f over all others
    r = log((p / |p|) / (q / |q|))
    w = weights of an L2-penalised linear classifier with the features f * r
    w' = (1 - beta) * mean(|w|) + beta * w

Two things differ from the paper. The loss is logistic, since probabilities are needed. And the intercept is refitted
after the interpolation: the previous one belongs to weights of another magnitude and is harmful with unequal classes.
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
from lemma.models.shared.features import SEED, UnfittedPipeline
from lemma.params import NBSVM


def build_estimator(params: NBSVM, balanced: bool, vectors: WordVectors | None = None) -> UnfittedPipeline:
    """Build the unfitted pipeline of features and NBSVM.

    Args:
        params: of the model.
        balanced: whether all classes have the same total weight, whatever their frequency.
        vectors: pre-trained word vectors for `centroids`, whose weights are not interpolated.

    Raises:
        InputError: the parameters ask for latent dimensions, which have no counts.
    """
    if params.svd is not None:
        raise InputError(
            "params.yaml: models.nbsvm.svd replaces the n-grams, but nbsvm needs their counts.",
            "Write models.nbsvm.svd: null, or use logreg.",
        )
    num_dense = vectors.matrix.shape[1] if params.centroids and vectors is not None else 0
    return UnfittedPipeline(params, partial(_fit, params, balanced, num_dense), vectors)


def log_count_ratio(is_present: Any, positive: NDArray[np.bool_], alpha: float) -> NDArray[np.float64]:
    """Return r of the module's docstring: (n-grams,).

    Args:
        is_present: sparse (documents, n-grams), 1 where a document contains an n-gram, else 0.
        positive: (documents,) whether the document belongs to the class.
        alpha: smoothing added to each count.
    """
    p, q = (alpha + is_present.T @ member.astype(np.float64) for member in (positive, ~positive))
    ratio: NDArray[np.float64] = np.log(p / p.sum()) - np.log(q / q.sum())
    return ratio


def _fit(params: NBSVM, balanced: bool, num_dense: int, features: Any, labels: NDArray[np.int64]) -> LogisticRegression:
    """Return a logistic regression with the weights r * w' of each class.

    The last `num_dense` features are not counts: their ratio is 1, and they are not interpolated.
    """
    classes, class_index = np.unique(labels, return_inverse=True)
    features = sp.csr_array(features)
    sample_weight = compute_sample_weight("balanced" if balanced else None, class_index)
    num_ngrams = features.shape[1] - num_dense
    is_present = features[:, :num_ngrams].sign()
    ratio, coefficients, intercepts = np.ones(features.shape[1]), [], []
    for label in range(len(classes)) if len(classes) > 2 else [1]:
        positive = class_index == label
        ratio[:num_ngrams] = log_count_ratio(is_present, positive, params.alpha)
        # The cost of the dual problem does not grow with the number of n-grams. Its solver visits the documents in
        # random order.
        classifier = LogisticRegression(C=params.c, solver="liblinear", dual=True, max_iter=1000, random_state=SEED)
        weights = classifier.fit(features @ sp.diags_array(ratio), positive, sample_weight=sample_weight).coef_[0]
        mean = np.abs(weights[:num_ngrams]).mean()
        weights[:num_ngrams] = (1 - params.beta) * mean + params.beta * weights[:num_ngrams]
        coefficients.append(ratio * weights)
        intercepts.append(_fit_intercept(features @ coefficients[-1], positive, sample_weight))
    # The one-vs-rest classifiers become one linear model; with more than two classes softmax gives the probabilities.
    combined = LogisticRegression(C=params.c)
    combined.classes_, combined.n_features_in_ = classes, features.shape[1]
    combined.coef_, combined.intercept_ = np.array(coefficients), np.array(intercepts)
    return combined


def _fit_intercept(
    decision: NDArray[np.float64], positive: NDArray[np.bool_], sample_weight: NDArray[np.float64]
) -> float:
    """Return the intercept of least logistic loss, where the probabilities sum to the number of positive documents."""

    def surplus(intercept: float) -> float:
        return float(sample_weight @ (expit(decision + intercept) - positive))

    return float(brentq(surplus, -decision.max() - 50, -decision.min() + 50))

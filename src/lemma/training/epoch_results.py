"""Losses and scores of one epoch on the dev split."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.primary_metric import compute_primary_score

MIN_PROBABILITY = 1e-12  # of the true class, so that the loss is finite


def mean_cross_entropy(labels: NDArray[np.int64], probabilities: NDArray[np.floating[Any]]) -> float:
    """Return the mean negative log probability of the true classes, in nats.

    Args:
        labels: (documents,) class indices.
        probabilities: (documents, classes).
    """
    true_class = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(true_class, MIN_PROBABILITY)).mean())


def dev_results(metric: str, labels: NDArray[np.int64], probabilities: NDArray[np.floating[Any]]) -> dict[str, float]:
    """Return loss, accuracy and primary score of the dev split, as a line of the history has them.

    Args:
        metric: primary metric of the data set.
        labels: (dev documents,) class indices.
        probabilities: (dev documents, classes).
    """
    return {
        "dev_loss": mean_cross_entropy(labels, probabilities),
        "dev_accuracy": float((probabilities.argmax(1) == labels).mean()),
        "dev_score": compute_primary_score(metric, labels, probabilities),
    }

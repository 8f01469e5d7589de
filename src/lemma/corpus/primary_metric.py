"""What a training is judged by on the dev part: the metric that the data set's published results are in."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MACRO_RECALL = "macro recall"


def score(metric: str, truth: NDArray[np.int64], predicted: NDArray[np.floating[Any]]) -> float:
    """Return accuracy, or macro recall over the classes that occur, between 0 and 1.

    Args:
        metric: of the data set.
        truth: (documents,) classes.
        predicted: (documents, classes) probabilities.
    """
    right = predicted.argmax(1) == truth
    if metric != MACRO_RECALL:
        return float(right.mean())
    return float(np.mean([right[truth == label].mean() for label in np.unique(truth)]))


def better(one: dict[str, Any], other: dict[str, Any], select: str) -> bool:
    """Return whether the epoch of one line of history beats the other's: by score, then by loss; or by loss alone."""
    if select == "loss":
        return bool(one["dev_loss"] < other["dev_loss"])
    return bool((one["dev_score"], -one["dev_loss"]) > (other["dev_score"], -other["dev_loss"]))

"""The primary metric of a data set: the metric that its published results are reported in.

It decides on early stopping, on the best run and on what significance is tested. A catalogued data set names its
metric in `lemma.data.sources.catalog`; the metadata of `documents.parquet` and `tokens.arrow` carry the name on.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

ACCURACY = "accuracy"
MACRO_RECALL = "macro recall"
DEFAULT = ACCURACY  # of a user's own data set


def compute_primary_score(metric: str, labels: NDArray[np.int64], probabilities: NDArray[np.floating[Any]]) -> float:
    """Compute accuracy, or macro recall over the classes that occur in `labels`: between 0 and 1.

    Args:
        metric: ACCURACY or MACRO_RECALL.
        labels: (documents,) class indices.
        probabilities: (documents, classes).
    """
    correct = probabilities.argmax(1) == labels
    if metric != MACRO_RECALL:
        return float(correct.mean())
    return float(np.mean([correct[labels == label].mean() for label in np.unique(labels)]))


def get_primary_score(metrics: Mapping[str, Any], metric: str) -> Any:
    """Return the value of the primary metric from the metrics of one split.

    Args:
        metrics: of one split, with the keys "accuracy" and "macro". For one run the value is a number; for a summary
            over runs it is a mapping with the keys mean, std, low and high.
        metric: ACCURACY or MACRO_RECALL.
    """
    return metrics["macro"]["recall"] if metric == MACRO_RECALL else metrics["accuracy"]

"""Does a model know how sure it may be? Reliability curve and expected calibration error (Guo et al. 2017)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lemma.evaluation.curves import Part

BINS = 10  # of equal width, over the confidence


def calibration(runs: Sequence[Part]) -> dict[str, Any]:
    """Return how often a model was right by how sure it was, over the documents of all runs.

    The confidence is the probability of the predicted class. The error is the mean over documents of the distance
    between a bin's mean confidence and its accuracy, computed run by run: pooled runs could hide each other's errors.

    Args:
        runs: labels and probabilities, one pair a run.

    Returns:
        {ece: one a run, bins: [{low, high, confidence, accuracy, documents}]}; a bin without documents is left out.
    """
    sums = np.zeros((len(runs), 3, BINS))  # documents, confidence, right
    for run, (labels, probabilities) in enumerate(runs):
        confidence = probabilities.max(axis=1).astype(np.float64)
        right = probabilities.argmax(axis=1) == labels
        # The last bin holds its upper end, 1; a confidence of 0.3 belongs to the bin that it opens.
        place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
        for row, weight in enumerate((None, confidence, right)):
            sums[run, row] = np.bincount(place, weight, minlength=BINS)
    errors = [float(np.abs(held[1] - held[2]).sum() / held[0].sum()) for held in sums]
    documents, confidence, right = sums.sum(axis=0)
    return {
        "ece": errors,
        "bins": [
            {
                "low": at / BINS,
                "high": (at + 1) / BINS,
                "confidence": float(confidence[at] / documents[at]),
                "accuracy": float(right[at] / documents[at]),
                "documents": int(documents[at]),
            }
            for at in np.flatnonzero(documents)
        ],
    }

"""Reliability curve and expected calibration error (Guo et al., 2017)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lemma.evaluation.curves import Predictions

BINS = 10  # of equal width


def compute_calibration(runs: Sequence[Predictions]) -> dict[str, Any]:
    """Compute the accuracy of predictions by their confidence, and the expected calibration error of each run.

    The confidence of a prediction is the probability of the predicted class. The expected calibration error (ECE) is
    the mean over documents of the absolute difference between confidence and accuracy of the document's bin. It is
    computed run by run, since the errors of several runs could cancel each other.

    Args:
        runs: labels and probabilities of each run.

    Returns:
        {ece: [one for each run], bins: [{low, high, confidence, accuracy, documents}]}: the bins are over all runs,
        without those that hold no documents.
    """
    sums = np.zeros((len(runs), 3, BINS))  # of documents, of their confidences, of correct predictions
    for run, (labels, probabilities) in enumerate(runs):
        confidence = probabilities.max(axis=1).astype(np.float64)
        correct = probabilities.argmax(axis=1) == labels
        # A bin includes its lower end; the last one also its upper end, 1.
        bin_indices = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
        for row, weights in enumerate((None, confidence, correct)):
            sums[run, row] = np.bincount(bin_indices, weights, minlength=BINS)
    errors = [float(np.abs(confidence - correct).sum() / documents.sum()) for documents, confidence, correct in sums]
    documents, confidence, correct = sums.sum(axis=0)
    return {
        "ece": errors,
        "bins": [
            {
                "low": index / BINS,
                "high": (index + 1) / BINS,
                "confidence": float(confidence[index] / documents[index]),
                "accuracy": float(correct[index] / documents[index]),
                "documents": int(documents[index]),
            }
            for index in np.flatnonzero(documents)
        ],
    }

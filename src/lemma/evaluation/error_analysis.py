"""Where a model errs: accuracy by length of the document, and the mistakes it was surest of."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

GROUPS = 5  # of documents, by length, about equally many in each
SHOWN = 8  # mistakes kept


def by_length(lengths: NDArray[Any], right: NDArray[Any], tested: NDArray[Any]) -> list[dict[str, Any]]:
    """Return accuracy by number of words, in groups of about as many documents.

    Args:
        lengths: (documents,) words of each.
        right: (documents,) runs that test it and are right about it.
        tested: (documents,) runs that test it.

    Returns:
        [{low, high, accuracy, documents}], shortest first, `low` and `high` both included; documents of one length are
        never parted, so there may be fewer groups than `GROUPS`.
    """
    used = np.flatnonzero(tested > 0)
    ends = np.unique(np.quantile(lengths[used], np.arange(1, GROUPS + 1) / GROUPS, method="inverted_cdf"))
    group = np.searchsorted(ends, lengths[used])
    found = []
    for number in range(len(ends)):
        members = used[group == number]
        if len(members):
            found.append(
                {
                    "low": int(lengths[members].min()),
                    "high": int(lengths[members].max()),
                    "accuracy": float((right[members] / tested[members]).mean()),
                    "documents": len(members),
                }
            )
    return found


def mistakes(labels: NDArray[Any], probabilities: NDArray[Any], tested: NDArray[Any]) -> list[dict[str, Any]]:
    """Return the documents whose wrong class was given the highest mean probability, surest first.

    Args:
        labels: (documents,) true class indices.
        probabilities: (documents, classes), the mean over the runs that test a document.
        tested: (documents,) runs that test it; of others the probabilities do not matter.

    Returns:
        [{document, true, predicted, confidence}], at most `SHOWN`; of equally sure ones the first document's first.
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero((tested > 0) & (predicted != labels))
    sure = probabilities[wrong, predicted[wrong]]
    chosen = wrong[np.argsort(-sure, kind="stable")[:SHOWN]]
    return [
        {
            "document": int(at),
            "true": int(labels[at]),
            "predicted": int(predicted[at]),
            "confidence": float(probabilities[at, predicted[at]]),
        }
        for at in chosen
    ]

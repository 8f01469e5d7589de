"""Error analysis of a model on test: accuracy by document length, and its most confident mistakes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

GROUPS = 5  # of documents by length
MISTAKES = 8  # kept for a model


def compute_accuracy_by_length(
    lengths: NDArray[Any], correct_runs: NDArray[Any], test_runs: NDArray[Any]
) -> list[dict[str, Any]]:
    """Return the accuracy in groups of documents of similar length and about equal size.

    Args:
        lengths: (documents,) number of tokens.
        correct_runs: (documents,) number of runs that test the document and classify it correctly.
        test_runs: (documents,) number of runs that have the document in their test split.

    Returns:
        [{low, high, accuracy, documents}], shortest documents first; `low` and `high` are lengths, both inclusive.
        Documents of equal length are in one group, so there may be fewer than `GROUPS` groups.
    """
    tested = np.flatnonzero(test_runs > 0)
    ends = np.unique(np.quantile(lengths[tested], np.arange(1, GROUPS + 1) / GROUPS, method="inverted_cdf"))
    group_of = np.searchsorted(ends, lengths[tested])
    groups = []
    for group in range(len(ends)):
        members = tested[group_of == group]
        if len(members):
            groups.append(
                {
                    "low": int(lengths[members].min()),
                    "high": int(lengths[members].max()),
                    "accuracy": float((correct_runs[members] / test_runs[members]).mean()),
                    "documents": len(members),
                }
            )
    return groups


def find_mistakes(labels: NDArray[Any], probabilities: NDArray[Any], test_runs: NDArray[Any]) -> list[dict[str, Any]]:
    """Return the misclassified documents with the highest probability of the predicted class, the highest first.

    Args:
        labels: (documents,) true class indices.
        probabilities: (documents, classes) mean over the runs that test the document.
        test_runs: (documents,) number of runs that test the document; the others are ignored.

    Returns:
        [{document, true, predicted, confidence}], at most `MISTAKES`; ties are in the order of the documents.
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero((test_runs > 0) & (predicted != labels))
    confidences = probabilities[wrong, predicted[wrong]]
    chosen = wrong[np.argsort(-confidences, kind="stable")[:MISTAKES]]
    return [
        {
            "document": int(document),
            "true": int(labels[document]),
            "predicted": int(predicted[document]),
            "confidence": float(probabilities[document, predicted[document]]),
        }
        for document in chosen
    ]

"""Smaller training parts: drawn by class, each inside the next larger one, the same for every model."""

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.splits import TEST, TRAIN


def subset(parts: NDArray[np.int8], labels: NDArray[np.int32], fraction: float, run: int) -> NDArray[np.int8]:
    """Return the parts of a run that learns from a fraction of its training documents alone.

    What it does not learn from counts as test: a training reads no label of it, and no score of it is kept. Within
    each class the documents are put in an order that depends on the run alone, and the first of them stay; so a larger
    fraction holds all that a smaller one does, and every class keeps a document.

    Args:
        parts: (documents,) TRAIN, DEV or TEST.
        labels: (documents,) class indices.
        fraction: of the training documents, with at most two decimals.
        run: number of the run.
    """
    percent = round(100 * fraction)
    found, generator = parts.copy(), np.random.default_rng(run)
    for label in np.unique(labels[parts == TRAIN]):
        members = generator.permutation(np.flatnonzero((parts == TRAIN) & (labels == label)))
        found[members[max(1, round(len(members) * percent / 100)) :]] = TEST
    return found

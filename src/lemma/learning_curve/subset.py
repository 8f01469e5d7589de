"""Draw a stratified subset of the training documents; larger fractions contain the smaller ones."""

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.splits import TEST, TRAIN


def draw_subset(parts: NDArray[np.int8], labels: NDArray[np.int32], fraction: float, run: int) -> NDArray[np.int8]:
    """Return the split of each document for a run that is trained on a fraction of the training documents.

    The remaining training documents become TEST: their labels are not read, and no score on them is computed. Within
    each class the documents are permuted with the run as the seed, and the first ones are used. Therefore a larger
    fraction contains a smaller one, and every class keeps at least one document. The subset is the same for all models.

    Args:
        parts: (documents,) TRAIN, DEV or TEST.
        labels: (documents,) class indices.
        fraction: of the training documents, with at most two decimals.
        run: number of the run.

    Returns:
        (documents,) TRAIN, DEV or TEST.
    """
    percent = round(100 * fraction)
    reduced, generator = parts.copy(), np.random.default_rng(run)
    for label in np.unique(labels[parts == TRAIN]):
        members = generator.permutation(np.flatnonzero((parts == TRAIN) & (labels == label)))
        reduced[members[max(1, round(len(members) * percent / 100)) :]] = TEST
    return reduced

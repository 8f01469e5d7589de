"""The split of each document in a run: train, dev or test.

A data set with fixed splits (official, random, or by a column of the file) has the same splits in every run. Under
k-fold cross-validation run r is tested on fold r; a fraction of the other folds, drawn at random for each run, is its
dev split.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

TRAIN, DEV, TEST = 0, 1, 2
SPLITS = ("train", "dev", "test")
Ints = NDArray[np.integer[Any]]


def stratify(labels: Ints, fractions: list[float], seed: int) -> NDArray[np.int8]:
    """Draw a group for each document at random, such that every class has about the same fractions in the groups.

    Group sizes are exact to within one document per class.

    Args:
        labels: (documents,) class indices.
        fractions: of the documents, one for each group; they sum to 1.
        seed: of the permutation.

    Returns:
        (documents,) index of the group of each document.
    """
    # Permute once, sort stably by class, then cut each class at the cumulated fractions.
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    class_sizes = np.bincount(labels)
    class_starts = np.cumsum(class_sizes) - class_sizes
    borders = np.cumsum(fractions)[:-1]
    groups = np.empty(len(labels), np.int8)
    for start, size in zip(class_starts, class_sizes):
        position = (np.arange(size) + 0.5) / size
        groups[order[start : start + size]] = np.searchsorted(borders, position, side="right")
    return groups


def assign_splits(labels: Ints, split: Ints, protocol: Mapping[str, Any], run: int) -> NDArray[np.int8]:
    """Return TRAIN, DEV or TEST of each document in run `run`.

    Args:
        labels: (documents,) class indices; used only to stratify the dev split outside the held-out fold.
        split: (documents,) fixed split, or number of the fold.
        protocol: {"kind": "fixed"} or {"kind": "folds", "folds": k, "dev": fraction}.
        run: number of the run; less than k under k folds.
    """
    if protocol["kind"] == "fixed":
        return split.astype(np.int8)
    result = np.full(len(split), TEST, np.int8)
    rest = np.flatnonzero(split != run)
    fraction = float(protocol["dev"])
    result[rest] = stratify(labels[rest], [1 - fraction, fraction], seed=run)
    return result

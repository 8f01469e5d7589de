"""Which documents a run trains on, stops on, and is tested on.

A set with fixed parts (official, by shares, by column) has the same ones in every run. Under k-fold
cross-validation run r is tested on fold r, and a share of the other folds, drawn anew for each run, is its dev part.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

TRAIN, DEV, TEST = 0, 1, 2
PARTS = ("train", "dev", "test")
Ints = NDArray[np.integer[Any]]


def stratify(labels: Ints, sizes: list[float], seed: int) -> NDArray[np.int8]:
    """Return for each document the number of its group, drawn so that each class fills the groups alike.

    Args:
        labels: (documents,) class indices.
        sizes: share of each group; they sum to 1.
        seed: of the permutation.
    """
    # One permutation, stably sorted by class, then dealt along the cumulated shares: group sizes are exact to within
    # one document per class.
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    sizes_of = np.bincount(labels)
    begin = np.cumsum(sizes_of) - sizes_of
    borders = np.cumsum(sizes)[:-1]
    groups = np.empty(len(labels), np.int8)
    for first, size in zip(begin, sizes_of):
        position = (np.arange(size) + 0.5) / size
        groups[order[first : first + size]] = np.searchsorted(borders, position, side="right")
    return groups


def parts(labels: Ints, part: Ints, protocol: Mapping[str, Any], run: int) -> NDArray[np.int8]:
    """Return for each document TRAIN, DEV or TEST, as run `run` sees it.

    Args:
        labels: (documents,) class indices; used only to stratify the dev part outside the held-out fold.
        part: (documents,) fixed part, or fold number.
        protocol: {"kind": "fixed"} or {"kind": "folds", "folds": k, "dev": share}.
        run: number of the run; below k under k folds.
    """
    if protocol["kind"] == "fixed":
        return part.astype(np.int8)
    result = np.full(len(part), TEST, np.int8)
    rest = np.flatnonzero(part != run)
    share = float(protocol["dev"])
    result[rest] = stratify(labels[rest], [1 - share, share], seed=run)
    return result

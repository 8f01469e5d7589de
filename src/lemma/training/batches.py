"""Batches of documents of similar length, so that little of a batch is padding."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor

from lemma.models.layers import PAD

POOL = 50  # batches whose documents are sorted by length together: shuffled enough, padded little


@dataclass(frozen=True)
class Documents:
    """Encoded documents end to end, and their classes."""

    rows: NDArray[np.int32]
    offsets: NDArray[np.int64]
    labels: NDArray[np.int64]

    def padded(self, members: NDArray[np.int64]) -> tuple[Int[Tensor, "B T"], Int[Tensor, "B"], Int[Tensor, "B"]]:
        """Return words, lengths and classes of these documents, padded to the longest."""
        starts = self.offsets[members]
        lengths = self.offsets[members + 1] - starts
        columns = np.arange(max(1, int(lengths.max())))
        inside = columns < lengths[:, None]
        tokens = np.full(inside.shape, PAD, np.int64)
        tokens[inside] = self.rows[(starts[:, None] + columns)[inside]]
        return torch.from_numpy(tokens), torch.from_numpy(lengths), torch.from_numpy(self.labels[members])


def shuffled(
    lengths: NDArray[np.int64], members: NDArray[np.int64], size: int, generator: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield all `members` once, in random batches of documents of similar length.

    Args:
        lengths: (documents,) words of every document.
        members: indices of the documents to draw.
        size: documents a batch; the last may be smaller.
        generator: source of the order.
    """
    order = generator.permutation(members)
    batches = []
    for start in range(0, len(order), POOL * size):
        pool = order[start : start + POOL * size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[at : at + size] for at in range(0, len(pool), size)]
    for index in generator.permutation(len(batches)):
        yield batches[index]


def by_length(lengths: NDArray[np.int64], members: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """Yield all `members` once in a fixed order, shortest first."""
    order = members[np.argsort(lengths[members], kind="stable")]
    for at in range(0, len(order), size):
        yield order[at : at + size]

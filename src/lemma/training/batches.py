"""Batches of documents of similar length, so that little of a batch is padding."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor

from lemma.data.corpus import Corpus
from lemma.models.rows import PAD
from lemma.training.vocabulary import Table

POOL = 50  # batches whose documents are sorted by length together: shuffled enough, padded little


class Documents:
    """Documents of a corpus as rows of word vectors, and their classes; rows are made when a batch asks for them."""

    def __init__(self, corpus: Corpus, table: Table, labels: NDArray[np.int64]) -> None:
        self.corpus, self.table, self.labels = corpus, table, labels
        self.lengths = table.lengths(corpus)

    def padded(self, members: NDArray[np.int64]) -> tuple[Int[Tensor, "B T"], Int[Tensor, "B"], Int[Tensor, "B"]]:
        """Return rows, lengths and classes of these documents, padded to the longest."""
        lengths = self.lengths[members]
        inside = np.arange(max(1, int(lengths.max()))) < lengths[:, None]
        tokens = np.full(inside.shape, PAD, np.int64)
        tokens[inside] = self.table.encode(self.corpus.tokens(members))
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

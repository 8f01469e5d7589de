"""Batches of documents of similar length, so that little of a batch is padding."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor

from lemma.corpus.tokens import Corpus
from lemma.corpus.vocabulary import Vocabulary
from lemma.models.shared.ngrams import NgramHasher

POOL = 50  # batches whose documents are sorted by length together: shuffled enough, padded little


class Batch(NamedTuple):
    """Documents: `rows` of the distinct words, which of these stands in which of the `places`, lengths and classes.

    Past a document's end its places hold 0.
    """

    rows: Int[Tensor, "U"]
    places: Int[Tensor, "B T"]
    lengths: Int[Tensor, "B"]
    labels: Int[Tensor, "B"]

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device, without waiting for it."""
        if device.type == "cpu":
            return self
        return Batch(*(tensor.pin_memory().to(device, non_blocking=True) for tensor in self))

    def pieces(self, words: int) -> Iterator["Batch"]:
        """Yield the documents in pieces of at most `words` places, or of one document, so that memory is bounded."""
        count, longest = self.places.shape
        if count * longest <= words:
            yield self
            return
        size = max(1, words // longest)
        for start in range(0, count, size):
            yield Batch(self.rows, *(tensor[start : start + size] for tensor in self[1:]))


class Documents:
    """Documents of a corpus as rows of word vectors, and their classes; rows are made when a batch asks for them."""

    def __init__(
        self, corpus: Corpus, table: Vocabulary, labels: NDArray[np.int64], ngrams: NgramHasher | None = None
    ) -> None:
        self.corpus, self.table, self.labels, self.ngrams = corpus, table, labels, ngrams
        self.lengths = table.lengths(corpus)

    def batch(self, members: NDArray[np.int64]) -> Batch:
        """Return these documents, padded to the longest."""
        lengths = self.lengths[members]
        rows = self.table.encode(self.corpus.type_ids(members))
        if self.ngrams is not None:
            rows, lengths = self.ngrams.append_ngrams(rows, lengths)
        distinct, which = np.unique(rows, return_inverse=True)
        inside = np.arange(max(1, int(lengths.max()))) < lengths[:, None]
        places = np.zeros(inside.shape, np.int64)
        places[inside] = which
        if not len(distinct):
            distinct = np.zeros(1, np.int64)  # no document has a word: padding stands for one
        return Batch(
            torch.from_numpy(distinct.astype(np.int64)),
            torch.from_numpy(places),
            torch.from_numpy(lengths),
            torch.from_numpy(self.labels[members]),
        )


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


def by_length(
    lengths: NDArray[np.int64], members: NDArray[np.int64], size: int, words: int
) -> Iterator[NDArray[np.int64]]:
    """Yield all `members` once in a fixed order, shortest first: at most `size`, and so few that `words` hold them."""
    order = members[np.argsort(lengths[members], kind="stable")]
    at = 0
    while at < len(order):
        longest = lengths[order[at : at + size]]
        fit = int(np.searchsorted(longest * np.arange(1, len(longest) + 1), words, side="right"))
        yield order[at : at + max(fit, 1)]
        at += max(fit, 1)

"""Batches of documents of similar length, so that they contain little padding.

Shapes: U distinct tokens of a batch, B documents, T tokens of the longest document.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor

from lemma.corpus.tokens import Corpus
from lemma.corpus.vocabulary import Vocabulary
from lemma.models.shared.ngrams import NgramHasher

POOL = 50  # number of batches whose documents are sorted by length together: enough randomness, little padding


class Batch(NamedTuple):
    """A batch of documents.

    Attributes:
        token_ids: ids of the distinct tokens of the batch.
        positions: `positions[b, t]` is the index into `token_ids` of token t of document b; 0 for padding.
        lengths: number of tokens of each document.
        labels: class index of each document.
    """

    token_ids: Int[Tensor, "U"]
    positions: Int[Tensor, "B T"]
    lengths: Int[Tensor, "B"]
    labels: Int[Tensor, "B"]

    def to(self, device: torch.device) -> "Batch":
        """Copy the batch to a device, asynchronously."""
        if device.type == "cpu":
            return self
        return Batch(*(tensor.pin_memory().to(device, non_blocking=True) for tensor in self))

    def split(self, max_positions: int) -> Iterator["Batch"]:
        """Yield parts of the batch of at most `max_positions` positions, or of one document, to bound the memory."""
        count, longest = self.positions.shape
        if count * longest <= max_positions:
            yield self
            return
        size = max(1, max_positions // longest)
        for start in range(0, count, size):
            yield Batch(self.token_ids, *(tensor[start : start + size] for tensor in self[1:]))


class Documents(ABC):
    """Documents as token ids and labels, of which batches are made.

    Attributes:
        lengths: (documents,) number of tokens of each document.
        labels: (documents,) class index of each document.
    """

    lengths: NDArray[np.int64]
    labels: NDArray[np.int64]

    @abstractmethod
    def encode(self, documents: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the token ids of some documents, concatenated, and the number of token ids of each."""

    def batch(self, documents: NDArray[np.int64]) -> Batch:
        """Return the batch of some documents, padded to the longest of them."""
        token_ids, lengths = self.encode(documents)
        distinct, position = np.unique(token_ids, return_inverse=True)
        mask = np.arange(max(1, int(lengths.max()))) < lengths[:, None]
        positions = np.zeros(mask.shape, np.int64)
        positions[mask] = position
        if not len(distinct):
            distinct = np.zeros(1, np.int64)  # no document has a token: use the padding token
        return Batch(
            torch.from_numpy(distinct.astype(np.int64)),
            torch.from_numpy(positions),
            torch.from_numpy(lengths),
            torch.from_numpy(self.labels[documents]),
        )


class CorpusDocuments(Documents):
    """The documents of a corpus, encoded by a vocabulary when a batch needs them."""

    def __init__(
        self, corpus: Corpus, vocabulary: Vocabulary, labels: NDArray[np.int64], ngrams: NgramHasher | None = None
    ) -> None:
        self.corpus, self.vocabulary, self.labels, self.ngrams = corpus, vocabulary, labels, ngrams
        self.lengths = vocabulary.lengths(corpus)  # without n-grams

    def encode(self, documents: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the token ids of some documents, concatenated, and the number of token ids of each."""
        lengths = self.lengths[documents]
        token_ids = self.vocabulary.encode(self.corpus.type_ids(documents))
        return (token_ids, lengths) if self.ngrams is None else self.ngrams.append_ngrams(token_ids, lengths)


class TextDocuments(Documents):
    """Documents without labels, given as lists of token ids."""

    def __init__(self, token_ids: Sequence[Sequence[int]], ngrams: NgramHasher | None = None) -> None:
        concatenated = np.array([token_id for document in token_ids for token_id in document], np.int32)
        lengths = np.array([len(document) for document in token_ids], np.int64)
        if ngrams is not None:
            concatenated, lengths = ngrams.append_ngrams(concatenated, lengths)
        self.lengths, self.labels = lengths, np.zeros(len(lengths), np.int64)
        self._token_ids = np.split(concatenated, np.cumsum(lengths)[:-1])

    def encode(self, documents: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the token ids of some documents, concatenated, and the number of token ids of each."""
        return np.concatenate([self._token_ids[document] for document in documents]), self.lengths[documents]


def shuffle_into_batches(
    lengths: NDArray[np.int64], documents: NDArray[np.int64], batch_size: int, generator: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield each document once, in random batches of documents of similar length.

    Args:
        lengths: number of tokens of every document of the corpus.
        documents: indices of the documents to draw from.
        batch_size: documents in a batch; the last batch may be smaller.
        generator: source of the random order.
    """
    order = generator.permutation(documents)
    batches = []
    for start in range(0, len(order), POOL * batch_size):
        pool = order[start : start + POOL * batch_size]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [pool[first : first + batch_size] for first in range(0, len(pool), batch_size)]
    for index in generator.permutation(len(batches)):
        yield batches[index]


def sort_into_batches(
    lengths: NDArray[np.int64], documents: NDArray[np.int64], batch_size: int, max_positions: int
) -> Iterator[NDArray[np.int64]]:
    """Yield each document once, shortest first, in batches without randomness.

    A batch has at most `batch_size` documents and, padded, at most `max_positions` positions, or one document.
    """
    order = documents[np.argsort(lengths[documents], kind="stable")]
    start = 0
    while start < len(order):
        longest = lengths[order[start : start + batch_size]]  # longest document of a batch that ends here
        size = int(np.searchsorted(longest * np.arange(1, len(longest) + 1), max_positions, side="right"))
        yield order[start : start + max(size, 1)]
        start += max(size, 1)

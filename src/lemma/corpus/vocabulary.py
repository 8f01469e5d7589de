"""What a network knows: the words frequent enough in the training part of its run, or pieces of words fitted there.

A text becomes rows of a table of word vectors: a row a known word, or a row a piece. The corpus holds type ids; `Table`
turns these into rows, a batch at a time, so that nothing is copied of the corpus.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.special_tokens import FIRST, UNKNOWN
from lemma.corpus.tokens import Corpus

BLOCK = 10_000  # documents counted at a time


@dataclass(frozen=True)
class Table:
    """The rows of each type: those of type t are `rows[starts[t]:starts[t + 1]]`; `size`: rows of the word vectors."""

    rows: NDArray[np.int32]
    starts: NDArray[np.int64]
    size: int

    def encode(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the rows of these types, end to end."""
        if len(self.rows) == len(self.starts) - 1:  # a row a word
            return self.rows[ids]
        starts = self.starts[ids]
        many = self.starts[ids + 1] - starts
        ends = np.cumsum(many)
        where = np.repeat(starts - ends + many, many) + np.arange(many.sum())
        found: NDArray[np.int32] = self.rows[where]
        return found

    def lengths(self, corpus: Corpus) -> NDArray[np.int64]:
        """Return how many rows each document has: (documents,)."""
        if len(self.rows) == len(self.starts) - 1:
            return corpus.lengths
        pieces = np.diff(self.starts)
        result = np.zeros(len(corpus), np.int64)
        for start, stop, ids in corpus.blocks(BLOCK):
            ends = np.concatenate([[0], np.cumsum(pieces[ids])])
            result[start:stop] = np.diff(ends[corpus.offsets[start : stop + 1] - corpus.offsets[start]])
        return result


def count(corpus: Corpus, documents: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how often each type stands in the given documents: (types,).

    Args:
        corpus: all documents.
        documents: (documents,) which of them count: the training part.
    """
    counts = np.zeros(corpus.types, np.int64)
    for start, stop, ids in corpus.blocks(BLOCK):
        there = np.repeat(documents[start:stop], np.diff(corpus.offsets[start : stop + 1]))
        counts += np.bincount(ids[there], minlength=corpus.types)
    return counts


def known(
    counts: NDArray[np.int64], words: list[str], min_count: int, given: Mapping[str, int] = MappingProxyType({})
) -> NDArray[np.int64]:
    """Return the types that stand `min_count` times or more, most frequent first, equally frequent ones by their word.

    Never by their number, which is of the whole corpus: the order of the rows would tell of dev and test. A word that
    has a vector already, one of `given`, is known if it stands there at all.
    """
    often = np.flatnonzero(counts >= max(1, min_count))
    rare = np.flatnonzero((counts > 0) & (counts < min_count)) if given else often[:0]
    found = [*often.tolist(), *(number for number in rare.tolist() if words[number] in given)]
    return np.array(sorted(found, key=lambda number: (-counts[number], words[number])), np.int64)


def table(types: NDArray[np.int64], total: int) -> Table:
    """Return the table in which each of these types has a row of its own, in order; all others are UNKNOWN."""
    rows = np.full(total, UNKNOWN, np.int32)
    rows[types] = np.arange(len(types), dtype=np.int32) + FIRST
    return Table(rows, np.arange(total + 1), len(types) + FIRST)

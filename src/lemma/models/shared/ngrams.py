"""Word n-grams as further rows of the table of word vectors: hashed into buckets (Joulin et al. 2016)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lemma.params import MLP, Neural

FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: Knuth's multiplicative hash


@dataclass(frozen=True)
class Ngrams:
    """N-grams of 2 to `longest` words, in `buckets` rows from row `first` on."""

    longest: int
    buckets: int
    first: int

    @classmethod
    def of(cls, settings: Neural, first: int) -> "Ngrams | None":
        """Return the n-grams of a model, whose vectors follow those of its words; None where it has none."""
        if isinstance(settings, MLP) and settings.ngrams > 1:
            return cls(settings.ngrams, settings.buckets, first)
        return None

    def extend(
        self, rows: NDArray[np.int32], lengths: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return documents with the rows of their n-grams after those of their words.

        Args:
            rows: of all documents, end to end.
            lengths: (documents,) rows of each.
        """
        owner = np.repeat(np.arange(len(lengths)), lengths)
        found, owners = [rows], [owner]
        hashed = rows.astype(np.uint64)
        for size in range(2, self.longest + 1):
            hashed = (hashed[:-1] * FACTOR) ^ rows[size - 1 :].astype(np.uint64) if len(hashed) else hashed
            whole = owner[: len(hashed)] == owner[size - 1 :]
            mixed = (hashed[whole] * FACTOR) >> np.uint64(32)
            found.append((mixed % np.uint64(self.buckets)).astype(np.int32) + np.int32(self.first))
            owners.append(owner[: len(hashed)][whole])
        every = np.concatenate(owners)
        order = np.argsort(every, kind="stable")
        return np.concatenate(found)[order], np.bincount(every, minlength=len(lengths)).astype(np.int64)

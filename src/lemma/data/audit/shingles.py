"""Texts as sets: the word trigrams of each, as 64-bit hashes, and the Jaccard index of two such sets."""

from hashlib import blake2b
from itertools import chain

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

WIDTH = 3  # words of a shingle
# Odd, so that to multiply by one loses no bit of a hash; distinct, so that the order of the words counts.
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


def shingles(texts: list[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashed trigrams of normalised texts end to end, and (texts + 1,) where each text's begin.

    A text of fewer than three words has its words instead. What a text says twice stands twice.
    """
    words = [text.split() for text in texts]
    lengths = np.fromiter(map(len, words), np.int64, count=len(words))
    hashed = _hashes(words)
    long = lengths >= WIDTH
    counts = np.where(long, lengths - (WIDTH - 1), lengths)
    ends, starts = np.cumsum(lengths), np.cumsum(counts) - counts
    # Word w begins a shingle unless it is among the last two of a long text.
    place = np.arange(len(hashed)) - np.repeat(ends - lengths, lengths)
    first = np.flatnonzero(place < np.repeat(counts, lengths))
    values = hashed[first]
    grams = np.flatnonzero(np.repeat(long, counts))
    values[grams] = sum(hashed[first[grams] + k] * _FACTORS[k] for k in range(WIDTH))
    return values, np.append(starts, len(values))


def _hashes(words: list[list[str]]) -> NDArray[np.uint64]:
    """Return a hash of every word, the same on every machine and in every run."""
    numbered = pa.array(chain.from_iterable(words), pa.string()).dictionary_encode()
    digests = b"".join(blake2b(word.encode(), digest_size=8).digest() for word in numbered.dictionary.to_pylist())
    result: NDArray[np.uint64] = np.frombuffer(digests, "<u8").astype(np.uint64)[numbered.indices.to_numpy()]
    return result


def jaccard(
    values: NDArray[np.uint64], offsets: NDArray[np.int64], one: NDArray[np.integer], other: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the Jaccard index of the sets of each pair of texts: (pairs,).

    Args:
        values: the shingles of all texts, end to end, repetitions allowed.
        offsets: (texts + 1,) where each text's begin in `values`.
        one: (pairs,) numbers of texts.
        other: (pairs,) of those they are compared with.
    """
    texts, place = np.unique(np.concatenate([one, other]), return_inverse=True)
    lengths = offsets[texts + 1] - offsets[texts]
    owner = np.repeat(np.arange(len(texts)), lengths)
    start = np.repeat(offsets[texts] - np.cumsum(lengths) + lengths, lengths)
    distinct, column = np.unique(values[start + np.arange(len(owner))], return_inverse=True)
    sets = csr_array((np.ones(len(owner), np.int32), (owner, column)), shape=(len(texts), len(distinct)))
    sets.data[:] = 1  # what a text says twice
    left, right = place[: len(one)], place[len(one) :]
    sizes, both = np.diff(sets.indptr), (sets[left] * sets[right]).sum(axis=1)
    result: NDArray[np.float64] = both / np.maximum(sizes[left] + sizes[right] - both, 1)
    return result

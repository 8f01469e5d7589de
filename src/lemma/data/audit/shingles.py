"""Shingles: the word trigrams of each text as 64-bit hashes, and the Jaccard index of two sets of them."""

from hashlib import blake2b
from itertools import chain

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

WIDTH = 3  # words of a shingle
# Odd factors, so that multiplication loses no bit of a hash, and different ones, so that the order of words matters.
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


def hash_shingles(texts: list[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashed word trigrams of normalised texts; a text of fewer than three words has its words instead.

    Returns:
        uint64 hashes of the shingles of all texts, concatenated, with repetitions; and int64 offsets, (texts + 1,), of
        the first shingle of each text.
    """
    words = [text.split() for text in texts]
    lengths = np.fromiter(map(len, words), np.int64, count=len(words))
    word_hashes = _hash_words(words)
    is_long = lengths >= WIDTH
    counts = np.where(is_long, lengths - (WIDTH - 1), lengths)
    ends, starts = np.cumsum(lengths), np.cumsum(counts) - counts
    # Every word starts a shingle, except the last two of a text of three or more words.
    position = np.arange(len(word_hashes)) - np.repeat(ends - lengths, lengths)
    first = np.flatnonzero(position < np.repeat(counts, lengths))
    values = word_hashes[first]
    trigrams = np.flatnonzero(np.repeat(is_long, counts))
    values[trigrams] = sum(word_hashes[first[trigrams] + k] * _FACTORS[k] for k in range(WIDTH))
    return values, np.append(starts, len(values))


def _hash_words(words: list[list[str]]) -> NDArray[np.uint64]:
    """Return a hash of every word, equal on all machines and in all processes."""
    encoded = pa.array(chain.from_iterable(words), pa.string()).dictionary_encode()
    hashes = b"".join(blake2b(word.encode(), digest_size=8).digest() for word in encoded.dictionary.to_pylist())
    result: NDArray[np.uint64] = np.frombuffer(hashes, "<u8").astype(np.uint64)[encoded.indices.to_numpy()]
    return result


def compute_jaccard(
    values: NDArray[np.uint64], offsets: NDArray[np.int64], left: NDArray[np.integer], right: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Return the Jaccard index of the shingle sets of each pair of texts: (pairs,).

    Args:
        values: shingles of all texts, concatenated, with repetitions.
        offsets: (texts + 1,) first shingle of each text in `values`.
        left: (pairs,) numbers of the first texts.
        right: (pairs,) numbers of the second texts.
    """
    texts, row = np.unique(np.concatenate([left, right]), return_inverse=True)
    lengths = offsets[texts + 1] - offsets[texts]
    owner = np.repeat(np.arange(len(texts)), lengths)
    start = np.repeat(offsets[texts] - np.cumsum(lengths) + lengths, lengths)
    distinct, column = np.unique(values[start + np.arange(len(owner))], return_inverse=True)
    sets = csr_array((np.ones(len(owner), np.int32), (owner, column)), shape=(len(texts), len(distinct)))
    sets.data[:] = 1  # sets ignore repetitions
    left_rows, right_rows = row[: len(left)], row[len(left) :]
    sizes, intersection = np.diff(sets.indptr), (sets[left_rows] * sets[right_rows]).sum(axis=1)
    union = sizes[left_rows] + sizes[right_rows] - intersection
    result: NDArray[np.float64] = intersection / np.maximum(union, 1)
    return result

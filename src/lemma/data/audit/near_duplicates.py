"""Find near-duplicates: MinHash signatures in bands give candidates, the exact Jaccard index decides.

Shingles and band keys, which grow with the number and length of the texts, lie in two temporary files. Memory holds a
few bytes for each text: the keys of one band at a time, sorted so that candidates are neighbours.
"""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from lemma.data.audit.duplicate_counts import DuplicateCounts, Ints
from lemma.data.audit.shingles import compute_jaccard, hash_shingles

PERMUTATIONS = 128  # at most
MAX_MISS = 1e-6  # probability that a pair at the threshold shares no band, at most
WINDOW = 64  # distance up to which texts with the same key are compared, when sorted
FREE_COMPARISONS = 5_000_000  # without the limit below; they take less than a minute
PATIENCE = 64  # comparisons of a text without a near-duplicate, after which it is not compared again
PAIRS = 100_000  # candidates processed at a time
SHINGLES = 2_000_000  # shingles compared at a time


def choose_bands(similarity: float) -> tuple[int, int]:
    """Return the rows of a band and the number of bands: as many rows as MAX_MISS allows.

    Two sets with Jaccard index s agree in a band of r rows with probability s ** r (Broder, 1997), so they share none
    of b bands with probability (1 - s ** r) ** b.
    """
    if similarity == 1:
        return PERMUTATIONS, 1
    for rows in range(PERMUTATIONS, 1, -1):
        bands = math.ceil(math.log(MAX_MISS) / math.log1p(-(similarity**rows)))
        if rows * bands <= PERMUTATIONS:
            return rows, bands
    raise ValueError(f"similarity {similarity} is too low for {PERMUTATIONS} permutations")


class NearDuplicateFinder:
    """Finds the pairs of texts whose shingle sets have a Jaccard index of at least `similarity`.

    Attributes:
        similarity: threshold of the Jaccard index.
        rows, bands: of the signatures; see `choose_bands`.
        miss: probability that a pair at the threshold is missed.
        is_crowded: bool, (texts,), whether a text has more candidates than it was compared with.
    """

    def __init__(self, similarity: float, texts: int, folder: Path) -> None:
        """Create the temporary files.

        Args:
            similarity: threshold of the Jaccard index.
            texts: number of texts that will be added.
            folder: of the temporary files.
        """
        self.similarity = similarity
        self.rows, self.bands = choose_bands(similarity)
        self.miss = (1 - similarity**self.rows) ** self.bands
        self.is_crowded = np.zeros(texts, bool)
        self._offsets = np.zeros(texts + 1, np.int64)
        self._added = 0
        self._shingles = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._keys = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def close(self) -> None:
        """Delete the temporary files."""
        self._shingles.close()
        self._keys.close()

    def add(self, texts: list[str]) -> None:
        """Add distinct normalised texts; they are numbered in the order in which they are added."""
        values, offsets = hash_shingles(texts)
        start, stop = self._added, self._added + len(texts)
        self._offsets[start : stop + 1] = self._offsets[start] + offsets
        self._shingles.write(values.data)
        keys = self._compute_keys(values, offsets)
        for band in range(self.bands):
            self._keys.seek((band * len(self.is_crowded) + start) * keys.itemsize)
            self._keys.write(np.ascontiguousarray(keys[:, band]).data)
        self._added = stop

    def _compute_keys(self, values: NDArray[np.uint64], offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Return a hash of each band of each text's signature: (texts, bands)."""
        hashes = (values >> np.uint64(32)).tolist()
        sets = (hashes[start:stop] for start, stop in zip(offsets[:-1].tolist(), offsets[1:].tolist()))
        minhashes = MinHash.generator(sets, num_perm=self.rows * self.bands, seed=1, hashfunc=int)
        signatures = np.array([minhash.hashvalues for minhash in minhashes], np.uint64)
        signatures = signatures.reshape(-1, self.bands, self.rows)
        keys = np.zeros(signatures.shape[:2], np.uint64)
        for row in range(self.rows):
            keys = (keys + signatures[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        return (keys >> np.uint64(32)).astype(np.uint32)

    def find_pairs(self, counts: DuplicateCounts) -> Iterator[tuple[Ints, Ints, NDArray[np.float64]]]:
        """Yield pairs of near-duplicates that change one of the `counts`, at least once each.

        Yields:
            (pairs,) numbers of the first texts, of the second texts, and their Jaccard indices.
        """
        values = np.memmap(self._shingles, np.uint64, "r") if self._offsets[-1] else np.empty(0, np.uint64)
        failures, compared = np.zeros(self._added, np.int32), 0
        for all_left, all_right, is_far in self._find_candidates():
            for start in range(0, len(all_left), PAIRS):
                left, right = all_left[start : start + PAIRS], all_right[start : start + PAIRS]
                if compared >= FREE_COMPARISONS:
                    is_open = (failures[left] < PATIENCE) & (failures[right] < PATIENCE)
                    left, right = left[is_open], right[is_open]
                is_wanted = counts.changes_counts(left, right)
                left, right = left[is_wanted], right[is_wanted]
                if is_far:
                    self.is_crowded[left] = self.is_crowded[right] = True
                    continue
                for a, b in self._cut_into_portions(left, right):
                    compared += len(a)
                    similarity = compute_jaccard(values, self._offsets, a, b)
                    is_near = similarity >= self.similarity
                    failures[a[~is_near]] += 1
                    failures[b[~is_near]] += 1
                    if is_near.any():
                        yield a[is_near], b[is_near], similarity[is_near]
        if compared >= FREE_COMPARISONS:
            self.is_crowded |= failures >= PATIENCE

    def _find_candidates(self) -> Iterator[tuple[Ints, Ints, bool]]:
        """Yield pairs of texts that share a band, and whether they are too far apart in it to be compared."""
        for band in range(self.bands):
            self._keys.seek(band * self._added * 4)
            keys = np.frombuffer(self._keys.read(self._added * 4), np.uint32)
            far = []
            for left, right, is_far in _find_neighbours(keys, np.arange(self._added, dtype=np.int32)):
                if is_far:
                    far = [left, right]
                else:
                    yield left, right, False
            if far:  # once more in a random order for each band: each text is compared with a random sample
                texts = np.flatnonzero(np.isin(keys, keys[far[0]])).astype(np.int32)
                yield from _find_neighbours(keys, np.random.default_rng(band).permutation(texts))

    def _cut_into_portions(self, left: Ints, right: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Yield the pairs in portions of about SHINGLES shingles."""
        lengths = np.diff(self._offsets)
        portion = np.cumsum(lengths[left] + lengths[right]) // SHINGLES
        for number in np.unique(portion):
            members = portion == number
            yield left[members], right[members]


def _find_neighbours(keys: NDArray[np.uint32], texts: NDArray[np.int32]) -> Iterator[tuple[Ints, Ints, bool]]:
    """Yield pairs of texts with equal keys, the smaller number first, at distance 1, 2, ... when sorted by key.

    Pairs at distance WINDOW + 1 are yielded last, as too far apart.
    """
    order = texts[np.argsort(keys[texts], kind="stable")]
    sorted_keys = keys[order]
    position = np.arange(len(order))
    for distance in range(1, WINDOW + 2):
        position = position[position < len(order) - distance]
        position = position[sorted_keys[position] == sorted_keys[position + distance]]
        if not len(position):
            return
        a, b = order[position], order[position + distance]
        yield np.minimum(a, b), np.maximum(a, b), distance > WINDOW

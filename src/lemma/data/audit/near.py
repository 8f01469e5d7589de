"""Which texts are nearly alike: MinHash signatures cut into bands find candidates, the exact Jaccard index decides.

What grows with the number of texts and their length lies in two unnamed files on disk, so memory holds some bytes a
text: of one band at a time the keys, sorted so that candidates stand side by side.
"""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from lemma.data.audit.shingles import jaccard, shingles
from lemma.data.audit.tally import Ints, Tally

PERMUTATIONS = 128  # at most
MISS = 1e-6  # the probability, at most, that a pair at the threshold shares no band
WINDOW = 64  # neighbours, on either side, among the texts of a band that agree; beyond them none is looked at
FREE = 5_000_000  # comparisons, less than a minute's; after them
PATIENCE = 64  # comparisons of a text may come to nothing before it is compared no more
PAIRS = 100_000  # whose counts are looked at together
VALUES = 2_000_000  # shingles compared together


def banding(similarity: float) -> tuple[int, int]:
    """Return how many rows a band has, and how many bands there are: as many rows as MISS allows.

    Two sets of Jaccard index s agree in a band of r rows with probability s ** r (Broder 1997), so that of b bands
    they share none with probability (1 - s ** r) ** b.
    """
    if similarity == 1:
        return PERMUTATIONS, 1
    for rows in range(PERMUTATIONS, 1, -1):
        bands = math.ceil(math.log(MISS) / math.log1p(-(similarity**rows)))
        if rows * bands <= PERMUTATIONS:
            return rows, bands
    raise ValueError(f"similarity {similarity} is too low for {PERMUTATIONS} permutations")


class Near:
    """Finds the pairs of texts whose shingles have a Jaccard index of at least `similarity`.

    Texts are added in order, and are numbered so; `folder` is where the files on disk lie.
    """

    def __init__(self, similarity: float, texts: int, folder: Path) -> None:
        self.similarity = similarity
        self.rows, self.bands = banding(similarity)
        self.miss = (1 - similarity**self.rows) ** self.bands
        self.crowded = np.zeros(texts, bool)  # texts that have more look-alikes than they were compared with
        self._offsets = np.zeros(texts + 1, np.int64)
        self._added = 0
        self._shingles = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._keys = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def close(self) -> None:
        """Give the disk space back."""
        self._shingles.close()
        self._keys.close()

    def add(self, texts: list[str]) -> None:
        """Take in normalised texts, all of them different."""
        values, offsets = shingles(texts)
        start, stop = self._added, self._added + len(texts)
        self._offsets[start : stop + 1] = self._offsets[start] + offsets
        self._shingles.write(values.data)
        keys = self._band_keys(values, offsets)
        for band in range(self.bands):
            self._keys.seek((band * len(self.crowded) + start) * keys.itemsize)
            self._keys.write(np.ascontiguousarray(keys[:, band]).data)
        self._added = stop

    def _band_keys(self, values: NDArray[np.uint64], offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Return a hash of each band of each text's signature: (texts, bands)."""
        hashes = (values >> np.uint64(32)).tolist()
        sets = (hashes[a:b] for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist()))
        signed = MinHash.generator(sets, num_perm=self.rows * self.bands, seed=1, hashfunc=int)
        signatures = np.array([one.hashvalues for one in signed], np.uint64).reshape(-1, self.bands, self.rows)
        keys = np.zeros(signatures.shape[:2], np.uint64)
        for row in range(self.rows):
            keys = (keys + signatures[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        return (keys >> np.uint64(32)).astype(np.uint32)

    def pairs(self, tally: Tally) -> Iterator[tuple[Ints, Ints, NDArray[np.float64]]]:
        """Yield pairs of texts and their similarities, each at least once if it changes a count of `tally`."""
        values = np.memmap(self._shingles, np.uint64, "r") if self._offsets[-1] else np.empty(0, np.uint64)
        failed, compared = np.zeros(self._added, np.int32), 0
        for one, other, far in self._candidates():
            for start in range(0, len(one), PAIRS):
                a, b = one[start : start + PAIRS], other[start : start + PAIRS]
                if compared >= FREE:
                    fresh = (failed[a] < PATIENCE) & (failed[b] < PATIENCE)
                    a, b = a[fresh], b[fresh]
                wanted = tally.wanted(a, b)
                if far:
                    self.crowded[a[wanted]] = self.crowded[b[wanted]] = True
                    continue
                for left, right in self._portions(a[wanted], b[wanted]):
                    compared += len(left)
                    similarity = jaccard(values, self._offsets, left, right)
                    alike = similarity >= self.similarity
                    failed[left[~alike]] += 1
                    failed[right[~alike]] += 1
                    if alike.any():
                        yield left[alike], right[alike], similarity[alike]
        if compared >= FREE:
            self.crowded |= failed >= PATIENCE

    def _candidates(self) -> Iterator[tuple[Ints, Ints, bool]]:
        """Yield pairs of texts that share a band, and whether they are too far apart to be compared."""
        for band in range(self.bands):
            self._keys.seek(band * self._added * 4)
            keys = np.frombuffer(self._keys.read(self._added * 4), np.uint32)
            many = []
            for one, other, far in _neighbours(keys, np.arange(self._added, dtype=np.int32)):
                if far:
                    many = [one, other]
                else:
                    yield one, other, False
            if many:  # once more, in random order, anew in each band: each text meets a fair sample of the others
                texts = np.flatnonzero(np.isin(keys, keys[many[0]])).astype(np.int32)
                yield from _neighbours(keys, np.random.default_rng(band).permutation(texts))

    def _portions(self, one: Ints, other: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Cut pairs into portions of about VALUES shingles."""
        lengths = np.diff(self._offsets)
        portion = np.cumsum(lengths[one] + lengths[other]) // VALUES
        for number in np.unique(portion):
            members = portion == number
            yield one[members], other[members]


def _neighbours(keys: NDArray[np.uint32], texts: NDArray[np.int32]) -> Iterator[tuple[Ints, Ints, bool]]:
    """Yield pairs of texts of equal keys, the earlier text first, that stand 1, 2, ... apart among those of their key.

    Those that stand WINDOW + 1 apart are yielded as too far.
    """
    order = texts[np.argsort(keys[texts], kind="stable")]
    sorted_keys = keys[order]
    left = np.arange(len(order))
    for distance in range(1, WINDOW + 2):
        left = left[left < len(order) - distance]
        left = left[sorted_keys[left] == sorted_keys[left + distance]]
        if not len(left):
            return
        one, other = order[left], order[left + distance]
        yield np.minimum(one, other), np.maximum(one, other), distance > WINDOW

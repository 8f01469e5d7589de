"""How many texts stand again, by part: counted on groups of equal texts, and on pairs of groups that are alike."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]


class Tally:
    """Counts copies of texts that lie in groups of equal ones, and, for every pair added, of alike ones.

    Sets of parts are kept as bits: bit p stands for part p.
    """

    def __init__(self, group: NDArray[np.int32], part: NDArray[np.int8], parts: int) -> None:
        """Take for each text the number of its group, and of its part among at most 8."""
        self.group, self.part = group, part
        self.first = np.full((int(group.max(initial=-1)) + 1, parts), len(group), np.int32)
        np.minimum.at(self.first, (group, part), np.arange(len(group), dtype=np.int32))
        self.present = np.packbits(self.first < len(group), axis=1, bitorder="little")[:, 0]
        self.met = self.present.copy()  # parts in which a group, or one like it, has a text
        self.repeats = np.zeros_like(self.met)  # parts in which a group's first text is like an earlier one

    def __len__(self) -> int:
        return len(self.first)

    def wanted(self, one: Ints, other: Ints) -> Bools:
        """Return which of these pairs of groups, (pairs,) each, would change a count."""
        here, there = self.present[one], self.present[other]
        result: Bools = ((there & ~self.met[one]) | (here & ~self.met[other])) > 0
        unsure = np.flatnonzero((here & there & ~(self.repeats[one] & self.repeats[other]) > 0) & ~result)
        a, b = one[unsure], other[unsure]
        result[unsure] = (self._later(a, b) & ~self.repeats[a] | self._later(b, a) & ~self.repeats[b]) > 0
        return result

    def add(self, one: Ints, other: Ints) -> None:
        """Let groups of these pairs count as alike."""
        for a, b in ((one, other), (other, one)):
            np.bitwise_or.at(self.met, a, self.present[b])
            np.bitwise_or.at(self.repeats, a, self._later(a, b))

    def _later(self, one: Ints, other: Ints) -> NDArray[np.uint8]:
        """Return the parts in which both groups have texts and the other has the first."""
        later = self.first[other] < self.first[one]
        return np.packbits(later, axis=1, bitorder="little")[:, 0] & self.present[one]

    def within(self, part: int) -> int:
        """Return the texts of a part of which an earlier one of it is a copy: k equal ones count k - 1."""
        groups, repeats = (int((held >> part & 1).sum()) for held in (self.present, self.repeats))
        return int((self.part == part).sum()) - groups + repeats

    def across(self, part: int, others: list[int]) -> int:
        """Return the texts of a part of which a copy stands in one of the others."""
        bits = np.uint8(sum(1 << other for other in others))
        return int((self.met[self.group[self.part == part]] & bits > 0).sum())


class Conflicts:
    """Counts equal texts that bear different labels."""

    def __init__(self, group: NDArray[np.int32], part: NDArray[np.int8], labels: NDArray[np.int32]) -> None:
        self.group, self.part, self.labels = group, part, labels

    def within(self, part: int) -> int:
        """Return the different texts that bear several labels in a part."""
        low, high = self._range([part])
        return int((low < high).sum())

    def across(self, part: int, others: list[int]) -> int:
        """Return the documents of a part whose text bears another label in one of the others."""
        low, high = self._range(others)
        members = self.part == part
        group, label = self.group[members], self.labels[members]
        return int(((low[group] < label) | (label < high[group])).sum())

    def _range(self, parts: list[int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the lowest and the highest label of each group in these parts; where it has none, low > high."""
        members = np.isin(self.part, parts)
        groups = int(self.group.max(initial=-1)) + 1
        low, high = np.full(groups, np.iinfo(np.int32).max, np.int32), np.full(groups, -1, np.int32)
        np.minimum.at(low, self.group[members], self.labels[members])
        np.maximum.at(high, self.group[members], self.labels[members])
        return low, high

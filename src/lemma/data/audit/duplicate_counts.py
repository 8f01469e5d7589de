"""Count duplicates by split, from groups of equal texts and from pairs of similar groups, and conflicting labels."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]


class DuplicateCounts:
    """Counts of duplicates, within a split and across splits.

    At first the duplicates of a text are the equal texts, which form its group. Each pair that is added makes the texts
    of two groups near-duplicates. Sets of splits are stored as bits: bit s represents split s.

    Attributes:
        group: int32, (texts,), number of the group of each text.
        split: int8, (texts,), split of each text.
        first: int32, (groups, splits), first text of each group in each split; the number of texts if it has none.
        present: uint8, (groups,), splits in which a group has texts.
        duplicate_in: uint8, (groups,), splits in which a group or a similar group has texts.
        repeats: uint8, (groups,), splits in which a similar group has a text before the group's first one.
    """

    def __init__(self, group: NDArray[np.int32], split: NDArray[np.int8], splits: int) -> None:
        """Set up the counts of equal texts.

        Args:
            group: (texts,) number of the group of each text.
            split: (texts,) split of each text.
            splits: number of splits, at most 8.
        """
        self.group, self.split = group, split
        self.first = np.full((int(group.max(initial=-1)) + 1, splits), len(group), np.int32)
        np.minimum.at(self.first, (group, split), np.arange(len(group), dtype=np.int32))
        self.present = np.packbits(self.first < len(group), axis=1, bitorder="little")[:, 0]
        self.duplicate_in = self.present.copy()
        self.repeats = np.zeros_like(self.duplicate_in)

    def __len__(self) -> int:
        return len(self.first)

    def changes_counts(self, left: Ints, right: Ints) -> Bools:
        """Return for each pair of groups, (pairs,) each, whether adding it would change a count."""
        in_left, in_right = self.present[left], self.present[right]
        result: Bools = ((in_right & ~self.duplicate_in[left]) | (in_left & ~self.duplicate_in[right])) > 0
        open_ = np.flatnonzero((in_left & in_right & ~(self.repeats[left] & self.repeats[right]) > 0) & ~result)
        a, b = left[open_], right[open_]
        result[open_] = (self._later(a, b) & ~self.repeats[a] | self._later(b, a) & ~self.repeats[b]) > 0
        return result

    def add_similar(self, left: Ints, right: Ints) -> None:
        """Count the texts of these pairs of groups, (pairs,) each, as near-duplicates."""
        for a, b in ((left, right), (right, left)):
            np.bitwise_or.at(self.duplicate_in, a, self.present[b])
            np.bitwise_or.at(self.repeats, a, self._later(a, b))

    def _later(self, left: Ints, right: Ints) -> NDArray[np.uint8]:
        """Return the splits in which both groups have texts and the right group has the first."""
        is_later = self.first[right] < self.first[left]
        return np.packbits(is_later, axis=1, bitorder="little")[:, 0] & self.present[left]

    def within(self, split: int) -> int:
        """Count the texts of a split that duplicate an earlier text of the same split: k - 1 of k equal texts."""
        groups, repeats = (int((bits >> split & 1).sum()) for bits in (self.present, self.repeats))
        return int((self.split == split).sum()) - groups + repeats

    def across(self, split: int, others: list[int]) -> int:
        """Count the texts of a split that have a duplicate in one of the other splits."""
        bits = np.uint8(sum(1 << other for other in others))
        return int((self.duplicate_in[self.group[self.split == split]] & bits > 0).sum())


class ConflictCounts:
    """Counts of equal texts with conflicting labels; arguments as for `DuplicateCounts`, and (texts,) class indices."""

    def __init__(self, group: NDArray[np.int32], split: NDArray[np.int8], labels: NDArray[np.int32]) -> None:
        self.group, self.split, self.labels = group, split, labels

    def within(self, split: int) -> int:
        """Count the distinct texts that have several labels within a split."""
        low, high = self._label_range([split])
        return int((low < high).sum())

    def across(self, split: int, others: list[int]) -> int:
        """Count the documents of a split whose text has another label in one of the other splits."""
        low, high = self._label_range(others)
        members = self.split == split
        group, label = self.group[members], self.labels[members]
        return int(((low[group] < label) | (label < high[group])).sum())

    def _label_range(self, splits: list[int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the lowest and highest label of each group in these splits; low > high if it has none."""
        members = np.isin(self.split, splits)
        groups = int(self.group.max(initial=-1)) + 1
        low, high = np.full(groups, np.iinfo(np.int32).max, np.int32), np.full(groups, -1, np.int32)
        np.minimum.at(low, self.group[members], self.labels[members])
        np.maximum.at(high, self.group[members], self.labels[members])
        return low, high

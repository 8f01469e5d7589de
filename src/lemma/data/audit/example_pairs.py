"""A few pairs of duplicates for the report, the most serious first."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.data.audit.duplicate_counts import Ints
from lemma.data.audit.text_reader import UNLABELLED, TextReader

PAIRS = 5  # in the report, at most
PAIRS_PER_RANK = 2
LENGTH = 200  # characters of a text in the report


class ExamplePairs:
    """Keeps the first pairs of each rank.

    Ranks: (0) across splits with conflicting labels, (1) near-duplicates across splits, (2) exact duplicates across
    splits, (3) to (5) the same within one split, (6) with an unlabelled text.
    """

    def __init__(self, texts: TextReader, split: NDArray[np.int8], labels: NDArray[np.int32]) -> None:
        self.texts, self.split, self.labels = texts, split, labels
        self._kept: set[tuple[int, int, int, str, float]] = set()

    def offer(self, kind: str, left: Ints, right: Ints, similarity: NDArray[np.float64]) -> None:
        """Consider pairs of texts, given by their numbers.

        Args:
            kind: exact, normalised or near.
            left: (pairs,) the first texts.
            right: (pairs,) the second texts.
            similarity: (pairs,) Jaccard indices.
        """
        is_labelled = (self.labels[left] >= 0) & (self.labels[right] >= 0)
        is_across = self.split[left] != self.split[right]
        has_conflict = self.labels[left] != self.labels[right]
        rank = np.where(has_conflict, 0, 1 if kind == "near" else 2) + np.where(is_across, 0, 3)
        rank = np.where(is_labelled, rank, 6)
        for number in np.unique(rank):
            members = np.flatnonzero(rank == number)
            first = members[np.lexsort((right[members], left[members]))[:PAIRS_PER_RANK]]
            self._kept |= {(int(number), int(left[k]), int(right[k]), kind, float(similarity[k])) for k in first}
        ranked = sorted(self._kept)
        self._kept = {
            pair for k, pair in enumerate(ranked) if k < PAIRS_PER_RANK or ranked[k - PAIRS_PER_RANK][0] != pair[0]
        }

    def to_json(self) -> list[dict[str, Any]]:
        """Return the most serious pairs with their texts, which are read from disk."""
        chosen = sorted(self._kept)[:PAIRS]
        wanted = {text for _, left, right, *_ in chosen for text in (left, right)}
        described: dict[int, dict[str, Any]] = {}
        for block in self.texts.read_blocks() if wanted else ():
            for number in wanted & set(range(block.start, block.start + len(block.texts))):
                described[number] = self._describe(number, block.texts[number - block.start])
        return [
            {"kind": kind, "similarity": round(similarity, 4), "first": described[left], "second": described[right]}
            for _, left, right, kind, similarity in chosen
        ]

    def _describe(self, number: int, text: str) -> dict[str, Any]:
        split, label = self.texts.splits[self.split[number]], int(self.labels[number])
        return {
            "text": text if len(text) <= LENGTH else text[: LENGTH - 1] + "…",
            "label": None if split == UNLABELLED else self.texts.metadata["classes"][label],
            "split": split,
        }

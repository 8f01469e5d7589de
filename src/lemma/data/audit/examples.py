"""A few pairs that show what an audit found, the most telling first."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.data.audit.tally import Ints
from lemma.data.audit.texts import UNLABELLED, Texts

MOST = 5
OF_A_RANK = 2
LENGTH = 200  # characters of a text that are shown


class Examples:
    """Keeps the first pairs of each rank.

    Ranks: across parts with another label; across parts, nearly alike; across parts, equal; in one part with another
    label; in one part, nearly alike; in one part, equal; and last, with an unlabelled text.
    """

    def __init__(self, texts: Texts, part: NDArray[np.int8], labels: NDArray[np.int32]) -> None:
        self.texts, self.part, self.labels = texts, part, labels
        self._kept: set[tuple[int, int, int, str, float]] = set()

    def offer(self, kind: str, one: Ints, other: Ints, similarity: NDArray[np.float64]) -> None:
        """Consider pairs of texts, (pairs,) each; `kind` is exact, normalised or near."""
        labelled = (self.labels[one] >= 0) & (self.labels[other] >= 0)
        across = self.part[one] != self.part[other]
        conflict = self.labels[one] != self.labels[other]
        rank = np.where(conflict, 0, 1 if kind == "near" else 2) + np.where(across, 0, 3)
        rank = np.where(labelled, rank, 6)
        for number in np.unique(rank):
            members = np.flatnonzero(rank == number)
            first = members[np.lexsort((other[members], one[members]))[:OF_A_RANK]]
            self._kept |= {(int(number), int(one[k]), int(other[k]), kind, float(similarity[k])) for k in first}
        ranked = sorted(self._kept)
        self._kept = {pair for k, pair in enumerate(ranked) if k < OF_A_RANK or ranked[k - OF_A_RANK][0] != pair[0]}

    def json(self) -> list[dict[str, Any]]:
        """Return the most telling pairs with their texts, which are read again."""
        chosen = sorted(self._kept)[:MOST]
        wanted = {text for _, one, other, *_ in chosen for text in (one, other)}
        shown: dict[int, dict[str, Any]] = {}
        for block in self.texts.blocks() if wanted else ():
            for number in wanted & set(range(block.start, block.start + len(block.texts))):
                shown[number] = self._show(number, block.texts[number - block.start])
        return [
            {"kind": kind, "similarity": round(similarity, 4), "first": shown[one], "second": shown[other]}
            for _, one, other, kind, similarity in chosen
        ]

    def _show(self, number: int, text: str) -> dict[str, Any]:
        part, label = self.texts.parts[self.part[number]], int(self.labels[number])
        return {
            "text": text if len(text) <= LENGTH else text[: LENGTH - 1] + "…",
            "label": None if part == UNLABELLED else self.texts.held["classes"][label],
            "part": part,
        }

"""Which documents `prepare.duplicates: drop` leaves out.

Equal texts, but for case and white space: where the data have a test part, no text of train stands in dev or test, and
none of dev in test; within train and dev the first copy stays, and test stays as it was published. A text of train that
carries two labels goes altogether. Under folds, where every document is tested once, the first copy of a text stays,
and texts with two labels go.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.data.divide import Division
from lemma.data.intake import Intake
from lemma.data.splits import DEV, TEST, TRAIN


@dataclass(frozen=True)
class Left:
    """A reason, and the documents left out for it, in order."""

    reason: str
    members: NDArray[np.int64]

    def json(self, where: Callable[[int], str]) -> dict[str, Any]:
        """Return reason, number, and where the first one stood."""
        return {"reason": self.reason, "documents": len(self.members), "first": where(int(self.members[0]))}


def repeats(taken: Intake, labels: NDArray[np.int32], division: Division) -> list[Left]:
    """Return what is to be left out, by reason; a document is left out for one reason only."""
    _, text = np.unique(np.array(taken.hashes, np.int64), return_inverse=True)
    gone = np.zeros(len(text), bool)
    found: list[Left] = []

    def leave(reason: str, chosen: NDArray[np.bool_]) -> None:
        chosen = chosen & ~gone
        gone[chosen] = True
        found.append(Left(reason, np.flatnonzero(chosen)))

    def standing(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return for each document whether its text is among the chosen."""
        there = np.zeros(int(text.max(initial=-1)) + 1, bool)
        there[text[chosen]] = True
        return there[text]

    folds = division.protocol["kind"] == "folds"
    part = np.full(len(text), TRAIN, np.int8) if folds else division.part
    for earlier, later, name in (
        (TRAIN, TEST, "train, stands in test"),
        (TRAIN, DEV, "train, stands in dev"),
        (DEV, TEST, "dev, stands in test"),
    ):
        leave(name, (part == earlier) & standing(part == later))
    train = "" if folds else "train, "
    leave(f"{train}carries two labels", (part == TRAIN) & _conflicting(text, labels, (part == TRAIN) & ~gone))
    for number, name in ((TRAIN, train), (DEV, "dev, ")):
        leave(f"{name}stands there already", (part == number) & ~_first(text, (part == number) & ~gone))
    return found


def _conflicting(text: NDArray[np.int64], labels: NDArray[np.int32], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each document whether its text carries two labels among these."""
    low = np.full(int(text.max(initial=-1)) + 1, np.iinfo(np.int32).max, np.int32)
    high = np.full(len(low), -1, np.int32)
    np.minimum.at(low, text[among], labels[among])
    np.maximum.at(high, text[among], labels[among])
    return (low < high)[text]


def _first(text: NDArray[np.int64], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which documents are the first of these with their text; all others are True too."""
    members = np.flatnonzero(among)
    _, first = np.unique(text[members], return_index=True)
    result = ~among
    result[members[first]] = True
    return result

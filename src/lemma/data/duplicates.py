"""Which documents `prepare.duplicates: drop` leaves out, before anything is drawn.

Texts are equal but for case and white space. Where the data have parts of their own, no text of train stands in dev or
test, and none of dev in test; within train and dev the first copy stays; a text of train that carries two labels goes
altogether; and test stays as it was published. Where the parts are yet to be drawn, all is as in train.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.splits import DEV, TEST, TRAIN


@dataclass(frozen=True)
class Left:
    """A reason, and the documents left out for it, in order."""

    reason: str
    members: NDArray[np.int64]


def repeats(hashes: NDArray[np.int64], labels: NDArray[np.int32], part: NDArray[np.int8] | None) -> list[Left]:
    """Return what is to be left out, by reason; a document is left out for one reason only.

    Args:
        hashes: (documents,) of their texts.
        labels: (documents,) class indices.
        part: (documents,) of the data's own division, or None where it is yet to be drawn.
    """
    _, text = np.unique(hashes, return_inverse=True)
    gone = np.zeros(len(text), bool)
    found: list[Left] = []

    def leave(reason: str, chosen: NDArray[np.bool_]) -> None:
        members = np.flatnonzero(chosen & ~gone)
        gone[members] = True
        if len(members):
            found.append(Left(reason, members))

    def standing(chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return for each document whether its text is among the chosen."""
        there = np.zeros(len(text), bool)
        there[text[chosen]] = True
        return np.asarray(there[text])

    train, dev, test = (np.zeros_like(gone) if part is None else part == number for number in (TRAIN, DEV, TEST))
    if part is None:
        train = ~gone
    of = "" if part is None else "train, "
    leave("train, stands in test", train & standing(test))
    leave("train, stands in dev", train & standing(dev))
    leave("dev, stands in test", dev & standing(test))
    leave(f"{of}carries two labels", train & _conflicting(text, labels, train & ~gone))
    leave(f"{of}stands there already", train & ~_first(text, train & ~gone))
    leave("dev, stands there already", dev & ~_first(text, dev & ~gone))
    return found


def _conflicting(text: NDArray[np.int64], labels: NDArray[np.int32], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each document whether its text carries two labels among these."""
    one = np.zeros(len(text), np.int32)
    one[text[among]] = labels[among]  # the label of one of those with this text
    other = np.zeros(len(text), bool)
    other[text[among & (labels != one[text])]] = True
    return np.asarray(other[text])


def _first(text: NDArray[np.int64], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which documents are the first of these with their text."""
    members = np.flatnonzero(among)[::-1]
    first = np.zeros(len(text), np.int64)
    first[text[members]] = members  # of several with one text the last one written stays
    result = np.zeros(len(text), bool)
    result[first[text[members]]] = True
    return result

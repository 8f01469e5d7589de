"""The duplicate documents that `prepare.duplicates: drop` removes before documents are split.

Two texts are equal if they differ at most in case and white space. If the data set has fixed splits, documents of train
that also occur in dev or test are dropped, and documents of dev that also occur in test. Within train and within dev
the first copy is kept; texts of train with conflicting labels are dropped altogether; test is kept as published. If
splits are still to be drawn, all documents are treated like those of train.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.splits import DEV, TEST, TRAIN


@dataclass(frozen=True)
class Dropped:
    """Documents dropped for one reason.

    Attributes:
        reason: in words, for the report.
        documents: int64, indices in ascending order.
    """

    reason: str
    documents: NDArray[np.int64]


def find_duplicates(
    hashes: NDArray[np.int64], labels: NDArray[np.int32], split: NDArray[np.int8] | None
) -> list[Dropped]:
    """Return the duplicate documents to drop, grouped by reason; each document has one reason.

    Args:
        hashes: (documents,) hashes of the texts.
        labels: (documents,) class indices.
        split: (documents,) fixed splits of the data set, or None if they are still to be drawn.
    """
    _, text = np.unique(hashes, return_inverse=True)
    is_dropped = np.zeros(len(text), bool)
    dropped: list[Dropped] = []

    def drop(reason: str, selected: NDArray[np.bool_]) -> None:
        documents = np.flatnonzero(selected & ~is_dropped)
        is_dropped[documents] = True
        if len(documents):
            dropped.append(Dropped(reason, documents))

    def occurs_in(selected: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return for each document whether its text is that of a selected document."""
        is_selected = np.zeros(len(text), bool)
        is_selected[text[selected]] = True
        return np.asarray(is_selected[text])

    train, dev, test = (
        np.zeros_like(is_dropped) if split is None else split == number for number in (TRAIN, DEV, TEST)
    )
    if split is None:
        train = ~is_dropped
    prefix = "" if split is None else "train: "
    drop("train: also in test", train & occurs_in(test))
    drop("train: also in dev", train & occurs_in(dev))
    drop("dev: also in test", dev & occurs_in(test))
    drop(f"{prefix}conflicting labels", train & _has_conflict(text, labels, train & ~is_dropped))
    drop(f"{prefix}exact duplicate", train & ~_is_first(text, train & ~is_dropped))
    drop("dev: exact duplicate", dev & ~_is_first(text, dev & ~is_dropped))
    return dropped


def _has_conflict(text: NDArray[np.int64], labels: NDArray[np.int32], selected: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each document whether its text has different labels among the selected documents."""
    label_of_text = np.zeros(len(text), np.int32)
    label_of_text[text[selected]] = labels[selected]  # of any selected document with this text
    has_conflict = np.zeros(len(text), bool)
    has_conflict[text[selected & (labels != label_of_text[text])]] = True
    return np.asarray(has_conflict[text])


def _is_first(text: NDArray[np.int64], selected: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each document whether it is the first selected one with its text."""
    documents = np.flatnonzero(selected)[::-1]
    first = np.zeros(len(text), np.int64)
    first[text[documents]] = documents  # the last assignment, that of the first document, is kept
    result = np.zeros(len(text), bool)
    result[first[text[documents]]] = True
    return result

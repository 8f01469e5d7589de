"""Which part or fold each document of a data set belongs to."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus import splits
from lemma.corpus.splits import DEV, SPLITS, TRAIN
from lemma.errors import InputError, shortened
from lemma.params import Column, Cut, Dataset, Folds, Shares

NOTES = {
    "official": "the published division into train, dev and test",
    "folders": "divided as the folders say",
    "Shares": "divided at random by class, once, with a fixed seed",
    "Column": "divided as the file says",
    "Cut": "the test part is the data's own; dev was cut from its training part, at random by class with a fixed seed",
    "Folds": "cross-validation: folds drawn at random by class with a fixed seed; each run is tested on one fold, and "
    "stops on a share of the others drawn anew",
}
CUT = "; dev was cut from its training part, at random by class with a fixed seed"
GROUPED = "; documents of one film stay together"


@dataclass(frozen=True)
class Division:
    """`part` (documents,) int8: part or fold; `protocol` says which of the two; `note` how it came about."""

    part: NDArray[np.int8]
    protocol: dict[str, Any]
    note: str

    def check(self, labels: NDArray[np.int32], classes: list[str], settings: Dataset, dataset: str) -> list[str]:
        """Refuse a division in which a run would have nothing to train on, to stop on or to be tested on.

        Returns:
            A line for each class that dev or test has no document of, in the first run where that is so.
        """
        folds = int(self.protocol.get("folds", 1))
        lacking: dict[str, str] = {}
        for run in range(folds):
            held_out = f" in run {run}" if folds > 1 else ""
            seen = splits.assign_splits(labels, self.part, self.protocol, run)
            for number, name in enumerate(SPLITS):
                present = np.bincount(labels[seen == number], minlength=len(classes))
                if not present.sum():
                    raise InputError(
                        f"Data set '{dataset}' has no {name} document{held_out}.", _needed(name, settings, dataset)
                    )
                if name != "train":
                    for missing in (classes[at] for at in np.flatnonzero(present == 0)):
                        line = f"no document of class '{shortened(missing)}' in {name}"
                        lacking.setdefault(line, f"{line}{held_out}")
                elif not present.all():
                    missing = classes[int(np.argmin(present))]
                    raise InputError(
                        f"Data set '{dataset}': class '{missing}' has no train document{held_out}.",
                        f"Every class needs some: write smaller shares in params.yaml, datasets.{dataset}.split, or "
                        "add documents of this class.",
                    )
        return [*lacking.values()]


def _needed(part: str, settings: Dataset, dataset: str) -> str:
    """Return what to do where a part has no document."""
    where = f"params.yaml, datasets.{dataset}.split"
    split = settings.split
    if isinstance(split, Column) and part == "dev" and split.dev is None:
        return f"Let it be cut from train: write {{column: {split.column}, dev: 0.1}} in {where}."
    if isinstance(split, Column):
        return f"Every part needs some: write {part} in column {split.column} of some, or shares in {where}."
    if split == "folders":
        dev = f"; or write {{dev: 0.1}} in {where}, which cuts it from train" if part == "dev" else ""
        return f"Every part needs some: put files into the folder {part}{dev}."
    return f"Every part needs some: write other shares in {where}."


def drawn(settings: Dataset) -> bool:
    """Return whether all documents are divided at random, whatever parts the data have."""
    return isinstance(settings.split, Folds | Shares)


def divide(
    labels: NDArray[np.int32],
    fixed: NDArray[np.int8],
    groups: NDArray[np.int32] | None,
    settings: Dataset,
    dataset: str,
) -> Division:
    """Return the division that `settings` asks for.

    Args:
        labels: (documents,) class indices.
        fixed: (documents,) parts of the data's own; not heeded where all documents are drawn.
        groups: (documents,) group of each, or None where each stands for itself.
        settings: of the data set.
        dataset: its name.

    Raises:
        InputError: a class is smaller than the number of folds, or dev is to be cut where the data have their own.
    """
    split = settings.split
    note = NOTES[split if isinstance(split, str) else type(split).__name__]
    if isinstance(split, Folds):
        smallest = int(np.bincount(labels, minlength=1).min())
        if smallest < split.folds:
            raise InputError(
                f"Data set '{dataset}': a class has {smallest} documents, fewer than the {split.folds} folds.",
                f"Write fewer folds in params.yaml: datasets.{dataset}.split.",
            )
        part = splits.stratify(labels, [1 / split.folds] * split.folds, seed=0)
        return Division(part, {"kind": "folds", "folds": split.folds, "dev": split.dev}, note)
    if isinstance(split, Shares):
        part = splits.stratify(labels, [1 - split.dev - split.test, split.dev, split.test], seed=0)
        return Division(part, {"kind": "fixed"}, note)
    part = fixed.copy()
    if isinstance(split, Cut | Column) and split.dev is not None:
        if not (part == DEV).any():
            train = np.flatnonzero(part == TRAIN)
            part[train[cut(labels[train], split.dev, None if groups is None else groups[train])]] = DEV
            note += CUT if isinstance(split, Column) else ""
            note += GROUPED if groups is not None else ""
        elif isinstance(split, Cut):
            raise InputError(
                f"Data set '{dataset}' has a dev part of its own.", f"Write datasets.{dataset}.split without a share."
            )
    return Division(part, {"kind": "fixed"}, note)


def cut(labels: NDArray[np.int32], share: float, groups: NDArray[np.int32] | None) -> NDArray[np.bool_]:
    """Return which documents form a part of about this share, drawn by class; a group is in it whole or not at all.

    Args:
        labels: (documents,) class indices.
        share: of all documents.
        groups: (documents,) group of each, or None where each stands for itself.
    """
    if groups is None:
        return np.asarray(splits.stratify(labels, [1 - share, share], seed=0) == 1)
    from sklearn.model_selection import StratifiedGroupKFold

    nearest = Fraction(share).limit_denominator(100) or Fraction(1, 100)  # so many of so many folds
    folds = StratifiedGroupKFold(nearest.denominator, shuffle=True, random_state=0).split(labels, labels, groups)
    chosen = np.zeros(len(labels), bool)
    for _, members in islice(folds, nearest.numerator):
        chosen[members] = True
    return chosen

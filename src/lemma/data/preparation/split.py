"""Split the documents of a data set into train, dev and test, or into folds."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.splits import DEV, SPLITS, TRAIN, assign_splits, stratify
from lemma.errors import InputError, shortened
from lemma.params import Dataset, DevSplit, Folds, RandomSplit, SplitColumn

NAMED_NOTES = {
    "official": "the published splits",
    "folders": "the folders of the data set",
}
NOTES = {
    RandomSplit: "random splits, stratified by class, drawn once with a fixed seed",
    SplitColumn: "the splits named in the file",
    DevSplit: "the test split is the published one; dev was drawn from the published training split, stratified by "
    "class, with a fixed seed",
    Folds: "cross-validation: random folds, stratified by class, with a fixed seed; each run is tested on one fold and "
    "draws its dev split from the others",
}
DEV_NOTE = "; dev was drawn from its training split, stratified by class, with a fixed seed"
GROUP_NOTE = "; documents of one film stay in one split"


@dataclass(frozen=True)
class Assignment:
    """The split or fold of each document.

    Attributes:
        split: int8, (documents,), split or number of the fold.
        protocol: says which of the two; see `lemma.corpus.splits.assign_splits`.
        note: how the splits were made, for the report.
    """

    split: NDArray[np.int8]
    protocol: dict[str, Any]
    note: str

    def check(self, labels: NDArray[np.int32], classes: list[str], settings: Dataset, dataset: str) -> list[str]:
        """Check that every split of every run has documents, and the training split some of every class.

        Args:
            labels: (documents,) class indices.
            classes: their names.
            settings: of the data set.
            dataset: its name.

        Returns:
            A line for each class that is missing in dev or test, with the first run in which it is.

        Raises:
            InputError: a split is empty, or a class is missing in train.
        """
        folds = int(self.protocol.get("folds", 1))
        missing_classes: dict[str, str] = {}
        for run in range(folds):
            in_run = f" in run {run}" if folds > 1 else ""
            splits = assign_splits(labels, self.split, self.protocol, run)
            for number, name in enumerate(SPLITS):
                counts = np.bincount(labels[splits == number], minlength=len(classes))
                if not counts.sum():
                    raise InputError(
                        f"Data set '{dataset}' has no {name} document{in_run}.", _fix(name, settings, dataset)
                    )
                if name != "train":
                    for missing in (classes[at] for at in np.flatnonzero(counts == 0)):
                        line = f"no document of class '{shortened(missing)}' in {name}"
                        missing_classes.setdefault(line, f"{line}{in_run}")
                elif not counts.all():
                    missing = classes[int(np.argmin(counts))]
                    raise InputError(
                        f"Data set '{dataset}': class '{missing}' has no train document{in_run}.",
                        "Every class needs training documents: write smaller fractions in params.yaml, "
                        f"datasets.{dataset}.split, or add documents of this class.",
                    )
        return [*missing_classes.values()]


def _fix(name: str, settings: Dataset, dataset: str) -> str:
    """Return what to do if the split of this name is empty."""
    where = f"params.yaml, datasets.{dataset}.split"
    split = settings.split
    if isinstance(split, SplitColumn) and name == "dev" and split.dev is None:
        return f"Draw it from train: write {{column: {split.column}, dev: 0.1}} in {where}."
    if isinstance(split, SplitColumn):
        return f"Write {name} in column {split.column} of some documents, or fractions in {where}."
    if split == "folders":
        dev = f"; or write {{dev: 0.1}} in {where} to draw it from train" if name == "dev" else ""
        return f"Put files into the folder {name}{dev}."
    return f"Write other fractions in {where}."


def is_random(settings: Dataset) -> bool:
    """Return whether all documents are split at random, regardless of splits that the data set has."""
    return isinstance(settings.split, Folds | RandomSplit)


def split_documents(
    labels: NDArray[np.int32],
    fixed: NDArray[np.int8],
    groups: NDArray[np.int32] | None,
    settings: Dataset,
    dataset: str,
) -> Assignment:
    """Split documents as `settings` ask for.

    Args:
        labels: (documents,) class indices.
        fixed: (documents,) splits of the data set's files; not used if all documents are split at random.
        groups: (documents,) group of each document, or None without groups.
        settings: of the data set.
        dataset: its name.

    Raises:
        InputError: a class has fewer documents than there are folds, or dev must be drawn although the data set has a
            dev split.
    """
    split = settings.split
    note = NAMED_NOTES[split] if isinstance(split, str) else NOTES[type(split)]
    if isinstance(split, Folds):
        smallest = int(np.bincount(labels, minlength=1).min())
        if smallest < split.folds:
            raise InputError(
                f"Data set '{dataset}': a class has {smallest} documents, fewer than the {split.folds} folds.",
                f"Write fewer folds in params.yaml: datasets.{dataset}.split.",
            )
        folds = stratify(labels, [1 / split.folds] * split.folds, seed=0)
        return Assignment(folds, {"kind": "folds", "folds": split.folds, "dev": split.dev}, note)
    if isinstance(split, RandomSplit):
        splits = stratify(labels, [1 - split.dev - split.test, split.dev, split.test], seed=0)
        return Assignment(splits, {"kind": "fixed"}, note)
    splits = fixed.copy()
    if isinstance(split, DevSplit | SplitColumn) and split.dev is not None:
        if not (splits == DEV).any():
            train = np.flatnonzero(splits == TRAIN)
            train_groups = None if groups is None else groups[train]
            splits[train[draw_fraction(labels[train], split.dev, train_groups)]] = DEV
            note += DEV_NOTE if isinstance(split, SplitColumn) else ""
            note += GROUP_NOTE if groups is not None else ""
        elif isinstance(split, DevSplit):
            raise InputError(
                f"Data set '{dataset}' has a dev split of its own.",
                f"Write datasets.{dataset}.split in params.yaml without a fraction.",
            )
    return Assignment(splits, {"kind": "fixed"}, note)


def draw_fraction(labels: NDArray[np.int32], fraction: float, groups: NDArray[np.int32] | None) -> NDArray[np.bool_]:
    """Draw about this fraction of the documents, stratified by class; a group is drawn as a whole or not at all.

    Args:
        labels: (documents,) class indices.
        fraction: of all documents.
        groups: (documents,) group of each document, or None without groups.

    Returns:
        (documents,) whether each document is drawn.
    """
    if groups is None:
        return np.asarray(stratify(labels, [1 - fraction, fraction], seed=0) == 1)
    from sklearn.model_selection import StratifiedGroupKFold

    ratio = Fraction(fraction).limit_denominator(100) or Fraction(1, 100)  # of folds drawn to all folds
    folds = StratifiedGroupKFold(ratio.denominator, shuffle=True, random_state=0).split(labels, labels, groups)
    is_drawn = np.zeros(len(labels), bool)
    for _, members in islice(folds, ratio.numerator):
        is_drawn[members] = True
    return is_drawn

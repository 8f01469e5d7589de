"""Precision-recall curves, loss curves and confusion matrices over all runs of a model.

A curve is the mean over runs on a common grid, with the lowest and the highest run at each point.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

# Recall is a quotient of integers, and so is the grid: equal fractions are equal floats, and a point at recall 3/10 is
# found at 0.3. The values of `np.linspace` are not all so.
GRID = np.arange(101) / 100

Predictions = tuple[NDArray[Any], NDArray[Any]]  # labels (documents,), probabilities (documents, classes)


def compute_precision_at_recall(relevant: NDArray[Any], scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return the precision at the highest threshold that reaches each recall of `GRID`: (101,).

    The area under this step function is the average precision of `metrics`, so the curve agrees with the printed
    number. The other convention, the highest precision at this or any higher recall (Manning, Raghavan and Schuetze,
    2008, section 8.4), gives a smoother curve with a larger area.

    Args:
        relevant: (documents,) whether the document belongs to the class; at least one does.
        scores: (documents,) higher for documents that more likely belong to the class.
    """
    precision, recall, _ = precision_recall_curve(relevant, scores, drop_intermediate=False)
    # scikit-learn sorts by falling recall and appends the point (recall 0, precision 1), which no threshold gives.
    precision, recall = precision[-2::-1], recall[-2::-1]
    first = np.diff(recall, prepend=0) > 0  # the highest threshold of each recall above 0
    on_grid: NDArray[np.float64] = precision[first][np.searchsorted(recall[first], GRID)]
    return on_grid


def compute_precision_recall(runs: Sequence[Predictions], classes: list[str]) -> dict[str, Any]:
    """Return the precision-recall curves of one model, for each class and macro-averaged.

    The macro curve of a run is the mean of the curves of the classes that occur among its labels. A class that occurs
    in no run has no curve.

    Args:
        runs: labels and probabilities of the test documents, one pair for each run.
        classes: names, in the order of the columns.

    Returns:
        {macro: CURVE, per_class: {CLASS: CURVE}}, where CURVE = {recall, precision, low, high} are lists of 101 values:
        the mean precision over runs, and the lowest and highest precision of a run, at each recall.
    """
    curves_by_class: dict[str, list[NDArray[np.float64]]] = {}
    macro_curves = []
    for labels, probabilities in runs:
        curves = {
            index: compute_precision_at_recall(labels == index, probabilities[:, index]) for index in np.unique(labels)
        }
        macro_curves.append(np.mean(list(curves.values()), axis=0))
        for index, curve in curves.items():
            curves_by_class.setdefault(classes[index], []).append(curve)
    return {
        "macro": _summarize_curves(macro_curves),
        "per_class": {name: _summarize_curves(class_curves) for name, class_curves in curves_by_class.items()},
    }


def _summarize_curves(curves: list[NDArray[np.float64]]) -> dict[str, list[float]]:
    """Return mean, minimum and maximum of the precision over runs at each recall of `GRID`."""
    precision = np.array(curves)
    columns = {
        "recall": GRID,
        "precision": precision.mean(axis=0),
        "low": precision.min(axis=0),
        "high": precision.max(axis=0),
    }
    return {name: column.tolist() for name, column in columns.items()}


def summarize_losses(histories: Sequence[Mapping[int, tuple[float, float]]]) -> dict[str, Any] | None:
    """Return mean, lowest and highest loss over runs at each epoch; None for a model that is not trained by epochs.

    Runs stop at different epochs. The values of an epoch are over the `n` runs that reached it, so the mean may jump
    where `n` falls although the loss of no run does.

    Args:
        histories: for each run a mapping of the epoch to train loss and dev loss, in nats.

    Returns:
        {epochs, n, train: {mean, low, high}, dev: {mean, low, high}, runs}: lists over epochs, and the number of runs.
    """
    if all(len(history) < 2 for history in histories):
        return None
    epochs = sorted({epoch for history in histories for epoch in history})
    losses_by_epoch = [[history[epoch] for history in histories if epoch in history] for epoch in epochs]
    summary: dict[str, Any] = {"epochs": epochs, "n": list(map(len, losses_by_epoch)), "runs": len(histories)}
    for column, split in enumerate(("train", "dev")):
        split_losses = [[losses[column] for losses in run_losses] for run_losses in losses_by_epoch]
        summary[split] = {
            "mean": [float(np.mean(values)) for values in split_losses],
            "low": [min(values) for values in split_losses],
            "high": [max(values) for values in split_losses],
        }
    return summary


def count_confusions(runs: Sequence[Predictions], classes: list[str]) -> list[list[int]]:
    """Return the confusion matrix summed over runs: documents by true class (row) and predicted class (column).

    Args:
        runs: labels and probabilities of the test documents, one pair for each run.
        classes: names, in the order of the columns.
    """
    size = len(classes)
    counts = np.zeros(size * size, np.int64)
    for labels, probabilities in runs:
        # Labels are int32; the cell index of a pair needs int64.
        cells = labels.astype(np.int64) * size + probabilities.argmax(axis=1)
        counts += np.bincount(cells, minlength=size * size)
    matrix: list[list[int]] = counts.reshape(size, size).tolist()
    return matrix

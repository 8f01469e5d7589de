"""Curves for the figures: precision by recall, loss by epoch, and the confusion matrix.

Each is averaged over runs on a common grid, with the lowest and highest run beside the mean.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

# A quotient of whole numbers, like recall itself: both are rounded once, so equal fractions are equal floats and a
# point at recall 3/10 is found at 0.3. The steps of `linspace` are off by one unit in the last place here and there.
GRID = np.arange(101) / 100

Part = tuple[NDArray[Any], NDArray[Any]]  # labels (documents,), probabilities (documents, classes)


def precision_at_recall(relevant: NDArray[Any], scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return, for each recall of the grid, the precision at the highest threshold that reaches it: (101,).

    A step function whose area is the average precision of `metrics`, so that the curve and the number printed beside
    it agree. The other convention, the highest precision at any recall from here on (Manning, Raghavan & Schuetze
    2008, section 8.4), is smoother and never lower: its area would exceed the number.

    Args:
        relevant: (documents,) whether each belongs to the class; at least one does.
        scores: (documents,) higher for those thought likelier to belong.
    """
    precision, recall, _ = precision_recall_curve(relevant, scores, drop_intermediate=False)
    # scikit-learn goes down from recall 1 and appends the point (recall 0, precision 1), which no threshold gives.
    precision, recall = precision[-2::-1], recall[-2::-1]
    first = np.diff(recall, prepend=0) > 0  # the highest threshold of each recall above 0
    at: NDArray[np.float64] = precision[first][np.searchsorted(recall[first], GRID)]
    return at


def precision_recall(runs: Sequence[Part], classes: list[str]) -> dict[str, Any]:
    """Return the precision-recall curves of one model over its runs, by class and macro-averaged.

    A run's macro curve is the mean of the curves of the classes its part holds. Classes that no run's part holds have
    no curve, and no key.

    Args:
        runs: labels and probabilities of the test documents, one pair a run.
        classes: names, in the order of the columns.

    Returns:
        {macro: CURVE, per_class: {CLASS: CURVE}}, CURVE = {recall, precision, low, high}: lists of 101, precision the
        mean, low the least and high the greatest over runs at that recall.
    """
    by_class: dict[str, list[NDArray[np.float64]]] = {}
    macro = []
    for labels, probabilities in runs:
        held = {index: precision_at_recall(labels == index, probabilities[:, index]) for index in np.unique(labels)}
        macro.append(np.mean(list(held.values()), axis=0))
        for index, curve in held.items():
            by_class.setdefault(classes[index], []).append(curve)
    return {"macro": _band(macro), "per_class": {name: _band(held) for name, held in by_class.items()}}


def _band(runs: list[NDArray[np.float64]]) -> dict[str, list[float]]:
    over = np.array(runs)
    rows = {"recall": GRID, "precision": over.mean(axis=0), "low": over.min(axis=0), "high": over.max(axis=0)}
    return {name: row.tolist() for name, row in rows.items()}


def loss(histories: Sequence[Mapping[int, tuple[float, float]]]) -> dict[str, Any] | None:
    """Return mean, lowest and highest loss over runs at each epoch; None for a model that does not train by epochs.

    Runs stop at different epochs. Each epoch is over the runs that reached it, `n` of them: where `n` falls, the mean
    may jump without any run's loss having done so.

    Args:
        histories: epoch to (train loss, dev loss) in nats, one mapping a run.

    Returns:
        {epochs, n, train: {mean, low, high}, dev: {mean, low, high}, runs}: lists along epochs, runs a number.
    """
    if all(len(history) < 2 for history in histories):
        return None
    epochs = sorted({epoch for history in histories for epoch in history})
    held = [[history[epoch] for history in histories if epoch in history] for epoch in epochs]
    result: dict[str, Any] = {"epochs": epochs, "n": [len(pairs) for pairs in held], "runs": len(histories)}
    for column, part in enumerate(("train", "dev")):
        losses = [[pair[column] for pair in pairs] for pairs in held]
        result[part] = {
            "mean": [float(np.mean(values)) for values in losses],
            "low": [min(values) for values in losses],
            "high": [max(values) for values in losses],
        }
    return result


def confusion(runs: Sequence[Part], classes: list[str]) -> list[list[int]]:
    """Return how many documents of each true class (row) went to each predicted class (column), summed over runs.

    Args:
        runs: labels and probabilities of the test documents, one pair a run.
        classes: names, in the order of the columns.
    """
    size = len(classes)
    total = np.zeros(size * size, np.int64)
    for labels, probabilities in runs:
        # int64 before the product: labels come as int32, and a pair's cell is one number
        total += np.bincount(labels.astype(np.int64) * size + probabilities.argmax(axis=1), minlength=size * size)
    table: list[list[int]] = total.reshape(size, size).tolist()
    return table

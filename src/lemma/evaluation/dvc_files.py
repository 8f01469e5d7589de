"""The files that DVC compares between revisions: a few scores of each model, and its curves as data.

metrics.json holds a thousand numbers, each a column of `dvc exp show`. scores.json holds those that a comparison of
revisions starts from. The curves are JSON lists of rows, one column a model, which `dvc plots diff` overlays.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lemma.corpus.primary_metric import get_primary_score

MACRO_F1 = "macro f1"
Rows = list[dict[str, float]]


def summarize_scores(metric: str, models: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of scores.json: {MODEL: {dev, test: {METRIC, macro f1: {mean, std}}}}.

    Args:
        metric: the primary metric of the data set.
        models: the `models` of metrics.json.
    """

    def moments(summary: Mapping[str, Any]) -> dict[str, Any]:
        scores = {metric: get_primary_score(summary, metric), MACRO_F1: summary["macro"]["f1"]}
        return {name: {key: score[key] for key in ("mean", "std") if key in score} for name, score in scores.items()}

    return {
        model: {split: moments(scores["summary"][split]) for split in ("dev", "test")}
        for model, scores in models.items()
    }


def tabulate_curves(x: str, curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Rows:
    """Return curves as rows with one column for each model; a row lacks the models that have no value there.

    Args:
        x: name of the first column.
        curves: abscissae and ordinates by model, of equal length.
    """
    rows: dict[float, dict[str, float]] = {}
    for model, (xs, ys) in curves.items():
        for value, y in zip(xs, ys, strict=True):
            rows.setdefault(value, {x: value})[model] = y
    return [rows[value] for value in sorted(rows)]


def tabulate_loss(curves: Mapping[str, Any], split: str) -> Rows:
    """Return the mean loss over runs by epoch: {epoch, MODEL: nats, ...}.

    Args:
        curves: the content of curves.json.
        split: train or dev.
    """
    losses = {model: (loss["epochs"], loss[split]["mean"]) for model, loss in curves["loss"].items()}
    return tabulate_curves("epoch", losses)


def tabulate_precision_recall(curves: Mapping[str, Any]) -> Rows:
    """Return the macro-averaged precision by recall on test: {recall, MODEL: precision, ...}."""
    bands = {model: curve["macro"] for model, curve in curves["precision_recall"].items()}
    return tabulate_curves("recall", {model: (band["recall"], band["precision"]) for model, band in bands.items()})

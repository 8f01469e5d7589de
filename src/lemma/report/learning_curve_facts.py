"""Facts about learning curves: scores of models trained on fractions of the training set."""

from collections.abc import Mapping
from typing import Any

from lemma.corpus.primary_metric import get_primary_score
from lemma.report.numbers import over_runs

FULL = 100  # per cent of the training set


def gather_learning_curves(
    learning_curves: Mapping[str, list[dict[str, Any]]],
    metrics: Mapping[str, Any],
    metric: str,
    sources: tuple[str, str],
) -> list[dict[str, Any]]:
    """Return the learning curve of each model, whose last point is from the runs on the full training set.

    Args:
        learning_curves: the contents of `learning_curve/DATASET/MODEL/FRACTION.json` by model, small fractions first.
        metrics: the entry `models` of metrics.json.
        metric: the primary metric of the data set.
        sources: folder of the learning curves, and path of metrics.json.

    Returns:
        [{model, points: [{share, documents, train, dev}]}] with scores in per cent; only the last point if no fractions
        are configured.
    """
    return [
        {
            "model": model,
            "points": [
                *(_make_point(part["runs"], round(100 * part["train_fraction"]), sources[0]) for part in parts),
                _make_point(_read_full_runs(metrics[model]["runs"], metric), FULL, sources[1]),
            ],
        }
        for model, parts in learning_curves.items()
    ]


def _read_full_runs(runs: list[dict[str, Any]], metric: str) -> list[dict[str, Any]]:
    """Return documents, train score and dev score of each run on the full training set."""
    sizes = (sum(scores["support"] for scores in run["train"]["per_class"].values()) for run in runs)
    return [
        {"documents": size, **{split: get_primary_score(run[split], metric) for split in ("train", "dev")}}
        for run, size in zip(runs, sizes)
    ]


def _make_point(runs: list[dict[str, Any]], share: int, source: str) -> dict[str, Any]:
    """Return the means over runs of the number of documents and the scores at one fraction."""
    scores = {split: over_runs([100 * run[split] for run in runs], "%", source) for split in ("train", "dev")}
    return {"share": share, "documents": over_runs([run["documents"] for run in runs], "documents", source), **scores}

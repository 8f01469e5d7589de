"""What the report says of trainings on shares of the training documents: the points of the learning curves."""

from collections.abc import Mapping
from typing import Any

from lemma.corpus.primary_metric import get_primary_score
from lemma.report.numbers import over_runs

ALL = 100  # per cent


def curves(
    learning_curves: Mapping[str, list[dict[str, Any]]],
    metrics: Mapping[str, Any],
    metric: str,
    sources: tuple[str, str],
) -> list[dict[str, Any]]:
    """Return each model's learning curve, its last point from the runs on all training documents.

    Args:
        learning_curves: the contents of `learning_curve/DATASET/MODEL/FRACTION.json` by model, small fractions first.
        metrics: the models of metrics.json.
        metric: of the data set.
        sources: the folder of `learning_curves`, and the file of `metrics`.

    Returns:
        [{model, points: [{share, documents, train, dev}]}], scores in per cent of the data set's metric; no points but
        the last where no fractions were asked for.
    """
    return [
        {
            "model": model,
            "points": [
                *(_point(held["runs"], round(100 * held["train_fraction"]), sources[0]) for held in parts),
                _point(_whole(metrics[model]["runs"], metric), ALL, sources[1]),
            ],
        }
        for model, parts in learning_curves.items()
    ]


def _whole(runs: list[dict[str, Any]], metric: str) -> list[dict[str, Any]]:
    sizes = (sum(held["support"] for held in run["train"]["per_class"].values()) for run in runs)
    return [
        {"documents": size, **{part: get_primary_score(run[part], metric) for part in ("train", "dev")}}
        for run, size in zip(runs, sizes)
    ]


def _point(runs: list[dict[str, Any]], share: int, source: str) -> dict[str, Any]:
    scores = {part: over_runs([100 * run[part] for run in runs], "%", source) for part in ("train", "dev")}
    return {"share": share, "documents": over_runs([run["documents"] for run in runs], "documents", source), **scores}

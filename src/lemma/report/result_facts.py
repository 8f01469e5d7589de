"""Facts about trainings, scores, significance tests and losses, from model.zip and the results of `lemma evaluate`."""

from collections.abc import Mapping
from typing import Any

from lemma.corpus.primary_metric import get_primary_score
from lemma.corpus.splits import SPLITS
from lemma.report.model_names import name_hyperparameter
from lemma.report.numbers import Number, number, over_runs, percent
from lemma.report.sentences import name_outcome

MACRO = ("precision", "recall", "f1", "pr_auc")


def gather_training(runs: list[dict[str, Any]], source: str) -> dict[str, Any]:
    """Return the hyperparameters of a model, its size, and the cost of its runs.

    Args:
        runs: the settings.json of each run.
        source: folder of the runs.
    """

    def mean(key: str, unit: str) -> Number:
        return over_runs([float(run[key]) for run in runs], unit, source)

    epochs = "epochs" if len(runs) > 1 else "epoch"  # a mean of epochs has decimals, one epoch has none
    return {
        "settings": [
            {"key": key, "name": name_hyperparameter(key), "value": format_value(value)}
            for key, value in _select_effective(runs[0]["settings"])
        ],
        "devices": sorted({run["device"] for run in runs}),
        "threads": runs[0]["threads"],
        "known": mean("vocabulary", "features") if any(run["vocabulary"] for run in runs) else None,
        "parameters": mean("parameters", "parameters"),
        "seconds": mean("seconds", "s"),
        "best_epochs": [run["best_epoch"] for run in runs],
        "best_epoch": mean("best_epoch", epochs) if any(run["epochs"] > 1 for run in runs) else None,
    }


def _select_effective(settings: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the hyperparameters that took effect: without those that are off."""
    off = {"buckets"} if settings.get("ngrams") == 1 else set()
    return [
        (key, value) for key, value in settings.items() if value is not None and value is not False and key not in off
    ]


def format_value(value: Any) -> str:
    """Return the value of a hyperparameter as text, floats with at most three significant digits."""
    if isinstance(value, list):
        return ", ".join(map(format_value, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {format_value(item)}" for key, item in value.items())
    if value is None:
        return "none"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def gather_scores(
    models: Mapping[str, Any], model: str, classes: list[str], metric: str, source: str
) -> dict[str, Any]:
    """Return the scores of a model in per cent: on each split, on each split by class, and of each run on test.

    Args:
        models: the entry `models` of metrics.json.
        model: the model.
        classes: names in the order of the data card.
        metric: the primary metric of the data set.
        source: path of metrics.json.

    Returns:
        {scores, by_class, tests, same}; `same` is true if all of several runs have the same test scores: nothing is
        random.
    """
    entry = models[model]
    same = len(entry["runs"]) > 1 and all(run["test"] == entry["runs"][0]["test"] for run in entry["runs"])
    n = 1 if same else len(entry["runs"])  # where nothing is random, there is no standard deviation
    return {
        "scores": {
            split: {
                "score": percent(get_primary_score(entry["summary"][split], metric), n, source),
                "accuracy": percent(entry["summary"][split]["accuracy"], n, source),
                **{key: percent(entry["summary"][split]["macro"][key], n, source) for key in MACRO},
            }
            for split in SPLITS
        },
        "by_class": {
            split: [
                {key: percent(entry["summary"][split]["per_class"][name][key], n, source) for key in MACRO}
                for name in classes
            ]
            for split in SPLITS
        },
        "tests": [
            {
                "run": run["run"],
                "score": 100 * get_primary_score(run["test"], metric),
                "f1": 100 * run["test"]["macro"]["f1"],
            }
            for run in entry["runs"]
        ],
        "same": same,
    }


def gather_prevalence(per_class: Mapping[str, Any], classes: list[str], source: str) -> list[Number]:
    """Return the percentage of each class among the test documents: the precision of a random scorer."""
    support = [per_class[name]["support"]["mean"] for name in classes]
    return [number(100 * n / sum(support), "%", round(sum(support)), source) for n in support]


def gather_significance(tests: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the primary and the exploratory comparisons, in points.

    Args:
        tests: the content of significance.json.
        source: path of significance.json.
    """
    n = tests["documents"]
    return {
        "reference": tests["reference"],
        "linear": tests["linear"],
        "crossed": "crossed bootstrap" in tests["method"],
        "resamples": number(tests["resamples"], "resamples", n, source),
        "documents": number(n, "documents", n, source),
        **{
            family: [
                {
                    "model": row["model"],
                    "other": row["other"],
                    "difference": number(
                        100 * row["difference"], "points", n, source, low=100 * row["low"], high=100 * row["high"]
                    ),
                    "p": number(row["p"], "p", n, source),
                    "detectable": number(100 * row["detectable"], "size", n, source),
                    "significant": bool(row["significant"]),
                    "finding": name_outcome(bool(row["significant"]), row["difference"]),
                }
                for row in tests[family]
            ]
            for family in ("primary", "exploratory")
        },
    }


def gather_losses(curves: Mapping[str, Any], models: list[str], source: str) -> list[dict[str, Any]]:
    """Return the lowest and the last mean dev loss of each network, over the epochs that all runs reached.

    Later epochs are ignored, since their mean changes when runs stop.

    Args:
        curves: the entry `loss` of curves.json.
        models: names in the order of the report.
        source: path of curves.json.
    """
    losses = []
    for model in (model for model in models if model in curves):
        curve = curves[model]
        dev = [mean for mean, n in zip(curve["dev"]["mean"], curve["n"]) if n == curve["runs"]]
        lowest, last = (number(value, "nats", curve["runs"], source) for value in (min(dev), dev[-1]))
        losses.append({"model": model, "lowest": lowest, "last": last})
    return losses

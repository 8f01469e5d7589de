"""What the report says of results: trainings, scores, tests and losses, read as evaluation and training wrote them."""

from collections.abc import Mapping
from typing import Any

from lemma.corpus.primary_metric import get_primary_score
from lemma.corpus.splits import SPLITS
from lemma.report.numbers import Number, number, over_runs, percent
from lemma.report.sentences import finding

MACRO = ("precision", "recall", "f1", "pr_auc")


def training(runs: list[dict[str, Any]], source: str) -> dict[str, Any]:
    """Return a model's settings and what its trainings cost; `source` is the folder of its runs."""

    def mean(key: str, unit: str) -> Number:
        return over_runs([float(run[key]) for run in runs], unit, source)

    epochs = "epochs" if len(runs) > 1 else "epoch"  # a mean of epochs has decimals, one epoch has none
    return {
        "settings": [{"key": key.replace("_", " "), "value": text(v)} for key, v in _effective(runs[0]["settings"])],
        "devices": sorted({run["device"] for run in runs}),
        "threads": runs[0]["threads"],
        "known": mean("vocabulary", "features") if any(run["vocabulary"] for run in runs) else None,
        "parameters": mean("parameters", "parameters"),
        "seconds": mean("seconds", "s"),
        "best_epochs": [run["best_epoch"] for run in runs],
        "best_epoch": mean("best_epoch", epochs) if any(run["epochs"] > 1 for run in runs) else None,
    }


def _effective(settings: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the settings that had a part in the training: not what was left off."""
    off = {"buckets"} if settings.get("ngrams") == 1 else set()
    return [
        (key, value) for key, value in settings.items() if value is not None and value is not False and key not in off
    ]


def text(value: Any) -> str:
    """Return a setting's value: a number in four digits at most, as a person would write it."""
    if isinstance(value, list):
        return ", ".join(map(text, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text(held)}" for key, held in value.items())
    if value is None:
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def scores(held: Mapping[str, Any], model: str, classes: list[str], metric: str, source: str) -> dict[str, Any]:
    """Return a model's scores in per cent: by part, by part and class, and of each run on test.

    `same` says that several runs on the same documents came out alike: nothing in the model is drawn at random.
    """
    entry, base = held[model], held.get("majority", held[model])
    n = len(entry["runs"])
    return {
        "scores": {
            part: {
                "score": percent(get_primary_score(entry["summary"][part], metric), n, source),
                "accuracy": percent(entry["summary"][part]["accuracy"], n, source),
                "gain": number(100 * _gain(entry, base, part), "points", n, source) if base is not entry else None,
                **{key: percent(entry["summary"][part]["macro"][key], n, source) for key in MACRO},
            }
            for part in SPLITS
        },
        "by_class": {
            part: [
                {key: percent(entry["summary"][part]["per_class"][name][key], n, source) for key in MACRO}
                for name in classes
            ]
            for part in SPLITS
        },
        "tests": [
            {
                "run": run["run"],
                "score": 100 * get_primary_score(run["test"], metric),
                "f1": 100 * run["test"]["macro"]["f1"],
            }
            for run in entry["runs"]
        ],
        "same": n > 1 and all(run["test"] == entry["runs"][0]["test"] for run in entry["runs"]),
    }


def _gain(entry: Mapping[str, Any], base: Mapping[str, Any], part: str) -> float:
    mean, baseline = (held["summary"][part]["accuracy"]["mean"] for held in (entry, base))
    return float(mean - baseline)


def prevalence(per_class: Mapping[str, Any], classes: list[str], source: str) -> list[Number]:
    """Return each class's share of the test documents: what precision a scorer without knowledge has."""
    support = [per_class[name]["support"]["mean"] for name in classes]
    return [number(100 * n / sum(support), "%", round(sum(support)), source) for n in support]


def significance(held: Mapping[str, Any], models: list[str], source: str) -> dict[str, Any]:
    """Return the comparisons of the model that is best on dev with each other one, in the order of `models`."""
    rows, n = {row["model"]: row for row in held["comparisons"]}, held["documents"]
    ordered = {row["model"]: row for row in held["dominance"]}
    return {
        "best": held["best"],
        "resamples": number(held["resamples"], "resamples", n, source),
        "documents": number(n, "documents", n, source),
        "comparisons": [
            {
                "model": model,
                "difference": number(
                    100 * row["difference"], "points", n, source, low=100 * row["low"], high=100 * row["high"]
                ),
                "p": number(row["p"], "p", n, source),
                "p_holm": number(row["p_holm"], "p", n, source),
                "significant": bool(row["significant"]),
                "epsilon": number(ordered[model]["epsilon"], "epsilon", n, source),
                "dominant": bool(ordered[model]["dominant"]),
                "finding": finding(bool(row["significant"]), row["difference"]),
            }
            for model in models
            if (row := rows.get(model))
        ],
    }


def losses(held: Mapping[str, Any], models: list[str], source: str) -> list[dict[str, Any]]:
    """Return how far each network's mean dev loss falls and where it ends; `held` is the curves by model.

    Only epochs that every run reached count: later, the mean moves because runs drop out of it.
    """
    found = []
    for model in (model for model in models if model in held):
        curve = held[model]
        dev = [mean for mean, n in zip(curve["dev"]["mean"], curve["n"]) if n == curve["runs"]]
        lowest, last = (number(value, "nats", curve["runs"], source) for value in (min(dev), dev[-1]))
        found.append({"model": model, "lowest": lowest, "last": last})
    return found

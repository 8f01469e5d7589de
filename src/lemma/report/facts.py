"""Every number that the report prints, each with value, unit, count and source: the report's only input."""

from pathlib import Path
from typing import Any

from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.errors import InputError
from lemma.files import read_json
from lemma.layout import Layout
from lemma.models.shared.store import read_settings
from lemma.params import Params
from lemma.report import error_analysis_facts, learning_curve_facts, result_facts
from lemma.report.dataset_facts import describe
from lemma.report.model_names import NAMES
from lemma.report.numbers import number, plain
from lemma.report.prose import listed
from lemma.report.search_facts import searches
from lemma.report.sentences import sentences

# What the report's methods lean on, and the claims that prove it.
TIES = {
    "derivative": ("8.ii.cross-entropy",),
    "squared": ("9.output",),
    "backward": ("6.graph", "6.layers"),
    "step": ("6.update",),
}


def facts(layout: Layout, dataset: str, models: list[str], runs: list[int], params: Params) -> dict[str, Any]:
    """Return the report's content as JSON; every printed number is a record of `lemma.report.numbers`.

    Models come in the order given, classes in the card's.

    Raises:
        InputError: a result is missing, damaged, or lacks one of the models.
    """
    metrics = _read(layout.metrics(dataset), "protocol", "models")
    compared = _read(
        layout.significance(dataset),
        "best",
        "comparisons",
        "dominance",
        "threshold",
        "metric",
        "documents",
        "resamples",
    )
    curves = _read(layout.curves(dataset), "calibration", "confusion", "length", "loss", "mistakes", "precision_recall")
    for path, held in (
        (layout.metrics(dataset), metrics["models"]),
        (layout.curves(dataset), curves["precision_recall"]),
    ):
        _check(path, models, list(held))
    _check(layout.significance(dataset), models, [compared["best"], *(row["model"] for row in compared["comparisons"])])

    card = _read(layout.card(dataset), "classes", "parts", "audit", "overlap", "steps", "vocabulary")
    trained = {model: [read_settings(layout.model(dataset, model, run)) for run in runs] for model in models}
    origin, drawn = (_name(layout, path) for path in (layout.metrics(dataset), layout.curves(dataset)))
    fractions = params.learning_curve.train_fractions
    learning_curves = {
        model: [
            _read(layout.learning_curve(dataset, model, fraction), "train_fraction", "runs") for fraction in fractions
        ]
        for model in models
    }
    support = metrics["models"][models[0]]["summary"]["test"]["per_class"]
    gathered: dict[str, Any] = {
        "title": params.report.title,
        "authors": list(params.report.authors),
        "repository": params.report.repository,
        "dataset": dataset,
        "reason": plain(params.report.reasons[dataset], 400) if dataset in params.report.reasons else None,
        "data": describe(card, _name(layout, layout.card(dataset))),
        "train": trained[models[0]][0]["train"],
        "balanced": compared["metric"] == MACRO_RECALL,  # then the classes weigh the same in training too
        "dominant": number(compared["threshold"], "share", len(runs), _name(layout, layout.significance(dataset))),
        "tuning": searches(
            {model: _read(layout.tuned(dataset, model), "model", "trials", "best", "curve") for model in models},
            params.tune.model_dump(),
            dataset,
        ),
        "runs": number(len(runs), "runs", len(runs), origin),
        "confidence": number(100 * metrics["protocol"]["confidence"], "% of intervals", len(runs), origin),
        "level": number(round(1 - metrics["protocol"]["confidence"], 9), "share", len(runs), origin),  # of the tests
        "prevalence": result_facts.prevalence(support, card["classes"], origin),
        "models": [
            {
                "key": model,
                "name": NAMES.get(model, model),
                **result_facts.training(trained[model], _name(layout, layout.run(dataset, model, runs[0]).parent)),
                **result_facts.scores(metrics["models"], model, card["classes"], compared["metric"], origin),
            }
            for model in models
        ],
        "significance": result_facts.significance(compared, models, _name(layout, layout.significance(dataset))),
        "learning": learning_curve_facts.curves(
            learning_curves, metrics["models"], compared["metric"], (f"learning_curve/{dataset}", origin)
        ),
        "loss": result_facts.losses(curves["loss"], models, drawn),
        "calibration": error_analysis_facts.calibrations(curves["calibration"], models, drawn),
        "bins": error_analysis_facts.bins(curves["calibration"], drawn),
        "lengths": error_analysis_facts.lengths(curves["length"][compared["best"]], drawn),
        "confusion": error_analysis_facts.confusion(curves["confusion"][compared["best"]], drawn),
        "mistakes": error_analysis_facts.mistakes(
            curves["mistakes"], layout.documents(dataset), card["classes"], drawn
        ),
        "claims": _claims(read_json(layout.claims), _name(layout, layout.claims)),
    }
    return gathered | {"sentences": sentences(gathered)}


def _name(layout: Layout, path: Path) -> str:
    return path.relative_to(layout.root).as_posix()


def _read(path: Path, *keys: str) -> dict[str, Any]:
    """Return the JSON object in `path`, sure to hold `keys`."""
    held: dict[str, Any] = read_json(path)
    absent = [key for key in keys if key not in held]
    if absent:
        raise InputError(f"{path} lacks {', '.join(absent)}.", f"Delete it and run again: `rm {path}`.")
    return held


def _check(path: Path, models: list[str], found: list[str]) -> None:
    if set(found) != set(models):
        raise InputError(
            f"{path} is of the models {', '.join(found)}; the report is of {', '.join(models)}.",
            "Run `lemma evaluate` again, with the report's models.",
        )


def _claims(held: list[dict[str, Any]], source: str) -> dict[str, Any]:
    """Return how many claims and mutants were settled, and the ids that the methods lean on."""
    proved = [claim["id"] for claim in held if claim["verdict"] == "proved"]
    tried, refuted = (sum(claim["mutants"][key] for claim in held) for key in ("tried", "refuted"))
    equal = sum(claim["mutants"].get("equivalent", 0) for claim in held)
    return {
        "total": number(len(held), "claims", len(held), source),
        "proved": number(len(proved), "claims", len(held), source),
        "tried": number(tried, "mutants", len(held), source),
        "refuted": number(refuted, "mutants", tried, source),
        "equal": number(equal, "mutants", tried, source),
        "ties": {tie: listed([id_ for id_ in proved if id_ in wanted]) for tie, wanted in TIES.items()},
    }

"""The content of facts.json: every number and sentence that the report prints, the only input of its template."""

from pathlib import Path
from typing import Any

from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.errors import InputError
from lemma.evaluation.uncertainty import POWER
from lemma.files import read_json
from lemma.layout import Layout
from lemma.models.metadata.settings import read_settings
from lemma.params import Params
from lemma.report import cost_facts, error_analysis_facts, learning_curve_facts, result_facts
from lemma.report.dataset_facts import gather_dataset_facts
from lemma.report.model_names import NAMES
from lemma.report.numbers import number, plain
from lemma.report.published_rows import read_published_rows
from lemma.report.search_facts import gather_searches
from lemma.report.sentences import write_sentences

# The statements of the report's methods, and the claims of the exercises that prove them.
TIES = {
    "squared": ("7.entries",),
    "backward": ("6.graph", "6.hidden"),
    "step": ("6.update",),
}

CURVES = (
    "calibration",
    "confusion",
    "length",
    "unseen",
    "contrast",
    "disagreement",
    "loss",
    "mistakes",
    "precision_recall",
)


def gather_facts(layout: Layout, dataset: str, models: list[str], runs: list[int], params: Params) -> dict[str, Any]:
    """Return the content of facts.json; every printed number is a record of `lemma.report.numbers`.

    Args:
        layout: paths of the project.
        dataset: name of the data set.
        models: names in the order of the report.
        runs: numbers of the runs.
        params: the values of params.yaml.

    Raises:
        InputError: a result is missing or damaged, or is of other models.
    """
    metrics = _read(layout.metrics(dataset), "protocol", "models")
    tests = _read(
        layout.significance(dataset),
        "reference",
        "linear",
        "method",
        "primary",
        "exploratory",
        "metric",
        "documents",
        "resamples",
    )
    curves = _read(layout.curves(dataset), *CURVES)
    for path, present in (
        (layout.metrics(dataset), metrics["models"]),
        (layout.curves(dataset), curves["precision_recall"]),
    ):
        _check_models(path, models, list(present))
    compared = {tests["reference"]} | {row[side] for row in tests["exploratory"] for side in ("model", "other")}
    compared |= {row[side] for row in tests["primary"] for side in ("model", "other")}
    _check_models(layout.significance(dataset), models, sorted(compared))

    card = _read(layout.card(dataset), "classes", "parts", "audit", "overlap", "steps", "vocabulary")
    trained = {model: [read_settings(layout.model(dataset, model, run)) for run in runs] for model in models}
    metrics_path, curves_path, significance_path = (
        _relative(layout, path)
        for path in (layout.metrics(dataset), layout.curves(dataset), layout.significance(dataset))
    )
    fractions = params.learning_curve.train_fractions
    learning_curves = {
        model: [
            _read(layout.learning_curve(dataset, model, fraction), "train_fraction", "runs") for fraction in fractions
        ]
        for model in models
    }
    searches = {model: _read(layout.tuned(dataset, model), "model", "trials", "best", "curve") for model in models}
    support = metrics["models"][models[0]]["summary"]["test"]["per_class"]
    facts: dict[str, Any] = {
        "title": params.report.title,
        "authors": list(params.report.authors),
        "repository": params.report.repository,
        "dataset": dataset,
        "reason": plain(params.report.reasons[dataset], 400) if dataset in params.report.reasons else None,
        "data": gather_dataset_facts(card, _relative(layout, layout.card(dataset))),
        "train": trained[models[0]][0]["train"],
        "balanced": tests["metric"] == MACRO_RECALL,  # training then weights the classes equally, too
        "granularity": card["granularity"],
        "pretrained": params.vectors.source is not None,
        "tuning": gather_searches(searches, params.tune.model_dump(), dataset),
        "costs": cost_facts.gather_costs(trained, searches, learning_curves, f"models/{dataset}"),
        "published": read_published_rows(layout.workflow / "resources" / "published.yaml", dataset),
        "runs": number(len(runs), "runs", len(runs), metrics_path),
        "confidence": number(100 * metrics["protocol"]["confidence"], "% of intervals", len(runs), metrics_path),
        "power": number(100 * POWER, "% of intervals", len(runs), metrics_path),
        "level": number(round(1 - metrics["protocol"]["confidence"], 9), "share", len(runs), metrics_path),
        "prevalence": result_facts.gather_prevalence(support, card["classes"], metrics_path),
        "models": [
            {
                "key": model,
                "name": NAMES.get(model, model),
                **result_facts.gather_training(
                    trained[model], _relative(layout, layout.run(dataset, model, runs[0]).parent)
                ),
                **result_facts.gather_scores(metrics["models"], model, card["classes"], tests["metric"], metrics_path),
            }
            for model in models
        ],
        "significance": result_facts.gather_significance(tests, significance_path),
        "learning": learning_curve_facts.gather_learning_curves(
            learning_curves, metrics["models"], tests["metric"], (f"learning_curve/{dataset}", metrics_path)
        ),
        "loss": result_facts.gather_losses(curves["loss"], models, curves_path),
        "calibration": error_analysis_facts.gather_calibration(curves["calibration"], models, curves_path),
        "bins": error_analysis_facts.count_bins(curves["calibration"], curves_path),
        **error_analysis_facts.gather_groups(curves, tests["reference"], curves_path),
        "disagreement": error_analysis_facts.gather_disagreement(curves["disagreement"], curves_path),
        "confusion": error_analysis_facts.gather_confusion(curves["confusion"][tests["reference"]], curves_path),
        "mistakes": error_analysis_facts.gather_mistakes(
            curves["mistakes"], layout.documents(dataset), card["classes"], curves_path
        ),
        "claims": _count_claims(read_json(layout.claims), _relative(layout, layout.claims)),
    }
    return facts | {"sentences": write_sentences(facts)}


def _relative(layout: Layout, path: Path) -> str:
    """Return a path relative to the root of the project."""
    return path.relative_to(layout.root).as_posix()


def _read(path: Path, *keys: str) -> dict[str, Any]:
    """Return the JSON object in a file, or raise an InputError if it lacks one of `keys`."""
    content: dict[str, Any] = read_json(path)
    missing = [key for key in keys if key not in content]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}.", f"Delete it and run again: `rm {path}`.")
    return content


def _check_models(path: Path, models: list[str], present: list[str]) -> None:
    """Raise an InputError if a file is not of the models of the report."""
    if set(present) != set(models):
        raise InputError(
            f"{path} is of the models {', '.join(present)}; the report is of {', '.join(models)}.",
            "Run `lemma evaluate` again, with the models of the report.",
        )


def _count_claims(claims: list[dict[str, Any]], source: str) -> dict[str, Any]:
    """Return the number of proved claims and refuted mutants, and the exercise that proves each statement used."""
    proved = [claim["id"] for claim in claims if claim["verdict"] == "proved"]
    tried, refuted = (sum(claim["mutants"][key] for claim in claims) for key in ("tried", "refuted"))
    equivalent = sum(claim["mutants"].get("equivalent", 0) for claim in claims)
    return {
        "total": number(len(claims), "claims", len(claims), source),
        "proved": number(len(proved), "claims", len(claims), source),
        "tried": number(tried, "mutants", len(claims), source),
        "refuted": number(refuted, "mutants", tried, source),
        "equal": number(equivalent, "mutants", tried, source),
        "ties": {tie: ids[0].partition(".")[0] if set(ids) <= set(proved) else None for tie, ids in TIES.items()},
    }

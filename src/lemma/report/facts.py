"""Every number that the report prints, each with value, unit, count and source: the report's only input."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from lemma.data.corpus import open_corpus
from lemma.data.splits import PARTS
from lemma.errors import InputError
from lemma.files import read_json
from lemma.layout import Layout
from lemma.params import Params
from lemma.report.describe import describe
from lemma.report.numbers import Number, number, percent
from lemma.report.sentences import NAMES, identifiers, sentences

MACRO = ("precision", "recall", "f1", "pr_auc")
# What the report's methods lean on, and the exercises whose claims prove it.
TIES = {"derivative": ("7",), "step": ("4", "6"), "backward": ("8", "9")}


def facts(layout: Layout, dataset: str, models: list[str], runs: list[int], params: Params) -> dict[str, Any]:
    """Return the report's content as JSON; every printed number is a record of `lemma.report.numbers`.

    Models come in the order given, classes in the corpus's; parts are those of the first run.

    Raises:
        InputError: a result is missing, damaged, or lacks one of the models.
    """
    metrics = _read(layout.metrics(dataset), ("protocol", "models"))
    corpus = open_corpus(layout.tokens(dataset))
    absent = [model for model in models if model not in metrics["models"]]
    if absent:
        raise InputError(
            f"{layout.metrics(dataset)} lacks {', '.join(absent)}.", "Evaluate again with these models: `lemma evaluate`."
        )
    origin = _name(layout, layout.metrics(dataset))
    trained = {model: [_settings(layout.model(dataset, model, run)) for run in runs] for model in models}
    held: dict[str, Any] = {
        "title": params.report.title,
        "authors": list(params.report.authors),
        "repository": params.report.repository,
        "dataset": dataset,
        "data": describe(corpus, read_json(layout.card(dataset)), _tokenizer(layout.tokenizer(dataset)), layout, runs[0]),
        "train": trained[models[0]][0]["train"],
        "runs": number(len(runs), "runs", len(runs), origin),
        "confidence": number(100 * metrics["protocol"]["confidence"], "%", len(runs), origin),
        "prevalence": _prevalence(metrics["models"][models[0]]["summary"]["test"]["per_class"], corpus.classes, origin),
        "models": [
            {
                "key": model,
                "name": NAMES.get(model, model),
                **_training(trained[model], _name(layout, layout.run(dataset, model, runs[0]).parent)),
                **_scores(metrics["models"], model, corpus.classes, origin),
            }
            for model in models
        ],
        "significance": _significance(layout, dataset, models),
        "loss": _loss(layout, dataset, models),
        "claims": _claims(layout),
    }
    return held | {"sentences": sentences(held)}


def _name(layout: Layout, path: Path) -> str:
    return path.relative_to(layout.root).as_posix()


def _read(path: Path, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON object in `path`, sure to hold `keys`."""
    held: dict[str, Any] = read_json(path)
    absent = [key for key in keys if key not in held]
    if absent:
        raise InputError(f"{path} lacks {', '.join(absent)}.", f"Delete it and run again: `rm {path}`.")
    return held


def _tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no class of its own
        raise InputError(f"{path} cannot be read: {error}.", "Run `lemma tokenize` for this data set again.") from None


def _settings(path: Path) -> dict[str, Any]:
    """Return what a trained model says of itself.

    Raises:
        InputError: `path` is missing or is not a model's zip.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            held: dict[str, Any] = json.loads(archive.read("settings.json"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Train this model first: `lemma train`.") from None
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"{path} is damaged: {error}.", f"Delete it and run again: `rm {path}`.") from None
    return held


def _training(runs: list[dict[str, Any]], source: str) -> dict[str, Any]:
    """Return a model's settings and what its trainings cost; `source` is the folder of its runs."""

    def over_runs(key: str, unit: str) -> Number:
        values = [float(run[key]) for run in runs]
        return number(float(np.mean(values)), unit, len(values), source, std=float(np.std(values, ddof=len(values) > 1)))

    return {
        "settings": [{"key": key.replace("_", " "), "value": _text(value)} for key, value in runs[0]["settings"].items()],
        "devices": sorted({run["device"] for run in runs}),
        "threads": runs[0]["threads"],
        "known": over_runs("vocabulary", "features"),
        "parameters": over_runs("parameters", "parameters"),
        "seconds": over_runs("seconds", "s"),
        "best_epochs": [run["best_epoch"] for run in runs],
        "best_epoch": over_runs("best_epoch", "epochs"),
    }


def _text(value: Any) -> str:
    return ", ".join(map(_text, value)) if isinstance(value, list) else f"{value:g}" if type(value) is float else str(value)


def _scores(held: Mapping[str, Any], model: str, classes: list[str], source: str) -> dict[str, Any]:
    """Return a model's scores in per cent: by part, by class on test, and of each run on test."""
    entry, base = held[model], held.get("majority", held[model])
    n, test = len(entry["runs"]), entry["summary"]["test"]["per_class"]
    return {
        "scores": {
            part: {
                "accuracy": percent(entry["summary"][part]["accuracy"], n, source),
                "gain": number(100 * _gain(entry, base, part), "points", n, source) if base is not entry else None,
                **{key: percent(entry["summary"][part]["macro"][key], n, source) for key in MACRO},
            }
            for part in PARTS
        },
        "by_class": [{key: percent(test[name][key], n, source) for key in MACRO} for name in classes],
        "tests": [
            {"run": run["run"], "accuracy": 100 * run["test"]["accuracy"], "f1": 100 * run["test"]["macro"]["f1"]}
            for run in entry["runs"]
        ],
    }


def _gain(entry: Mapping[str, Any], base: Mapping[str, Any], part: str) -> float:
    mean, baseline = (held["summary"][part]["accuracy"]["mean"] for held in (entry, base))
    return float(mean - baseline)


def _prevalence(per_class: Mapping[str, Any], classes: list[str], source: str) -> list[Number]:
    """Return each class's share of the test documents: what precision a scorer without knowledge has."""
    support = [per_class[name]["support"]["mean"] for name in classes]
    return [number(100 * n / sum(support), "%", round(sum(support)), source) for n in support]


def _significance(layout: Layout, dataset: str, models: list[str]) -> dict[str, Any]:
    """Return the comparisons of the model that is best on dev with each other one, in the order of `models`."""
    path = layout.significance(dataset)
    held, source = _read(path, ("best", "comparisons", "documents")), _name(layout, path)
    rows, n = {row["model"]: row for row in held["comparisons"]}, held["documents"]
    if {held["best"], *rows} != set(models):
        raise InputError(f"{path} compares other models than {', '.join(models)}.", "Run `lemma evaluate` again.")
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
                "low": number(100 * row["low"], "points", n, source),
                "high": number(100 * row["high"], "points", n, source),
                "p": number(row["p"], "p", n, source),
                "p_holm": number(row["p_holm"], "p", n, source),
                "significant": bool(row["significant"]),
            }
            for model in models
            if (row := rows.get(model))
        ],
    }


def _loss(layout: Layout, dataset: str, models: list[str]) -> list[dict[str, Any]]:
    """Return where each network's mean dev loss is lowest and where it ends."""
    held, source = _read(layout.curves(dataset), ("loss",)), _name(layout, layout.curves(dataset))
    found = []
    for model in (model for model in models if model in held["loss"]):
        curve = held["loss"][model]
        dev, n = curve["dev"]["mean"], curve["runs"]
        lowest = int(np.argmin(dev))
        found.append(
            {
                "model": model,
                "epoch": number(curve["epochs"][lowest], "epoch", n, source),
                "lowest": number(dev[lowest], "nats", n, source),
                "last": number(dev[-1], "nats", n, source),
                "train": number(curve["train"]["mean"][lowest], "nats", n, source),
            }
        )
    return found


def _claims(layout: Layout) -> dict[str, Any]:
    """Return how many claims and mutants were settled, and the ids that the methods lean on."""
    held, source = read_json(layout.claims), _name(layout, layout.claims)
    proved = [claim["id"] for claim in held if claim["verdict"] == "proved"]
    tried, refuted = (sum(claim["mutants"][key] for claim in held) for key in ("tried", "refuted"))
    return {
        "total": number(len(held), "claims", len(held), source),
        "proved": number(len(proved), "claims", len(held), source),
        "tried": number(tried, "mutants", len(held), source),
        "refuted": number(refuted, "mutants", tried, source),
        "ties": {tie: identifiers([i for i in proved if i.split(".")[0] in from_]) for tie, from_ in TIES.items()},
    }

"""What MLflow shows of a run: parameters, metrics, tags and artifacts, computed from the files of the run.

The same files give the same record on every machine. The headline metrics (`dev_accuracy`, ...) have no group. All
others are in a group before a `/`: the UI draws one chart for each name and one section for each group (cost, curves,
dev, model, test, train). Curves have a group of their own, since a final score with the name of a curve would become
its last point. By default the UI shows the parameters that come first in the alphabet (model, run, seed) and the
metric that was logged first (`dev_accuracy`, by which configurations are selected): both are intended.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lemma.data.sources.catalog import get_primary_metric
from lemma.errors import InputError
from lemma.files import sha256
from lemma.layout import Layout
from lemma.models.metadata.history import read_history
from lemma.models.metadata.settings import read_settings
from lemma.tracking.checkout_tags import HOST
from lemma.tracking.identity import KEY, format_key, hash_config, hash_configuration, hash_json

CURVE_NAMES = {"train_loss": "curves/train_loss", "dev_loss": "curves/dev_loss", "dev_accuracy": "curves/dev_accuracy"}
SPLITS = ("test", "dev", "train")
MODEL = ("parameters", "vocabulary", "best_epoch")
COST = ("seconds", "cpu_seconds", "peak_memory_mb")  # depend on the machine
CLASS = ("precision", "recall", "f1", "pr_auc")
COST_GROUP = "cost/"
DATA, DEVICE = "lemma.data", "lemma.device"

MetricPoint = tuple[str, float, int, int]  # name, value, step, Unix time in milliseconds


@dataclass(frozen=True)
class RunRecord:
    """One run as MLflow shows it.

    Attributes:
        key: DATASET/MODEL/RUN of a training, DATASET/MODEL of a configuration, DATASET of a report.
        config: hash of everything that determines the results.
        name: default name of the run.
        start: Unix time in milliseconds, by the clock of the training.
        end: Unix time in milliseconds, by the clock of the training.
        params: parameters by name.
        points: metrics; those of step 0 are final scores, the others curves.
        tags: that are part of the content.
        title: first half of the description.
        source: command that computes the results.
        models: that the run is about.
        parent: key of the parent run.
        files: artifacts by the name that they get.
        digest: version of the data set, used if the hash of the tokens is unknown.
    """

    key: str
    config: str
    name: str
    start: int
    end: int
    params: dict[str, str]
    points: list[MetricPoint]
    tags: dict[str, str]
    title: str
    source: str
    models: list[str]
    parent: str | None = None
    files: dict[str, Path] = field(default_factory=dict)
    digest: str = ""

    @property
    def curves(self) -> str:
        """Hash of the curves."""
        return hash_json([[name, value, step] for name, value, step, _ in self.points if step])

    @property
    def content(self) -> str:
        """Hash of everything that is shown except times and costs; equal results have equal hashes."""
        files = {name: sha256(path) for name, path in self.files.items()}
        points = [[name, value, step] for name, value, step, _ in self.points if not name.startswith(COST_GROUP)]
        return hash_json([self.key, self.config, self.params, points, self.tags, files])


@dataclass(frozen=True)
class TrainingRecord:
    """The record of a training, and the hash of its configuration: of all that determines it but run and seed."""

    record: RunRecord
    configuration: str


def format_params(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the MLflow parameters for the content of a `settings.json`.

    A name is the dotted path in that file. It does not contain the name of the model, so that the dropout of a CNN and
    that of an RNN are in one row when runs are compared.
    """
    values = {name: settings[name] for name in ("model", "run", "seed") if name in settings}
    for group in ("settings", "train"):
        values |= {f"{group}.{name}": value for name, value in settings.get(group, {}).items()}
    return {name: format_param(value) for name, value in values.items()}


def tags_of_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags that follow from `settings.json`: key, device and host."""
    tags = {KEY: format_key(settings)}
    names = {"device": DEVICE, "host": HOST}
    return tags | {tag: str(settings[name]) for name, tag in names.items() if name in settings}


def epoch_points(epoch: int, line: Mapping[str, Any]) -> list[MetricPoint]:
    """Return the points of one epoch of a history: mean losses in nats, accuracy as a fraction."""
    return make_points(
        {metric: line.get(name) for name, metric in CURVE_NAMES.items()}, epoch, to_milliseconds(line["time"])
    )


def read_training(
    layout: Layout, dataset: str, model: str, run: int, metrics: Mapping[str, Any], data_hash: str
) -> TrainingRecord:
    """Return the record of one trained and evaluated run.

    Args:
        layout: where files are.
        dataset: name of the data set.
        model: name of the model.
        run: number of the run.
        metrics: content of metrics.json.
        data_hash: SHA-256 of the file of tokens.

    Raises:
        InputError: a file is missing or damaged, or the metrics lack the run.
    """
    retrain = f"Run `lemma train {dataset} {model} {run}`, then `lemma evaluate {dataset}`."
    history = read_history(layout.history(dataset, model, run), retrain)
    settings = read_settings(layout.model(dataset, model, run), retrain)
    runs = metrics["models"].get(model, {"runs": []})["runs"]
    scores = next((entry for entry in runs if entry["run"] == run), None)
    if scores is None:
        raise InputError(f"{layout.metrics(dataset)} has no run {run} of {model}.", f"Run `lemma evaluate {dataset}`.")
    end = to_milliseconds(history[-1]["time"])
    final = final_metrics(scores, dataset) | {f"model/{name}": settings.get(name) for name in MODEL}
    final |= {f"{COST_GROUP}{name}": settings.get(name) for name in COST}
    record = RunRecord(
        key=format_key({"dataset": dataset, "model": model, "run": run}),
        config=hash_config(settings, data_hash),
        name=f"{model}/{run}",
        start=to_milliseconds(history[0]["time"] - history[0]["seconds"]),
        end=end,
        params=format_params(settings),
        points=make_points(final, 0, end) + [point for line in history for point in epoch_points(line["epoch"], line)],
        tags=tags_of_settings(settings) | {DATA: data_hash},
        title=f"Run {run} of {model} on {dataset}, seed {settings.get('seed')}",
        source=f"lemma train {dataset} {model} {run}",
        models=[model],
        parent=f"{dataset}/{model}",
    )
    return TrainingRecord(record, hash_configuration(settings, data_hash))


def to_milliseconds(seconds: float) -> int:
    """Return a Unix time in seconds as MLflow stores it, in milliseconds."""
    return round(seconds * 1000)


def make_points(values: Mapping[str, Any], step: int, time: int) -> list[MetricPoint]:
    """Return the finite values as points of one step and Unix time in milliseconds."""
    # A metric that a model does not have is null. JSON, from which the hash is computed, has no NaN.
    numbers = {name: float(value) for name, value in values.items() if value is not None}
    return [(name, value, step, time) for name, value in numbers.items() if math.isfinite(value)]


def final_metrics(scores: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    """Return the scores of all splits by their names in MLflow, the headline metrics first.

    Args:
        scores: of a run, or a summary of runs, from metrics.json.
        dataset: name of the data set. Its primary metric on dev comes first, since models are selected by it.
    """
    grouped = {f"{split}/{name}": value for split in SPLITS for name, value in split_metrics(scores[split])}
    first = {f"{split}_{name}": grouped[f"{split}/{name}"] for split, name in headline_metrics(dataset)}
    return first | grouped | class_metrics(scores["test"])


def headline_metrics(dataset: str) -> list[tuple[str, str]]:
    """Return the metrics without a group, as (split, name): the primary one on dev and test, macro F1 on test."""
    primary = get_primary_metric(dataset).replace(" ", "_")
    return [("dev", primary), ("test", primary), ("test", "macro_f1")]


def split_metrics(split: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Yield accuracy and the macro averages of one split by their names in MLflow."""
    yield "accuracy", split["accuracy"]
    yield from ((f"macro_{name}", value) for name, value in split["macro"].items())


def class_metrics(split: Mapping[str, Any]) -> dict[str, Any]:
    """Return precision, recall, F1 and PR-AUC of each class on test by their names in MLflow, a group for each class.

    Characters that MLflow does not allow in the name of a metric become `_`; the index of the class keeps the names
    of two classes distinct.
    """
    metrics: dict[str, Any] = {}
    for index, (name, scores) in enumerate(sorted(split["per_class"].items())):
        allowed = "".join(char if char.isascii() and (char.isalnum() or char in "-. ") else "_" for char in name[:60])
        metrics |= {f"test class {index} {allowed}".rstrip(" .") + f"/{key}": scores[key] for key in CLASS}
    return metrics


def format_param(value: Any) -> str:
    """Return the text of a parameter: a string unchanged, any other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)

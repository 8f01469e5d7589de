"""What MLflow shows of a run, computed from files alone: the same files give the same record on every machine.

The runs table shows a few metrics without a group first: `dev_accuracy` and its like. All others are grouped by `/`,
since the UI draws one chart a name and one section a group: cost, curves, dev, model, test, train. The curves have a
group of their own, for a final score under the name of a curve would become its last point. Where the UI chooses by
itself it takes the parameters that come first in the alphabet (model, run, seed) and the metric that was written first
(dev_accuracy, by which configurations are to be chosen): both are so on purpose.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lemma.data.catalog import get_primary_metric
from lemma.errors import InputError
from lemma.files import sha256
from lemma.layout import Layout
from lemma.models.shared.history import read_history
from lemma.models.shared.store import read_settings
from lemma.tracking.checkout_tags import HOST
from lemma.tracking.identity import KEY, config_of, configuration_of, hash_of, key_of

CURVE_NAMES = {"train_loss": "curves/train_loss", "dev_loss": "curves/dev_loss", "dev_accuracy": "curves/dev_accuracy"}
SPLITS = ("test", "dev", "train")
MODEL = ("parameters", "vocabulary", "best_epoch")
COST = ("seconds", "cpu_seconds", "peak_memory_mb")  # what depends on the machine
CLASS = ("precision", "recall", "f1", "pr_auc")
COST_GROUP = "cost/"
DATA, DEVICE = "lemma.data", "lemma.device"

MetricPoint = tuple[str, float, int, int]  # name, value, step, Unix time in milliseconds


@dataclass(frozen=True)
class RunRecord:
    """One run as MLflow is to show it; times are Unix milliseconds of the training's own clock.

    `title` is the first half of the description, `source` the command that makes the results, `parent` the key of the
    run above, `models` the models that it is about, `files` are artifacts by the name that they get, `digest` tells the
    data set's version where the tokens are not known.
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
        """The hash of the curves."""
        return hash_of([[name, value, step] for name, value, step, _ in self.points if step])

    @property
    def content(self) -> str:
        """The hash of all that is shown but times: a training that is repeated with the same result has the same."""
        files = {name: sha256(path) for name, path in self.files.items()}
        points = [[name, value, step] for name, value, step, _ in self.points if not name.startswith(COST_GROUP)]
        return hash_of([self.key, self.config, self.params, points, self.tags, files])


@dataclass(frozen=True)
class TrainingRecord:
    """The record of a training, and the hash of what it shares with the other runs of its configuration."""

    record: RunRecord
    configuration: str


def format_params(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return MLflow's parameters for a model's `settings.json`.

    A name is the dotted path there. It does not hold the model's, so that the dropouts of a CNN and of an RNN share one
    row when runs are compared.
    """
    values = {name: settings[name] for name in ("model", "run", "seed") if name in settings}
    for group in ("settings", "train"):
        values |= {f"{group}.{name}": value for name, value in settings.get(group, {}).items()}
    return {name: format_param(value) for name, value in values.items()}


def tags_of_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags that follow from `settings.json`: key, device and host."""
    tags = {KEY: key_of(settings)}
    names = {"device": DEVICE, "host": HOST}
    return tags | {tag: str(settings[name]) for name, tag in names.items() if name in settings}


def epoch_points(epoch: int, line: Mapping[str, Any]) -> list[MetricPoint]:
    """Return the points of one line of a history: losses in nats, accuracy as a share, at the end of the epoch."""
    return make_points(
        {shown: line.get(name) for name, shown in CURVE_NAMES.items()}, epoch, milliseconds(line["time"])
    )


def read_training(
    layout: Layout, dataset: str, model: str, run: int, metrics: Mapping[str, Any], data_hash: str
) -> TrainingRecord:
    """Return the record of one trained and evaluated run; `metrics` is the content of `metrics.json`.

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
    end = milliseconds(history[-1]["time"])
    final = final_metrics(scores, dataset) | {f"model/{name}": settings.get(name) for name in MODEL}
    final |= {f"{COST_GROUP}{name}": settings.get(name) for name in COST}
    record = RunRecord(
        key=key_of({"dataset": dataset, "model": model, "run": run}),
        config=config_of(settings, data_hash),
        name=f"{model}/{run}",
        start=milliseconds(history[0]["time"] - history[0]["seconds"]),
        end=end,
        params=format_params(settings),
        points=make_points(final, 0, end) + [point for line in history for point in epoch_points(line["epoch"], line)],
        tags=tags_of_settings(settings) | {DATA: data_hash},
        title=f"Run {run} of {model} on {dataset}, seed {settings.get('seed')}",
        source=f"lemma train {dataset} {model} {run}",
        models=[model],
        parent=f"{dataset}/{model}",
    )
    return TrainingRecord(record, configuration_of(settings, data_hash))


def milliseconds(seconds: float) -> int:
    """Return a Unix time in seconds as MLflow counts it."""
    return round(seconds * 1000)


def make_points(values: Mapping[str, Any], step: int, time: int) -> list[MetricPoint]:
    """Return values as points of one step and Unix time in milliseconds, without those that are null or infinite."""
    # A model that has no such value writes null, and JSON, hence the hash, has no NaN.
    numbers = {name: float(value) for name, value in values.items() if value is not None}
    return [(name, value, step, time) for name, value in numbers.items() if math.isfinite(value)]


def final_metrics(scores: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    """Return the scores of all splits by the name that MLflow gets, the few without a group first.

    Args:
        scores: of a run, or a summary of runs, from metrics.json.
        dataset: whose primary metric comes first, on dev: what is chosen is chosen by that.
    """
    grouped = {f"{split}/{name}": value for split in SPLITS for name, value in split_metrics(scores[split])}
    first = {f"{split}_{name}": grouped[f"{split}/{name}"] for split, name in headline_metrics(dataset)}
    return first | grouped | class_metrics(scores["test"])


def headline_metrics(dataset: str) -> list[tuple[str, str]]:
    """Return the metrics without a group, as split and name: the primary one on dev and test, and F1 on test."""
    primary = get_primary_metric(dataset).replace(" ", "_")
    return [("dev", primary), ("test", primary), ("test", "macro_f1")]


def split_metrics(split: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Yield accuracy and the macro scores of one part, by the name that MLflow gets."""
    yield "accuracy", split["accuracy"]
    yield from ((f"macro_{name}", value) for name, value in split["macro"].items())


def class_metrics(split: Mapping[str, Any]) -> dict[str, Any]:
    """Return precision, recall, F1 and PR-AUC of each class on test, by the name that MLflow gets: a group a class.

    MLflow takes few signs in a metric's name: others of a class's become `_`, and its place keeps two classes apart.
    """
    found: dict[str, Any] = {}
    for place, (name, scores) in enumerate(sorted(split["per_class"].items())):
        plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-. ") else "_" for sign in name[:60])
        found |= {f"test class {place} {plain}".rstrip(" .") + f"/{key}": scores[key] for key in CLASS}
    return found


def format_param(value: Any) -> str:
    """Return a value as MLflow's parameters have it: a string as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)

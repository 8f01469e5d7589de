"""Records of experiments of which only scores and costs exist, not the trainings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lemma.tracking import run_record
from lemma.tracking.identity import KEPT, KEY, hash_json
from lemma.tracking.parent_runs import summary_metrics
from lemma.tracking.run_record import RunRecord

SCORES_ONLY = "scores only: curves, models and predictions were not kept"
SECTIONS = (
    "prepare",
    "tokenize",
    "vectors",
)  # sections of params.yaml whose values are shown if the experiment sets them


@dataclass(frozen=True)
class RecordedScores:
    """The recorded scores and costs of an experiment on one data set.

    Attributes:
        dataset: name of the data set.
        metrics: content of metrics.json.
        costs: by model {cpu_seconds, seconds}.
        params: the values of params.yaml.
        overrides: the values that the experiment sets, by dotted key.
        time: of the recording, in Unix seconds.
    """

    dataset: str
    metrics: Mapping[str, Any]
    costs: Mapping[str, Mapping[str, float]]
    params: Mapping[str, Any]
    overrides: Mapping[str, Any]
    time: float

    @property
    def models(self) -> list[str]:
        """Names of the models."""
        return list(self.metrics["models"])


def make_records(scores: RecordedScores, name: str, model: str, values: str) -> list[RunRecord]:
    """Return the records of one model: the configuration, then its runs.

    Their identity is a hash of experiment, model, run and values, since what else determined a training is unknown.

    Args:
        scores: of the experiment.
        name: of the experiment.
        model: name of the model.
        values: hash of the values of params.yaml that determine the scores of the model.
    """
    entry, cost, key = scores.metrics["models"][model], scores.costs[model], f"{scores.dataset}/{model}"
    end, seconds = run_record.to_milliseconds(scores.time), run_record.to_milliseconds(cost["seconds"])
    runs = entry["runs"]
    total_cost = {"cost/total_cpu_seconds": cost["cpu_seconds"], "cost/total_seconds": cost["seconds"]}
    data_params = [scores.dataset, scores.params["datasets"].get(scores.dataset)]
    parent = RunRecord(
        key=key,
        config=_hash_config(name, key, values),
        name=model,
        start=end - seconds,
        end=end,
        params=_format_params(scores, model),
        points=run_record.make_points(summary_metrics(entry["summary"], scores.dataset) | total_cost, 0, end),
        tags={KEY: key, KEPT: SCORES_ONLY},
        title=f"Means over {len(runs)} runs of {model} on {scores.dataset}",
        source=f"lemma experiment run {name}",
        models=[model],
        digest=hash_json([*data_params, scores.params["prepare"], scores.params["tokenize"]]),
    )
    return [parent, *(_run_record(parent, entry, seconds // len(runs), name, values) for entry in runs)]


def _run_record(parent: RunRecord, entry: Mapping[str, Any], duration: int, name: str, values: str) -> RunRecord:
    run = int(entry["run"])
    key = f"{parent.key}/{run}"
    return replace(
        parent,
        key=key,
        config=_hash_config(name, key, values),
        name=f"{parent.name}/{run}",
        start=parent.end - duration,
        params=parent.params | {"run": str(run)},
        points=run_record.make_points(run_record.final_metrics(entry, key.partition("/")[0]), 0, parent.end),
        tags=parent.tags | {KEY: key},
        title=f"Run {run} of {parent.name} on {key.partition('/')[0]}",
        parent=parent.key,
    )


def _hash_config(name: str, key: str, values: str) -> str:
    return hash_json([KEPT, name, key, values])


def _format_params(scores: RecordedScores, model: str) -> dict[str, str]:
    """Return the parameters by the names of a complete run; the tuned hyperparameters of a model are unknown."""
    params = scores.params
    is_tuned = model in params["tune"]["models"]
    values: dict[str, Any] = {"model": model}
    values |= (
        {"tune.trials": params["tune"]["trials"]} if is_tuned else _prefix_keys("settings", params["models"][model])
    )
    values |= _prefix_keys("train", params["train"])
    values |= {key: value for key, value in scores.overrides.items() if key.partition(".")[0] in SECTIONS}
    return {name: run_record.format_param(value) for name, value in values.items()}


def _prefix_keys(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}.{key}": value for key, value in values.items()}

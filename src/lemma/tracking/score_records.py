"""What MLflow shows of an experiment whose trainings are gone: scores and costs, by run and in the mean."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lemma.tracking import run_record
from lemma.tracking.identity import KEPT, KEY, hash_of
from lemma.tracking.parent_runs import summary_metrics
from lemma.tracking.run_record import RunRecord

SCORES_ONLY = "scores only: curves, models and predictions were not kept"
SECTIONS = ("prepare", "tokenize", "vectors")  # values of params.yaml that are shown where an experiment sets them


@dataclass(frozen=True)
class KeptScores:
    """What was kept of an experiment on one data set.

    Attributes:
        dataset: name of the data set.
        metrics: as in metrics.json.
        costs: by model {cpu_seconds, seconds}.
        params: the values of params.yaml.
        overrides: those that the experiment sets, by dotted key.
        time: when they were recorded, in Unix seconds.
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


def make_records(scores: KeptScores, name: str, model: str, values: str) -> list[RunRecord]:
    """Return the runs of one model: its means, then its trainings.

    Their identity is experiment, model, run and values: what else determined a training is not known.

    Args:
        scores: what was kept.
        name: of the experiment.
        model: name of the model.
        values: hash of the values that shape the model's scores.
    """
    entry, cost, key = scores.metrics["models"][model], scores.costs[model], f"{scores.dataset}/{model}"
    end, seconds = run_record.milliseconds(scores.time), run_record.milliseconds(cost["seconds"])
    runs = entry["runs"]
    spent = {"cost/total_cpu_seconds": cost["cpu_seconds"], "cost/total_seconds": cost["seconds"]}
    data = [scores.dataset, scores.params["datasets"].get(scores.dataset)]
    parent = RunRecord(
        key=key,
        config=_config(name, key, values),
        name=model,
        start=end - seconds,
        end=end,
        params=_params(scores, model),
        points=run_record.make_points(summary_metrics(entry["summary"], scores.dataset) | spent, 0, end),
        tags={KEY: key, KEPT: SCORES_ONLY},
        title=f"Means over {len(runs)} runs of {model} on {scores.dataset}",
        source=f"lemma experiment run {name}",
        models=[model],
        digest=hash_of([*data, scores.params["prepare"], scores.params["tokenize"]]),
    )
    return [parent, *(_training(parent, run, seconds // len(runs), name, values) for run in runs)]


def _training(parent: RunRecord, entry: Mapping[str, Any], duration: int, name: str, values: str) -> RunRecord:
    run = int(entry["run"])
    key = f"{parent.key}/{run}"
    return replace(
        parent,
        key=key,
        config=_config(name, key, values),
        name=f"{parent.name}/{run}",
        start=parent.end - duration,
        params=parent.params | {"run": str(run)},
        points=run_record.make_points(run_record.final_metrics(entry, key.partition("/")[0]), 0, parent.end),
        tags=parent.tags | {KEY: key},
        title=f"Run {run} of {parent.name} on {key.partition('/')[0]}",
        parent=parent.key,
    )


def _config(name: str, key: str, values: str) -> str:
    return hash_of([KEPT, name, key, values])


def _params(scores: KeptScores, model: str) -> dict[str, str]:
    """Return parameters under the names that a complete run has; of a tuned model only the search is known."""
    params = scores.params
    tuned = model in params["tune"]["models"]
    values: dict[str, Any] = {"model": model}
    values |= {"tune.trials": params["tune"]["trials"]} if tuned else _group("settings", params["models"][model])
    values |= _group("train", params["train"])
    values |= {key: value for key, value in scores.overrides.items() if key.partition(".")[0] in SECTIONS}
    return {name: run_record.format_param(value) for name, value in values.items()}


def _group(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}.{key}": value for key, value in values.items()}

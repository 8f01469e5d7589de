"""Further runs of an experiment that has been run: only they are trained, and their scores join those there are."""

from dataclasses import replace
from typing import Any

from lemma.data.splits import PARTS
from lemma.evaluation.summary import summarize
from lemma.experiments.definition import Experiment
from lemma.experiments.values import changed

RUNS = "experiment.runs"


def lacking(experiment: Experiment, held: dict[str, Any] | None, now: dict[str, Any]) -> Experiment:
    """Return the experiment with the runs that its results lack, or as it is where they are of no use to it.

    They are of use if they are of some of its runs, of the form of this version, and nothing else that shapes a score
    has changed since. (Folds are never of some runs: params.yaml takes all or none.)

    Args:
        experiment: which.
        held: its results, if there are any.
        now: the values of params.yaml that it runs with.
    """
    if held is None:
        return experiment
    wanted = now["experiment"]["runs"]
    try:
        there = held["params"]["experiment"]["runs"]
        if changed(held["params"], now) != [RUNS] or not set(there) < set(wanted):
            return experiment
        if {*held["results"]} != {*now["experiment"]["datasets"]}:
            return experiment
        joined(held, held, experiment)
    except (KeyError, TypeError, AttributeError):  # of another form, with which nothing can be joined
        return experiment
    rest = [run for run in wanted if run not in there]
    return replace(experiment, overrides=experiment.overrides | {RUNS: rest})


def joined(held: dict[str, Any], further: dict[str, Any], experiment: Experiment) -> dict[str, Any]:
    """Return the results of all runs of an experiment: means and intervals are those of all, costs add up.

    Args:
        held: results of some runs.
        further: of the others.
        experiment: all of them.
    """
    runs = sorted({*held["params"]["experiment"]["runs"], *further["params"]["experiment"]["runs"]})
    results = {
        dataset: {
            "metrics": _metrics(result["metrics"], further["results"][dataset]["metrics"], runs),
            "cost": _added(result["cost"], further["results"][dataset]["cost"]),
        }
        for dataset, result in held["results"].items()
    }
    params = further["params"] | {"experiment": further["params"]["experiment"] | {"runs": runs}}
    return {"name": experiment.name, "overrides": experiment.overrides, "params": params, "results": results}


def _metrics(one: dict[str, Any], other: dict[str, Any], runs: list[int]) -> dict[str, Any]:
    models = {}
    for model, entry in one["models"].items():
        every = sorted([*entry["runs"], *other["models"][model]["runs"]], key=lambda it: int(it["run"]))
        confidence = one["protocol"]["confidence"]
        summary = {part: summarize([it[part] for it in every], confidence) for part in PARTS}
        models[model] = {"runs": every, "summary": summary}
    return one | {"models": models, "protocol": one["protocol"] | {"runs": runs}}


def _added(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {model: {key: round(cost[key] + other[model][key], 2) for key in cost} for model, cost in one.items()}

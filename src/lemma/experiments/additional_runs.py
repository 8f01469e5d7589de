"""Further runs of an experiment that has been run: only they are trained, and their scores join the kept ones."""

from dataclasses import replace
from typing import Any

from lemma.corpus.splits import SPLITS
from lemma.evaluation.summary import summarize
from lemma.experiments.definition import NamedExperiment
from lemma.experiments.score_parameters import list_changed_keys

RUNS = "experiment.runs"


def select_missing_runs(
    experiment: NamedExperiment, results: dict[str, Any] | None, now: dict[str, Any]
) -> NamedExperiment:
    """Return the experiment with the runs that its results lack, or as it is where the results cannot be extended.

    They can if they are of some of its runs, of the form of this version, and nothing else that shapes a score has
    changed since. (Folds are never of some runs: params.yaml takes all or none.)

    Args:
        experiment: which.
        results: its kept results, if there are any.
        now: the values of params.yaml that it runs with.
    """
    if results is None:
        return experiment
    wanted = now["experiment"]["runs"]
    try:
        trained = results["params"]["experiment"]["runs"]
        if list_changed_keys(results["params"], now) != [RUNS] or not set(trained) < set(wanted):
            return experiment
        if {*results["results"]} != {*now["experiment"]["datasets"]}:
            return experiment
        join_results(results, results, experiment)
    except (KeyError, TypeError, AttributeError):  # of another form, with which nothing can be joined
        return experiment
    rest = [run for run in wanted if run not in trained]
    return replace(experiment, overrides=experiment.overrides | {RUNS: rest})


def join_results(results: dict[str, Any], further: dict[str, Any], experiment: NamedExperiment) -> dict[str, Any]:
    """Return the results of all runs of an experiment: means and intervals are those of all, costs add up.

    Args:
        results: of some runs.
        further: of the remaining runs.
        experiment: all of them.
    """
    runs = sorted({*results["params"]["experiment"]["runs"], *further["params"]["experiment"]["runs"]})
    by_dataset = {
        dataset: {
            "metrics": _metrics(result["metrics"], further["results"][dataset]["metrics"], runs),
            "cost": _added(result["cost"], further["results"][dataset]["cost"]),
        }
        for dataset, result in results["results"].items()
    }
    params = further["params"] | {"experiment": further["params"]["experiment"] | {"runs": runs}}
    content = {"name": experiment.name, "overrides": experiment.overrides, "params": params, "results": by_dataset}
    sources = results.get("sources", {}) | further.get("sources", {})
    return content | ({"sources": sources} if sources else {})


def _metrics(metrics: dict[str, Any], further: dict[str, Any], runs: list[int]) -> dict[str, Any]:
    models = {}
    for model, entry in metrics["models"].items():
        entries = sorted([*entry["runs"], *further["models"][model]["runs"]], key=lambda it: int(it["run"]))
        confidence = metrics["protocol"]["confidence"]
        summary = {part: summarize([it[part] for it in entries], confidence) for part in SPLITS}
        models[model] = {"runs": entries, "summary": summary}
    return metrics | {"models": models, "protocol": metrics["protocol"] | {"runs": runs}}


def _added(costs: dict[str, Any], further: dict[str, Any]) -> dict[str, Any]:
    return {model: {key: round(cost[key] + further[model][key], 2) for key in cost} for model, cost in costs.items()}

"""Additional runs of an experiment: train only the new runs, and join their scores to the recorded ones."""

from dataclasses import replace
from typing import Any

from lemma.corpus.splits import SPLITS
from lemma.evaluation.summary import summarize
from lemma.experiments.definition import NamedExperiment
from lemma.experiments.score_parameters import list_changed_keys
from lemma.experiments.spreads import estimate_spreads

RUNS = "experiment.runs"


def select_missing_runs(
    experiment: NamedExperiment, results: dict[str, Any] | None, now: dict[str, Any]
) -> NamedExperiment:
    """Return the experiment reduced to the runs that its results lack.

    It is returned unchanged if the results cannot be extended: if they are missing or in the form of another version,
    if they have runs that the experiment does not have, or if a value that determines the scores has changed.

    Args:
        experiment: the whole experiment.
        results: its recorded results, if there are any.
        now: the values of params.yaml that it runs with.
    """
    if results is None:
        return experiment
    requested = now["experiment"]["runs"]
    try:
        trained = results["params"]["experiment"]["runs"]
        if list_changed_keys(results["params"], now) != [RUNS] or not set(trained) < set(requested):
            return experiment
        if {*results["results"]} != {*now["experiment"]["datasets"]}:
            return experiment
        join_results(results, results, experiment)
    except (KeyError, TypeError, AttributeError):  # the form of another version
        return experiment
    missing = [run for run in requested if run not in trained]
    return replace(experiment, overrides=experiment.overrides | {RUNS: missing})


def join_results(results: dict[str, Any], further: dict[str, Any], experiment: NamedExperiment) -> dict[str, Any]:
    """Return the results of all runs of an experiment: summaries are computed again, costs are added.

    Args:
        results: of some runs.
        further: of the remaining runs.
        experiment: the whole experiment.
    """
    runs = sorted({*results["params"]["experiment"]["runs"], *further["params"]["experiment"]["runs"]})
    by_dataset = {
        dataset: {
            "metrics": _join_metrics(result["metrics"], further["results"][dataset]["metrics"], runs),
            "cost": _add_costs(result["cost"], further["results"][dataset]["cost"]),
        }
        for dataset, result in results["results"].items()
    }
    params = further["params"] | {"experiment": further["params"]["experiment"] | {"runs": runs}}
    content = {"name": experiment.name, "overrides": experiment.overrides, "params": params, "results": by_dataset}
    sources = results.get("sources", {}) | further.get("sources", {})
    return content | ({"sources": sources} if sources else {})


def _join_metrics(metrics: dict[str, Any], further: dict[str, Any], runs: list[int]) -> dict[str, Any]:
    models = {}
    for model, entry in metrics["models"].items():
        entries = sorted([*entry["runs"], *further["models"][model]["runs"]], key=lambda run: int(run["run"]))
        confidence = metrics["protocol"]["confidence"]
        protocol, by_split = metrics["protocol"], {split: [run[split] for run in entries] for split in SPLITS}
        summary = {
            split: summarize(scores, estimate_spreads(protocol, scores), confidence)
            for split, scores in by_split.items()
        }
        models[model] = {"runs": entries, "summary": summary}
    return metrics | {"models": models, "protocol": metrics["protocol"] | {"runs": runs}}


def _add_costs(costs: dict[str, Any], further: dict[str, Any]) -> dict[str, Any]:
    return {model: {key: round(cost[key] + further[model][key], 2) for key in cost} for model, cost in costs.items()}

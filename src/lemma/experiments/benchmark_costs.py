"""The table of costs in the benchmark: description, number of trainings and time of each experiment."""

from typing import Any

from lemma.experiments.definition import NamedExperiment
from lemma.experiments.score_parameters import list_changed_keys
from lemma.report.numbers import count
from lemma.report.prose import join_words


def cost_row(experiment: NamedExperiment, results: dict[str, Any] | None, now: dict[str, Any]) -> dict[str, Any]:
    """Return the row of an experiment in the table of costs.

    Args:
        experiment: to describe.
        results: its recorded results, None if it has not been run.
        now: the values of params.yaml that it would run with.
    """
    described = {"name": experiment.name, "note": experiment.note}
    if results is None:
        return described | {"trainings": "", "cpu": "", "clock": "", "state": "not run"}
    changed = list_changed_keys(results["params"], now)
    state = f"run with other {join_words(changed[:2])}{' …' * (len(changed) > 2)}" if changed else "run"
    return sum_costs(experiment.name, [results]) | described | {"state": state}


def sum_costs(name: str, recorded: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the row with the costs of all trainings of some experiments."""
    results = [result for item in recorded for result in item["results"].values()]
    costs = [cost for result in results for cost in result["cost"].values()]
    runs = sum(len(entry["runs"]) for result in results for entry in result["metrics"]["models"].values())
    return {
        "name": name,
        "note": "",
        "trainings": count(runs),
        "cpu": format_duration(sum(cost["cpu_seconds"] for cost in costs)),
        "clock": format_duration(sum(cost["seconds"] for cost in costs)),
        "state": "run",
    }


def format_duration(seconds: float) -> str:
    """Return a duration: seconds below a minute, minutes below an hour, then hours and minutes."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"

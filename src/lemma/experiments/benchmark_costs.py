"""The table of costs in the benchmark: values, number of trainings and time of each experiment."""

import re
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
    values = _format_overrides(experiment.overrides)
    if results is None:
        nothing = {"trainings": "", "cpu": "", "clock": ""}
        return {"name": experiment.name, "values": values, **nothing, "state": "not run"}
    changed = list_changed_keys(results["params"], now)
    state = f"run with other {join_words(changed[:2])}{' …' * (len(changed) > 2)}" if changed else "run"
    return sum_costs(experiment.name, [results]) | {"values": values, "state": state}


def sum_costs(name: str, recorded: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the row with the costs of all trainings of some experiments."""
    results = [result for item in recorded for result in item["results"].values()]
    costs = [cost for result in results for cost in result["cost"].values()]
    runs = sum(len(entry["runs"]) for result in results for entry in result["metrics"]["models"].values())
    return {
        "name": name,
        "values": "",
        "trainings": count(runs),
        "cpu": format_duration(sum(cost["cpu_seconds"] for cost in costs)),
        "clock": format_duration(sum(cost["seconds"] for cost in costs)),
        "state": "run",
    }


MODEL_KEY = re.compile(r"(models\.|tune\.space\.)(\w+)(\..+)")


def _format_overrides(overrides: dict[str, Any]) -> str:
    models: dict[tuple[str, str, str], list[str]] = {}  # that have one value of a hyperparameter
    for key, value in overrides.items():
        match = MODEL_KEY.fullmatch(key)
        before, model, after = match.groups() if match else (key.removeprefix("experiment."), "", "")
        models.setdefault((before, after, _format_value(value)), []).append(model)
    return "; ".join(
        f"{before}{names[0] if len(names) == 1 else '{' + ', '.join(names) + '}'}{after}: {value}"
        for (before, after, value), names in models.items()
    )


def _format_value(value: Any) -> str:
    """Return a value in a few characters: `0–4` for consecutive integers, `none` for null and an empty list."""
    if not isinstance(value, list):
        return "none" if value is None else str(value)
    if not value:
        return "none"
    if len(value) > 2 and all(isinstance(item, int) for item in value) and value == [*range(value[0], value[-1] + 1)]:
        return f"{value[0]}–{value[-1]}"
    return ", ".join(map(str, value))


def format_duration(seconds: float) -> str:
    """Return a duration: seconds below a minute, minutes below an hour, then hours and minutes."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"

"""The values of params.yaml that determine scores: which differ between experiments, which a search replaces."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from lemma.tracking.identity import hash_json

DIGITS = 12  # of a hash of values
SECTIONS = ("prepare", "tokenize", "vectors", "train")  # sections that all models depend on
SEARCH = ("run", "seed", "trials")  # keys of `tune` that all searches depend on
LATER = {
    "train.stack_runs": 1,
    "train.precision": "float32",
}  # keys that older results lack, with the values that were fixed then
ABSENT = "–"  # printed for a value that an experiment lacks


class Change(NamedTuple):
    """A value of params.yaml that differs between two experiments, as YAML; ABSENT if an experiment lacks it."""

    key: str
    first: str
    second: str


def format_yaml(value: Any) -> str:
    """Return a value as YAML in one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def list_changed_keys(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return the sorted dotted keys of values that determine the scores and have changed.

    Args:
        then: the values of params.yaml that the experiment ran with.
        now: the values that it would run with.
    """
    return _list_different_keys(LATER | dict(_determining_values(then)), LATER | dict(_determining_values(now)))


def list_differences(
    first: dict[str, Any], second: dict[str, Any], datasets: list[str], models: list[str]
) -> list[Change]:
    """Return the values that determine the scores of `models` on `datasets` and differ between two experiments.

    Args:
        first: the values of params.yaml of the first experiment.
        second: those of the second.
        datasets: names of the data sets.
        models: names of the models.
    """
    values = []
    for params in (first, second):
        scope = {"datasets": datasets, "models": models, "runs": params["experiment"]["runs"]}
        values.append(LATER | {"tune.models": []} | dict(_determining_values(params | {"experiment": scope})))
    changes = []
    for key in _list_different_keys(*values):
        # if only one experiment has a search, its seed and space differ because tune.models does
        is_implied = (
            key.startswith("tune.") and key != "tune.trials" and not all(key in determining for determining in values)
        )
        if key != "evaluate.confidence" and not is_implied:
            changes.append(Change(key, *(format_yaml(side[key]) if key in side else ABSENT for side in values)))
    return changes


def _list_different_keys(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return sorted(
        key for key in {*before, *after} if key not in before or key not in after or before[key] != after[key]
    )


def hash_score_parameters(values: dict[str, Any], dataset: str, model: str) -> str:
    """Return a hash of the values of params.yaml that determine the scores of one model on a data set in any run."""
    scope = {"datasets": [dataset], "models": [model], "runs": []}
    determining = LATER | dict(_determining_values(values | {"experiment": scope}))
    return hash_json({key: value for key, value in determining.items() if key != "evaluate.confidence"})[:DIGITS]


def select_search(values: Mapping[str, Any], model: str) -> dict[str, Any] | None:
    """Return the values that determine the hyperparameter search of a model; None if tune.models does not list it."""
    tune = values["tune"]
    if model not in tune["models"]:
        return None
    return {key: tune[key] for key in SEARCH} | {"space": tune["space"][model]}


def list_searched_keys(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[str]:
    """Return the dotted keys of values that `overrides` sets and that a hyperparameter search may replace.

    A section that is set as a whole (`models.cnn: {...}`) sets each of its values.

    Args:
        values: of params.yaml, with the overrides merged in.
        overrides: values by dotted key.
    """
    tune = values["tune"]
    keys = {key for key, _ in iterate_dotted(overrides)}
    return [
        f"models.{model}.{name}"
        for model in tune["models"]
        if model in values["experiment"]["models"]
        for name, space in tune["space"].get(model, {}).items()
        if space is not None and f"models.{model}.{name}" in keys
    ]


def list_first_trial_keys(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> set[str]:
    """Return the keys of `overrides` with a value that only the first trial of a search uses."""
    replaced = list_searched_keys(values, overrides)
    return {key for key in overrides if any(name == key or name.startswith(f"{key}.") for name in replaced)}


def iterate_dotted(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield sections and the values in them, with dotted keys."""
    for key, value in values.items():
        yield f"{above}{key}", value
        if isinstance(value, dict):
            yield from iterate_dotted(value, f"{above}{key}.")


def _determining_values(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the values that determine the scores, with dotted keys."""
    scope = values["experiment"]
    tuned = [model for model in values["tune"]["models"] if model in scope["models"]]
    determining = {name: values[name] for name in SECTIONS} | {
        "experiment": {key: scope[key] for key in ("models", "runs")},
        "datasets": {name: values["datasets"][name] for name in scope["datasets"]},
        "models": {name: values["models"][name] for name in scope["models"]},
        "evaluate": {"confidence": values["evaluate"]["confidence"]},  # of the recorded intervals
    }
    if tuned:
        tune = values["tune"]
        space = {model: tune["space"][model] for model in tuned}
        determining["tune"] = {key: tune[key] for key in SEARCH} | {"models": tuned, "space": space}
    return ((key, value) for key, value in iterate_dotted(determining) if not (isinstance(value, dict) and value))

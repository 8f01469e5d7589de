"""Which values shape an experiment's scores, which of them differ, and which of them a search replaces."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from lemma.tracking.identity import hash_of

DIGITS = 12  # of a hash of values
SECTIONS = ("prepare", "tokenize", "vectors", "train")  # what all models of an experiment depend on
SEARCH = ("run", "seed", "trials")  # what all searches of an experiment depend on
LATER = {
    "train.stack_runs": 1,
    "train.precision": "float32",
}  # values newer than some experiments, as they were when there was no choice
ABSENT = "–"  # a value that an experiment does not have


class Change(NamedTuple):
    """A value of params.yaml that differs between two experiments, as YAML; ABSENT where an experiment lacks it."""

    key: str
    first: str
    second: str


def format_yaml(value: Any) -> str:
    """Return a value as YAML in one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def list_changed_keys(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return the dotted keys, sorted, of values that shape the scores and are not what they were.

    Args:
        then: the values of params.yaml that the experiment ran with.
        now: those it would run with.
    """
    return _different(LATER | dict(_shaping(then)), LATER | dict(_shaping(now)))


def list_differences(
    first: dict[str, Any], second: dict[str, Any], datasets: list[str], models: list[str]
) -> list[Change]:
    """Return the values that shape the scores of `models` on `datasets` and differ between two experiments.

    Args:
        first: the values of params.yaml of an experiment.
        second: those of the second.
        datasets: that are compared.
        models: that are compared.
    """
    values = []
    for params in (first, second):
        scope = {"datasets": datasets, "models": models, "runs": params["experiment"]["runs"]}
        values.append(LATER | {"tune.models": []} | dict(_shaping(params | {"experiment": scope})))
    changes = []
    for key in _different(*values):
        # the seed and the space of a search that only one experiment has follow from tune.models
        is_implied = key.startswith("tune.") and key != "tune.trials" and not all(key in shaping for shaping in values)
        if key != "evaluate.confidence" and not is_implied:
            changes.append(
                Change(key, *(format_yaml(shaping[key]) if key in shaping else ABSENT for shaping in values))
            )
    return changes


def _different(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return sorted(
        key for key in {*before, *after} if key not in before or key not in after or before[key] != after[key]
    )


def hash_score_parameters(values: dict[str, Any], dataset: str, model: str) -> str:
    """Return a hash of the values of params.yaml that shape one model's scores on a data set, whatever its runs."""
    scope = {"datasets": [dataset], "models": [model], "runs": []}
    shaping = LATER | dict(_shaping(values | {"experiment": scope}))
    return hash_of({key: value for key, value in shaping.items() if key != "evaluate.confidence"})[:DIGITS]


def select_search(values: Mapping[str, Any], model: str) -> dict[str, Any] | None:
    """Return what determines the search for a model's hyperparameters; None where tune.models does not name it."""
    tune = values["tune"]
    if model not in tune["models"]:
        return None
    return {key: tune[key] for key in SEARCH} | {"space": tune["space"][model]}


def list_searched_keys(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> list[str]:
    """Return the dotted keys of values that `overrides` set and that the search for a trained model may replace.

    A section that is set as a whole (`models.cnn: {...}`) sets each of its values.

    Args:
        values: of params.yaml, with the overrides in their places.
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
    """Return the keys of `overrides` whose values, or values in whose sections, only a search's first trial has."""
    replaced = list_searched_keys(values, overrides)
    return {key for key in overrides if any(name == key or name.startswith(f"{key}.") for name in replaced)}


def iterate_dotted(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield sections and the values in them by dotted key."""
    for key, value in values.items():
        yield f"{above}{key}", value
        if isinstance(value, dict):
            yield from iterate_dotted(value, f"{above}{key}.")


def _shaping(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield values by key: how a PDF looks shapes no score, nor does a search for models that are not searched for."""
    scope = values["experiment"]
    tuned = [model for model in values["tune"]["models"] if model in scope["models"]]
    shaping = {name: values[name] for name in SECTIONS} | {
        "experiment": {key: scope[key] for key in ("models", "runs")},
        "datasets": {name: values["datasets"][name] for name in scope["datasets"]},
        "models": {name: values["models"][name] for name in scope["models"]},
        "evaluate": {"confidence": values["evaluate"]["confidence"]},  # of the intervals that are kept
    }
    if tuned:
        tune = values["tune"]
        space = {model: tune["space"][model] for model in tuned}
        shaping["tune"] = {key: tune[key] for key in SEARCH} | {"models": tuned, "space": space}
    return ((key, value) for key, value in iterate_dotted(shaping) if not (isinstance(value, dict) and value))

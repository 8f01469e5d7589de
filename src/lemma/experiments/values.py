"""Which values shape an experiment's scores, and which of them have changed since it was run."""

from collections.abc import Iterator
from typing import Any

from lemma.tracking.identity import hash_of

DIGITS = 12  # of a hash of values
SECTIONS = ("prepare", "tokenize", "vectors", "train")  # what all models of an experiment depend on
LATER = {
    "train.together": 1,
    "train.precision": "float32",
}  # values newer than some experiments, as they were when there was no choice


def changed(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return the dotted keys, sorted, of values that shape the scores and are not what they were.

    Args:
        then: the values of params.yaml that the experiment ran with.
        now: those it would run with.
    """
    was, today = LATER | dict(_shaping(then)), LATER | dict(_shaping(now))
    return sorted(key for key in {*was, *today} if key not in was or key not in today or was[key] != today[key])


def hash_of_values(values: dict[str, Any], dataset: str, model: str) -> str:
    """Return a hash of the values of params.yaml that shape one model's scores on a data set, whatever its runs."""
    scope = {"datasets": [dataset], "models": [model], "runs": []}
    shaping = LATER | dict(_shaping(values | {"experiment": scope}))
    return hash_of({key: value for key, value in shaping.items() if key != "evaluate.confidence"})[:DIGITS]


def searched(values: dict[str, Any], overrides: dict[str, Any]) -> list[str]:
    """Return the keys of `overrides` that a search may change, since tune.models names their model.

    Args:
        values: of params.yaml, with the overrides in their places.
        overrides: values by dotted key.
    """
    tune = values["tune"]
    return [
        f"models.{model}.{name}"
        for model in tune["models"]
        for name in tune["space"].get(model, {})
        if f"models.{model}.{name}" in overrides
    ]


def _shaping(values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield values by key: how a PDF looks shapes no score, nor does a search for models that are not searched for."""
    chosen = values["experiment"]
    searched = [model for model in values["tune"]["models"] if model in chosen["models"]]
    held = {name: values[name] for name in SECTIONS} | {
        "experiment": {key: chosen[key] for key in ("models", "runs")},
        "datasets": {name: values["datasets"][name] for name in chosen["datasets"]},
        "models": {name: values["models"][name] for name in chosen["models"]},
        "evaluate": {"confidence": values["evaluate"]["confidence"]},  # of the intervals that are kept
    }
    if searched:
        tune = values["tune"]
        space = {model: tune["space"][model] for model in searched}
        held["tune"] = {key: tune[key] for key in ("run", "seed", "trials")} | {"models": searched, "space": space}
    return _flat(held)


def _flat(values: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value

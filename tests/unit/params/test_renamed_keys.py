"""Tests of renamed keys of params.yaml: the error for an old key names the present one."""

import copy
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from lemma.errors import InputError
from lemma.experiments import definition
from lemma.params import Params
from lemma.params.renamed_keys import RENAMED_KEYS, convert, describe, describe_section
from tests.unit.params.changed import VALUES, having, lines


def value_at(key: str) -> Any:
    """Return the value of a dotted key in the project's params.yaml; None where it is left out."""
    value: Any = VALUES
    for step in key.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def as_written_before(old: str, new: str) -> dict[str, Any]:
    """Return the values of params.yaml with one key under its old name."""
    values: dict[str, Any] = copy.deepcopy(VALUES)
    *path, last = new.split(".")
    section: Any = values
    for step in path:
        section = section[step]
    value = section.pop(last, None)
    if old.startswith("learn."):
        del values["learning_curve"]
        values["learn"] = {"shares": [10, 25]}
        return values
    *path, last = old.split(".")
    section = values
    for step in path:
        section = section[step]
    section[last] = value
    return values


@pytest.mark.parametrize("key", RENAMED_KEYS.values())
def test_every_new_key_exists(key: str) -> None:
    model: Any = Params
    for step in key.split("."):
        assert issubclass(model, BaseModel)
        assert step in model.model_fields
        model = model.model_fields[step].annotation


@pytest.mark.parametrize(("old", "new"), RENAMED_KEYS.items())
def test_params_yaml_with_an_old_key_is_refused_with_the_new_one_alone(old: str, new: str, tmp_path: Path) -> None:
    values = as_written_before(old, new)
    (line,) = lines(values, tmp_path)
    assert line.startswith(f"{old} is called {new} now")


@pytest.mark.parametrize(("old", "new"), RENAMED_KEYS.items())
def test_an_override_of_an_old_key_is_refused_with_the_new_one(old: str, new: str) -> None:
    with pytest.raises(InputError) as caught:
        definition.apply_overrides(VALUES, {old: 1}, "--set")
    assert caught.value.what == f"--set: {old} is called {new} now."


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("models.cnn.maps", 100, "models.cnn.maps is called models.cnn.filters now."),
        ("train.combine", "vote", "train.combine is called train.averaging now: write averaging: predictions."),
        (
            "learn.shares",
            [10, 25],
            "learn.shares is called learning_curve.train_fractions now: write train_fractions: [0.1, 0.25].",
        ),
        ("learn", {"shares": []}, "learn.shares is called learning_curve.train_fractions now."),
        ("models.cnn.mops", 100, None),
    ],
)
def test_the_sentence_names_the_new_key_and_how_to_write_its_value(key: str, value: Any, sentence: str | None) -> None:
    assert describe(key, value) == sentence


@pytest.mark.parametrize("value", ["both", None, [10, "x"], [True], {}, 3])
def test_a_value_that_was_never_valid_stays_as_it_is(value: Any) -> None:
    assert convert("train.combine", value) == value
    assert convert("learn.shares", value) == value


def test_a_section_gives_a_sentence_for_each_old_key() -> None:
    sentences = describe_section("models.rnn", {"pool": "max", "cell": "gru", "layers": 2})
    assert [sentence.split()[-2] for sentence in sentences] == ["models.rnn.pooling", "models.rnn.num_layers"]


def test_other_errors_are_reported_together_with_an_old_key(tmp_path: Path) -> None:
    values = as_written_before("models.cnn.maps", "models.cnn.filters")
    values["train"]["epochs"] = 0
    del values["train"]["patience"]
    messages = lines(values, tmp_path)
    assert [line.split()[0] for line in messages] == ["train.epochs:", "train.patience:", "models.cnn.maps"]


def test_the_search_space_may_hold_what_params_yaml_leaves_out(tmp_path: Path) -> None:
    assert value_at("tune.space.cnn.embedding_dim") is None
    (line,) = lines(having((("tune", "space", "cnn", "dimensions"), [100, 300])), tmp_path)
    assert line == "tune.space.cnn.dimensions is called tune.space.cnn.embedding_dim now."

"""params.yaml: all mistakes are reported at once, each with its key, the given value and the valid ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lemma.errors import InputError
from lemma.params import load
from tests.unit.params.changed import FILE, VALUES, Key, dotted, having, lines


def leaves(value: Any, key: Key = ()) -> Iterator[Key]:
    """Yield the key of each value that is neither a section nor a list."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    items = list(inner)
    for step, below in items:
        yield from leaves(below, (*key, step))
    if not items and key and value != {}:
        yield key


def sections(value: Any, key: Key = ()) -> Iterator[Key]:
    if isinstance(value, dict):
        yield key
        for step, below in value.items():
            yield from sections(below, (*key, step))


MAPPINGS = [("datasets",), ("report", "reasons")]  # whose keys are names of data sets
LEAVES, SECTIONS = list(leaves(VALUES)), [key for key in sections(VALUES) if key not in MAPPINGS]


def test_the_committed_params_yaml_is_valid_and_frozen() -> None:
    params = load(FILE)
    assert params.model_dump(exclude_defaults=True)["train"] == VALUES["train"]
    with pytest.raises(ValidationError):
        params.train.epochs = 1  # type: ignore[misc]


@pytest.mark.parametrize("key", LEAVES, ids=dotted)
def test_a_value_of_a_wrong_type_is_reported_with_its_key_and_the_value(key: Key, tmp_path: Path) -> None:
    (line,) = lines(having((key, [["wrong"]])), tmp_path)
    assert line.startswith(f"{dotted(key)}: ")
    assert line.endswith("(got [['wrong']])")


@pytest.mark.parametrize("key", SECTIONS, ids=lambda key: dotted(key) or "root")
def test_an_unknown_key_is_reported_with_the_valid_keys_of_its_section(key: Key, tmp_path: Path) -> None:
    (line,) = lines(having(((*key, "epohcs"), 1)), tmp_path)
    assert line.startswith(f"{dotted((*key, 'epohcs'))}: Unknown key 'epohcs'.")
    section: Any = VALUES
    for step in key:
        section = section[step]
    valid = line.split("Choose one of: ")[1].removesuffix(".").split(", ") if section else []
    assert set(section) <= set(valid)
    assert "epohcs" not in valid


@pytest.mark.parametrize(
    "key",
    [
        key
        for key in LEAVES
        if isinstance(key[-1], str) and key[0] != "datasets" and key[-1] != "log" and key[:-1] not in MAPPINGS
    ],
    ids=dotted,
)
def test_a_missing_key_is_reported_by_its_dotted_name(key: Key, tmp_path: Path) -> None:
    values = having()
    section: Any = values
    for step in key[:-1]:
        section = section[step]
    del section[key[-1]]
    assert lines(values, tmp_path) == [f"{dotted(key)}: is missing"]


@pytest.mark.parametrize("key", [key for key in SECTIONS if key], ids=dotted)
def test_a_number_in_place_of_a_section_is_reported(key: Key, tmp_path: Path) -> None:
    messages = lines(having((key, 3)), tmp_path)
    assert any(line.startswith(f"{dotted(key)}: ") and line.endswith("(got 3)") for line in messages)


def test_mistakes_of_all_kinds_are_reported_at_once(tmp_path: Path) -> None:
    changes: list[tuple[Key, Any]] = [
        (("train", "epohcs"), 3),
        (("train", "batch_size"), "50"),
        (("models", "cnn", "kernel_sizes"), [3, 0]),
        (("experiment", "models"), ["cn", "rnn"]),
        (("experiment", "datasets"), ["ss2", "smaple"]),
        (("datasets", "sst2", "split"), {"folds": 2}),
    ]
    messages = lines(having(*changes), tmp_path)
    keys = sorted(line.split(": ")[0] for line in messages)
    assert keys == sorted(
        ["train.epohcs", "train.batch_size", "models.cnn.kernel_sizes.1", "datasets.sst2.split.folds"]
        + ["experiment.models", "experiment.datasets", "experiment.datasets"]
    )


@pytest.mark.parametrize("more", [[], [(("train", "batch_size"), 0)]], ids=["alone", "with another mistake"])
def test_unknown_names_are_reported_with_the_valid_ones_and_the_most_similar(more: Any, tmp_path: Path) -> None:
    names = [(("experiment", "datasets"), ["ss2"]), (("experiment", "models"), ["cnn", "rn"])]
    messages = lines(having(*names, *more), tmp_path)
    assert messages[-2:] == [
        "experiment.datasets: Unknown dataset 'ss2'. Did you mean 'sst2'? "
        f"Choose one of: {', '.join(sorted(VALUES['datasets']))}.",
        "experiment.models: Unknown model 'rn'. Did you mean 'rnn'? "
        "Choose one of: majority, nb, logreg, nbsvm, mlp, cnn, rnn.",
    ]
    assert len(messages) == 2 + len(more)


@pytest.mark.parametrize("text", ["", "3", "[]", "text"])
def test_a_file_without_sections_is_one_mistake(text: str, tmp_path: Path) -> None:
    assert lines(text, tmp_path) == ["Input should be a section: keys and their values"]


@pytest.mark.parametrize("content", [b"a: b: c", b"a: [", b"\xff", b"\x00", b"{[1]: 2}", b"a: 2020-13-45", b"[" * 1000])
def test_invalid_yaml_is_reported_with_the_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(InputError, match=r"params\.yaml is not YAML: "):
        load(tmp_path / "params.yaml")


def test_a_missing_file_is_reported_with_the_folder_to_change_to(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"params\.yaml does not exist") as caught:
        load(tmp_path / "params.yaml")
    assert "folder" in caught.value.fix


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2) | st.integers(), inner, max_size=3)
    ),
    max_leaves=4,
)


@settings(derandomize=True, max_examples=50)
@given(key=st.sampled_from([*LEAVES, *filter(None, SECTIONS)]), value=anything)
def test_any_value_of_any_key_is_accepted_or_reported(
    key: Key, value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(having((key, value))), encoding="utf-8")
    try:
        load(path)
    except InputError as error:
        assert str(key[0]) in error.what or "experiment" in error.what  # noqa: PT017

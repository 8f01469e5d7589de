"""params.yaml: every mistake at once, each by its key, with what was got and what is valid."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from lemma.errors import InputError
from lemma.exercises import EXERCISES
from lemma.params import Column, Folds, Params, Shares, load

FILE = Path(__file__).parents[2] / "params.yaml"
VALUES = yaml.safe_load(FILE.read_text(encoding="utf-8"))
OWN = {"path": "a.csv", "text": "t", "label": "l", "split": {"dev": 0.1, "test": 0.2}}
Key = tuple[str | int, ...]


def leaves(value: Any, key: Key = ()) -> Iterator[Key]:
    """Yield the key of each value that is no section and no list."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = list(inner)
    for step, below in found:
        yield from leaves(below, (*key, step))
    if not found and key and value != {}:
        yield key


def sections(value: Any, key: Key = ()) -> Iterator[Key]:
    if isinstance(value, dict):
        yield key
        for step, below in value.items():
            yield from sections(below, (*key, step))


MAPS = [("datasets",), ("report", "reasons")]  # whose keys are names of data sets
LEAVES, SECTIONS = list(leaves(VALUES)), [key for key in sections(VALUES) if key not in MAPS]


def having(*changes: tuple[Key, Any]) -> dict[str, Any]:
    """Return the values of params.yaml with these changes."""
    values = copy.deepcopy(VALUES)
    for (*way, last), value in changes:
        place: Any = values
        for step in way:
            place = place[step]
        place[last] = value
    return dict(values)


def lines(raw: Any, folder: Path) -> list[str]:
    """Return the mistakes in a file of these values, one a line, checked for its beginning, end and their number."""
    path = folder / "params.yaml"
    path.write_text(raw if isinstance(raw, str) else yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(path)
    first, *found = caught.value.what.split("\n")
    assert first == f"{path}: {'one mistake' if len(found) == 1 else f'{len(found)} mistakes'}."
    assert str(path) in caught.value.fix
    return [line.removeprefix("  ") for line in found]


def dotted(key: Key) -> str:
    return ".".join(map(str, key))


def test_the_projects_own_file_is_read_and_frozen() -> None:
    params = load(FILE)
    assert params.model_dump(exclude_defaults=True)["train"] == VALUES["train"]
    with pytest.raises(ValidationError):
        params.train.epochs = 1  # type: ignore[misc]


@pytest.mark.parametrize("key", LEAVES, ids=dotted)
def test_an_ill_typed_value_is_told_by_its_whole_key_and_what_was_got(key: Key, tmp_path: Path) -> None:
    (line,) = lines(having((key, [["wrong"]])), tmp_path)
    assert line.startswith(f"{dotted(key)}: ")
    assert line.endswith("(got [['wrong']])")


@pytest.mark.parametrize("key", SECTIONS, ids=lambda key: dotted(key) or "root")
def test_an_unknown_key_is_told_with_the_valid_keys_of_its_section(key: Key, tmp_path: Path) -> None:
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
        if isinstance(key[-1], str) and key[0] != "datasets" and key[-1] != "log" and key[:-1] not in MAPS
    ],
    ids=dotted,
)
def test_a_missing_key_is_told_by_its_whole_name(key: Key, tmp_path: Path) -> None:
    values = having()
    section: Any = values
    for step in key[:-1]:
        section = section[step]
    del section[key[-1]]
    assert lines(values, tmp_path) == [f"{dotted(key)}: is missing"]


@pytest.mark.parametrize("key", [key for key in SECTIONS if key], ids=dotted)
def test_a_section_that_is_none_is_told_as_such(key: Key, tmp_path: Path) -> None:
    found = lines(having((key, 3)), tmp_path)
    assert any(line.startswith(f"{dotted(key)}: ") and line.endswith("(got 3)") for line in found)


def test_all_mistakes_of_all_kinds_are_told_at_once(tmp_path: Path) -> None:
    changes: list[tuple[Key, Any]] = [
        (("train", "epohcs"), 3),
        (("train", "batch"), "50"),
        (("models", "cnn", "widths"), [3, 0]),
        (("experiment", "models"), ["cn", "rnn"]),
        (("experiment", "datasets"), ["ss2", "smaple"]),
        (("datasets", "sst2", "split"), {"folds": 2}),
    ]
    found = lines(having(*changes), tmp_path)
    keys = sorted(line.split(": ")[0] for line in found)
    assert keys == sorted(
        ["train.epohcs", "train.batch", "models.cnn.widths.1", "datasets.sst2.split.folds"]
        + ["experiment.models", "experiment.datasets", "experiment.datasets"]
    )


@pytest.mark.parametrize("more", [[], [(("train", "batch"), 0)]], ids=["alone", "with another mistake"])
def test_unknown_names_are_told_with_the_valid_ones_and_the_likeliest(more: Any, tmp_path: Path) -> None:
    names = [(("experiment", "datasets"), ["ss2"]), (("experiment", "models"), ["cnn", "rn"])]
    found = lines(having(*names, *more), tmp_path)
    assert found[-2:] == [
        "experiment.datasets: Unknown dataset 'ss2'. Did you mean 'sst2'? "
        f"Choose one of: {', '.join(sorted(VALUES['datasets']))}.",
        "experiment.models: Unknown model 'rn'. Did you mean 'rnn'? "
        "Choose one of: majority, nb, logreg, nbsvm, mlp, cnn, rnn.",
    ]
    assert len(found) == 2 + len(more)


@pytest.mark.parametrize("value", [True, "3", 3.5, None, 0, -1])
@pytest.mark.parametrize("key", [("train", "epochs"), ("models", "cnn", "widths", 0)], ids=dotted)
def test_a_count_is_a_whole_number_above_nought_and_nothing_that_looks_like_one(
    key: Key, value: Any, tmp_path: Path
) -> None:
    (line,) = lines(having((key, value)), tmp_path)
    assert line.startswith(f"{dotted(key)}: ")
    assert line.endswith(f"(got {value!r})")


@pytest.mark.parametrize("value", [True, "0.5", float("nan"), float("inf"), -0.1, 1])
def test_a_share_is_a_number_from_nought_to_below_one(value: Any, tmp_path: Path) -> None:
    (line,) = lines(having((("models", "cnn", "dropout"), value)), tmp_path)
    assert line.startswith("models.cnn.dropout: ")


@pytest.mark.parametrize("name", ["a b", "a;rm -rf ~", "$(id)", "../x", "a/b", "", "-x", "a\n", "é", "a" * 65, "a.b"])
def test_a_name_that_a_shell_or_a_path_could_read_otherwise_is_refused(name: str, tmp_path: Path) -> None:
    (line,) = lines(having((("datasets", name), OWN)), tmp_path)
    assert line.startswith(f"datasets.{name if name.isprintable() else repr(name)}.[key]: string should")
    assert any(
        "experiment.datasets.0: " in line for line in lines(having((("experiment", "datasets"), [name])), tmp_path)
    )


@pytest.mark.parametrize("key", ["datasets", "models", "runs"])
def test_an_entry_that_stands_twice_or_a_list_without_any_is_refused(key: str, tmp_path: Path) -> None:
    twice = [VALUES["experiment"][key][0]] * 2
    assert lines(having((("experiment", key), twice)), tmp_path)[0].startswith(f"experiment.{key}: the same entry")
    assert lines(having((("experiment", key), [])), tmp_path)[0].startswith(f"experiment.{key}: list should have")


def test_folds_require_all_runs_and_say_which(tmp_path: Path) -> None:
    folded = (("experiment", "datasets"), ["sst2", "rt-polarity"])
    (line,) = lines(having(folded, (("experiment", "runs"), [0, 1])), tmp_path)
    assert line == ("experiment.runs: 'rt-polarity' has 10 folds, one a run: write [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]")
    assert Params.model_validate(having(folded, (("experiment", "runs"), [*range(9, -1, -1)])))


@pytest.mark.parametrize(
    ("key", "most"),
    [
        (("models", "mlp", "dimensions"), 10**6),
        (("models", "mlp", "hidden", 0), 10**6),
        (("models", "mlp", "buckets"), 2**31 - 1),
        (("models", "cnn", "maps"), 10**6),
        (("models", "rnn", "hidden"), 10**6),
        (("vectors", "dimensions"), 10**6),
        (("vectors", "window"), 1000),
        (("vectors", "negative"), 1000),
        (("train", "threads"), 1024),
    ],
    ids=str,
)
def test_a_size_that_no_machine_computes_with_is_refused(key: Key, most: int, tmp_path: Path) -> None:
    assert Params.model_validate(having((key, most)))
    (line,) = lines(having((key, most + 1)), tmp_path)
    assert line.startswith(f"{dotted(key)}: input should be less than")


@pytest.mark.parametrize("exercises", [[10], [0], [1, 1], []], ids=str)
def test_exercises_are_those_of_the_course_each_once(exercises: list[int], tmp_path: Path) -> None:
    assert Params.model_validate(having((("exercises",), list(EXERCISES))))
    (line,) = lines(having((("exercises",), exercises)), tmp_path)
    assert line.startswith("exercises")


def test_word_vectors_are_learnt_from_data_sets_that_there_are(tmp_path: Path) -> None:
    learnt, texts = (("vectors", "source"), "learnt"), (("vectors", "texts"), ["imdb", "ss2"])
    (line,) = lines(having(learnt, texts), tmp_path)
    assert line.startswith("vectors.texts: Unknown dataset 'ss2'. Did you mean 'sst2'?")


def test_reasons_may_stand_for_data_sets_that_somebody_has_taken_out() -> None:
    assert Params.model_validate(having((("datasets",), {"sst2": VALUES["datasets"]["sst2"]})))


def test_texts_that_nothing_is_learnt_from_may_have_any_name() -> None:
    assert Params.model_validate(having((("vectors", "texts"), ["other"])))


@pytest.mark.parametrize("name", ["benchmark", "exercises", "fingerprints", "solutions"])
def test_a_data_set_is_not_named_like_a_folder_of_results(name: str, tmp_path: Path) -> None:
    (line,) = lines(having((("datasets", name), OWN)), tmp_path)
    assert line.startswith(f"datasets.{name}: ")


@pytest.mark.parametrize("source", ["learned", "learn", "Learnt", "lernt"])
def test_a_slip_of_learnt_is_no_file(source: str, tmp_path: Path) -> None:
    (line,) = lines(having((("vectors", "source"), source)), tmp_path)
    assert line.startswith("vectors.source: did you mean learnt?")
    for file in (f"./{source}", f"{source}.vec", "vectors"):
        assert Params.model_validate(having((("vectors", "source"), file)))


def test_vectors_of_words_do_not_go_with_pieces_of_words(tmp_path: Path) -> None:
    pieces = (("tokenize", "subwords"), {"kind": "bpe", "size": 8000})
    assert Params.model_validate(having(pieces))
    for source in ("learnt", "own.vec"):
        assert Params.model_validate(having((("vectors", "source"), source)))
        (line,) = lines(having(pieces, (("vectors", "source"), source)), tmp_path)
        assert line.startswith("vectors.source: ")
        assert "tokenize.subwords" in line


@pytest.mark.parametrize(
    ("split", "kind"),
    [({"folds": 3}, Folds), ({"folds": 127, "dev": 0.2}, Folds), (OWN["split"], Shares), ({"column": "c"}, Column)],
)
def test_a_split_is_read_as_the_kind_its_keys_say(split: Any, kind: type) -> None:
    assert isinstance(
        Params.model_validate(having((("datasets", "own"), OWN | {"split": split}))).datasets["own"].split, kind
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"split": {"folds": 2}}, ".split.folds: input should be greater than or equal to 3 (got 2)"),
        ({"split": {"folds": 128}}, ".split.folds: input should be less than or equal to 127 (got 128)"),
        ({"split": {"dev": 0.1}}, ": a table has no test part of its own; write dev and test, or column"),
        ({"split": {"test": 0.1}}, ".split.dev: is missing"),
        ({"split": "folders"}, ": split: folders is for a folder of your own that holds train, dev and test"),
        ({"path": "a"}, ": text and label name the columns of a table (.csv, .tsv, .jsonl, .parquet)"),
        ({"path": "a", "text": None, "label": None, "split": {"column": "c"}}, ": split: column is for a table"),
        ({"incomplete": "guess"}, ".incomplete: input should be 'refuse' or 'drop'"),
        ({"split": {"dev": 0.6, "test": 0.2}}, ".split.dev: input should be less than 0.5 (got 0.6)"),
        ({"split": {"column": 3}}, ".split.column: input should be a valid string (got 3)"),
        ({"split": "official"}, ": only catalogued sets have an official split; write folds, dev and test, or column"),
        ({"label": None}, ": a file of your own needs path, text and label"),
        ({"sha256": "abc"}, ".sha256: string should match pattern"),
    ],
)
def test_a_set_of_the_users_own_is_checked(change: dict[str, Any], problem: str, tmp_path: Path) -> None:
    (line,) = lines(having((("datasets", "own"), OWN | change)), tmp_path)
    assert line.startswith(f"datasets.own{problem}")


@pytest.mark.parametrize("text", ["", "3", "[]", "text"])
def test_a_file_that_holds_no_sections_is_one_mistake(text: str, tmp_path: Path) -> None:
    assert lines(text, tmp_path) == ["Input should be a section: keys and their values"]


@pytest.mark.parametrize("content", [b"a: b: c", b"a: [", b"\xff", b"\x00", b"{[1]: 2}", b"a: 2020-13-45", b"[" * 1000])
def test_what_is_no_yaml_is_told_by_the_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(InputError, match=r"params\.yaml is not YAML: "):
        load(tmp_path / "params.yaml")


def test_a_missing_file_is_told_with_where_to_run(tmp_path: Path) -> None:
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
def test_any_value_in_any_place_is_accepted_or_told_and_nothing_else(
    key: Key, value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(having((key, value))), encoding="utf-8")
    try:
        load(path)
    except InputError as error:
        assert str(key[0]) in error.what or "experiment" in error.what  # noqa: PT017


@pytest.mark.parametrize("shares", [[50, 10], [10, 10]])
def test_shares_of_a_learning_curve_go_from_small_to_large(shares: list[int], tmp_path: Path) -> None:
    (line,) = lines(having((("learn", "shares"), shares)), tmp_path)
    assert line.startswith(f"learn.shares: write the shares from small to large: {sorted(set(shares))}")

"""Values of params.yaml: which ones a key may have, and which go together."""

from pathlib import Path
from typing import Any

import pytest

from lemma.exercises import EXERCISES
from lemma.params import Folds, Params, RandomSplit, SplitColumn
from tests.unit.params.changed import VALUES, Key, dotted, having, lines

OWN = {"path": "a.csv", "text": "t", "label": "l", "split": {"dev": 0.1, "test": 0.2}}


@pytest.mark.parametrize("value", [True, "3", 3.5, None, 0, -1])
@pytest.mark.parametrize("key", [("train", "epochs"), ("models", "cnn", "kernel_sizes", 0)], ids=dotted)
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
    assert line == (
        "experiment.runs: 'rt-polarity' has 10 folds, one for each run: write [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
    )
    assert Params.model_validate(having(folded, (("experiment", "runs"), [*range(9, -1, -1)])))


@pytest.mark.parametrize(
    ("key", "most"),
    [
        (("models", "mlp", "embedding_dim"), 10**6),
        (("models", "mlp", "hidden_sizes", 0), 10**6),
        (("models", "mlp", "buckets"), 2**31 - 1),
        (("models", "cnn", "filters"), 10**6),
        (("models", "rnn", "hidden_size"), 10**6),
        (("vectors", "embedding_dim"), 10**6),
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
    learnt, texts = (("vectors", "source"), "learnt"), (("vectors", "corpora"), ["imdb", "ss2"])
    (line,) = lines(having(learnt, texts), tmp_path)
    assert line.startswith("vectors.corpora: Unknown dataset 'ss2'. Did you mean 'sst2'?")


def test_reasons_may_stand_for_data_sets_that_somebody_has_taken_out() -> None:
    assert Params.model_validate(having((("datasets",), {"sst2": VALUES["datasets"]["sst2"]})))


def test_texts_that_nothing_is_learnt_from_may_have_any_name() -> None:
    assert Params.model_validate(having((("vectors", "corpora"), ["other"])))


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
    [
        ({"folds": 3}, Folds),
        ({"folds": 127, "dev": 0.2}, Folds),
        (OWN["split"], RandomSplit),
        ({"column": "c"}, SplitColumn),
    ],
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


@pytest.mark.parametrize("fractions", [[0.5, 0.1], [0.1, 0.1]])
def test_fractions_of_a_learning_curve_ascend(fractions: list[float], tmp_path: Path) -> None:
    (line,) = lines(having((("learning_curve", "train_fractions"), fractions)), tmp_path)
    expected = f"write the fractions from small to large, each once: {sorted(set(fractions))}"
    assert line.startswith(f"learning_curve.train_fractions: {expected}")


@pytest.mark.parametrize("fraction", [0, 1, 1.0, 25, -0.1, 0.125, float("nan"), "0.1"])
def test_a_fraction_of_a_learning_curve_is_between_0_and_1_with_two_decimals(fraction: Any, tmp_path: Path) -> None:
    (line,) = lines(having((("learning_curve", "train_fractions"), [fraction])), tmp_path)
    assert line.startswith("learning_curve.train_fractions")

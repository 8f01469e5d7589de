"""Values of params.yaml: the valid ones of each key, and which ones exclude each other."""

from pathlib import Path
from typing import Any

import pytest

from lemma.exercises import EXERCISES
from lemma.params import Folds, Params, RandomSplit, SplitColumn
from tests.unit.params.changed import VALUES, Key, dotted, having, lines

OWN = {"path": "a.csv", "text": "t", "label": "l", "split": {"dev": 0.1, "test": 0.2}}


@pytest.mark.parametrize("value", [True, "3", 3.5, None, 0, -1])
@pytest.mark.parametrize("key", [("train", "epochs"), ("models", "cnn", "kernel_sizes", 0)], ids=dotted)
def test_a_count_is_a_positive_integer_and_of_no_other_type(key: Key, value: Any, tmp_path: Path) -> None:
    (line,) = lines(having((key, value)), tmp_path)
    assert line.startswith(f"{dotted(key)}: ")
    assert line.endswith(f"(got {value!r})")


@pytest.mark.parametrize("value", [True, "0.5", float("nan"), float("inf"), -0.1, 1])
def test_a_dropout_probability_is_at_least_0_and_below_1(value: Any, tmp_path: Path) -> None:
    (line,) = lines(having((("models", "cnn", "dropout"), value)), tmp_path)
    assert line.startswith("models.cnn.dropout: ")


@pytest.mark.parametrize("name", ["a b", "a;rm -rf ~", "$(id)", "../x", "a/b", "", "-x", "a\n", "é", "a" * 65, "a.b"])
def test_a_name_that_is_unsafe_in_a_shell_or_a_path_is_refused(name: str, tmp_path: Path) -> None:
    (line,) = lines(having((("datasets", name), OWN)), tmp_path)
    assert line.startswith(f"datasets.{name if name.isprintable() else repr(name)}.[key]: string should")
    assert any(
        "experiment.datasets.0: " in line for line in lines(having((("experiment", "datasets"), [name])), tmp_path)
    )


@pytest.mark.parametrize("key", ["datasets", "models", "runs"])
def test_duplicate_entries_and_empty_lists_are_refused(key: str, tmp_path: Path) -> None:
    duplicates = [VALUES["experiment"][key][0]] * 2
    assert lines(having((("experiment", key), duplicates)), tmp_path)[0].startswith(f"experiment.{key}: the same entry")
    assert lines(having((("experiment", key), [])), tmp_path)[0].startswith(f"experiment.{key}: list should have")


def test_folds_require_one_run_each(tmp_path: Path) -> None:
    with_folds = (("experiment", "datasets"), ["sst2", "rt-polarity"])
    (line,) = lines(having(with_folds, (("experiment", "runs"), [0, 1])), tmp_path)
    assert line == (
        "experiment.runs: 'rt-polarity' has 10 folds, one for each run: write [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
    )
    assert Params.model_validate(having(with_folds, (("experiment", "runs"), [*range(9, -1, -1)])))


@pytest.mark.parametrize(
    ("key", "maximum"),
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
def test_a_size_above_the_maximum_is_refused(key: Key, maximum: int, tmp_path: Path) -> None:
    assert Params.model_validate(having((key, maximum)))
    (line,) = lines(having((key, maximum + 1)), tmp_path)
    assert line.startswith(f"{dotted(key)}: input should be less than")


@pytest.mark.parametrize("exercises", [[10], [0], [1, 1], []], ids=str)
def test_exercises_are_distinct_ones_of_the_course(exercises: list[int], tmp_path: Path) -> None:
    assert Params.model_validate(having((("exercises",), list(EXERCISES))))
    (line,) = lines(having((("exercises",), exercises)), tmp_path)
    assert line.startswith("exercises")


def test_unknown_corpora_of_word_vectors_are_refused(tmp_path: Path) -> None:
    source, corpora = (("vectors", "source"), "learnt"), (("vectors", "corpora"), ["imdb", "ss2"])
    (line,) = lines(having(source, corpora), tmp_path)
    assert line.startswith("vectors.corpora: Unknown dataset 'ss2'. Did you mean 'sst2'?")


def test_reasons_may_name_data_sets_that_were_removed() -> None:
    assert Params.model_validate(having((("datasets",), {"sst2": VALUES["datasets"]["sst2"]})))


def test_corpora_are_not_checked_where_no_word_vectors_are_trained() -> None:
    assert Params.model_validate(having((("vectors", "corpora"), ["other"])))


@pytest.mark.parametrize("name", ["benchmark", "exercises", "fingerprints", "solutions"])
def test_a_data_set_with_the_name_of_a_folder_of_results_is_refused(name: str, tmp_path: Path) -> None:
    (line,) = lines(having((("datasets", name), OWN)), tmp_path)
    assert line.startswith(f"datasets.{name}: ")


@pytest.mark.parametrize("source", ["learned", "learn", "Learnt", "lernt"])
def test_a_misspelt_learnt_is_not_taken_for_a_file(source: str, tmp_path: Path) -> None:
    (line,) = lines(having((("vectors", "source"), source)), tmp_path)
    assert line.startswith("vectors.source: did you mean learnt?")
    for file in (f"./{source}", f"{source}.vec", "vectors"):
        assert Params.model_validate(having((("vectors", "source"), file)))


def test_word_vectors_and_sub_words_exclude_each_other(tmp_path: Path) -> None:
    subwords = (("tokenize", "subwords"), {"kind": "bpe", "size": 8000})
    assert Params.model_validate(having(subwords))
    for source in ("learnt", "own.vec"):
        assert Params.model_validate(having((("vectors", "source"), source)))
        (line,) = lines(having(subwords, (("vectors", "source"), source)), tmp_path)
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
def test_the_keys_of_a_split_decide_its_kind(split: Any, kind: type) -> None:
    assert isinstance(
        Params.model_validate(having((("datasets", "own"), OWN | {"split": split}))).datasets["own"].split, kind
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"split": {"folds": 2}}, ".split.folds: input should be greater than or equal to 3 (got 2)"),
        ({"split": {"folds": 128}}, ".split.folds: input should be less than or equal to 127 (got 128)"),
        ({"split": {"dev": 0.1}}, ": a table has no published test split; write dev and test, or column"),
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
def test_the_values_of_an_own_data_set_are_checked(change: dict[str, Any], problem: str, tmp_path: Path) -> None:
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

"""Stage `audit`: its counts agree with a comparison of all pairs of texts."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.corpus import documents
from lemma.data.audit import near_duplicates, shingles
from tests.unit.data.audit.corpora import Row, expected, run_audit, variants

SENTENCE = "one two three four five six seven eight nine ten eleven twelve"  # ten trigrams
COUNTS = ("splits", "exact", "normalised", "near", "conflicting_labels")

words: st.SearchStrategy[str] = st.sampled_from(["a", "b", "B", "c", "É", "é", "…", "x\u2003y"])
gaps = st.sampled_from([" ", " ", "  ", "\t", " \x85 "])


@st.composite
def corpora(draw: st.DrawFn) -> list[Row]:
    """Draw texts, some of them copies of earlier ones, equal or with a word changed, in all splits."""
    texts: list[str] = []
    for _ in range(draw(st.integers(1, 14))):
        copied: bool = draw(st.booleans())
        if texts and copied:
            pieces = draw(st.sampled_from(texts)).split(" ")
            place = draw(st.integers(0, len(pieces)))
            pieces[place : place + draw(st.integers(0, 1))] = draw(st.lists(words, max_size=1))
        else:
            pieces = draw(st.lists(words, max_size=9))
        texts.append(draw(gaps).join(pieces) if draw(st.booleans()) else " ".join(pieces))
    split = st.sampled_from([(0, 0), (1, 0), (2, 0), (0, 1), (0, 2), (2, 2), (0, 3)])
    rows = [Row(text, -1 if of == 3 else label, of) for text in texts for label, of in [draw(split)]]
    return sorted(rows, key=lambda row: row.label < 0)


@pytest.mark.parametrize("folds", [0, 3], ids=["fixed", "folds"])
@settings(derandomize=True, max_examples=150)
@given(rows=corpora(), similarity=st.sampled_from([0.5, 0.8, 1.0]))
def test_all_counts_agree_with_comparing_all_pairs_of_texts(folds: int, rows: list[Row], similarity: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        result = run_audit(Path(folder), rows, folds, similarity)
    assert {key: result[key] for key in COUNTS} == expected(rows, folds, similarity)


def test_near_duplicates_are_counted_completely(tmp_path: Path) -> None:
    rows = variants(150)
    result, wanted = run_audit(tmp_path, rows), expected(rows)
    assert {key: result[key] for key in COUNTS} == wanted
    assert wanted["near"]["within"]["train"] > wanted["normalised"]["within"]["train"] > 0


def test_the_size_of_blocks_and_portions_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = run_audit(tmp_path, variants(120))
    monkeypatch.setattr(documents, "ROWS", 7)
    monkeypatch.setattr(near_duplicates, "PAIRS", 5)
    monkeypatch.setattr(near_duplicates, "SHINGLES", 60)
    assert run_audit(tmp_path, variants(120)) == once


def test_with_too_many_candidates_there_are_no_false_positives_and_the_method_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every two share ten of their trigrams, and are candidates of each other; few are nearly alike.
    rows = [Row(f"{SENTENCE} u{n // 2} v{n // 2} w{n}", 0, n % 3) for n in range(60)]
    whole = run_audit(tmp_path, rows)
    assert {key: whole[key] for key in COUNTS} == expected(rows)
    assert "only some of these" not in whole["method"]
    limits: list[dict[str, int]] = [{"WINDOW": 3}, {"FREE_COMPARISONS": 100, "PATIENCE": 4, "PAIRS": 10}]
    for values in limits:
        with monkeypatch.context() as patch:
            for name, value in values.items():
                patch.setattr(near_duplicates, name, value)
            result = run_audit(tmp_path, rows)
        assert "were compared with only some of these" in result["method"]
        assert all(count <= whole["near"]["within"][name] for name, count in result["near"]["within"].items())
        assert [result[kind] for kind in ("exact", "normalised")] == [whole[kind] for kind in ("exact", "normalised")]


def test_a_group_of_near_duplicates_larger_than_the_window_is_counted_completely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near_duplicates, "WINDOW", 4)
    rows = [Row(f"{SENTENCE} thirteen fourteen fifteen u{n}", 0, 0 if n < 150 else 2) for n in range(200)]
    assert run_audit(tmp_path, rows)["near"] == expected(rows)["near"]


def test_equal_texts_are_never_compared_with_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def watched(*given: Any) -> Any:
        compared.append(given)
        return shingles.compute_jaccard(*given)

    monkeypatch.setattr(near_duplicates, "compute_jaccard", watched)
    result = run_audit(tmp_path, [Row(f"{SENTENCE}{' ' * (n % 5)}", 0, n % 3) for n in range(3000)])
    assert (compared, result["near"]["within"]) == ([], {"train": 999, "dev": 999, "test": 999})
    run_audit(tmp_path, [Row(f"{SENTENCE} x{n}") for n in range(20)])
    assert compared


def test_k_equal_texts_count_k_minus_1_within_a_split_and_all_across_splits(tmp_path: Path) -> None:
    rows = [Row("the film", 0, 0)] * 3 + [Row("the film", 0, 2)] * 2 + [Row("The  film", 0, 2), Row("a play", 1, 1)]
    result = run_audit(tmp_path, rows)
    assert result["exact"]["within"] == {"train": 2, "dev": 0, "test": 1}
    assert result["normalised"]["within"] == {"train": 2, "dev": 0, "test": 2}
    assert [result[kind]["across"]["test in train"] for kind in ("exact", "normalised", "near")] == [2, 3, 3]


def test_a_text_in_both_train_and_dev_is_counted_once_in_their_union(tmp_path: Path) -> None:
    across = run_audit(tmp_path, [Row("x", 0, 0), Row("x", 0, 1), Row("x", 0, 2), Row("y", 0, 1), Row("y", 0, 2)])
    wanted = {"dev in train": 1, "test in train": 1, "test in dev": 2, "test in train or dev": 2}
    assert across["exact"]["across"] == wanted


def test_conflicting_labels_are_counted_in_texts_within_and_in_documents_across_splits(tmp_path: Path) -> None:
    train = [Row("good", 0, 0), Row("Good", 1, 0), Row("good", 2, 0), Row("bad", 1, 0)]
    rows = [*train, Row("good", 0, 2), Row(" good", 0, 2), Row("BAD", 1, 2), Row("bad", 0, 1)]
    assert run_audit(tmp_path, rows)["conflicting_labels"] == {
        "within train": 1,
        "within dev": 0,
        "within test": 0,
        "dev in train": 1,
        "test in train": 2,
        "test in dev": 1,
        "test in train or dev": 3,
    }


def test_an_empty_text_duplicates_empty_texts_only(tmp_path: Path) -> None:
    result = run_audit(tmp_path, [Row(""), Row(" \t"), Row("", 0, 2), Row("a", 0, 2), Row("…", 0, 1)])
    assert result["near"]["within"] == {"train": 1, "dev": 0, "test": 0}
    assert result["near"]["across"]["test in train"] == 1


def test_examples_are_few_and_the_most_serious_come_first(tmp_path: Path) -> None:
    rows = [Row(f"{word} {SENTENCE}", 0, split) for split in (0, 2) for word in ("p", "q", "r")]  # equal, across
    rows += [Row(f"k {SENTENCE} m n o l", 0, 0), Row(f"K {SENTENCE} m n o l", 1, 2)]  # equal, across, other label
    rows += [Row(f"t {SENTENCE[::-1]}", 0, 0), Row(f"t {SENTENCE[::-1]} u", 0, 1)]  # near, across
    examples = run_audit(tmp_path, rows)["examples"]
    assert len(examples) == 5
    assert [examples[0][side]["label"] for side in ("first", "second")] == ["a", "b"]
    first, last = {"label": "a", "split": "train"}, {"label": "b", "split": "test"}
    assert examples[0]["first"] == first | {"text": rows[6].text}
    assert (examples[0]["second"], examples[0]["kind"]) == (last | {"text": rows[7].text}, "normalised")
    assert all(pair["first"]["text"] != pair["second"]["text"] for pair in examples if pair["kind"] == "near")
    assert "near" in [pair["kind"] for pair in examples]
    apart = [pair["first"]["split"] != pair["second"]["split"] for pair in examples]
    assert apart == sorted(apart, reverse=True)
    assert len(set(apart)) == 2


def test_examples_are_truncated_and_those_with_unlabelled_texts_come_last(tmp_path: Path) -> None:
    long = "word " * 60
    rows = [Row(long), Row("other", 1, 2), Row("other", 1, 2), Row(long, -1, 3)]
    again, pair = run_audit(tmp_path, rows)["examples"]
    assert (again["first"], again["second"]) == ({"text": "other", "label": "b", "split": "test"},) * 2
    assert pair["first"] == {"text": long[:199] + "…", "label": "a", "split": "train"}
    assert pair["second"] == {"text": long[:199] + "…", "label": None, "split": "unlabelled"}


def test_without_duplicates_there_are_no_examples(tmp_path: Path) -> None:
    result = run_audit(tmp_path, [Row("one", 0, 0), Row("two", 1, 1), Row("three", 2, 2)])
    assert result["examples"] == []
    assert set(result["near"]["across"].values()) == {0}


def test_the_method_states_the_similarity_and_the_probability_of_a_miss(tmp_path: Path) -> None:
    result = run_audit(tmp_path, [Row("one"), Row("two", 1)], similarity=0.8)
    rows, bands = near_duplicates.choose_bands(0.8)
    assert f"computed exactly for every pair that agrees in one of {bands} bands of {rows}" in result["method"]
    assert f"{(1 - 0.8**rows) ** bands:.1g}" in result["method"]
    assert (result["dataset"], result["similarity"]) == ("own", 0.8)

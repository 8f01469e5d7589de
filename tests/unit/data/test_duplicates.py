"""Stage `prepare` with `duplicates: drop`, compared with a comparison of all pairs of documents."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lemma import files
from lemma.data.audit.audit import audit
from lemma.errors import InputError
from tests.unit.data.conftest import SHARES, Make
from tests.unit.data.own_files import COLUMN, FOLDS, reviews, table

TEXTS = ["So good", "so  GOOD", "bad", "BAD ", "fine", "new", "old", "x"]
documents = st.lists(
    st.tuples(st.sampled_from(TEXTS), st.sampled_from("ab"), st.sampled_from(["train", "dev", "test"])),
    min_size=4,
    max_size=25,
)


def kept_by_hand(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return what `duplicates: drop` keeps, found by comparing every two documents."""

    def same(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
        return one[0].lower().split() == other[0].lower().split()

    after = {"train": ("dev", "test"), "dev": ("test",), "test": ()}
    apart = [row for row in rows if not any(same(row, other) and other[2] in after[row[2]] for other in rows)]
    clear = [
        row
        for row in apart
        if row[2] != "train" or not any(same(row, o) and o[2] == "train" and o[1] != row[1] for o in apart)
    ]
    return [
        row
        for number, row in enumerate(clear)
        if row[2] == "test" or not any(same(row, other) and other[2] == row[2] for other in clear[:number])
    ]


@settings(derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=documents)
def test_dropping_duplicates_agrees_with_comparing_all_pairs_of_documents(
    make: Make, rows: list[tuple[str, str, str]]
) -> None:
    rows += [(f"only {split} {label}", label, split) for split in ("train", "dev", "test") for label in "ab"]
    project = make("a.jsonl", table(rows), COLUMN, duplicates="drop")
    record = project.prepare()
    splits = ("train", "dev", "test")
    kept = [(row["text"], record["classes"][row["label"]], splits[row["split"]]) for row in project.documents()]
    assert kept == kept_by_hand(rows)
    assert sum(row["documents"] for row in record["left_out"]) == len(rows) - len(kept)
    assert [row for row in kept if row[2] == "test"] == [row for row in rows if row[2] == "test"]


def test_under_folds_the_first_copy_is_kept_and_conflicting_labels_are_dropped(make: Make) -> None:
    rows = [*reviews(9, 9), ("twice", "a"), ("Twice ", "a"), ("both", "a"), ("both", "b")]
    project = make("a.jsonl", table(rows), FOLDS, duplicates="drop")
    record = project.prepare()
    assert [row["text"] for row in project.documents()] == [text for text, _ in rows[:19]]
    assert record["left_out"] == [
        {"reason": "conflicting labels", "documents": 2, "first": "a.jsonl, row 21"},
        {"reason": "exact duplicate", "documents": 1, "first": "a.jsonl, row 20"},
    ]


@settings(derandomize=True, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=documents, split=st.sampled_from([FOLDS, SHARES]))
def test_with_random_splits_the_first_copy_of_a_text_without_conflicting_labels_is_kept(
    make: Make, rows: list[tuple[str, str, str]], split: dict[str, Any]
) -> None:
    rows += [(f"only {n} {label}", label, "train") for label in "ab" for n in range(9)]
    project = make("a.jsonl", table(rows), split, duplicates="drop")
    record = project.prepare()
    kept = [(row["text"], record["classes"][row["label"]], "train") for row in project.documents()]
    assert kept == kept_by_hand([(text, label, "train") for text, label, _ in rows])


@settings(derandomize=True, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=documents)
def test_after_dropping_the_audit_counts_duplicates_within_test_only(
    make: Make, rows: list[tuple[str, str, str]]
) -> None:
    rows += [(f"only {split} {label}", label, split) for split in ("train", "dev", "test") for label in "ab"]
    project = make("a.jsonl", table(rows), COLUMN, duplicates="drop")
    project.prepare()
    audit(project.layout, "own", project.params)
    kept = files.read_json(project.layout.audit("own"))["normalised"]
    assert (kept["within"]["train"], kept["within"]["dev"], {*kept["across"].values()}) == (0, 0, {0})


@pytest.mark.parametrize(("split", "problem"), [(FOLDS, "0 documents, fewer than"), (SHARES, "no train document")])
def test_dropping_all_documents_is_an_error(make: Make, split: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        make("a.jsonl", table([("x", "a"), ("x", "b")] * 9), split, duplicates="drop").prepare()

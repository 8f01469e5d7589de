"""Stage `prepare` on a user's own file: documents, splits, and incomplete documents."""

import csv
import io
from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemma import files
from lemma.data.preparation import prepare as stage
from lemma.data.preparation.prepare import prepare
from lemma.errors import InputError
from lemma.params import Dataset, RandomSplit
from tests.unit.data.conftest import Make, Project
from tests.unit.data.own_files import COLUMN, FOLDS, reviews, table, uses
from tests.unit.data.published import treebank


@pytest.mark.parametrize("split", [{"dev": 0.2, "test": 0.2}, FOLDS])
def test_documents_keep_the_order_of_the_file(make: Make, split: dict[str, Any]) -> None:
    rows = reviews(20, 30)
    project = make("a.jsonl", table(rows), split)
    classes = project.prepare()["classes"]
    assert [(row["text"], classes[row["label"]]) for row in project.documents()] == rows


def test_classes_are_sorted_by_name(make: Make) -> None:
    rows = [("x", label) for label in "cab" * 9]
    assert make("a.jsonl", table(rows)).prepare()["classes"] == ["a", "b", "c"]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_a_users_file_of_any_kind_gives_the_same_documents(make: Make, ending: str) -> None:
    rows = reviews(10, 10)
    mark = "," if ending == "csv" else "\t"
    lines = "".join(f"{text}{mark}{label}\n" for text, label in [("text", "label"), *rows])
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": [t for t, _ in rows], "label": [c for _, c in rows]}), sink)
    content = {"jsonl": table(rows), "parquet": sink.getvalue()}.get(ending, lines)
    project = make(f"a.{ending}", content)
    card = project.prepare()
    assert [(row["text"], card["classes"][row["label"]]) for row in project.documents()] == rows
    assert (card["dataset"], card["demonstration"], card["documents"]) == ("own", False, 20)


def counted(project: Project) -> dict[int, Counter[int]]:
    """Return the documents of each split or fold, by class."""
    counts: dict[int, Counter[int]] = {}
    for row in project.documents():
        counts.setdefault(row["split"], Counter())[row["label"]] += 1
    return counts


def test_fractions_and_folds_are_stratified(make: Make) -> None:
    shared = make("a.jsonl", table(reviews(50, 100)), {"dev": 0.1, "test": 0.2})
    shared.prepare()
    assert counted(shared) == {0: {0: 35, 1: 70}, 1: {0: 5, 1: 10}, 2: {0: 10, 1: 20}}
    folded = make("a.jsonl", table(reviews(40, 80)), FOLDS)
    folded.prepare()
    assert counted(folded) == {fold: {0: 10, 1: 20} for fold in range(4)}


def test_a_column_gives_the_splits(make: Make) -> None:
    rows = uses(test="ab", train="aab", dev="ba")
    project = make("a.jsonl", table(rows), COLUMN)
    card = project.prepare()
    names = ("train", "dev", "test")
    assert [(row["text"], card["classes"][row["label"]], names[row["split"]]) for row in project.documents()] == rows


@pytest.mark.parametrize(
    ("split", "note"),
    [
        (COLUMN, "the splits named in the file"),
        ({"dev": 0.2, "test": 0.2}, "random splits"),
        (FOLDS, "cross-validation"),
    ],
)
def test_the_record_describes_how_the_splits_were_made(make: Make, split: dict[str, Any], note: str) -> None:
    rows = uses(test="ab" * 9, train="aab" * 9, dev="ba" * 9)
    assert note in make("a.jsonl", table(rows), split).prepare()["split_note"]


def test_published_splits_are_not_claimed_for_random_ones(make: Make) -> None:
    project = make("a.jsonl", "")
    project.layout.source("sst2").parent.mkdir(parents=True)
    project.layout.source("sst2").write_bytes(treebank(dict.fromkeys(("train", "dev", "test"), "(3 a)\n(1 b)\n" * 20)))
    for split, note in ((RandomSplit(dev=0.1, test=0.3), "random splits"), ("official", "published")):
        datasets = {"sst2": Dataset.model_validate({"split": split})}
        prepare(project.layout, "sst2", project.params.model_copy(update={"datasets": datasets}))
        record = files.read_json(project.layout.prepared("sst2"))
        assert note in record["split_note"]
        splits = pq.read_table(project.layout.documents("sst2")).column("split").to_pylist()
        assert splits.count(2) == (36 if note == "random splits" else 40)


@pytest.mark.parametrize("split", [{"dev": 0.2, "test": 0.2}, FOLDS])
def test_equal_files_give_equal_bytes_in_any_block_size(
    make: Make, split: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make("a.jsonl", table(reviews(20, 20)), split)
    results = []
    for size in (10_000, 10_000, 7):
        monkeypatch.setattr(stage, "BATCH", size)
        project.prepare()
        read = [project.layout.documents("own").read_bytes() if size > 7 else project.documents()]
        results.append((*read, project.layout.prepared("own").read_bytes()))
    assert results[0] == results[1]
    assert results[0][1] == results[2][1]
    assert pq.read_table(io.BytesIO(results[0][0])).to_pylist() == results[2][0]


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_incomplete_rows_are_refused_with_their_locations_or_dropped_and_counted(make: Make, ending: str) -> None:
    good = [(text, label) for text, label in reviews(20, 20)]
    rows = [*good[:7], ("", "a"), *good[7:30], ("no label", " "), ("  \u3000", "b"), *good[30:], ("none", "")]
    content = {
        "jsonl": table(rows),
        "parquet": _parquet(rows),
    }.get(ending, _quoted(rows, "," if ending == "csv" else "\t"))
    with pytest.raises(
        InputError, match=r"2 with no label: .*row 32, .*row 44; 2 with no text: .*row 8, .*row 33"
    ) as no:
        make(f"a.{ending}", content).prepare()
    assert "incomplete: drop" in no.value.fix
    project = make(f"a.{ending}", content, incomplete="drop")
    record = project.prepare()
    assert (record["read"], record["documents"]) == (44, 40)
    assert record["left_out"] == [
        {"reason": "no label", "documents": 2, "first": f"a.{ending}, row 32"},
        {"reason": "no text", "documents": 2, "first": f"a.{ending}, row 8"},
    ]
    assert [(row["text"], record["classes"][row["label"]]) for row in project.documents()] == good


def test_no_more_than_five_incomplete_rows_are_listed(make: Make) -> None:
    with pytest.raises(InputError, match=r"9 with no text: .*row 1, .*row 5 \.\.\.\.") as caught:
        make("a.jsonl", table([("", "a")] * 9 + reviews(9, 9))).prepare()
    assert "row 6" not in caught.value.what


def _quoted(rows: list[tuple[str, str]], mark: str) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=mark, quoting=csv.QUOTE_ALL).writerows([("text", "label"), *rows])
    return stream.getvalue()


def _parquet(rows: list[tuple[str, str]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": [t for t, _ in rows], "label": [c or None for _, c in rows]}), sink)
    return sink.getvalue()


def test_white_space_around_labels_is_ignored(make: Make) -> None:
    rows = [(text, f" {label}\t" if number % 2 else label) for number, (text, label) in enumerate(reviews(9, 9))]
    assert make("a.jsonl", table(rows)).prepare()["classes"] == ["a", "b"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([(f"{n}", f"class {n}") for n in range(1001)], "row 1001: 'class 1000' is class number 1001"),
        ([("text", "a" * 201)], "is a class of 201 characters"),
    ],
)
def test_a_column_with_too_many_or_too_long_classes_is_an_error(
    make: Make, rows: list[tuple[str, str]], problem: str
) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        make("a.jsonl", table(rows)).prepare()
    assert "another column" in caught.value.fix


@pytest.mark.parametrize("name", ["Validation", " val ", "DEV", "valid", "development"])
def test_splits_may_have_their_common_synonyms(make: Make, name: str) -> None:
    rows = [(t, c, {"train": "Training", "dev": name}.get(p, p)) for t, c, p in uses(train="ab", dev="ab", test="ab")]
    project = make("a.jsonl", table(rows), COLUMN)
    project.prepare()
    assert [row["split"] for row in project.documents()] == [0, 0, 1, 1, 2, 2]


def test_dev_is_drawn_from_train_if_the_column_has_none(make: Make) -> None:
    project = make("a.jsonl", table(uses(train="ab" * 50, test="ab" * 9)), COLUMN | {"dev": 0.2})
    project.prepare()
    assert counted(project) == {0: {0: 40, 1: 40}, 1: {0: 10, 1: 10}, 2: {0: 9, 1: 9}}


def test_a_class_that_is_missing_in_a_split_is_reported(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    make("a.jsonl", table(uses(train="abc", dev="abc", test="ab")), COLUMN).prepare()
    assert capsys.readouterr().err == "own: no document of class 'c' in test\n"


def test_of_many_missing_classes_only_some_are_listed(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    make("a.jsonl", table(uses(train="abcdefgh", dev="abcdefgh", test="a")), COLUMN).prepare()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6
    assert lines[-1] == "own: 2 more classes are missing in dev or test"


def test_under_cross_validation_a_class_that_is_missing_in_dev_is_reported_once(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    make("a.jsonl", table(reviews(40, 4)), FOLDS | {"dev": 0.1}).prepare()
    assert capsys.readouterr().err == "own: no document of class 'b' in dev in run 0\n"

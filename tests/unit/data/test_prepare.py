"""Stage `prepare` on a file of the user's own: documents, parts, what is left out, and what is refused."""

import csv
import io
import json
import signal
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lemma import files
from lemma.data import prepare as stage
from lemma.data.audit.audit import audit
from lemma.data.catalog import CATALOG
from lemma.data.download import download
from lemma.data.prepare import prepare
from lemma.data.readers import UNLABELLED
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Dataset, Params, Shares
from tests.unit.data.conftest import SHARES, VALUES, Make, Project
from tests.unit.data.published import treebank

ROOT = Path(__file__).parents[3]
FOLDS = {"folds": 4, "dev": 0.25}
COLUMN = {"column": "use"}


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Return a jsonl file of (text, label) or (text, label, use)."""
    return "".join(json.dumps(dict(zip(("text", "label", "use"), row))) + "\n" for row in rows)


def reviews(*sizes: int) -> list[tuple[str, str]]:
    """Return that many texts of each class, mixed: a class is one letter."""
    found = [
        (f"Number {i} of the kind {label} is long enough to print", label)
        for label, n in zip("abcdefgh", sizes)
        for i in range(n)
    ]
    return sorted(found, key=lambda row: row[0])


def uses(**parts: str) -> list[tuple[str, str, str]]:
    """Return a text for each letter of each part: the letter is its class."""
    return [(f"{part} {i}", label, part) for part, labels in parts.items() for i, label in enumerate(labels)]


@pytest.mark.parametrize("split", [{"dev": 0.2, "test": 0.2}, FOLDS])
def test_texts_and_labels_stay_in_the_files_order(make: Make, split: dict[str, Any]) -> None:
    rows = reviews(20, 30)
    project = make("a.jsonl", table(rows), split)
    classes = project.prepare()["classes"]
    assert [(row["text"], classes[row["label"]]) for row in project.documents()] == rows


def test_classes_are_in_the_order_of_their_names(make: Make) -> None:
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
    """Return the documents of each part or fold, by class."""
    found: dict[int, Counter[int]] = {}
    for row in project.documents():
        found.setdefault(row["part"], Counter())[row["label"]] += 1
    return found


def test_shares_and_folds_are_kept_by_class(make: Make) -> None:
    shared = make("a.jsonl", table(reviews(50, 100)), {"dev": 0.1, "test": 0.2})
    shared.prepare()
    assert counted(shared) == {0: {0: 35, 1: 70}, 1: {0: 5, 1: 10}, 2: {0: 10, 1: 20}}
    folded = make("a.jsonl", table(reviews(40, 80)), FOLDS)
    folded.prepare()
    assert counted(folded) == {fold: {0: 10, 1: 20} for fold in range(4)}


def test_a_column_fixes_the_parts(make: Make) -> None:
    rows = uses(test="ab", train="aab", dev="ba")
    project = make("a.jsonl", table(rows), COLUMN)
    card = project.prepare()
    parts = ("train", "dev", "test")
    assert [(row["text"], card["classes"][row["label"]], parts[row["part"]]) for row in project.documents()] == rows


@pytest.mark.parametrize(
    ("split", "note"),
    [(COLUMN, "as the file says"), ({"dev": 0.2, "test": 0.2}, "at random"), (FOLDS, "cross-validation")],
)
def test_it_says_how_the_set_was_divided(make: Make, split: dict[str, Any], note: str) -> None:
    rows = uses(test="ab" * 9, train="aab" * 9, dev="ba" * 9)
    assert note in make("a.jsonl", table(rows), split).prepare()["split_note"]


def test_a_published_division_is_not_claimed_where_another_was_asked_for(make: Make) -> None:
    project = make("a.jsonl", "")
    project.layout.source("sst2").parent.mkdir(parents=True)
    project.layout.source("sst2").write_bytes(treebank(dict.fromkeys(("train", "dev", "test"), "(3 a)\n(1 b)\n" * 20)))
    for split, note in ((Shares(dev=0.1, test=0.3), "at random"), ("official", "published")):
        held = {"sst2": Dataset.model_validate({"split": split})}
        prepare(project.layout, "sst2", project.params.model_copy(update={"datasets": held}))
        said = files.read_json(project.layout.prepared("sst2"))
        assert note in said["split_note"]
        parts = pq.read_table(project.layout.documents("sst2")).column("part").to_pylist()
        assert parts.count(2) == (36 if note == "at random" else 40)


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
def test_rows_without_text_or_label_are_refused_with_their_places_or_left_out_and_counted(
    make: Make, ending: str
) -> None:
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
    said = project.prepare()
    assert (said["read"], said["documents"]) == (44, 40)
    assert said["left_out"] == [
        {"reason": "no label", "documents": 2, "first": f"a.{ending}, row 32"},
        {"reason": "no text", "documents": 2, "first": f"a.{ending}, row 8"},
    ]
    assert [(row["text"], said["classes"][row["label"]]) for row in project.documents()] == good


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


def test_labels_that_differ_by_space_around_them_are_one_class(make: Make) -> None:
    rows = [(text, f" {label}\t" if number % 2 else label) for number, (text, label) in enumerate(reviews(9, 9))]
    assert make("a.jsonl", table(rows)).prepare()["classes"] == ["a", "b"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([(f"{n}", f"class {n}") for n in range(1001)], "row 1001: 'class 1000' is class number 1001"),
        ([("text", "a" * 201)], "is a class of 201 characters"),
    ],
)
def test_a_column_that_cannot_be_of_classes_is_suspected(make: Make, rows: list[tuple[str, str]], problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        make("a.jsonl", table(rows)).prepare()
    assert "another column" in caught.value.fix


@pytest.mark.parametrize("said", ["Validation", " val ", "DEV", "valid", "development"])
def test_parts_may_be_called_by_their_other_names(make: Make, said: str) -> None:
    rows = [(t, c, {"train": "Training", "dev": said}.get(p, p)) for t, c, p in uses(train="ab", dev="ab", test="ab")]
    project = make("a.jsonl", table(rows), COLUMN)
    project.prepare()
    assert [row["part"] for row in project.documents()] == [0, 0, 1, 1, 2, 2]


def test_dev_is_cut_from_train_where_the_column_has_none(make: Make) -> None:
    project = make("a.jsonl", table(uses(train="ab" * 50, test="ab" * 9)), COLUMN | {"dev": 0.2})
    project.prepare()
    assert counted(project) == {0: {0: 40, 1: 40}, 1: {0: 10, 1: 10}, 2: {0: 9, 1: 9}}


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


@settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=documents)
def test_dropping_duplicates_keeps_what_comparing_every_two_documents_keeps(
    make: Make, rows: list[tuple[str, str, str]]
) -> None:
    rows += [(f"only {part} {label}", label, part) for part in ("train", "dev", "test") for label in "ab"]
    project = make("a.jsonl", table(rows), COLUMN, duplicates="drop")
    said = project.prepare()
    parts = ("train", "dev", "test")
    found = [(row["text"], said["classes"][row["label"]], parts[row["part"]]) for row in project.documents()]
    assert found == kept_by_hand(rows)
    assert sum(row["documents"] for row in said["left_out"]) == len(rows) - len(found)
    assert [row for row in found if row[2] == "test"] == [row for row in rows if row[2] == "test"]


def test_under_folds_the_first_copy_stays_and_texts_with_two_labels_go(make: Make) -> None:
    rows = [*reviews(9, 9), ("twice", "a"), ("Twice ", "a"), ("both", "a"), ("both", "b")]
    project = make("a.jsonl", table(rows), FOLDS, duplicates="drop")
    said = project.prepare()
    assert [row["text"] for row in project.documents()] == [text for text, _ in rows[:19]]
    assert said["left_out"] == [
        {"reason": "carries two labels", "documents": 2, "first": "a.jsonl, row 21"},
        {"reason": "stands there already", "documents": 1, "first": "a.jsonl, row 20"},
    ]


@settings(derandomize=True, deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=documents, split=st.sampled_from([FOLDS, SHARES]))
def test_where_parts_are_drawn_the_first_copy_of_a_text_with_one_label_is_kept(
    make: Make, rows: list[tuple[str, str, str]], split: dict[str, Any]
) -> None:
    rows += [(f"only {n} {label}", label, "train") for label in "ab" for n in range(9)]
    project = make("a.jsonl", table(rows), split, duplicates="drop")
    said = project.prepare()
    found = [(row["text"], said["classes"][row["label"]], "train") for row in project.documents()]
    assert found == kept_by_hand([(text, label, "train") for text, label, _ in rows])


@settings(derandomize=True, deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=documents)
def test_after_dropping_the_audit_finds_no_copy_but_those_within_test(
    make: Make, rows: list[tuple[str, str, str]]
) -> None:
    rows += [(f"only {part} {label}", label, part) for part in ("train", "dev", "test") for label in "ab"]
    project = make("a.jsonl", table(rows), COLUMN, duplicates="drop")
    project.prepare()
    audit(project.layout, "own", project.params)
    found = files.read_json(project.layout.audit("own"))["normalised"]
    assert (found["within"]["train"], found["within"]["dev"], {*found["across"].values()}) == (0, 0, {0})


@pytest.mark.parametrize(("split", "problem"), [(FOLDS, "0 documents, fewer than"), (SHARES, "no train document")])
def test_a_set_of_which_nothing_is_left_is_refused(make: Make, split: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        make("a.jsonl", table([("x", "a"), ("x", "b")] * 9), split, duplicates="drop").prepare()


def test_what_a_killed_run_left_half_written_is_swept(make: Make) -> None:
    project = make("a.jsonl", table(reviews(9, 9)))
    remains = project.layout.documents("own").with_name(".documents.parquet.0123.part")
    remains.parent.mkdir(parents=True)
    remains.write_bytes(b"PAR1")
    project.prepare()
    assert not remains.exists()


KILLED = """
import os, signal
from lemma.data.intake import Intake
from lemma.data.download import download
from lemma.data.prepare import prepare
from lemma.data.readers import UNLABELLED
from lemma.layout import Layout
from lemma.params import load
Intake.classes = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # when all texts are in the spool
prepare(Layout(), "sample", load(Layout().params))
"""


def test_a_run_killed_with_all_texts_spooled_leaves_nothing_on_disk(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    (tmp_path / "params.yaml").symlink_to(ROOT / "params.yaml")
    download(layout, "sample", Params.model_validate(VALUES))
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path)
    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in layout.documents("sample").parent.iterdir()] == ["source.zip"]


def test_nothing_is_replaced_where_the_unlabelled_texts_cannot_be_read(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(_: Path) -> Iterator[str]:
        yield "a text"
        raise InputError("the second text is damaged")

    make("a.jsonl", table(reviews(10, 10))).prepare()
    before = {path: path.read_bytes() for path in (tmp_path / "data/own").iterdir() if path.name != "source.zip"}
    monkeypatch.setitem(UNLABELLED, "own", broken)
    with pytest.raises(InputError, match="second text"):
        make("a.jsonl", table(reviews(11, 11))).prepare()
    assert {p: p.read_bytes() for p in (tmp_path / "data/own").iterdir() if p.name != "source.zip"} == before


def test_unlabelled_texts_are_kept_in_their_order_without_empty_ones(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make("a.jsonl", table(reviews(10, 10)))
    monkeypatch.setattr(stage, "BATCH", 3)
    monkeypatch.setitem(UNLABELLED, "own", lambda _: iter(["b", " ", "a\n", "", "c", "d"]))
    assert project.prepare()["unlabelled"] == 4
    assert pq.read_table(project.layout.unlabelled("own")).to_pylist() == [{"text": t} for t in ("b", "a\n", "c", "d")]


@pytest.mark.parametrize("length", [1000, 200_000])
def test_memory_holds_some_blocks_of_texts_and_never_all_of_them(
    make: Make, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr(stage, "BATCH", 64)
    monkeypatch.setattr(stage, "CHARACTERS", 1_000_000)
    number = 30_000_000 // length
    project = make("a.jsonl", "\n".join(f'{{"text": "{n} {"x" * length}", "label": "{n % 2}"}}' for n in range(number)))
    download(project.layout, "own", project.params)
    tracemalloc.start()
    arrow = pa.total_allocated_bytes()
    prepare(project.layout, "own", project.params)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000 + 40 * number
    assert pa.total_allocated_bytes() - arrow < 1_000_000


def test_nothing_of_a_spool_is_left_whatever_happens(make: Make) -> None:
    project = make("a.jsonl", table(reviews(9, 9)))
    project.prepare()
    names = {"source.zip", "documents.parquet", "unlabelled.parquet", "prepared.json"}
    assert {path.name for path in project.layout.documents("own").parent.iterdir()} == names


REFUSED: dict[str, tuple[list[tuple[str, ...]], dict[str, Any], str]] = {
    "no document": ([], {"dev": 0.2, "test": 0.2}, "'own' is empty"),
    "one class": ([*reviews(9)], {"dev": 0.2, "test": 0.2}, "one class only: 'a'"),
    "a class too small to learn": ([*reviews(9, 1)], {"dev": 0.4, "test": 0.4}, "class 'b' has no train document"),
    "a class not in train": ([*uses(train="aa", dev="ab", test="ab")], COLUMN, "class 'b' has no train document"),
    "no train": ([*uses(dev="ab", test="ab")], COLUMN, "has no train document"),
    "no dev": ([*uses(train="ab", test="ab")], COLUMN, "has no dev document"),
    "no test": ([*uses(train="ab", dev="ab")], COLUMN, "has no test document"),
    "shares too small": ([*reviews(3, 3)], {"dev": 0.01, "test": 0.4}, "has no dev document"),
    "more folds than documents": ([*reviews(9, 3)], FOLDS, "a class has 3 documents, fewer than the 4 folds"),
    "folds without dev": ([*reviews(4, 4)], FOLDS | {"dev": 0.01}, "has no dev document in run 0"),
    "an unknown part": ([*uses(train="ab", **{"held out": "ab"})], COLUMN, "row 3: part 'held out' is none of train"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_set_that_cannot_be_learnt_from_is_refused_before_anything_is_written(make: Make, case: str) -> None:
    rows, split, problem = REFUSED[case]
    project = make("a.jsonl", table(rows), split)
    with pytest.raises(InputError, match=problem) as caught:
        project.prepare()
    assert caught.value.fix
    assert [path.name for path in project.layout.documents("own").parent.iterdir()] == ["source.zip"]


def test_a_set_without_official_split_does_not_pretend_to_one(make: Make) -> None:
    project = make("a.jsonl", "")
    held = {"sample": project.params.datasets["sample"].model_copy(update={"split": "official"})}
    with pytest.raises(InputError, match=r"datasets\.sample\.split: sample has no official split"):
        prepare(project.layout, "sample", project.params.model_copy(update={"datasets": held}))


def test_an_unknown_set_is_refused_with_the_names_there_are(make: Make) -> None:
    project = make("a.jsonl", "")
    with pytest.raises(InputError, match=r"Unknown dataset 'owm'\. Did you mean 'own'") as caught:
        prepare(project.layout, "owm", project.params)
    assert caught.value.fix == f"Choose one of: {', '.join([*CATALOG, 'own'])}."


def test_documents_and_card_of_an_earlier_run_survive_a_failure(make: Make, tmp_path: Path) -> None:
    project = make("a.jsonl", table(reviews(10, 10)))
    project.prepare()
    before = {path: path.read_bytes() for path in (tmp_path / "data/own").iterdir() if path.name != "source.zip"}
    broken = make("a.jsonl", table(reviews(10, 10)) + "{")
    with pytest.raises(InputError, match="line 21"):
        broken.prepare()
    assert {path: path.read_bytes() for path in before} == before

"""Stage `prepare` on a file of the user's own: documents, card, and what is refused."""

import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemma import files
from lemma.data import prepare as stage
from lemma.data.card import EXAMPLES
from lemma.data.prepare import prepare
from lemma.errors import InputError
from lemma.params import Dataset, Shares
from tests.unit.data.conftest import Make
from tests.unit.data.test_readers import treebank

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


@pytest.mark.parametrize("split", [{"dev": 0.2, "test": 0.3}, FOLDS])
def test_the_cards_counts_are_those_of_the_documents(make: Make, split: dict[str, Any]) -> None:
    project = make("a.jsonl", table(reviews(20, 31, 40)), split)
    card, rows = project.prepare(), project.documents()
    folds = card["protocol"].get("folds")
    names = [f"fold {fold}" for fold in range(folds)] if folds else ["train", "dev", "test"]
    counted = Counter((names[row["part"]], card["classes"][row["label"]]) for row in rows)
    assert {(part, name): n for part, of in card["counts"].items() for name, n in of.items()} == counted
    assert card["documents"] == len(rows) == 91


def test_shares_and_folds_are_kept_by_class(make: Make) -> None:
    shared = make("a.jsonl", table(reviews(50, 100)), {"dev": 0.1, "test": 0.2}).prepare()["counts"]
    assert shared == {"train": {"a": 35, "b": 70}, "dev": {"a": 5, "b": 10}, "test": {"a": 10, "b": 20}}
    folded = make("a.jsonl", table(reviews(40, 80)), FOLDS).prepare()["counts"]
    assert folded == {f"fold {fold}": {"a": 10, "b": 20} for fold in range(4)}


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
def test_the_card_says_how_the_set_was_divided(make: Make, split: dict[str, Any], note: str) -> None:
    rows = uses(test="ab" * 9, train="aab" * 9, dev="ba" * 9)
    assert note in make("a.jsonl", table(rows), split).prepare()["split_note"]


def test_a_published_division_is_not_claimed_where_another_was_asked_for(make: Make) -> None:
    project = make("a.jsonl", "")
    project.layout.source("sst2").parent.mkdir(parents=True)
    project.layout.source("sst2").write_bytes(treebank(dict.fromkeys(("train", "dev", "test"), "(3 a)\n(1 b)\n" * 20)))
    for split, note in ((Shares(dev=0.1, test=0.3), "at random"), ("official", "published")):
        held = {"sst2": Dataset.model_validate({"split": split})}
        prepare(project.layout, "sst2", project.params.model_copy(update={"datasets": held}))
        card = files.read_json(project.layout.card("sst2"))
        assert note in card["split_note"]
        assert card["counts"]["test"]["positive"] == (18 if note == "at random" else 20)


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
        results.append((*read, project.layout.card("own").read_bytes()))
    assert results[0] == results[1]
    assert results[0][1] == results[2][1]
    assert pq.read_table(io.BytesIO(results[0][0])).to_pylist() == results[2][0]


def test_duplicates_are_counted_within_and_across_parts_whatever_their_case_and_spaces(make: Make) -> None:
    train = [("So good", "a", "train"), ("so  GOOD", "a", "train"), ("so good ", "b", "train"), ("bad", "b", "train")]
    rest = [("BAD", "a", "dev"), ("bad", "b", "dev"), ("new", "a", "test"), ("So good", "b", "test")]
    found = make("a.jsonl", table([*train, *rest]), COLUMN).prepare()["duplicates"]
    assert found["within"] == {"train": 2, "dev": 1, "test": 0}
    assert found["across"] == {"dev in train": 2, "test in train": 1, "test in dev": 0}


def test_the_cards_words_are_those_between_spaces(make: Make) -> None:
    rows = [("one", "a", "train"), ("one two three", "b", "train"), ("one, two", "a", "dev"), ("x y z w", "a", "test")]
    words = make("a.jsonl", table(rows), COLUMN).prepare()["words"]
    assert words == {"mean": 2.5, "std": pytest.approx(1.25**0.5, abs=1e-4), "min": 1, "median": 2.5, "max": 4}


@pytest.mark.parametrize("sizes", [(20, 20), (20, 20, 20), (20,) * 8])
def test_examples_come_from_train_of_different_classes_and_are_few(make: Make, sizes: tuple[int, ...]) -> None:
    project = make("a.jsonl", table(reviews(*sizes)))
    card = project.prepare()
    assert 0 < len(card["examples"]) <= EXAMPLES
    assert all(example["part"] == "train" for example in card["examples"])
    assert len({example["label"] for example in card["examples"]}) == min(len(sizes), EXAMPLES)
    train = {row["text"] for row in project.documents() if row["part"] == 0}
    assert {example["text"] for example in card["examples"]} <= train


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
    "an unknown part": ([*uses(train="ab", validation="ab")], COLUMN, "row 3: part 'validation' is none of train"),
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
    assert caught.value.fix == "Choose one of: sample, sst2, rt-polarity, own."


def test_documents_and_card_of_an_earlier_run_survive_a_failure(make: Make, tmp_path: Path) -> None:
    project = make("a.jsonl", table(reviews(10, 10)))
    project.prepare()
    before = {path: path.read_bytes() for path in (tmp_path / "data/own").iterdir() if path.name != "source.zip"}
    broken = make("a.jsonl", table(reviews(10, 10)) + "{")
    with pytest.raises(InputError, match="line 21"):
        broken.prepare()
    assert {path: path.read_bytes() for path in before} == before

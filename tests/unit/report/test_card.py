"""The data card: its numbers are the documents' own, its sentences the audit's, and it is one page whatever comes."""

from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from pypdf import PdfReader

from lemma.data.corpus import open_corpus
from lemma.data.words import read_tokenizer, words
from lemma.files import read_json, write_json
from lemma.report import card as stage
from lemma.report.leaks import NEVER, leaks
from lemma.report.typeset import compile as typeset

ROOT = Path(__file__).parents[3]
NASTY = '#panic("x") $x$ *b* _i_ <b>&amp;</b> @ref \\u{0} \x07 \u202eabc\u202c שלום 👩‍👩‍👧 ' + "w" * 300


def held(project: Any) -> dict[str, Any]:
    found: dict[str, Any] = read_json(project.layout.card(project.dataset))
    return found


@pytest.mark.parametrize("folds", [0, 5])
def test_counts_lengths_and_vocabulary_are_those_of_the_words_of_every_document(
    tmp_path: Path, build: Any, folds: int
) -> None:
    project = build(tmp_path, classes=3, folds=folds, models=("majority",), runs=folds or 1)
    card, how = held(project), read_tokenizer(project.layout.tokenizer(project.dataset)).splitting
    rows = pq.read_table(project.layout.documents(project.dataset)).to_pylist()
    parts = open_corpus(project.layout.tokens(project.dataset)).parts(0)
    split = [words(row["text"], how) for row in rows]
    train = {word for text, part in zip(split, parts) for word in text if part == 0}
    assert card["vocabulary"] == len(train)
    for number, part in enumerate(card["parts"]):
        mine = [text for text, of in zip(split, parts) if of == number]
        tokens = [word for text in mine for word in text]
        lengths = [len(text) for text in mine]
        assert (part["documents"], part["tokens"], part["types"]) == (len(mine), len(tokens), len(set(tokens)))
        assert part["words"]["mean"] == pytest.approx(np.mean(lengths), abs=1e-4)
        assert (part["words"]["median"], part["words"]["max"]) == (np.median(lengths), max(lengths))
        assert part["unseen_tokens"] == pytest.approx(np.mean([word not in train for word in tokens]), abs=1e-6)
        assert part["unseen_types"] == pytest.approx(np.mean([word not in train for word in set(tokens)]), abs=1e-6)
        width = card["bin"]
        assert part["histogram"] == [sum(min(n // width, 23) == k for n in lengths) for k in range(24)]
        by_class = Counter(row["label"] for row, of in zip(rows, parts) if of == number)
        assert part["classes"] == [by_class[label] for label in range(3)]
    assert sum(sum(of.values()) for of in card["counts"].values()) == len(rows)
    assert len(card["counts"]) == (folds or 3)


def test_examples_and_steps_are_texts_of_the_training_part(project: Any) -> None:
    card = held(project)
    rows = pq.read_table(project.layout.documents(project.dataset)).to_pylist()
    train = {row["text"] for row in rows if row["part"] == 0}
    assert card["examples"]
    assert {example["text"] for example in card["examples"]} <= train
    own = len(read_json(project.layout.prepared(project.dataset))["steps"])
    for step in card["steps"][own:]:
        assert any(text.startswith(step["before"].removesuffix(" …")) for text in train)
    assert [step["step"] for step in card["steps"][own:]] == ["lower case", "cut into words"]


def counts(**found: int) -> dict[str, Any]:
    """Return a card whose audit found this: test_in_train=2, within_train=1, dev_in_train=0, all of them equal."""
    places = {
        "within": {part: found.get(f"within_{part}", 0) for part in ("train", "dev", "test")},
        "across": {
            "dev in train": found.get("dev_in_train", 0),
            "test in train": found.get("test_in_train", 0),
            "test in dev": 0,
            "test in train or dev": found.get("test_in_train", 0),
        },
    }
    near = deepcopy(places)
    near["within"]["train"] += found.get("near_train", 0)
    return {
        "audit": {
            "parts": {"train": 800, "dev": 100, "test": 1000},
            "normalised": places,
            "near": near,
            "other_label": {"test in train": found.get("other", 0)},
        },
        "overlap": {"rt-polarity": {"test": found["shared"]}} if "shared" in found else {},
        "duplicates": {"handling": "keep"},
    }


def test_nothing_found_is_said_to_be_nothing() -> None:
    assert leaks(counts()) == ["No two documents are equal or nearly equal."]
    assert "9 nearly equal ones in train" in leaks(counts(near_train=9))[0]


def test_each_finding_is_a_sentence_with_its_number_and_the_gravest_comes_first() -> None:
    audited = {"test_in_train": 123, "within_train": 9, "within_test": 2, "near_train": 4, "dev_in_train": 1}
    found = leaks(counts(**audited, other=1, shared=780))
    assert found == [
        "123 documents of test, 12.3 %, also stand in train or dev.",
        "1 document of dev also stands in train.",
        "Equal texts with another label: 1 test in train.",
        "Documents that repeat an earlier one of their part: 9 (13 with nearly equal ones) in train and 2 in test.",
        f"780 of 1,000 documents of test also stand in rt-polarity: {NEVER}.",
        "All are kept, as published results keep them.",
    ]


def test_what_was_dropped_is_not_said_to_be_kept() -> None:
    card = counts(within_test=2) | {"duplicates": {"handling": "drop"}}
    assert leaks(card)[-1] == "Copies were left out of train and dev before these counts; test is as published."


@pytest.mark.parametrize("classes", [2, 6, 50])
def test_the_page_is_one_page_and_prints_any_text_as_text(tmp_path: Path, project: Any, classes: int) -> None:
    card = held(project)
    names = [f"class {n} {'long ' * 3}" for n in range(classes)]
    card |= {"classes": names, "title": NASTY, "citation": NASTY, "findings": [NASTY, "a finding", NASTY]}
    card["parts"] = [part | {"classes": [part["documents"]] * classes} for part in card["parts"]]
    card["examples"] = [{"label": names[0], "text": NASTY, "part": "train"}] * 4
    card["steps"] = [{"step": "step", "before": NASTY, "after": NASTY}] * 7
    side = {"part": "train", "label": NASTY, "text": NASTY}
    card["audit"]["examples"] = [{"kind": "near", "similarity": 0.9, "first": side, "second": side}] * 5
    out = tmp_path / "card.pdf"
    drawing = project.layout.figure(project.dataset, "lengths")
    typeset(ROOT / "reports" / "card.typ", stage.page(card), {"lengths": drawing}, out)
    pages = PdfReader(out).pages
    text = "".join(pages[0].extract_text().split())
    assert len(pages) == 1
    for wanted in ('#panic("x")$x$*b*_i_<b>&amp;</b>@ref', "afinding", "\\u0007"):
        assert wanted in text


def test_the_terminal_gets_counts_unseen_words_and_findings(project: Any) -> None:
    said = stage.summary(held(project))
    for wanted in ("made-up: Short reviews", "train ", "different words in train", *held(project)["findings"]):
        assert wanted in said


def test_an_equal_project_gives_an_equal_card(project: Any) -> None:
    before = [path(project.dataset).read_bytes() for path in (project.layout.card, project.layout.card_pdf)]
    write_json(project.layout.card(project.dataset), {})
    stage.card(project.layout, project.dataset, project.params, ROOT / "reports")
    assert [path(project.dataset).read_bytes() for path in (project.layout.card, project.layout.card_pdf)] == before

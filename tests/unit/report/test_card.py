"""The data card: its numbers agree with the documents, its texts are from train, and it has one page."""

import json
import shutil
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typst
import yaml
from pypdf import PdfReader

from lemma.corpus.tokenizer import read_tokenizer, tokenize_text
from lemma.corpus.tokens import open_corpus
from lemma.data.index import index
from lemma.data.sources.catalog import CATALOG
from lemma.data.tokenize import tokenize
from lemma.errors import InputError
from lemma.files import read_json
from lemma.layout import Layout
from lemma.report import typeset
from lemma.report.card import card, summarize_card
from lemma.report.card_page import format_card
from lemma.report.datasheet import read_datasheet
from tests.unit.report.made_up import Project
from tests.unit.report.made_up import build as build_project

TEMPLATES = Path(__file__).parents[3] / "reports"
MARKUP = '#panic("x") $x$ *b* _i_ `c` <b>&amp;</b> @ref = ~ \\u{0}'
NASTY = f"{MARKUP} \x07\x00 \u202eabc\u202c שלום مرحبا 中 👩\u200d👧 {'w' * 300}"


@pytest.fixture(scope="module")
def carded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a card, of two classes. Tests do not change it."""
    return build_project(tmp_path_factory.mktemp("carded"), models=("majority",), runs=1)


@pytest.fixture
def project(carded: Project, tmp_path: Path) -> Project:
    """A copy of `carded`, to be changed."""
    shutil.copytree(carded.layout.root, tmp_path / "project")
    return replace(carded, layout=Layout(tmp_path / "project"))


def read_card(project: Any) -> dict[str, Any]:
    content: dict[str, Any] = read_json(project.layout.card(project.dataset))
    return content


def rows(project: Any) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = pq.read_table(project.layout.documents(project.dataset)).to_pylist()
    return documents


@pytest.mark.parametrize("folds", [0, 5])
def test_counts_lengths_and_vocabulary_agree_with_the_tokens_of_the_documents(
    tmp_path: Path, build: Any, folds: int
) -> None:
    project = build(tmp_path, classes=3, folds=folds, models=("majority",), runs=folds or 1)
    content, how = read_card(project), read_tokenizer(project.layout.tokenizer(project.dataset)).config
    parts = open_corpus(project.layout.tokens(project.dataset)).splits(0)
    split = [tokenize_text(row["text"], how) for row in rows(project)]
    train = {word for text, part in zip(split, parts) for word in text if part == 0}
    assert content["vocabulary"] == len(train)
    assert content["types"] == len({word for text in split for word in text})
    for number, part in enumerate(content["parts"]):
        mine = [text for text, of in zip(split, parts) if of == number]
        tokens, lengths = [word for text in mine for word in text], [len(text) for text in mine]
        assert (part["documents"], part["tokens"], part["types"]) == (len(mine), len(tokens), len(set(tokens)))
        assert part["words"]["mean"] == pytest.approx(np.mean(lengths), abs=1e-4)
        assert (part["words"]["median"], part["words"]["max"]) == (np.median(lengths), max(lengths))
        assert part["unseen_tokens"] == pytest.approx(np.mean([word not in train for word in tokens]), abs=1e-6)
        assert part["unseen_types"] == pytest.approx(np.mean([word not in train for word in set(tokens)]), abs=1e-6)
        width, bins = content["bin"], len(part["histogram"])
        assert part["histogram"] == [sum(min(n // width, bins - 1) == k for n in lengths) for k in range(bins)]
        by_class = Counter(row["label"] for row, of in zip(rows(project), parts) if of == number)
        assert part["classes"] == [by_class[label] for label in range(3)]
    assert sum(sum(of.values()) for of in content["counts"].values()) == content["documents"] == len(split)
    assert len(content["counts"]) == (folds or 3)


def test_examples_are_from_the_training_set(project: Any) -> None:
    table = pq.read_table(project.layout.documents(project.dataset))
    poison = [
        row["text"] if row["split"] == 0 else f"NEVERSHOWN {place} https://nevershown.org @nevershown"
        for place, row in enumerate(table.to_pylist())
    ]
    pq.write_table(
        table.set_column(0, table.schema.field("text"), pa.array(poison)), project.layout.documents("made-up")
    )
    card(project.layout, project.dataset, project.params, TEMPLATES)
    content = read_card(project)
    assert "nevershown" not in str([content["examples"], content["steps"]]).lower()
    train = {row["text"] for row in rows(project) if row["split"] == 0}
    assert {example["text"] for example in content["examples"]} <= train
    printed = "".join(part.extract_text() for part in PdfReader(project.layout.card_pdf(project.dataset)).pages)
    assert "nevershown" not in printed.lower()


def test_the_card_contains_the_results_of_prepare_and_audit(project: Any) -> None:
    content, dataset = read_card(project), project.dataset
    prepared, audit = read_json(project.layout.prepared(dataset)), read_json(project.layout.audit(dataset))
    assert content["audit"] == audit
    assert content["duplicates"]["handling"] == prepared["duplicates"]
    assert content["duplicates"]["within"] == audit["normalised"]["within"]
    assert content["steps"][: len(prepared["steps"])] == prepared["steps"]
    assert {key: content[key] for key in prepared if key not in ("duplicates", "steps")} == {
        key: value for key, value in prepared.items() if key not in ("duplicates", "steps")
    }


def test_a_catalogued_data_set_has_a_data_statement_and_a_users_own_has_none() -> None:
    path = TEMPLATES.parent / "resources" / "datasheets.yaml"
    known = read_datasheet(path, "sst2")
    assert known["language"] == "English"
    assert "Amazon Mechanical Turk" in known["annotation"]
    assert read_datasheet(path, None) == dict.fromkeys(known, "not stated")


def test_every_catalogued_data_set_has_a_data_statement() -> None:
    fields = set(yaml.safe_load((TEMPLATES.parent / "resources" / "datasheets.yaml").read_text())["fields"])
    for dataset in CATALOG:
        statement = read_datasheet(TEMPLATES.parent / "resources" / "datasheets.yaml", dataset)
        assert len(statement) == len(fields)
        assert statement["annotation"] != "not stated"


def test_a_users_own_data_of_a_catalogued_name_has_no_data_statement(project: Any) -> None:
    assert set(read_card(project)["datasheet"].values()) == {"not stated"}


def test_the_longest_duplicates_are_examples_and_dev_and_test_documents_are_not(project: Any) -> None:
    def pair(first: str, second: str, text: str, kind: str = "exact") -> dict[str, Any]:
        sides = [{"split": split, "label": "a", "text": text} for split in (first, second)]
        return {"kind": kind, "similarity": 0.9, "first": sides[0], "second": sides[1]}

    content = read_card(project)
    content["audit"]["examples"] = [
        pair("train", "train", "ab"),
        pair("test", "test", "a secret of the test set"),
        pair("train", "test", "a near secret of the test set", "near"),
        pair("test", "train", "abcd"),
        pair("train", "train", "abcdef", "near"),
    ]
    pairs = format_card(content)["pairs"]
    assert [(row["text"], row["kind"], row["where"]) for row in pairs] == [
        ("abcdef", "near (90.0 %)", "twice in train"),
        ("abcd", "exact", "train and test"),
        ("ab", "exact", "twice in train"),
    ]


def large(content: dict[str, Any], classes: int) -> dict[str, Any]:
    """Return a card with this number of classes, and with long texts of special characters."""
    names = [f"class {number} {'long ' * 3}" for number in range(classes)]
    side = {"split": "train", "label": NASTY, "text": NASTY}
    return deepcopy(content) | {
        **dict.fromkeys(("title", "citation", "licence", "source", "split_note", "metric", "encoding"), NASTY),
        "classes": names,
        "parts": [part | {"classes": [part["documents"]] * classes} for part in content["parts"]],
        "datasheet": dict.fromkeys(content["datasheet"], NASTY),
        "left_out": [{"reason": NASTY, "documents": 5, "first": NASTY}] * 6,
        "findings": ["This finding about duplicates is longer than any that the audit gives. " * 3] * 7,
        "unlabelled": 10**6,
        "examples": [{"label": NASTY, "text": NASTY, "part": "train"}] * 6,
        "steps": [{"step": NASTY, "before": NASTY, "after": NASTY}] * 9,
        "audit": content["audit"]
        | {"examples": [{"kind": "near", "similarity": 0.9, "first": side, "second": side}] * 5, "method": NASTY * 2},
    }


def printed(project: Any, content: dict[str, Any], out: Path) -> list[str]:
    """Return the text of each page, without white space."""
    drawing = project.layout.figure(project.dataset, "lengths")
    typeset.compile(TEMPLATES / "card.typ", format_card(content), {"lengths": drawing}, out)
    return ["".join(one.extract_text().replace("\u200b", "").split()) for one in PdfReader(out).pages]


@pytest.mark.parametrize("classes", [2, 8, 9, 50, 400])
def test_the_card_has_one_page_and_texts_are_not_read_as_markup(tmp_path: Path, project: Any, classes: int) -> None:
    texts = printed(project, large(read_card(project), classes), tmp_path / "card.pdf")
    assert len(texts) == 1
    for wanted in (MARKUP.replace(" ", ""), r"\u0007\u0000\u202eabc\u202c", r"\u4e2d", r"\U0001f469"):
        assert wanted in texts[0]
    assert ("353smallerclasses" in texts[0]) == (classes == 400)


def test_the_card_of_ten_folds_has_one_page_and_names_its_run(tmp_path: Path, build: Any) -> None:
    project = build(tmp_path, folds=10, models=("majority",), runs=10)
    texts = printed(project, read_card(project), tmp_path / "card.pdf")
    assert len(texts) == 1
    assert "10foldsof40documents;numbersareofrun0" in texts[0]


def test_the_card_is_accessible_to_screen_readers(project: Any) -> None:
    """PDF/UA-1 requires alternative text of the figure, and a title."""
    drawing = project.layout.figure(project.dataset, "lengths")
    inputs = {
        "data": typeset.escape_missing_glyphs(json.dumps(format_card(read_card(project)), ensure_ascii=False)),
        "assets": json.dumps({"lengths": str(drawing)}),
    }
    template = TEMPLATES / "card.typ"
    typst.compile(template, root=Path("/"), sys_inputs=inputs, ignore_system_fonts=True, pdf_standards="ua-1")


def test_equal_projects_have_equal_cards(tmp_path: Path, build: Any, project: Any) -> None:
    other = build(tmp_path / "other", models=("majority",), runs=1)
    for path in ("card", "card_pdf"):
        assert (
            getattr(project.layout, path)("made-up").read_bytes() == getattr(other.layout, path)("made-up").read_bytes()
        )


def test_a_missing_file_is_named_and_nothing_is_written(project: Any) -> None:
    for path in (project.layout.card("made-up"), project.layout.card_pdf("made-up")):
        path.unlink()
    project.layout.overlap(project.dataset).unlink()
    with pytest.raises(InputError, match=r"overlap\.json does not exist"):
        card(project.layout, project.dataset, project.params, TEMPLATES)
    assert not project.layout.card("made-up").exists()
    assert not project.layout.card_pdf("made-up").exists()


@pytest.mark.parametrize("path", ["prepared", "audit", "overlap"])
def test_a_file_of_another_version_is_an_error_without_traceback(project: Any, path: str) -> None:
    project.edit(getattr(project.layout, path)(project.dataset), lambda value: value.clear())
    with pytest.raises(InputError, match="lack"):
        card(project.layout, project.dataset, project.params, TEMPLATES)


def test_documents_that_do_not_match_the_tokens_are_refused(project: Any) -> None:
    table = pq.read_table(project.layout.documents(project.dataset))
    pq.write_table(table.slice(1), project.layout.documents(project.dataset))
    with pytest.raises(InputError, match=r"holds 399 documents, tokens\.arrow 400"):
        card(project.layout, project.dataset, project.params, TEMPLATES)


def test_an_empty_split_is_an_error_without_traceback(project: Any) -> None:
    table = pq.read_table(project.layout.documents(project.dataset))
    parts = pa.array([min(part, 1) for part in table.column("split").to_pylist()], pa.int8())
    pq.write_table(table.set_column(2, table.schema.field("split"), parts), project.layout.documents(project.dataset))
    tokenize(project.layout, project.dataset, 0, project.params)
    index(project.layout, project.dataset, project.params)
    with pytest.raises(InputError, match=r"tokens\.arrow is damaged: run 0 has no test documents"):
        card(project.layout, project.dataset, project.params, TEMPLATES)


def test_the_summary_has_counts_tokens_not_in_train_findings_and_files(project: Any) -> None:
    content = read_card(project)
    text = summarize_card(content)
    for wanted in (
        "made-up: Short reviews",
        "2 classes: class a, class b",
        *content["findings"],
        "reports/made-up/card.pdf",
    ):
        assert wanted in text
    test = content["parts"][2]
    assert f"{test['documents']}" in text
    assert f"{100 * test['unseen_tokens']:.1f} %" in text


def test_no_control_character_reaches_the_terminal(project: Any) -> None:
    content = large(read_card(project), 3)
    assert not set(summarize_card(content)) & {"\x07", "\x00", "\x1b", "\u202e"}

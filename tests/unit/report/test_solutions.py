"""Worked solutions: one JSON and one PDF of all verified exercises, the same bytes each time, texts as texts."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from lemma.errors import InputError
from lemma.exercises import claim, load, verify
from lemma.files import read_json, write_json
from lemma.report.solutions import _format_document, _format_mutant, rich, solutions

TEMPLATE = Path(__file__).parents[3] / "reports" / "exercises.typ"


@pytest.fixture(scope="module")
def verified() -> dict[int, list[dict[str, Any]]]:
    """Return the records of two exercises, with a few mutants of each claim for speed."""
    return {
        number: [
            {"heading": load(number).TITLE, "task": load(number).TASK, **verify.to_record(claim.verify_claim(each))}
            for each in (replace(one, mutants=one.mutants[:40:8]) for one in load(number).claims())
        ]
        for number in (4, 7)
    }


@pytest.fixture
def files(verified: dict[int, list[dict[str, Any]]], tmp_path: Path) -> list[Path]:
    for number, records in verified.items():
        write_json(tmp_path / f"{number}.json", records)
    return [tmp_path / f"{number}.json" for number in sorted(verified, reverse=True)]


def test_all_claims_are_merged_by_exercise_and_id(files: list[Path], tmp_path: Path) -> None:
    solutions(files, TEMPLATE, tmp_path / "claims.json", tmp_path / "exercises.pdf")
    merged = read_json(tmp_path / "claims.json")
    order = [(record["exercise"], record["id"]) for record in merged]
    assert order == sorted(order)
    assert len(order) == sum(len(read_json(path)) for path in files)
    for record in merged:
        assert {"id", "exercise", "statement", "verdict", "methods", "mutants"} <= set(record)
        assert record["mutants"]["tried"] == record["mutants"]["refuted"]


def test_the_same_claims_give_the_same_bytes(files: list[Path], tmp_path: Path) -> None:
    for run in "ab":
        solutions(files, TEMPLATE, tmp_path / run / "claims.json", tmp_path / run / "exercises.pdf")
    for name in ("claims.json", "exercises.pdf"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_pdf_shows_statements_verdicts_and_the_hand_computed_numbers(files: list[Path], tmp_path: Path) -> None:
    solutions(files, TEMPLATE, tmp_path / "claims.json", tmp_path / "exercises.pdf")
    text = " ".join(page.extract_text() for page in PdfReader(tmp_path / "exercises.pdf").pages)
    for record in (record for path in files for record in read_json(path)):
        assert record["id"] in text
        assert record["title"] in text
    for weight in ("1.2", "−2.2", "0.6", "−1.8", "0.8", "−0.8", "1.8", "1.4", "−2.6"):
        assert weight in text
    assert "proved" in text
    assert "refuted" in text


def test_the_pdf_can_be_read_aloud(verified: dict[int, list[dict[str, Any]]]) -> None:
    """PDF/UA-1 asks for a text behind every formula and figure."""
    data = _format_document([record for records in verified.values() for record in records])
    inputs = {"data": json.dumps(data), "assets": "{}"}
    typst.compile(TEMPLATE, sys_inputs=inputs, ignore_system_fonts=True, pdf_standards="ua-1")


def test_texts_are_never_interpreted_as_markup(verified: dict[int, list[dict[str, Any]]], tmp_path: Path) -> None:
    record = deepcopy(verified[7][0])
    record["title"] = record["heading"] = record["task"] = '#panic("!") *stars* = @nobody <label> \\ `code'
    record["steps"] = [{"text": "#emph[no] _score_", "formula": "x"}]
    record["methods"][0]["name"] = record["methods"][0]["detail"] = "#import *"
    write_json(tmp_path / "7.json", [record])
    solutions([tmp_path / "7.json"], TEMPLATE, tmp_path / "claims.json", tmp_path / "exercises.pdf")
    text = " ".join(page.extract_text() for page in PdfReader(tmp_path / "exercises.pdf").pages)
    for expected in ('#panic("!") *stars* = @nobody <label>', "#emph[no] _score_", "#import *"):
        assert expected in text


def test_text_between_dollar_signs_is_a_formula() -> None:
    assert rich("If $x_1$, then.") == [
        {"words": "If "},
        {"latex": "x_1", "typst": "x_(1)"},
        {"words": ", then."},
    ]
    assert rich("$x$") == [{"latex": "x", "typst": "x"}]
    assert rich("") == []


def test_a_counter_example_is_formatted_as_values_and_results() -> None:
    example = [["stated", "no"], ["n", "1"], [r"$\ln \frac{\theta}{1 - \theta}$", "2"], ["o_{3}", "1 (stated -1)"]]
    formatted = _format_mutant({"mutation": "", "formula": "x", "counter_example": example})
    assert formatted["found"] == [rich("stated: no")]
    assert formatted["at"] == [
        rich("$n = 1$"),
        rich(r"$\ln \frac{\theta}{1 - \theta} = 2$"),
        rich("$o_{3} = 1$, not $-1$"),
    ]


def refused(paths: list[Path], folder: Path) -> str:
    """Return the message, and check that nothing was written."""
    with pytest.raises(InputError) as error:
        solutions(paths, TEMPLATE, folder / "out" / "claims.json", folder / "out" / "exercises.pdf")
    assert not (folder / "out").exists()
    return str(error.value)


def test_a_claim_that_occurs_twice_is_refused(files: list[Path], tmp_path: Path) -> None:
    assert "4.after-step occurs twice" in refused([*files, files[-1]], tmp_path)


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refused([tmp_path / "4.json"], tmp_path)


@pytest.mark.parametrize("content", [{}, [{}], ["claim"], [{"id": "4.x"}]])
def test_a_file_without_claims_is_refused(content: Any, tmp_path: Path) -> None:
    write_json(tmp_path / "4.json", content)
    assert str(tmp_path / "4.json") in refused([tmp_path / "4.json"], tmp_path)


def test_a_formula_beyond_the_subset_is_refused(verified: dict[int, list[dict[str, Any]]], tmp_path: Path) -> None:
    record = {**verified[7][0], "statement": r"x = \undefined"}
    write_json(tmp_path / "7.json", [record])
    assert r"'\undefined'" in refused([tmp_path / "7.json"], tmp_path)

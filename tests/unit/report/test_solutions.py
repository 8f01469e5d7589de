"""Worked solutions: claims.json, the booklet and the evidence, the same bytes each time, texts as texts."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import typst
from pypdf import PdfReader

from lemma.errors import InputError
from lemma.exercises.verify import summarize, verify_exercise
from lemma.files import read_json, write_json
from lemma.report.booklet import format_booklet
from lemma.report.evidence import format_evidence
from lemma.report.rich_text import rich
from lemma.report.solutions import solutions

TEMPLATES = Path(__file__).parents[3] / "reports"
Records = list[dict[str, Any]]


@pytest.fixture(scope="module")
def verified() -> Records:
    """Return the records of exercise 7: 7.entries and 7.vector, of one part."""
    return verify_exercise(7)


@pytest.fixture
def records(verified: Records) -> Records:
    return deepcopy(verified)


def typeset(records: Records, folder: Path) -> Path:
    """Typeset records in a folder, and return the folder."""
    write_json(folder / "7.json", records)
    solutions(
        [folder / "7.json"], TEMPLATES, *(folder / name for name in ("claims.json", "booklet.pdf", "evidence.pdf"))
    )
    return folder


def read(pdf: Path) -> str:
    """Return the text of a PDF with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(pdf).pages).split())


def links(pdf: Path) -> set[str]:
    """Return the addresses that a PDF links to."""
    annotations = [note.get_object() for page in PdfReader(pdf).pages for note in page.get("/Annots", [])]
    return {note["/A"]["/URI"] for note in annotations if "/URI" in note.get("/A", {})}


def test_all_claims_are_merged_by_exercise_and_id(records: Records, tmp_path: Path) -> None:
    later = [record | {"id": record["id"].replace("7", "9"), "exercise": 9} for record in records]
    (tmp_path / "files").mkdir()
    for number, claims in ((9, later), (7, records[::-1])):
        write_json(tmp_path / "files" / f"{number}.json", claims)
    paths = [tmp_path / "files" / "9.json", tmp_path / "files" / "7.json"]
    solutions(paths, TEMPLATES, *(tmp_path / name for name in ("claims.json", "booklet.pdf", "evidence.pdf")))
    merged = read_json(tmp_path / "claims.json")
    assert [record["id"] for record in merged] == ["7.entries", "7.vector", "9.entries", "9.vector"]
    for record in merged:
        assert {"id", "exercise", "statement", "verdict", "methods", "mutants"} <= set(record)


def test_the_same_claims_give_the_same_bytes(records: Records, tmp_path: Path) -> None:
    for run in "ab":
        typeset(records, tmp_path / run)
    for name in ("claims.json", "booklet.pdf", "evidence.pdf"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_booklet_shows_question_answer_and_every_step(records: Records, tmp_path: Path) -> None:
    text = read(typeset(records, tmp_path) / "booklet.pdf")
    part = records[0]["part"]
    words = [part["question"].split("$")[0], part["answer"].split("$")[0]]
    words += [record["title"] for record in records]
    words += [piece for record in records for step in record["steps"] for piece in step["text"].split("$")[::2]]
    for piece in filter(None, map(str.strip, words)):
        assert " ".join(piece.split()) in text


def test_methods_and_mutants_are_in_the_evidence_only(records: Records, tmp_path: Path) -> None:
    folder = typeset(records, tmp_path)
    booklet, evidence = read(folder / "booklet.pdf"), read(folder / "evidence.pdf")
    for record in records:
        for method in record["methods"]:
            assert method["name"].replace("'", "’") in evidence.replace("'", "’")
            assert method["name"].replace("'", "’") not in booklet.replace("'", "’")
        counts = record["mutants"]
        assert (
            f"{counts['refuted']} mutants of {counts['tried']} refuted, {counts['equivalent']} equivalent" in evidence
        )
        assert f"{counts['ill_formed']} ill-formed" in evidence
    assert "the sign of the expression flipped" in evidence
    assert "mutant" not in booklet


def test_a_counter_example_shows_what_is_computed_what_is_stated_and_the_values(records: Records) -> None:
    (claim,) = format_evidence(records[:1])["exercises"][0]["claims"]
    assert claim["mutants"][0] == {
        "mutation": rich("the sign of the expression flipped"),
        "formula": rich(r"$-\left(o_{i} - t_{i}\right)$")[0],
        "equivalent": [],
        "ill_formed": [],
        "reason": [],
        "computed": rich("$4.5$"),
        "stated": rich("$-4.5$"),
        "values": [rich("$m = 1$"), rich("$i = 1$"), rich("$o_{1} = 3$"), rich("$t_{1} = -1.5$")],
    }


def test_each_claim_links_to_its_page_of_the_evidence(records: Records, tmp_path: Path) -> None:
    further = [
        record | {"id": f"7.copy-{copy}", "title": f"Copy {copy}"} for copy in range(6) for record in records[:1]
    ]
    folder = typeset([*records, *further], tmp_path)
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(folder / "evidence.pdf").pages]
    assert len(pages) > 3
    booklet = read(folder / "booklet.pdf")
    for record in [*records, *further]:
        assert f"evidence.pdf#nameddest={record['id']}" in links(folder / "booklet.pdf")
        page = max(number for number, text in enumerate(pages, 1) if f"{record['id']} {record['title']}" in text)
        assert f"{record['title']}. proved evidence, p. {page}" in booklet


def test_the_mark_of_an_answer_is_that_of_its_weakest_claim(records: Records) -> None:
    records[1] |= {"verdict": "checked", "scope": "sizes"}
    ((part,),) = [exercise["parts"] for exercise in format_booklet(records)["exercises"]]
    assert (part["verdict"], part["scope"]) == ("checked", "sizes")
    assert [(claim["verdict"], claim["scope"]) for claim in part["claims"]] == [("proved", "all"), ("checked", "sizes")]


def test_a_scope_is_printed_with_what_is_only_checked(records: Records, tmp_path: Path) -> None:
    records[1] |= {"verdict": "checked", "scope": "sizes"}
    folder = typeset(records, tmp_path)
    assert "The gradient as a vector. checked: sizes evidence" in read(folder / "booklet.pdf")
    assert "1 claim proved (all cases); 1 claim checked (all values at some sizes)" in read(folder / "evidence.pdf")


def test_parts_beyond_the_sheet_are_printed_last_with_their_reason(records: Records, tmp_path: Path) -> None:
    records[0]["part"] = {"number": "", "question": "Further?", "answer": "Yes.", "beyond": "It is used later."}
    records[1]["part"] = {"number": "ii", "question": "Asked?", "answer": "No.", "beyond": ""}
    text = read(typeset(records, tmp_path) / "booklet.pdf")
    places = [
        text.index(words) for words in ("Exercise 7 (ii)", "Asked?", "Beyond the sheet", "Further?", "used later.")
    ]
    assert places == sorted(places)


def test_the_pdfs_can_be_read_aloud(records: Records) -> None:
    """PDF/UA-1 asks for a text behind every formula and figure."""
    pages = {record["id"]: 1 for record in records}
    booklet = format_booklet(records) | {"evidence": {"file": "evidence.pdf", "pages": pages}}
    for template, data in (("exercises.typ", booklet), ("evidence.typ", format_evidence(records))):
        inputs = {"data": json.dumps(data), "assets": "{}"}
        typst.compile(TEMPLATES / template, sys_inputs=inputs, ignore_system_fonts=True, pdf_standards="ua-1")


def test_texts_are_never_interpreted_as_markup(records: Records, tmp_path: Path) -> None:
    markup = '#panic("!") *stars* = @nobody <label> \\ `code'
    for record in records:
        record["title"] = record["heading"] = markup
        record["part"] = {"number": "", "question": markup, "answer": markup, "beyond": ""}
    records[0]["steps"] = [{"text": "#emph[no] _score_", "formula": "x"}]
    records[0]["methods"][0]["name"] = records[0]["methods"][0]["detail"] = "#import *"
    folder = typeset(records, tmp_path)
    for expected in ('#panic("!") *stars* = @nobody <label>', "#emph[no] _score_"):
        assert expected in read(folder / "booklet.pdf")
    for expected in ('#panic("!") *stars* = @nobody <label>', "#import *"):
        assert expected in read(folder / "evidence.pdf")


def test_text_between_dollar_signs_is_a_formula() -> None:
    assert rich("If $x_1$, then.") == [
        {"words": "If "},
        {"latex": "x_1", "typst": "x_(1)"},
        {"words": ", then."},
    ]
    assert rich("$x$") == [{"latex": "x", "typst": "x"}]
    assert rich("") == []


@pytest.mark.parametrize(
    ("name", "value", "printed"),
    [
        ("n", "1", "$n = 1$"),
        (r"\delta_{6}", "-8/3", r"$\delta_{6} = -8/3$"),
        (r"$\ln \theta$", "1.5e-05", r"$\ln \theta = 1.5 \cdot 10^{-5}$"),
        ("s", "black", "$s$: black"),
        ("instances", "2", "instances: $2$"),
    ],
)
def test_a_value_is_printed_as_a_formula_if_it_is_a_number(
    name: str, value: str, printed: str, records: Records
) -> None:
    records[0]["mutants"]["list"][0]["counter_example"]["values"] = [[name, value]]
    (claim,) = format_evidence(records[:1])["exercises"][0]["claims"]
    assert _join(claim["mutants"][0]["values"][0]) == _join(rich(printed))


def _join(runs: list[dict[str, str]]) -> str:
    return "".join(run.get("words") or f"${run['typst']}$" for run in runs)


def test_the_summary_counts_claims_by_verdict_and_mutants_by_result(records: Records) -> None:
    records[1]["verdict"] = "checked"
    records[0]["mutants"] |= {"refuted": 5, "equivalent": 2, "ill_formed": 1}
    records[1]["mutants"] |= {"refuted": 10, "equivalent": 0, "ill_formed": 3}
    assert summarize(records) == (
        "2 claims: 1 proved, 1 checked; 21 mutants: 15 refuted, 2 equivalent to their claim, 4 ill-formed."
    )


def refused(paths: list[Path], folder: Path) -> str:
    """Return the message, and check that nothing was written."""
    out = folder / "out"
    with pytest.raises(InputError) as error:
        solutions(paths, TEMPLATES, *(out / name for name in ("claims.json", "booklet.pdf", "evidence.pdf")))
    assert not out.exists()
    return str(error.value)


def test_a_claim_that_occurs_twice_is_refused(records: Records, tmp_path: Path) -> None:
    write_json(tmp_path / "7.json", records)
    assert "7.entries occurs twice" in refused([tmp_path / "7.json"] * 2, tmp_path)


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refused([tmp_path / "4.json"], tmp_path)


@pytest.mark.parametrize("content", [{}, [{}], ["claim"], [{"id": "4.x"}]])
def test_a_file_without_claims_is_refused(content: Any, tmp_path: Path) -> None:
    write_json(tmp_path / "4.json", content)
    assert str(tmp_path / "4.json") in refused([tmp_path / "4.json"], tmp_path)


def test_a_formula_beyond_the_subset_is_refused(records: Records, tmp_path: Path) -> None:
    write_json(tmp_path / "7.json", [records[0] | {"statement": r"x = \undefined"}])
    assert r"'\undefined'" in refused([tmp_path / "7.json"], tmp_path)

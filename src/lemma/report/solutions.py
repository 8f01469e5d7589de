"""All verified exercises in one file and one PDF: `claims.json` for machines, worked solutions for people."""

import re
from itertools import groupby
from pathlib import Path
from typing import Any

from lemma.errors import InputError
from lemma.files import read_json, write_json
from lemma.report import typeset
from lemma.report.latex_to_typst import typst

SAMPLES = 3  # falsified forms of a claim that the PDF shows
CONTRACT = ("id", "exercise", "statement", "verdict", "methods", "mutants")  # what other tools rely on
DETAILS = ("title", "heading", "task", "steps", "values")
_NAME = re.compile(r"\$.+\$|(\\[A-Za-z]+|[A-Za-z])'?([_^].*)?")  # s'_{3}, \delta_{6}, m, $\ln 2$; but not "computed"
_NUMBER = re.compile(r"(-?[0-9./]+(?:e[-+][0-9]+)?)(?: \(stated (-?[0-9./]+)\))?")


def solutions(claim_files: list[Path], template: Path, claims_out: Path, pdf_out: Path) -> None:
    """Merge the records of the verified exercises and typeset them as worked solutions.

    The JSON is sorted by exercise and id; the PDF keeps the order in which an exercise states its claims.

    Raises:
        InputError: a file is missing or is no list of claims, an id comes twice, a formula is beyond the subset that
            `mathematics` reads, or the template is refused.
    """
    claims = [claim for path in claim_files for claim in _read(path)]
    ids = [claim["id"] for claim in claims]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        raise InputError(
            f"The claim {twice} comes twice.", "Give each exercise once, and each of its claims an id of its own."
        )
    typeset.compile(template, _document(claims), {}, pdf_out)
    write_json(claims_out, sorted(claims, key=lambda claim: (claim["exercise"], claim["id"])))


def _read(path: Path) -> list[dict[str, Any]]:
    claims, again = read_json(path), "Run `lemma verify` for its exercise again."
    if not isinstance(claims, list):
        raise InputError(f"{path} is not a list of claims.", again)
    for number, claim in enumerate(claims, 1):
        missing = [key for key in (*CONTRACT, *DETAILS) if not isinstance(claim, dict) or key not in claim]
        if missing:
            raise InputError(f"{path}: claim {number} has no {', '.join(missing)}.", again)
    return claims


def _document(claims: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the template needs: texts as they are, formulas as LaTeX to be read aloud and Typst to be set."""
    by_exercise = sorted(claims, key=lambda claim: int(claim["exercise"]))
    return {
        "claims": len(claims),
        "proved": sum(claim["verdict"] == "proved" for claim in claims),
        "tried": sum(claim["mutants"]["tried"] for claim in claims),
        "refuted": sum(claim["mutants"]["refuted"] for claim in claims),
        "equivalent": sum(claim["mutants"].get("equivalent", 0) for claim in claims),
        "exercises": [
            _exercise(number, list(group)) for number, group in groupby(by_exercise, lambda one: one["exercise"])
        ],
    }


def _exercise(number: int, claims: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "number": number,
        "heading": claims[0]["heading"],
        "task": rich(claims[0]["task"]),
        "claims": [_claim(claim) for claim in claims],
        "values": {claim["id"]: claim["values"] for claim in claims},
    }


def _claim(claim: dict[str, Any]) -> dict[str, Any]:
    mutants = claim["mutants"].get("list", [])
    false = [mutant for mutant in mutants if "equivalent" not in mutant]
    return {
        "id": claim["id"],
        "title": claim["title"],
        "statement": [_formula(part) for part in _parts(claim["statement"])],
        "verdict": claim["verdict"],
        "methods": claim["methods"],
        "tried": claim["mutants"]["tried"],
        "refuted": claim["mutants"]["refuted"],
        "equivalent": claim["mutants"].get("equivalent", 0),
        "steps": [{"text": rich(step["text"]), "formula": _formula(step["formula"])} for step in claim["steps"]],
        "mutants": [_mutant(mutant) for mutant in (*_spread(false), *[one for one in mutants if one not in false][:1])],
    }


def _parts(statement: str) -> list[str]:
    """Return the formulas that a statement lists, so that a line can end between them only."""
    parts = statement.split(r",\quad ")
    return (
        parts
        if all(part.count("{") == part.count("}") for part in parts) and r"\begin" not in statement
        else [statement]
    )


def _spread(mutants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a few of the mutants, evenly from first to last."""
    count = min(SAMPLES, len(mutants))
    return [mutants[place * (len(mutants) - 1) // max(1, count - 1)] for place in range(count)]


def _mutant(mutant: dict[str, Any]) -> dict[str, Any]:
    example = mutant.get("counter_example", [])
    return {
        "mutation": rich(mutant["mutation"]),
        "formula": _formula(mutant["formula"]),
        "found": [rich(_value(name, value)) for name, value in example if not _NAME.fullmatch(name)],
        "at": [rich(_value(name, value)) for name, value in example if _NAME.fullmatch(name)],
        "equivalent": mutant.get("equivalent", ""),
    }


def _value(name: str, value: str) -> str:
    """Return one value of a counter-example as text with formulas: `o_{3}` `1 (stated -1)` is $o_{3} = 1$, not $-1$."""
    known, number = _NAME.fullmatch(name), _NUMBER.fullmatch(value)
    if name == "reason":  # an explanation in words, not a value
        return value
    if number is None:
        return f"{name}: {value}"
    found, stated = number.groups()
    return (f"${name.strip('$')} = {found}$" if known else f"{name} ${found}$") + (
        f", not ${stated}$" if stated else ""
    )


def rich(text: str) -> list[dict[str, str]]:
    """Return a text as runs of words and, between dollar signs, formulas."""
    runs = [{"words": part} if place % 2 == 0 else _formula(part) for place, part in enumerate(text.split("$"))]
    return [run for run in runs if run.get("words", True)]


def _formula(latex: str) -> dict[str, str]:
    return {"latex": latex, "typst": typst(latex)}

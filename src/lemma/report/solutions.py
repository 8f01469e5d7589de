"""Stage `lemma solutions`: claims.json with the claims of all exercises, and a PDF with worked solutions."""

import re
from itertools import groupby
from pathlib import Path
from typing import Any

from lemma.errors import InputError
from lemma.files import read_json, write_json
from lemma.report import typeset
from lemma.report.latex_to_typst import typst

SAMPLES = 3  # mutants of a claim in the PDF
CONTRACT = ("id", "exercise", "statement", "verdict", "methods", "mutants")  # what other tools rely on
DETAILS = ("title", "heading", "task", "steps", "values")
_NAME = re.compile(r"\$.+\$|(\\[A-Za-z]+|[A-Za-z])'?([_^].*)?")  # s'_{3}, \delta_{6}, m, $\ln 2$; but not "computed"
_NUMBER = re.compile(r"(-?[0-9./]+(?:e[-+][0-9]+)?)(?: \(stated (-?[0-9./]+)\))?")


def solutions(claim_files: list[Path], template: Path, claims_out: Path, pdf_out: Path) -> None:
    """Merge the claims of the verified exercises into claims.json and typeset them as worked solutions.

    claims.json is sorted by exercise and id; in the PDF, the claims of an exercise keep their order.

    Args:
        claim_files: the files that `lemma verify` wrote, one for each exercise.
        template: path of `exercises.typ`.
        claims_out: path of claims.json.
        pdf_out: path of the PDF.

    Raises:
        InputError: a file is missing or is not a list of claims, an id is not unique, `latex_to_typst` does not support
            a formula, or the template does not compile.
    """
    claims = [claim for path in claim_files for claim in _read_claims(path)]
    ids = [claim["id"] for claim in claims]
    for duplicate in sorted({identifier for identifier in ids if ids.count(identifier) > 1}):
        raise InputError(f"The claim {duplicate} occurs twice.", "Give each exercise once, and each claim a unique id.")
    typeset.compile(template, _format_document(claims), {}, pdf_out)
    write_json(claims_out, sorted(claims, key=lambda claim: (claim["exercise"], claim["id"])))


def _read_claims(path: Path) -> list[dict[str, Any]]:
    """Return the claims in a file, or raise an InputError if one lacks a key."""
    claims, fix = read_json(path), "Run `lemma verify` for its exercise again."
    if not isinstance(claims, list):
        raise InputError(f"{path} is not a list of claims.", fix)
    for number, claim in enumerate(claims, 1):
        missing = [key for key in (*CONTRACT, *DETAILS) if not isinstance(claim, dict) or key not in claim]
        if missing:
            raise InputError(f"{path}: claim {number} has no {', '.join(missing)}.", fix)
    return claims


def _format_document(claims: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the data of the template, with formulas as LaTeX (for screen readers) and as Typst."""
    by_exercise = sorted(claims, key=lambda claim: int(claim["exercise"]))
    return {
        "claims": len(claims),
        "proved": sum(claim["verdict"] == "proved" for claim in claims),
        "tried": sum(claim["mutants"]["tried"] for claim in claims),
        "refuted": sum(claim["mutants"]["refuted"] for claim in claims),
        "equivalent": sum(claim["mutants"].get("equivalent", 0) for claim in claims),
        "exercises": [
            _format_exercise(number, list(group))
            for number, group in groupby(by_exercise, lambda claim: claim["exercise"])
        ],
    }


def _format_exercise(number: int, claims: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the data of one exercise."""
    return {
        "number": number,
        "heading": claims[0]["heading"],
        "task": rich(claims[0]["task"]),
        "claims": [_format_claim(claim) for claim in claims],
        "values": {claim["id"]: claim["values"] for claim in claims},
    }


def _format_claim(claim: dict[str, Any]) -> dict[str, Any]:
    """Return the data of one claim, with a sample of its mutants and one that is equivalent to it."""
    mutants = claim["mutants"].get("list", [])
    refutable = [mutant for mutant in mutants if "equivalent" not in mutant]
    equivalent = [mutant for mutant in mutants if "equivalent" in mutant]
    return {
        "id": claim["id"],
        "title": claim["title"],
        "statement": [_format_formula(part) for part in _split_statement(claim["statement"])],
        "verdict": claim["verdict"],
        "methods": claim["methods"],
        "tried": claim["mutants"]["tried"],
        "refuted": claim["mutants"]["refuted"],
        "equivalent": claim["mutants"].get("equivalent", 0),
        "steps": [{"text": rich(step["text"]), "formula": _format_formula(step["formula"])} for step in claim["steps"]],
        "mutants": [_format_mutant(mutant) for mutant in (*_sample(refutable), *equivalent[:1])],
    }


def _split_statement(statement: str) -> list[str]:
    """Return the formulas of a statement, between which a line may break."""
    parts = statement.split(r",\quad ")
    return (
        parts
        if all(part.count("{") == part.count("}") for part in parts) and r"\begin" not in statement
        else [statement]
    )


def _sample(mutants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return at most `SAMPLES` of the mutants, evenly spaced."""
    count = min(SAMPLES, len(mutants))
    return [mutants[place * (len(mutants) - 1) // max(1, count - 1)] for place in range(count)]


def _format_mutant(mutant: dict[str, Any]) -> dict[str, Any]:
    """Return the data of one mutant with its counter-example."""
    example = mutant.get("counter_example", [])
    return {
        "mutation": rich(mutant["mutation"]),
        "formula": _format_formula(mutant["formula"]),
        "found": [rich(_format_value(name, value)) for name, value in example if not _NAME.fullmatch(name)],
        "at": [rich(_format_value(name, value)) for name, value in example if _NAME.fullmatch(name)],
        "equivalent": mutant.get("equivalent", ""),
    }


def _format_value(name: str, value: str) -> str:
    """Return one value of a counter-example as text with formulas: `o_{3}` `1 (stated -1)` is $o_{3} = 1$, not $-1$."""
    symbol, number = _NAME.fullmatch(name), _NUMBER.fullmatch(value)
    if name == "reason":  # an explanation in words, not a value
        return value
    if number is None:
        return f"{name}: {value}"
    computed, stated = number.groups()
    return (f"${name.strip('$')} = {computed}$" if symbol else f"{name} ${computed}$") + (
        f", not ${stated}$" if stated else ""
    )


def rich(text: str) -> list[dict[str, str]]:
    """Return a text as runs of words and, between dollar signs, formulas."""
    runs = [{"words": part} if place % 2 == 0 else _format_formula(part) for place, part in enumerate(text.split("$"))]
    return [run for run in runs if run.get("words", True)]


def _format_formula(latex: str) -> dict[str, str]:
    """Return a formula as LaTeX and as Typst."""
    return {"latex": latex, "typst": typst(latex)}

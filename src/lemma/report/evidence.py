"""The data of `evidence.typ`: the methods of each claim with their scopes, and a sample of its mutants."""

import re
from collections import Counter
from itertools import groupby
from typing import Any

from lemma.report.rich_text import format_formula, rich, split_statement

Record = dict[str, Any]
SAMPLES = 3  # refuted mutants of a claim that are printed
_NAME = re.compile(r"(\\[A-Za-z]+|[A-Za-z])'?([_^].*)?")  # s'_{3}, \delta_{6}, m; but not "instances"
_NUMBER = re.compile(r"(-?[0-9.]+(?:/[0-9]+)?)(?:e([-+]?[0-9]+))?")


def format_evidence(records: list[Record]) -> dict[str, Any]:
    """Return the data of the evidence, with the claims of each exercise in their given order."""
    by_exercise = sorted(records, key=lambda record: int(record["exercise"]))
    return {
        "verdicts": [
            {"verdict": verdict, "scope": scope, "claims": claims}
            for (verdict, scope), claims in sorted(
                Counter((record["verdict"], record["scope"]) for record in records).items(), reverse=True
            )
        ],
        "mutants": _add_counts(records),
        "exercises": [
            {"number": number, "heading": claims[0]["heading"], "claims": [_format_claim(claim) for claim in claims]}
            for number, claims in (
                (number, list(group)) for number, group in groupby(by_exercise, lambda record: int(record["exercise"]))
            )
        ],
    }


def _add_counts(records: list[Record]) -> dict[str, int]:
    """Return the number of mutants of all claims by result."""
    results = ("tried", "refuted", "equivalent", "ill_formed")
    return {result: sum(record["mutants"][result] for record in records) for result in results}


def _format_claim(record: Record) -> dict[str, Any]:
    """Return the data of one claim: some of its refuted mutants, an equivalent and an ill-formed one."""
    mutants = record["mutants"]["list"]
    equivalent = [mutant for mutant in mutants if mutant.get("equivalent")]
    ill_formed = [mutant for mutant in mutants if mutant.get("ill_formed")]
    refuted = [mutant for mutant in mutants if mutant.get("counter_example")]
    sample = [*_sample(refuted), *equivalent[:1], *ill_formed[:1]]
    return {
        "id": record["id"],
        "title": record["title"],
        "statement": split_statement(record["statement"]),
        "verdict": record["verdict"],
        "scope": record["scope"],
        "methods": [method | {"detail": rich(method["detail"])} for method in record["methods"]],
        "counts": _add_counts([record]),
        "mutants": [_format_mutant(mutant) for mutant in sample],
    }


def _sample(mutants: list[Record]) -> list[Record]:
    """Return at most `SAMPLES` of the mutants, evenly spaced."""
    count = min(SAMPLES, len(mutants))
    return [mutants[place * (len(mutants) - 1) // max(1, count - 1)] for place in range(count)]


def _format_mutant(mutant: Record) -> dict[str, Any]:
    """Return the data of one mutant: with its counter-example, or with the reason why it has none."""
    example = mutant.get("counter_example", {})
    return {
        "mutation": rich(mutant["mutation"]),
        "formula": format_formula(mutant["formula"]),
        "equivalent": rich(mutant.get("equivalent", "")),
        "ill_formed": rich(mutant.get("ill_formed", "")),
        "reason": rich(example.get("reason", "")),
        "computed": _format_value(example.get("computed", "")),
        "stated": _format_value(example.get("stated", "")),
        "values": [_format_equation(name, value) for name, value in example.get("values", [])],
    }


def _format_equation(name: str, value: str) -> list[dict[str, str]]:
    """Return `name = value` as text with formulas; a name is a formula if it looks like one or is marked as such."""
    symbol = name.strip("$")
    is_formula = name != symbol or _NAME.fullmatch(name) is not None
    if is_formula and (number := _to_latex(value)):
        return rich(f"${symbol} = {number}$")
    return [*rich(f"${symbol}$" if is_formula else name), {"words": ": "}, *_format_value(value)]


def _format_value(value: str) -> list[dict[str, str]]:
    """Return a value as a formula if it is a number, else as text."""
    return rich(f"${number}$") if (number := _to_latex(value)) else rich(value)


def _to_latex(value: str) -> str:
    """Return a number in LaTeX, such as -8/3 or 1.2 times a power of ten; empty if the value is no number."""
    number = _NUMBER.fullmatch(value)
    if number is None:
        return ""
    digits, exponent = number.groups()
    return rf"{digits} \cdot 10^{{{int(exponent)}}}" if exponent else digits

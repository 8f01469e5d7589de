"""The data of `exercises.typ`: the questions, answers and derivations of the exercises."""

from itertools import groupby
from typing import Any

from lemma.report.rich_text import format_formula, rich, split_statement

Record = dict[str, Any]
SCOPES = ("all", "sizes", "samples")  # from the largest to the smallest


def format_booklet(records: list[Record]) -> dict[str, Any]:
    """Return the data of the booklet, with the claims of each part of an exercise in their given order."""
    by_exercise = sorted(records, key=lambda record: int(record["exercise"]))
    return {
        "claims": len(records),
        "proved": sum(record["verdict"] == "proved" for record in records),
        "exercises": [
            _format_exercise(number, list(group))
            for number, group in groupby(by_exercise, lambda record: int(record["exercise"]))
        ],
    }


def _format_exercise(number: int, records: list[Record]) -> dict[str, Any]:
    """Return the data of one exercise; parts that the sheet does not ask for are the last."""
    parts = [list(group) for _, group in groupby(records, lambda record: record["part"])]
    return {
        "number": number,
        "heading": records[0]["heading"],
        "parts": [
            _format_part(number, part) for part in sorted(parts, key=lambda part: bool(part[0]["part"]["beyond"]))
        ],
        "values": {record["id"]: record["values"] for record in records},
    }


def _format_part(exercise: int, records: list[Record]) -> dict[str, Any]:
    """Return the data of one part; its verdict and scope are the weakest of its claims."""
    part = records[0]["part"]
    return {
        "label": f"Exercise {exercise} ({part['number']})" if part["number"] else "",
        "question": rich(part["question"]),
        "answer": rich(part["answer"]),
        "beyond": rich(part["beyond"]),
        "verdict": "proved" if all(record["verdict"] == "proved" for record in records) else "checked",
        "scope": max((record["scope"] for record in records), key=SCOPES.index),
        "claims": [_format_claim(record) for record in records],
    }


def _format_claim(record: Record) -> dict[str, Any]:
    """Return the data of one claim and its derivation."""
    return {
        "id": record["id"],
        "title": record["title"],
        "statement": split_statement(record["statement"]),
        "verdict": record["verdict"],
        "scope": record["scope"],
        "steps": [{"text": rich(step["text"]), "formula": format_formula(step["formula"])} for step in record["steps"]],
    }

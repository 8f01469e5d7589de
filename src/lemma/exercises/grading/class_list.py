"""Grading of a whole class: a table of answers in, a table of verdicts out."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from time import perf_counter
from typing import TextIO

from lemma.errors import InputError
from lemma.exercises.grading.check import Feedback, check_question
from lemma.exercises.grading.question import Question
from lemma.exercises.grading.questions import find_question

COLUMNS = ("student", "question", "answer")
VERDICTS = ("right", "wrong", "undecided", "invalid")
Finder = Callable[[str], Question]


@dataclass(frozen=True)
class Row:
    """An answer with its verdict: right, wrong, undecided, or invalid if it could not be read."""

    student: str
    question: str
    answer: str
    verdict: str
    message: str
    slip: str
    seconds: float


def read_answers(lines: Iterable[str]) -> list[Mapping[str, str]]:
    """Return the rows of a CSV table of answers.

    Raises:
        InputError: If a column is missing.
    """
    csv.field_size_limit(10**7)
    reader = csv.DictReader(line.replace("\0", "").removeprefix("\ufeff") for line in lines)
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    if missing := [name for name in COLUMNS if name not in names]:
        fix = f"Write {','.join(COLUMNS)} into the first line, and put answers with a comma between quotation marks."
        raise InputError(f"The answers have no column {', '.join(missing)}.", fix)
    reader.fieldnames = names
    return [{name: row.get(name) or "" for name in COLUMNS} for row in reader]


def grade_answers(answers: Iterable[Mapping[str, str]], find: Finder = find_question) -> Iterator[Row]:
    """Yield the row of each answer; equal answers to a question are graded once, and no answer stops the grading."""
    known: dict[tuple[str, str], tuple[str, Feedback]] = {}
    for answer in answers:
        start = perf_counter()
        identity, text = answer["question"].strip(), answer["answer"]
        if (identity, text) not in known:
            known[identity, text] = _grade(identity, text, find)
        verdict, feedback = known[identity, text]
        seconds = round(perf_counter() - start, 4)
        yield Row(answer["student"], identity, text, verdict, feedback.text, feedback.slip, seconds)


def _grade(identity: str, text: str, find: Finder) -> tuple[str, Feedback]:
    try:
        feedback = check_question(find(identity), text)
    except InputError as error:
        return "invalid", Feedback.invalid(f"{error.what} {error.fix}")
    except Exception as error:
        return "undecided", Feedback.invalid(f"undecided: the algebra failed ({type(error).__name__})")
    return feedback.verdict, feedback


def write_rows(rows: Iterable[Row], stream: TextIO, is_json: bool) -> None:
    """Write rows as CSV, or as lines of JSON, each as soon as it is graded."""
    if is_json:
        for row in rows:
            print(json.dumps(asdict(row), ensure_ascii=True), file=stream)
        return
    names = [field.name for field in fields(Row)]
    writer = csv.DictWriter(stream, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _encodable(value) for name, value in asdict(row).items()})


def _encodable(value: object) -> object:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def count_verdicts(rows: Iterable[Row]) -> str:
    """Return the number of each verdict by question, as a table in plain text."""
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.question, Counter())[row.verdict] += 1
    width = max(map(len, [*counts, "question"]))
    lines = ["  ".join(["question".ljust(width), *VERDICTS])]
    for question, by_verdict in sorted(counts.items()):
        cells = [str(by_verdict[verdict]).rjust(len(verdict)) for verdict in VERDICTS]
        lines.append("  ".join([question.ljust(width), *cells]))
    return "\n".join(lines)

"""The commands that grade answers: an answer, or those of a class, and the list of questions."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lemma.cli.app import USE, app
from lemma.errors import InputError

if TYPE_CHECKING:
    from lemma.exercises.grading.class_list import Row
    from lemma.exercises.grading.question import Question

OwnFile = Annotated[
    Path | None, typer.Option("--questions", metavar="FILE", help="Your own questions, a YAML file (docs/teaching.md).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(rich_help_panel=USE)
def check(
    question: Annotated[str | None, typer.Argument(help="A question such as 6.output; see `lemma questions`.")] = None,
    answer: Annotated[
        str | None, typer.Option(help="Your formula, in LaTeX or plain text; without it from standard input.")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A file with your formula.")] = None,
    answers: Annotated[
        str | None, typer.Option(metavar="FILE", help="Answers of a class: CSV with student,question,answer, or -.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the rows of a class to this file.")] = None,
    questions: OwnFile = None,
    as_json: AsJson = False,
) -> None:
    """Check formulas: right (exit code 0, proved), wrong (1, with values or a hint), or undecided (3)."""
    find = _load_finder(questions)
    if answers is not None:
        _check_class(answers, find, out, as_json)
        return
    if question is None:
        raise typer.BadParameter("Give a question, or the answers of a class with --answers.")
    from lemma.exercises.grading.check import check_question

    asked = find(question)
    text = answer if answer is not None else (_read_text(file) if file else sys.stdin.read())
    feedback = check_question(asked, text)
    if as_json:
        row = {"question": asked.id, "answer": text, "verdict": feedback.verdict, "message": feedback.text}
        print(json.dumps({**row, "slip": feedback.slip}))
    else:
        print(feedback.text)
    if feedback.exit_code:
        raise typer.Exit(feedback.exit_code)


@app.command("questions", rich_help_panel=USE)
def list_questions(questions: OwnFile = None, as_json: AsJson = False) -> None:
    """List the questions that `lemma check` grades: statement, symbols and an example."""
    from lemma.exercises.grading.own_questions import read_questions
    from lemma.exercises.grading.questions import QUESTIONS
    from lemma.exercises.grading.unknown import describe_question

    rows = [describe_question(asked) for asked in (read_questions(questions) if questions else QUESTIONS).values()]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(f"{row['id']}  {row['statement']}: {row['asked']}")
        for symbol in row["symbols"]:
            print(f"    {symbol['text']}  {symbol['description']}")
        print(f"    example: {row['example']}")


def _load_finder(path: Path | None) -> "Callable[[str], Question]":
    if path is None:
        from lemma.exercises.grading.questions import find_question

        return find_question
    from lemma.exercises.grading.own_questions import find_own, read_questions

    return partial(find_own, read_questions(path))


def _read_text(path: Path) -> str:
    if not path.is_file():
        raise InputError(f"{path} is not a file.", "Give a file that holds the formula.")
    return path.read_text(encoding="utf-8", errors="replace")


def _check_class(source: str, find: "Callable[[str], Question]", out: Path | None, as_json: bool) -> None:
    """Grade the answers of a class; progress and totals go to standard error."""
    from lemma.exercises.grading.class_list import count_verdicts, grade_answers, read_answers, write_rows

    text = sys.stdin.read() if source == "-" else _read_text(Path(source))
    answers = read_answers(text.splitlines(keepends=True))
    rows: list[Row] = []

    def keep(graded: "Iterable[Row]") -> "Iterator[Row]":
        for row in graded:
            rows.append(row)
            yield row

    with ExitStack() as stack:
        stream: Any = stack.enter_context(out.open("w", encoding="utf-8")) if out else sys.stdout
        write_rows(keep(_show_progress(grade_answers(answers, find), len(answers))), stream, as_json)
    print(count_verdicts(rows), file=sys.stderr)


def _show_progress(rows: "Iterable[Row]", total: int) -> "Iterator[Row]":
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(rows, "Grading", total, console=console, transient=True, disable=not console.is_terminal)

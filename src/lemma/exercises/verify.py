"""Verification of the exercises: check all claims and write a record of each as JSON.

Records contain no times and no memory addresses: the same claims give the same bytes.
"""

import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from textwrap import shorten
from typing import Any

from lemma.errors import CheckError
from lemma.exercises import EXERCISES, load
from lemma.exercises.proof.verdict import verify_claim
from lemma.exercises.records import to_record
from lemma.files import write_json

MAX_PROBLEMS = 3  # of one claim in an error message


def verify_exercise(exercise: int) -> list[dict[str, Any]]:
    """Check all claims of an exercise and return a record of each, as in `reports/exercises/claims.json`.

    Raises:
        InputError: If there is no such exercise.
    """
    module = load(exercise)
    return [
        {"heading": module.TITLE, **to_record(verify_claim(claim), part)}
        for part in module.parts()
        for claim in part.claims
    ]


def write_records(exercise: int, path: Path) -> list[dict[str, Any]]:
    """Check all claims of an exercise, write their records if all are proved or checked, and return the records.

    Raises:
        InputError: If there is no such exercise.
        CheckError: If a claim is refuted or undecided; the message says why. An existing file at `path` is removed.
    """
    records = verify_exercise(exercise)
    failed = [record for record in records if record["verdict"] not in ("proved", "checked")]
    if failed:
        path.unlink(missing_ok=True)
        raise CheckError(
            f"Exercise {exercise}: {len(failed)} of {len(records)} claims are refuted or undecided.\n"
            + "\n".join(map(_describe_failure, failed)),
            "Fix the statement, or the method, in the module of the exercise.",
        )
    write_json(path, records)
    return records


def write_all_records(place: Callable[[int], Path]) -> list[dict[str, Any]]:
    """Check all exercises in parallel, one process per core, and return all records.

    Args:
        place: Returns the path to which the records of an exercise are written.

    Raises:
        CheckError: If claims are refuted or undecided; the message lists those of all exercises.
    """
    longest_first = sorted(EXERCISES, key=lambda exercise: exercise in (4, 5, 7))
    spawn, ctrl_c = get_context("spawn"), (signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a worker at once
    with ProcessPoolExecutor(mp_context=spawn, initializer=signal.signal, initargs=ctrl_c) as pool:
        running = {exercise: pool.submit(write_records, exercise, place(exercise)) for exercise in longest_first}
    errors = [error for exercise in EXERCISES if isinstance(error := running[exercise].exception(), CheckError)]
    if errors:
        raise CheckError("\n".join(error.what for error in errors), errors[0].fix)
    return [record for exercise in EXERCISES for record in running[exercise].result()]


def summarize(records: list[dict[str, Any]]) -> str:
    """Return a line with the number of claims by verdict, and of their mutants by result."""
    verdicts = Counter(record["verdict"] for record in records)
    claims = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items(), reverse=True))
    refuted, equivalent, ill_formed = (
        sum(record["mutants"].get(result, 0) for record in records)
        for result in ("refuted", "equivalent", "ill_formed")
    )
    return (
        f"{len(records)} claims: {claims}; {refuted + equivalent + ill_formed} mutants: "
        f"{refuted} refuted, {equivalent} equivalent to their claim, {ill_formed} ill-formed."
    )


def _describe_failure(record: dict[str, Any]) -> str:
    """Return the lines of an error message that explain why a claim is refuted or undecided."""
    problems = record["problems"]
    lines = [f"  {record['id']} is {record['verdict']}: {shorten(record['statement'], 120)}"]
    lines += [f"    {problem}" for problem in problems[:MAX_PROBLEMS]]
    return "\n".join(lines + [f"    and {len(problems) - MAX_PROBLEMS} more"] * (len(problems) > MAX_PROBLEMS))

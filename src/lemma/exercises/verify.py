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
from lemma.exercises import claim as claims
from lemma.exercises.proof.claim import verify_claim
from lemma.exercises.records import to_record as to_new_record
from lemma.files import write_json

MAX_PROBLEMS = 3  # of one claim in an error message


def verify_exercise(exercise: int) -> list[dict[str, Any]]:
    """Check all claims of an exercise and return a record of each, as in `reports/exercises/claims.json`.

    Raises:
        InputError: If there is no such exercise.
    """
    module = load(exercise)
    if hasattr(module, "parts"):
        return [
            {"heading": module.TITLE, **to_new_record(verify_claim(claim), part)}
            for part in module.parts()
            for claim in part.claims
        ]
    return [
        {"heading": module.TITLE, "task": module.TASK, **to_record(claims.verify_claim(claim))}
        for claim in module.claims()
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


def to_record(result: claims.Result) -> dict[str, Any]:
    """Return a checked claim as values for JSON.

    `mutants.tried` counts the mutants without those that are proved equivalent to the claim, which are counted as
    `equivalent`. A counter-example is a list of pairs of a name and a value, in reading order.
    """
    claim, false = result.claim, [trial for trial in result.mutant_results if not trial.equivalent]
    return {
        "id": claim.id,
        "exercise": claim.exercise,
        "title": claim.title,
        "statement": claim.statement,
        "verdict": result.verdict.value,
        "problems": list(result.problems),
        "methods": [
            {"name": method.name, "kind": method.kind.value, **_outcome(outcome)}
            for method, outcome in zip(claim.methods, result.outcomes, strict=True)
        ],
        "mutants": {
            "tried": len(false),
            "refuted": sum(bool(trial.refuted_by) for trial in false),
            "equivalent": len(result.mutant_results) - len(false),
            "list": [_trial(trial) for trial in result.mutant_results],
        },
        "steps": [{"text": step.text, "formula": step.formula} for step in claim.steps],
        "values": dict(claim.values),
    }


def _outcome(outcome: claims.Outcome) -> dict[str, str]:
    match outcome:
        case claims.Holds(detail):
            return {"outcome": "holds", "detail": detail}
        case claims.Unknown(reason):
            return {"outcome": "unknown", "detail": reason}
    return {"outcome": "refuted", "detail": str(outcome)}


def _trial(trial: claims.MutantResult) -> dict[str, Any]:
    tried = {"mutation": trial.mutation, "formula": trial.formula}
    if trial.equivalent:
        return tried | {"equivalent": trial.equivalent}
    return tried | {
        "refuted_by": list(trial.refuted_by),
        "counter_example": [list(pair) for pair in trial.counter_example.items()],
    }

"""Records of checked claims as values for JSON, as in `reports/exercises/claims.json`.

Records contain no times and no memory addresses: the same claims give the same bytes.
"""

from typing import Any

from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted
from lemma.exercises.proof.claim import Method, Part
from lemma.exercises.proof.verdict import MutantResult, Result


def to_record(result: Result, part: Part) -> dict[str, Any]:
    """Return a checked claim as values for JSON.

    `mutants.tried` counts the mutants that have a meaning and are not proved equivalent to the claim; `equivalent` and
    `ill_formed` count the others. The values of a counter-example are pairs of name and value, in reading order.
    """
    claim, mutants = result.claim, result.mutant_results
    false = [mutant for mutant in mutants if not (mutant.equivalent or mutant.ill_formed)]
    return {
        "id": claim.id,
        "exercise": claim.exercise,
        "part": {
            "number": part.number,
            "question": part.question,
            "answer": part.answer,
            "beyond": part.beyond,
        },
        "title": claim.title,
        "statement": claim.statement,
        "verdict": result.verdict.value,
        "scope": result.scope.value,
        "problems": list(result.problems),
        "methods": [_method(method, outcome) for method, outcome in zip(claim.methods, result.outcomes, strict=True)],
        "mutants": {
            "tried": len(false),
            "refuted": sum(bool(mutant.refuted_by) for mutant in false),
            "equivalent": sum(bool(mutant.equivalent) for mutant in mutants),
            "ill_formed": sum(bool(mutant.ill_formed) for mutant in mutants),
            "list": [_mutant(mutant) for mutant in mutants],
        },
        "formula": claim.formula,
        "conditions": [
            {"relation": condition.relation, "indices": dict(condition.indices)} for condition in claim.conditions
        ],
        "steps": [{"text": step.text, "formula": step.formula, "defines": step.defines} for step in claim.steps],
        "values": dict(claim.values),
    }


def _method(method: Method[Any], outcome: Outcome) -> dict[str, Any]:
    record: dict[str, Any] = {"name": method.name, "library": method.library}
    match outcome:
        case Holds(scope, detail):
            return record | {"outcome": "holds", "scope": scope.value, "detail": detail}
        case Refuted():
            return record | {"outcome": "refuted", "scope": None, "detail": str(outcome)}
        case IllFormed(reason):
            return record | {"outcome": "ill-formed", "scope": None, "detail": reason}
        case _:
            return record | {"outcome": "undecided", "scope": None, "detail": outcome.reason}


def _mutant(result: MutantResult) -> dict[str, Any]:
    record: dict[str, Any] = {"mutation": result.mutant.mutation, "formula": result.mutant.formula}
    if result.ill_formed:
        return record | {"ill_formed": result.ill_formed}
    record["refuted_by"] = list(result.refuted_by)
    if result.equivalent:
        return record | {"equivalent": result.equivalent}
    if result.counter_example:
        example = result.counter_example
        record["counter_example"] = {
            "computed": example.computed,
            "stated": example.stated,
            "reason": example.reason,
            "values": [list(pair) for pair in example.values.items()],
        }
    return record

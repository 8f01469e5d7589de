"""Claims about exact numbers: what follows is proved, what does not is refuted, and printed numbers are recomputed."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Symbol

from lemma.exercises.algebra.notation import unevaluated
from lemma.exercises.calculus.functions import varphi
from lemma.exercises.outcome import Holds, IllFormed, Refuted, Scope
from lemma.exercises.proof.claim import Claim, Mutant
from lemma.exercises.proof.computation import computation
from lemma.exercises.proof.mutants import Numbers
from lemma.exercises.proof.verdict import Verdict, verify_claim

A, B, S = (Symbol(name) for name in "abs")
with unevaluated():
    RULES = {"s": A * B - B, "y": varphi(S)}
fractions = st.fractions(-3, 3, max_denominator=6)


def run(given: Numbers) -> dict[str, Any]:
    if given["b"] > 50:
        raise ValueError("b is out of its range")
    net = (given["a"] - 1) * given["b"]
    return {"s": net, "y": Fraction(1) if net >= 0 else Fraction(-1)}


def run_in_floats(given: Numbers) -> dict[str, Any]:
    return {name: float(value) for name, value in run(given).items()}


def claim(a: Fraction, b: Fraction, **answers: Fraction) -> Claim[Numbers]:
    numbers = {"a": a, "b": b}
    return computation(
        claim_id="1.numbers",
        title="",
        given=numbers,
        rules=RULES,
        answers={**run(numbers), **answers},
        texts={"s": "", "y": ""},
        programs=(("fractions", "python", run), ("floats", "numpy", run_in_floats)),
    )


EXAMPLE = claim(Fraction(3), Fraction(1, 3))  # s = 2/3, y = 1


@given(fractions, fractions)
def test_what_follows_from_the_given_numbers_is_shown_by_every_method(a: Fraction, b: Fraction) -> None:
    correct = claim(a, b)
    assert [method.check(correct.subject).scope for method in correct.methods] == [  # type: ignore[union-attr]
        Scope.ALL,
        Scope.SAMPLES,
        Scope.ALL,
    ]


@given(fractions, fractions, fractions.filter(bool))
def test_a_wrong_number_is_refuted_by_every_method_with_the_right_one(
    a: Fraction, b: Fraction, error: Fraction
) -> None:
    right = claim(a, b).subject["s"]
    wrong = claim(a, b, s=right + error)
    for method in wrong.methods:
        outcome = method.check(wrong.subject)
        assert isinstance(outcome, Refuted)
        assert (Fraction(outcome.computed), Fraction(outcome.stated)) == (right, right + error)
        assert {name: Fraction(value) for name, value in outcome.values.items()} == {"a": a, "b": b}


def test_a_claim_with_its_mutants_and_steps_is_proved() -> None:
    result = verify_claim(EXAMPLE)
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())
    assert EXAMPLE.steps[0].formula == r"s = a b - b = 3 \cdot 1/3 - 1/3 = 2/3"


def test_a_wrong_answer_refutes_its_step() -> None:
    outcome = EXAMPLE.equal(*claim(Fraction(3), Fraction(1, 3), y=Fraction(-1)).steps[1].sides)
    assert isinstance(outcome, Refuted)
    assert (outcome.computed, outcome.stated) == ("1", "-1")


def test_a_changed_given_number_is_equivalent_only_if_the_same_answers_follow() -> None:
    subject = {**EXAMPLE.subject, "a": Fraction(2)}
    assert isinstance(EXAMPLE.equal(EXAMPLE.subject, subject), Refuted)
    assert isinstance(EXAMPLE.equal(EXAMPLE.subject, {**subject, "b": Fraction(2, 3)}), Holds)


def test_a_number_that_a_program_rejects_is_ill_formed() -> None:
    assert isinstance(EXAMPLE.methods[0].check({**EXAMPLE.subject, "b": Fraction(51)}), IllFormed)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, ""),
        ({"computed": "1"}, "s is printed as 1, but 1/3 follows"),
        ({"values": {"a": "3", "b": "1/3"}}, "a is printed as 3, but 2 follows"),
        ({"stated": "1"}, "s is printed as 1"),
        ({"computed": "1", "stated": "1", "reason": "the value of $y$"}, "y is printed as 1"),
    ],
)
def test_a_printed_counter_example_is_recomputed_from_the_printed_numbers(changes: Any, problem: str) -> None:
    assert EXAMPLE.recheck
    mutant: Mutant[Numbers] = Mutant("", {**EXAMPLE.subject, "a": Fraction(2)}, "a = 2")
    outcome = EXAMPLE.methods[0].check(mutant.subject)
    assert isinstance(outcome, Refuted)
    complaint = EXAMPLE.recheck(mutant, replace(outcome, **changes))
    assert complaint.startswith(problem)
    assert bool(complaint) == bool(problem)

"""A closed form is proved by base case and step; what fails only at some depth, or only for some sizes, is found."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sympy import IndexedBase, Integer

from lemma.exercises.algebra.symbols import index
from lemma.exercises.outcome import Holds, Outcome, Refuted, Scope, Unknown
from lemma.exercises.proof.claim import Claim
from lemma.exercises.proof.induction import Case, Recursion, Rule, induction
from lemma.exercises.proof.space import Sample, Space
from lemma.exercises.proof.verdict import Result, Verdict, verify_claim

# Each result is q times the result before, plus s. The closed form a x + c s has the parameters a and c.
i, n = index("i"), index("n")
q, s, x, a, c = (IndexedBase(name) for name in "qsxac")
VECTORS = {q: (n,), s: (n,), x: (n,)}
SERIES = Recursion(
    base=Space(VECTORS, {i: n}),
    step=Space({**VECTORS, a: (n,), c: (n,)}, {i: n}),
    start=x[i],
    advance=q[i] * (a[i] * x[i] + c[i] * s[i]) + s[i],
    closed=lambda power, terms: power * x[i] + terms * s[i],
    parameters={a: (i,), c: (i,)},
)
BASE, STEP = (Integer(1), Integer(0)), (q[i] * a[i], q[i] * c[i] + 1)
RULE = Rule(BASE, STEP)


def cases() -> tuple[Case, ...]:
    start = Sample({n: 2}, {q: np.array([[2.0, -3.0]]), s: np.array([[1.0, 4.0]]), x: np.array([[5.0, 0.5]])})
    return ((start, *[Sample({n: 2}, {})] * 4),)


def iterate(case: Case) -> list[Any]:
    factor, term, result = (case[0].arrays[array] for array in (q, s, x))
    results = [result]
    for _ in case[1:]:
        results.append(factor * results[-1] + term)
    return results


def claim(rule: Rule = RULE) -> Claim[Rule]:
    return replace(
        induction(
            claim_id="5.series",
            title="",
            statement="",
            recursion=SERIES,
            rule=RULE,
            cases=cases,
            programs={("iteration", "numpy"): iterate},
            steps=(),
        ),
        subject=rule,
    )


@pytest.fixture(scope="module")
def result() -> Result:
    return verify_claim(claim())


def outcomes(rule: Rule) -> dict[str, Outcome]:
    return {method.library: method.check(rule) for method in claim().methods}


def test_a_closed_form_is_proved_for_every_depth_and_size(result: Result) -> None:
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())


def test_mutants_of_base_and_step_are_refuted_by_what_is_printed(result: Result) -> None:
    refuted = [mutant for mutant in result.mutant_results if not (mutant.equivalent or mutant.ill_formed)]
    changed = {mutant.mutant.subject.base == RULE.base for mutant in refuted}
    assert changed == {True, False}
    assert all(mutant.counter_example for mutant in refuted)


def test_a_wrong_base_case_is_refuted_though_the_step_holds() -> None:
    wrong = Rule((Integer(1), Integer(1)), STEP)
    assert all(isinstance(outcome, Refuted) for outcome in outcomes(wrong).values())


def test_a_step_that_no_tested_size_refutes_is_not_proved() -> None:
    vanishes = (n - 1) * (n - 2) * (n - 3) * (n - 4)
    wrong = outcomes(Rule(BASE, (STEP[0], STEP[1] + vanishes)))
    assert isinstance(wrong["sympy"], Unknown)
    assert all(isinstance(wrong[library], Holds) for library in ("z3", "numpy"))
    assert all(outcome.scope is not Scope.ALL for outcome in wrong.values() if isinstance(outcome, Holds))


def test_a_program_finds_an_error_that_recursion_and_rule_share() -> None:
    lost = replace(SERIES, advance=q[i] * (a[i] * x[i] + c[i] * s[i]))
    rule, (case,) = Rule(BASE, (q[i] * a[i], q[i] * c[i])), cases()
    assert isinstance(lost.prove(rule), Holds)
    assert isinstance(lost.compare(case, iterate(case), rule), Refuted)

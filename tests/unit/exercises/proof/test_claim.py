"""The verdict on a claim: a toy claim states the number 2 + 2."""

from dataclasses import replace
from typing import Any

import pytest
import sympy

from lemma.exercises.claim import (
    Claim,
    Holds,
    Kind,
    Method,
    Mutant,
    Outcome,
    Refuted,
    Step,
    Unknown,
    Verdict,
    verify_claim,
)


def is_four(subject: int) -> Outcome:
    return Holds("computed") if subject == 4 else Refuted({"sum": "4", "stated": str(subject)})


def is_even(subject: int) -> Outcome:
    return Refuted({"remainder": "1"}) if subject % 2 else Holds()


def equal(left: int, right: int) -> Outcome:
    return Holds("the same number") if left == right else Refuted({"left": str(left), "right": str(right)})


SUM = Method("sum", Kind.SYMBOLIC, is_four)
PARITY = Method("parity", Kind.NUMERIC, is_even)


def claim(**changes: Any) -> Claim[int]:
    toy = Claim(
        id="1.toy",
        title="A sum",
        statement="2 + 2 = 4",
        subject=4,
        methods=(SUM, PARITY),
        mutants=(Mutant("off by one", 5), Mutant("doubled", 8)),
        equal=equal,
    )
    return replace(toy, **changes)


def test_a_claim_is_proved_if_all_methods_hold_and_all_mutants_are_refuted() -> None:
    result = verify_claim(claim())
    assert result.verdict is Verdict.PROVED
    assert result.problems == ()
    assert [trial.refuted_by for trial in result.mutant_results] == [("sum", "parity"), ("sum",)]
    assert result.mutant_results[0].counter_example == {"sum": "4", "stated": "5"}


def test_a_single_counter_example_refutes_a_claim() -> None:
    result = verify_claim(claim(subject=6))
    assert result.verdict is Verdict.REFUTED
    assert result.problems == ("sum: sum = 4, stated = 6",)


def test_a_method_that_cannot_decide_leaves_the_claim_undecided() -> None:
    shy: Method[int] = Method(
        "shy", Kind.SOLVER, lambda subject: is_four(subject) if subject != 4 else Unknown("time is up")
    )
    result = verify_claim(claim(methods=(SUM, PARITY, shy)))
    assert result.verdict is Verdict.UNDECIDED
    assert result.problems == ("shy cannot decide: time is up",)


def test_a_mutant_that_no_method_refutes_leaves_the_claim_undecided() -> None:
    blind: Method[int] = Method("blind", Kind.SYMBOLIC, lambda subject: Refuted({}) if subject == 8 else Holds())
    result = verify_claim(
        claim(methods=(blind, PARITY), mutants=(Mutant("plus two", 6), Mutant("doubled", 8), Mutant("odd", 8 + 1)))
    )
    assert result.verdict is Verdict.UNDECIDED
    assert "no method refutes the mutant: plus two" in result.problems


def test_a_mutant_proved_equal_is_recorded_as_equivalent_and_not_as_unrefuted() -> None:
    result = verify_claim(claim(mutants=(Mutant("off by one", 5), Mutant("3 + 1", 3 + 1))))
    assert result.verdict is Verdict.PROVED
    assert result.mutant_results[1].equivalent == "the same number"


def test_a_method_that_refutes_an_equivalent_mutant_is_reported() -> None:
    calls = []

    def moody(subject: int) -> Outcome:
        calls.append(subject)
        return Holds() if len(calls) == 1 else Refuted({"mood": "bad"})

    result = verify_claim(
        claim(
            methods=(SUM, PARITY, Method("moody", Kind.NUMERIC, moody)), mutants=(Mutant("3 + 1", 4), Mutant("odd", 5))
        )
    )
    assert result.verdict is Verdict.UNDECIDED
    assert "moody refutes what is proved equal to the subject: 3 + 1" in result.problems


def test_a_symbolic_method_that_proves_a_refuted_mutant_is_reported() -> None:
    gullible: Method[int] = Method("gullible", Kind.SYMBOLIC, lambda subject: Refuted({}) if subject == 5 else Holds())
    result = verify_claim(claim(methods=(SUM, PARITY, gullible)))
    assert result.verdict is Verdict.UNDECIDED
    assert "gullible proves what sum refutes: doubled" in result.problems


def test_a_method_that_refutes_no_mutant_leaves_the_claim_undecided() -> None:
    result = verify_claim(claim(methods=(SUM, PARITY, Method("yes", Kind.NUMERIC, lambda _: Holds()))))
    assert result.verdict is Verdict.UNDECIDED
    assert result.problems == ("yes refutes no mutant",)


@pytest.mark.parametrize(("sides", "verdict"), [((4, 4, 4), Verdict.PROVED), ((4, 5), Verdict.REFUTED)])
def test_each_step_must_equal_the_previous_step(sides: tuple[int, ...], verdict: Verdict) -> None:
    result = verify_claim(claim(steps=(Step("why", "2 + 2 = 4", sides),)))
    assert result.verdict is verdict
    assert all("step 1, 2 + 2 = 4" in problem for problem in result.problems)


def test_an_unproved_step_leaves_the_claim_undecided() -> None:
    result = verify_claim(claim(equal=lambda left, right: Unknown("hard"), steps=(Step("why", "a = b", (1, 2)),)))
    assert result.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("name", ["7", "8.iii", "4.forward", "8.iv.any-size", "12.x2"])
def test_an_id_consists_of_number_part_and_suffix(name: str) -> None:
    assert claim(id=name).exercise == int(name.split(".")[0])


@pytest.mark.parametrize("name", ["", "iv", "4.", "4.Forward", "4.iii.b.c", "x4", "4 .a"])
def test_a_malformed_id_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="claim id"):
        claim(id=name)


def test_methods_of_a_single_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two kinds"):
        claim(methods=(SUM, replace(SUM, name="again")))


def test_methods_with_equal_names_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        claim(methods=(SUM, replace(PARITY, name="sum")))


def test_a_claim_without_mutants_is_refused() -> None:
    with pytest.raises(ValueError, match="mutants"):
        claim(mutants=())


def test_a_bound_variable_with_the_name_of_an_index_of_differentiation_is_refused() -> None:
    """SymPy silently differentiates Sum(w[i]*o[i], (i, 0, n)) with respect to o[i] to Sum(w[i])."""
    i, n = sympy.symbols("i n", integer=True)
    o, w = sympy.IndexedBase("o"), sympy.IndexedBase("w")
    clash = sympy.Sum(w[i] * o[i], (i, 0, n))
    assert clash.diff(o[i]) == sympy.Sum(w[i], (i, 0, n))
    other = sympy.Symbol("i", positive=True)  # a different symbol for SymPy, but the same name
    for index in (i, other):
        for subject in (clash, (1, clash), {"E": clash}):
            with pytest.raises(ValueError, match="index of differentiation"):
                claim(subject=subject, indices=(index,))
        with pytest.raises(ValueError, match="index of differentiation"):
            claim(steps=(Step("", "", (clash, clash)),), indices=(index,))

"""The verdict on a claim: a toy claim states the number 2 + 2."""

from dataclasses import replace
from typing import Any

import pytest

from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope, Unknown
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.verdict import Verdict, verify_claim


def is_four(subject: int) -> Outcome:
    if subject < 0:
        return IllFormed("a negative sum")
    return Holds(Scope.ALL, "computed") if subject == 4 else Refuted(computed="4", stated=str(subject))


def is_even(subject: int) -> Outcome:
    return Refuted({"r": "1"}, computed="4", stated=str(subject)) if subject % 2 else Holds(Scope.SAMPLES)


def equal(left: int, right: int) -> Outcome:
    return Holds(Scope.ALL, "the same number") if left == right else Refuted(computed=str(left), stated=str(right))


SUM, PARITY = Method("sum", "sympy", is_four), Method("parity", "numpy", is_even)
NINE = Mutant("odd", 9, "9")


def claim(**changes: Any) -> Claim[int]:
    toy = Claim(
        id="1.toy",
        title="A sum",
        statement="2 + 2 = 4",
        subject=4,
        formula="2 + 2",
        methods=(SUM, PARITY),
        mutants=(Mutant("off by one", 5, "5"), Mutant("doubled", 8, "8")),
        equal=equal,
    )
    return replace(toy, **changes)


def method(name: str, *refuted: int, holds: Outcome = Holds(Scope.SAMPLES)) -> Method[int]:  # noqa: B008 - frozen
    """Return a method that refutes the given subjects only."""
    return Method(
        name, "z3", lambda subject: Refuted(computed="4", stated=str(subject)) if subject in refuted else holds
    )


def test_a_claim_is_proved_if_a_method_holds_for_all_cases_and_all_mutants_are_refuted() -> None:
    result = verify_claim(claim())
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())
    assert [mutant.refuted_by for mutant in result.mutant_results] == [("sum", "parity"), ("sum",)]
    assert result.mutant_results[0].counter_example == Refuted(computed="4", stated="5")


@pytest.mark.parametrize("scope", [Scope.SIZES, Scope.SAMPLES])
def test_a_claim_is_only_checked_if_no_method_holds_for_all_cases(scope: Scope) -> None:
    partly = method("partly", 5, 8, holds=Holds(scope, largest=3))
    result = verify_claim(claim(methods=(partly, PARITY)))
    assert (result.verdict, result.scope) == (Verdict.CHECKED, scope)


def test_a_claim_is_only_checked_if_a_step_is_not_proved_for_all_cases() -> None:
    result = verify_claim(claim(steps=(Step("why", "a", proof=Holds(Scope.SAMPLES)),)))
    assert (result.verdict, result.scope) == (Verdict.CHECKED, Scope.SIZES)


def test_a_single_counter_example_refutes_a_claim() -> None:
    result = verify_claim(claim(subject=6))
    assert result.verdict is Verdict.REFUTED
    assert result.problems == ("sum: computed 4, stated 6",)


def test_an_ill_formed_subject_is_refuted() -> None:
    assert verify_claim(claim(subject=-4)).verdict is Verdict.REFUTED


def test_a_method_that_cannot_decide_leaves_the_claim_undecided() -> None:
    result = verify_claim(claim(methods=(SUM, PARITY, method("shy", 5, 8, holds=Unknown("time is up")))))
    assert result.verdict is Verdict.UNDECIDED
    assert result.problems == ("shy is undecided: time is up",)


def test_a_mutant_that_no_method_refutes_leaves_the_claim_undecided() -> None:
    mutants = (Mutant("plus two", 6, "6"), Mutant("doubled", 8, "8"), NINE)
    result = verify_claim(claim(methods=(method("blind", 8), PARITY), mutants=mutants))
    assert result.verdict is Verdict.UNDECIDED
    assert "no method refutes the mutant: plus two" in result.problems


def test_an_equivalent_mutant_is_not_counted_as_refuted() -> None:
    result = verify_claim(claim(mutants=(Mutant("off by one", 5, "5"), Mutant("3 + 1", 3 + 1, "3 + 1"))))
    assert result.verdict is Verdict.PROVED
    assert result.mutant_results[1].equivalent == "the same number"
    assert result.mutant_results[1].refuted_by == ()


@pytest.mark.parametrize("changes", [{}, {"check_form": lambda subject: IllFormed("odd") if subject == -1 else None}])
def test_an_ill_formed_mutant_is_not_counted_as_refuted(changes: dict[str, Any]) -> None:
    result = verify_claim(claim(mutants=(Mutant("off by one", 5, "5"), Mutant("negative", -1, "-1")), **changes))
    assert result.verdict is Verdict.PROVED
    assert result.mutant_results[1].ill_formed
    assert result.mutant_results[1].refuted_by == ()


def test_a_method_that_refutes_an_equivalent_mutant_is_reported() -> None:
    calls: list[int] = []

    def check(subject: int) -> Outcome:
        calls.append(subject)
        return Holds(Scope.SAMPLES) if len(calls) == 1 else Refuted(computed="4", stated="4")

    methods = (SUM, PARITY, Method("moody", "z3", check))
    result = verify_claim(claim(methods=methods, mutants=(Mutant("3 + 1", 4, "4"), Mutant("odd", 5, "5"))))
    assert result.verdict is Verdict.UNDECIDED
    assert "moody refutes what is proved equal to the subject: 3 + 1" in result.problems


@pytest.mark.parametrize("proof", [Holds(Scope.ALL), Holds(Scope.SIZES, largest=3)])
def test_nobody_refutes_what_a_solver_or_a_symbolic_method_proves(proof: Holds) -> None:
    result = verify_claim(claim(methods=(SUM, PARITY, method("gullible", 5, holds=proof))))
    assert result.verdict is Verdict.UNDECIDED
    assert "gullible proves what sum refutes: doubled" in result.problems


def test_a_counter_example_beyond_the_sizes_of_a_proof_is_no_contradiction() -> None:
    large: Method[int] = Method(
        "large", "numpy", lambda subject: Refuted({"n": "4"}, "4", str(subject), {"n": 4}) if subject != 4 else SMALL
    )
    methods = (large, method("small", 5, holds=Holds(Scope.SIZES, largest=3)))
    assert verify_claim(claim(methods=methods)).verdict is Verdict.CHECKED


SMALL = Holds(Scope.SAMPLES)


def test_a_method_that_refutes_no_mutant_leaves_the_claim_undecided() -> None:
    result = verify_claim(claim(methods=(SUM, PARITY, method("yes"))))
    assert result.verdict is Verdict.UNDECIDED
    assert result.problems == ("yes refutes no mutant",)


def test_a_counter_example_must_falsify_the_printed_mutant() -> None:
    """The subject of the mutant is wrong, but its printed formula has the right value."""
    result = verify_claim(claim(mutants=(Mutant("off by one", 5, "4"), Mutant("odd", 9, "9"))))
    assert result.verdict is Verdict.UNDECIDED
    assert "the stated value is printed as 5, but the printed formula gives 4" in result.problems[0]


@pytest.mark.parametrize(("sides", "verdict"), [((4, 4, 4), Verdict.PROVED), ((4, 5), Verdict.REFUTED)])
def test_each_step_must_equal_the_previous_step(sides: tuple[int, ...], verdict: Verdict) -> None:
    result = verify_claim(claim(steps=(Step("why", "2 + 2 = 4", sides),)))
    assert result.verdict is verdict
    assert all("step 1, 2 + 2 = 4" in problem for problem in result.problems)


def test_an_unproved_step_leaves_the_claim_undecided() -> None:
    result = verify_claim(claim(steps=(Step("why", "a = b", proof=Unknown("hard")),)))
    assert result.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("sides", [(), (4,)])
def test_a_step_without_anything_to_check_is_refused(sides: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="step 1 has nothing to check"):
        claim(steps=(Step("It is easily seen.", "2 + 2 = 4", sides),))
    assert verify_claim(claim(steps=(Step("Let a be 4.", "a = 4", defines=True),))).verdict is Verdict.PROVED


@pytest.mark.parametrize("name", ["7", "8.iii", "4.forward", "8.iv.any-size", "12.x2"])
def test_an_id_consists_of_number_part_and_suffix(name: str) -> None:
    assert claim(id=name).exercise == int(name.split(".")[0])


@pytest.mark.parametrize("name", ["", "iv", "4.", "4.Forward", "4.iii.b.c", "x4", "4 .a"])
def test_a_malformed_id_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="claim id"):
        claim(id=name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"methods": (SUM, replace(SUM, name="again"))}, "at least two libraries"),
        ({"methods": (SUM, replace(PARITY, name="sum"))}, "same name"),
        ({"mutants": ()}, "mutants"),
        ({"formula": ""}, "check printed counter-examples"),
    ],
)
def test_a_claim_without_independent_evidence_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        claim(**changes)

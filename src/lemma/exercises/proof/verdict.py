"""The verdict on a claim, from the outcomes of its methods on the subject and on its mutants. A claim is

- *refuted* if a method refutes the subject or a step of the derivation;
- *undecided* if a method or a step is undecided, a well-formed mutant is neither refuted nor proved equivalent to the
  subject, a method refutes no mutant and so has not shown that it can fail, or two outcomes contradict each other:
  what a method shows for all values, no other method refutes at these sizes;
- *proved* if at least one method holds for every size and every value, and each step is proved in the same sense;
- *checked* otherwise, in the largest scope of its methods.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope, Unknown, first_failure
from lemma.exercises.proof.claim import Claim, Mutant, S, Step
from lemma.exercises.proof.recheck import recheck


class Verdict(StrEnum):
    """The overall verdict on a claim."""

    PROVED = "proved"
    CHECKED = "checked"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class MutantResult:
    """What the methods found about a mutant.

    Attributes:
        mutant: The mutant.
        refuted_by: Names of the methods that refute it.
        counter_example: The first counter-example.
        equivalent: The proof that it is equivalent to the subject, in words.
        ill_formed: Why it has no meaning.
    """

    mutant: Mutant[Any]
    refuted_by: tuple[str, ...] = ()
    counter_example: Refuted | None = None
    equivalent: str = ""
    ill_formed: str = ""


@dataclass(frozen=True)
class Result:
    """A checked claim; `problems` explains why it is neither proved nor checked.

    Attributes:
        outcomes: Outcome of each method.
        mutant_results: Result of each mutant.
        verdict: The verdict.
        scope: The largest scope of the methods, at most that of the weakest step.
    """

    claim: Claim[Any]
    outcomes: tuple[Outcome, ...]
    mutant_results: tuple[MutantResult, ...]
    verdict: Verdict
    scope: Scope
    problems: tuple[str, ...]


def verify_claim(claim: Claim[S]) -> Result:
    """Run all methods on the claim and its mutants, check the steps, and return the result."""
    outcomes = {method.name: method.check(claim.subject) for method in claim.methods}
    steps = {f"step {number}, {step.formula}": _check_step(claim, step) for number, step in enumerate(claim.steps, 1)}
    refutations, gaps = [], []
    for name, outcome in (outcomes | steps).items():
        match outcome:
            case Refuted():
                refutations.append(f"{name}: {outcome}")
            case IllFormed(reason):
                refutations.append(f"{name} is ill-formed: {reason}")
            case Unknown(reason):
                gaps.append(f"{name} is undecided: {reason}")
    tested = [_test_mutant(claim, mutant) for mutant in claim.mutants]
    gaps += [gap for _, gap in tested if gap]
    effective = {name for result, _ in tested for name in result.refuted_by}
    gaps += [f"{method.name} refutes no mutant" for method in claim.methods if method.name not in effective]
    scopes = {outcome.scope for outcome in outcomes.values() if isinstance(outcome, Holds)}
    scope = next((scope for scope in Scope if scope in scopes), Scope.SAMPLES)
    if any(isinstance(outcome, Holds) and outcome.scope is not Scope.ALL for outcome in steps.values()):
        scope = max(scope, Scope.SIZES, key=list(Scope).index)
    verdict = Verdict.PROVED if scope is Scope.ALL else Verdict.CHECKED
    if refutations or gaps:
        verdict = Verdict.REFUTED if refutations else Verdict.UNDECIDED
    # If the subject is refuted, its mutants are meaningless, and their gaps would hide the counter-example.
    results = tuple(result for result, _ in tested)
    return Result(claim, tuple(outcomes.values()), results, verdict, scope, tuple(refutations or gaps))


def _check_step(claim: Claim[S], step: Step) -> Outcome:
    """Return the outcome of a step: of its proof, or of the first pair of successive sides that is not proved equal."""
    if step.proof:
        return step.proof
    pairs = zip(step.sides, step.sides[1:], strict=False)
    return first_failure(*(claim.equal(left, right) for left, right in pairs)) if step.sides else Holds(Scope.ALL)


def _test_mutant(claim: Claim[S], mutant: Mutant[S]) -> tuple[MutantResult, str]:
    """Return the result of a mutant, and what its outcomes leave open or contradict, if anything."""
    if claim.check_form and (without_meaning := claim.check_form(mutant.subject)):
        return MutantResult(mutant, ill_formed=without_meaning.reason), ""
    outcomes = {method.name: method.check(mutant.subject) for method in claim.methods}
    for outcome in outcomes.values():
        if isinstance(outcome, IllFormed):
            return MutantResult(mutant, ill_formed=outcome.reason), ""
    refutations = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Refuted)}
    refuting = ", ".join(refutations)
    equality = claim.equal(claim.subject, mutant.subject)
    if isinstance(equality, Holds) and equality.scope is Scope.ALL:
        gap = f"{refuting} refutes what is proved equal to the subject: {mutant.mutation}" if refutations else ""
        return MutantResult(mutant, tuple(refutations), equivalent=equality.detail or "equal"), gap
    for name, outcome in outcomes.items():
        if isinstance(outcome, Holds) and any(outcome.covers(each.sizes) for each in refutations.values()):
            return MutantResult(mutant, tuple(refutations)), f"{name} proves what {refuting} refutes: {mutant.mutation}"
    if not refutations:
        return MutantResult(mutant), f"no method refutes the mutant: {mutant.mutation}"
    counter_example = next(iter(refutations.values()))
    problem = recheck_printed(claim, mutant, counter_example)
    gap = f"the counter-example of {next(iter(refutations))} does not falsify: {mutant.mutation}: {problem}"
    return MutantResult(mutant, tuple(refutations), counter_example), gap if problem else ""


def recheck_printed(claim: Claim[S], mutant: Mutant[S], counter_example: Refuted) -> str:
    """Return why a counter-example as printed does not falsify a mutant as printed, or an empty string if it does."""
    if claim.recheck:
        return claim.recheck(mutant, counter_example)
    return recheck(claim.formula, mutant.formula, claim.conditions, counter_example)

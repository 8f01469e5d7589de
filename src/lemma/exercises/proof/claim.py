"""Claims, the evidence for them, and the conditions under which a claim counts as proved.

Read this module first: everything else in the package builds claims or supplies their methods.

A claim has a *subject*, the object that is asserted: a formula, or a set of exact numbers. Several independent
*methods* examine the subject and return an outcome each (see `outcome`): it holds, in a scope; it is refuted by a
counter-example; it is ill-formed; or the method cannot decide. *Mutants* are falsified subjects. The claim is

- *refuted* if a method refutes the subject or a step of the derivation;
- *undecided* if a method or a step is undecided, a well-formed mutant is neither refuted nor proved equivalent to the
  subject, a method refutes no mutant and so has not shown that it can fail, or two outcomes contradict each other:
  what a method shows for all values, no other method refutes at these sizes;
- *proved* if at least one method holds for every size and every value, and each step is proved in the same sense;
- *checked* otherwise, in the largest scope of its methods.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope, Unknown, first_failure
from lemma.exercises.proof.recheck import recheck
from lemma.exercises.proof.space import Condition

S = TypeVar("S")
ID_PATTERN = re.compile(r"^\d+(\.[ivx]+)?(\.[a-z0-9-]+)?$")


class Verdict(StrEnum):
    """The overall verdict on a claim."""

    PROVED = "proved"
    CHECKED = "checked"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Method(Generic[S]):
    """A way to check a subject that is independent of the other methods of its claim.

    Attributes:
        name: What is done, in a few words.
        library: The library that computes: sympy, z3, torch, numpy or python.
        check: Returns the outcome for a subject.
    """

    name: str
    library: str
    check: Callable[[S], Outcome]


@dataclass(frozen=True)
class Mutant(Generic[S]):
    """A falsified subject, with a description of the change (LaTeX between dollar signs) and its formula in LaTeX."""

    mutation: str
    subject: S
    formula: str = ""


@dataclass(frozen=True)
class Step:
    """A step of a derivation.

    Attributes:
        text: Its justification, with LaTeX between dollar signs.
        formula: Its formula in LaTeX.
        sides: The expressions that it states are equal: at least two, unless `proof` or `defines` is given.
        proof: The outcome of a separate proof, for a step that is not an equation between formulas.
        defines: Whether the step introduces a notation, and so asserts nothing.
    """

    text: str
    formula: str
    sides: tuple[Any, ...] = ()
    proof: Outcome | None = None
    defines: bool = False


@dataclass(frozen=True)
class Claim(Generic[S]):
    """A statement with the evidence for it.

    Attributes:
        id: Exercise, part and suffix, such as 8.iii or 4.forward.
        title: Short title.
        statement: The statement in LaTeX.
        subject: The object that is asserted.
        methods: Methods of at least two libraries.
        mutants: Falsified subjects, at least one.
        equal: Decides whether two subjects, or two sides of a step, are equal.
        check_form: Returns why a subject has no meaning at some size, or None; by default, the methods find out.
        formula: The LaTeX of the subject alone, as the formulas of the mutants are written; a counter-example of a
            mutant is evaluated with both. Empty if the subject is not a formula.
        conditions: What the values of a counter-example satisfy.
        recheck: Returns why a counter-example of a mutant does not falsify it, judged by the printed values alone, or
            an empty string; by default, the printed formulas are evaluated.
        steps: Derivation.
        values: Exact numbers for tables and figures.

    Raises:
        ValueError: If the claim is malformed, which is an error in the module that states it.
    """

    id: str
    title: str
    statement: str
    subject: S
    methods: tuple[Method[S], ...]
    mutants: tuple[Mutant[S], ...]
    equal: Callable[[Any, Any], Outcome]
    check_form: Callable[[S], IllFormed | None] | None = None
    formula: str = ""
    conditions: tuple[Condition, ...] = ()
    recheck: Callable[[Mutant[S], Refuted], str] | None = None
    steps: tuple[Step, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not ID_PATTERN.match(self.id):
            raise ValueError(f"claim id '{self.id}' does not match {ID_PATTERN.pattern}; valid are 8.iii and 4.forward")
        if len({method.name for method in self.methods}) < len(self.methods):
            raise ValueError(f"{self.id}: two methods have the same name")
        if len({method.library for method in self.methods}) < 2:
            raise ValueError(f"{self.id}: needs methods of at least two libraries to be independent")
        if not (self.formula or self.recheck):
            raise ValueError(f"{self.id}: needs a formula or a function to check printed counter-examples with")
        if not self.mutants:
            raise ValueError(f"{self.id}: needs mutants, which show that its methods can fail")
        for number, step in enumerate(self.steps, 1):
            if not (len(step.sides) > 1 or step.proof or step.defines):
                raise ValueError(f"{self.id}: step {number} has nothing to check; give sides, a proof, or a definition")

    @property
    def exercise(self) -> int:
        """Return the number of the exercise."""
        return int(self.id.split(".")[0])


@dataclass(frozen=True)
class Part:
    """A part of an exercise: the question, the answer in one or two sentences, and the claims that prove it.

    Attributes:
        number: Number on the sheet, such as "iii"; empty if the exercise has one part.
        question: The question in our own words, with LaTeX between dollar signs.
        answer: The answer in one or two sentences.
        claims: The claims, in reading order.
        beyond: Why the part is there although the sheet does not ask for it; empty if it does.
    """

    number: str
    question: str
    answer: str
    claims: tuple[Claim[Any], ...]
    beyond: str = ""


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

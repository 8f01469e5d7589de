"""What a claim is, and when it counts as proved.

A claim has a *subject*, the object that is stated: a formula, a set of exact numbers. Independent *methods* look at a
subject and answer with an outcome: it holds, it is refuted by a counter-example, or they cannot tell. *Mutants* are
falsified subjects. A claim is proved when
- every method holds on the subject, and every step of the derivation is proved equal to the one before;
- every mutant is refuted by some method, or proved equal to the subject, in which case it was no falsification;
- every method refutes some mutant: one that cannot say no is no witness;
- no two answers contradict each other: what a symbolic method proves, or equality with the subject, nobody refutes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

import sympy

S = TypeVar("S")
SHOWN = 8  # values of a counter-example in a message
ID = re.compile(r"^\d+(\.[ivx]+)?(\.[a-z0-9-]+)?$")


class Kind(StrEnum):
    """How a method knows."""

    SYMBOLIC = "symbolic"
    NUMERIC = "numeric"
    EXHAUSTIVE = "exhaustive"
    SOLVER = "solver"
    AUTOGRAD = "autograd"
    FINITE_DIFFERENCES = "finite-differences"


class Verdict(StrEnum):
    """What all answers together say of a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Holds:
    """The statement holds; `detail` says for what it was shown."""

    detail: str = ""


@dataclass(frozen=True)
class Refuted:
    """The statement fails at `counter_example`: each name with its value, as a person writes it."""

    counter_example: Mapping[str, str]

    def __str__(self) -> str:
        values = [f"{name} = {value}" for name, value in self.counter_example.items()]
        return ", ".join(values[:SHOWN]) + (f" and {len(values) - SHOWN} more" if len(values) > SHOWN else "")


@dataclass(frozen=True)
class Unknown:
    """The method cannot tell."""

    reason: str


Outcome = Holds | Refuted | Unknown


@dataclass(frozen=True)
class Method(Generic[S]):
    """One way to check a subject, independent of the other methods of its claim."""

    name: str
    kind: Kind
    check: Callable[[S], Outcome]


@dataclass(frozen=True)
class Mutant(Generic[S]):
    """A falsified subject, what was done to it in words (LaTeX between dollar signs), and what it says in LaTeX."""

    mutation: str
    subject: S
    formula: str = ""


@dataclass(frozen=True)
class Step:
    """One line of a derivation: why it is allowed, its LaTeX, and the expressions that it says are equal."""

    text: str
    formula: str
    sides: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Claim(Generic[S]):
    """A statement with what it takes to believe it.

    `statement` is LaTeX. `equal` decides whether two subjects, or two sides of a step, are the same object: `Holds`
    must be a proof. `indices` are the indices of differentiation. `values` are exact numbers for tables and figures.

    Raises:
        ValueError: the claim is malformed, see `__post_init__`; that is a mistake in the module that states it.
    """

    id: str
    title: str
    statement: str
    subject: S
    methods: tuple[Method[S], ...]
    mutants: tuple[Mutant[S], ...]
    equal: Callable[[Any, Any], Outcome]
    steps: tuple[Step, ...] = ()
    indices: tuple[sympy.Symbol, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not ID.match(self.id):
            raise ValueError(f"claim id '{self.id}' does not match {ID.pattern}, as 8.iii or 4.forward does")
        if len({method.name for method in self.methods}) < len(self.methods):
            raise ValueError(f"{self.id}: two methods have the same name")
        if len({method.kind for method in self.methods}) < 2:
            raise ValueError(f"{self.id}: needs methods of at least two kinds to be independent")
        if not self.mutants:
            raise ValueError(f"{self.id}: needs mutants, or nothing shows that its methods can fail")
        for subject in (self.subject, *(side for step in self.steps for side in step.sides)):
            refuse_bound_index(subject, self.indices, self.id)

    @property
    def exercise(self) -> int:
        """Return the number of the exercise that the claim belongs to."""
        return int(self.id.split(".")[0])


def refuse_bound_index(subject: Any, indices: tuple[sympy.Symbol, ...], where: str) -> None:
    """Refuse a sum or product whose bound variable is named like an index of differentiation.

    SymPy 1.14 then gives a wrong derivative without an error: `Sum(w[i]*o[i], (i, 0, n)).diff(o[i])` is `Sum(w[i])`.

    Raises:
        ValueError: there is such a variable.
    """
    names = {index.name for index in indices}
    parts = subject.values() if isinstance(subject, Mapping) else subject if isinstance(subject, tuple) else (subject,)
    for part in parts:
        if not isinstance(part, sympy.Basic):
            continue
        for node in part.atoms(sympy.Sum, sympy.Product, sympy.Integral):
            for variable in node.variables:
                if variable.name in names:
                    raise ValueError(f"{where}: {variable} is bound in {node} and an index of differentiation; rename")


@dataclass(frozen=True)
class MutantResult:
    """What became of a mutant: who refuted it and where it breaks, or the proof that it equals the subject."""

    mutation: str
    formula: str
    refuted_by: tuple[str, ...]
    counter_example: Mapping[str, str]
    equivalent: str = ""


@dataclass(frozen=True)
class Result:
    """A verified claim; `problems` says in words why it is not proved."""

    claim: Claim[Any]
    outcomes: tuple[Outcome, ...]
    mutant_results: tuple[MutantResult, ...]
    verdict: Verdict
    problems: tuple[str, ...]


def verify_claim(claim: Claim[S]) -> Result:
    """Run every method on the claim and on its mutants, check its steps, and return the result."""
    outcomes = tuple(method.check(claim.subject) for method in claim.methods)
    refutations = [
        f"{method.name}: {outcome}"
        for method, outcome in zip(claim.methods, outcomes, strict=True)
        if isinstance(outcome, Refuted)
    ]
    doubts = [
        f"{method.name} cannot tell: {outcome.reason}"
        for method, outcome in zip(claim.methods, outcomes, strict=True)
        if isinstance(outcome, Unknown)
    ]
    for number, step in enumerate(claim.steps, 1):
        for left, right in zip(step.sides, step.sides[1:], strict=False):
            match claim.equal(left, right):
                case Refuted() as outcome:
                    refutations.append(f"step {number}, {step.formula}: {outcome}")
                case Unknown(reason):
                    doubts.append(f"step {number}, {step.formula}, is not proved: {reason}")
    mutant_results = []
    for mutant in claim.mutants:
        trial, contradiction = _test_mutant(claim, mutant)
        mutant_results.append(trial)
        if contradiction:
            doubts.append(contradiction)
        elif not trial.refuted_by and not trial.equivalent:
            doubts.append(f"no method refutes the mutant: {mutant.mutation}")
    heard = {name for trial in mutant_results for name in trial.refuted_by}
    doubts += [f"{method.name} refutes no mutant" for method in claim.methods if method.name not in heard]
    verdict = Verdict.REFUTED if refutations else Verdict.UNDECIDED if doubts else Verdict.PROVED
    # with a refuted subject the mutants say nothing: their complaints would bury the counter-example
    return Result(claim, outcomes, tuple(mutant_results), verdict, tuple(refutations or doubts))


def _test_mutant(claim: Claim[S], mutant: Mutant[S]) -> tuple[MutantResult, str]:
    """Return the trial of a mutant, and the contradiction between its judges if there is one."""
    outcomes = {method.name: method.check(mutant.subject) for method in claim.methods}
    refuted = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Refuted)}
    equality = claim.equal(claim.subject, mutant.subject)
    if isinstance(equality, Holds):
        trial = MutantResult(mutant.mutation, mutant.formula, tuple(refuted), {}, equality.detail or "equal")
        wrong = f"{', '.join(refuted)} refutes what is proved equal to the subject: {mutant.mutation}"
        return trial, wrong if refuted else ""
    example = next(iter(refuted.values())).counter_example if refuted else {}
    provers = [
        method.name
        for method in claim.methods
        if method.kind is Kind.SYMBOLIC and isinstance(outcomes[method.name], Holds)
    ]
    wrong = f"{', '.join(provers)} proves what {', '.join(refuted)} refutes: {mutant.mutation}"
    return MutantResult(mutant.mutation, mutant.formula, tuple(refuted), example), wrong if refuted and provers else ""

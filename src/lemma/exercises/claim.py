"""Claims, the evidence for them, and the conditions under which a claim counts as proved.

Read this module first: everything else in the package builds claims or supplies their methods.

A claim has a *subject*, the object that is asserted: a formula, or a set of exact numbers. Several independent
*methods* examine the subject, and each returns an outcome: the subject holds, it is refuted by a counter-example, or
the method cannot decide. *Mutants* are falsified subjects. A claim is proved if

- every method holds on the subject, and each step of the derivation is proved equal to the previous one;
- every mutant is refuted by at least one method, or is proved equivalent to the subject;
- every method refutes at least one mutant, which shows that the method is able to fail;
- no outcomes contradict each other: nothing is refuted that is proved by a symbolic method or by equality.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

import sympy

S = TypeVar("S")
MAX_VALUES = 8  # values of a counter-example in a message
REASON = "reason"  # key of a counter-example whose value is an explanation in words
ID_PATTERN = re.compile(r"^\d+(\.[ivx]+)?(\.[a-z0-9-]+)?$")


class Kind(StrEnum):
    """The kind of evidence that a method provides."""

    SYMBOLIC = "symbolic"
    NUMERIC = "numeric"
    EXHAUSTIVE = "exhaustive"
    SOLVER = "solver"
    AUTOGRAD = "autograd"
    FINITE_DIFFERENCES = "finite-differences"


class Verdict(StrEnum):
    """The overall verdict on a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Holds:
    """The statement holds; `detail` gives the scope for which this was shown."""

    detail: str = ""


@dataclass(frozen=True)
class Refuted:
    """The statement fails at `counter_example`: values by name, formatted for people."""

    counter_example: Mapping[str, str]

    def __str__(self) -> str:
        values = [value if name == REASON else f"{name} = {value}" for name, value in self.counter_example.items()]
        more = f" and {len(values) - MAX_VALUES} more" if len(values) > MAX_VALUES else ""
        return ", ".join(values[:MAX_VALUES]) + more


@dataclass(frozen=True)
class Unknown:
    """The method cannot decide, for `reason`."""

    reason: str


Outcome = Holds | Refuted | Unknown


@dataclass(frozen=True)
class Method(Generic[S]):
    """A way to check a subject that is independent of the other methods of its claim."""

    name: str
    kind: Kind
    check: Callable[[S], Outcome]


@dataclass(frozen=True)
class Mutant(Generic[S]):
    """A falsified subject, with a description of the change (LaTeX between dollar signs) and its formula in LaTeX."""

    mutation: str
    subject: S
    formula: str = ""


@dataclass(frozen=True)
class Step:
    """A step of a derivation: its justification, its formula in LaTeX, and the expressions that it states are equal."""

    text: str
    formula: str
    sides: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Claim(Generic[S]):
    """A statement with the evidence for it.

    Attributes:
        id: Exercise, part and suffix, such as 8.iii or 4.forward.
        title: Short title.
        statement: The statement in LaTeX.
        subject: The object that is asserted.
        methods: At least two methods of different kinds.
        mutants: Falsified subjects, at least one.
        equal: Decides whether two subjects, or two sides of a step, are equal; `Holds` must be a proof.
        steps: Derivation.
        indices: Indices with respect to whose entries the claim differentiates.
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
    steps: tuple[Step, ...] = ()
    indices: tuple[sympy.Symbol, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not ID_PATTERN.match(self.id):
            raise ValueError(f"claim id '{self.id}' does not match {ID_PATTERN.pattern}; valid are 8.iii and 4.forward")
        if len({method.name for method in self.methods}) < len(self.methods):
            raise ValueError(f"{self.id}: two methods have the same name")
        if len({method.kind for method in self.methods}) < 2:
            raise ValueError(f"{self.id}: needs methods of at least two kinds to be independent")
        if not self.mutants:
            raise ValueError(f"{self.id}: needs mutants, which show that its methods can fail")
        for expression in (self.subject, *(side for step in self.steps for side in step.sides)):
            refuse_bound_index(expression, self.indices, self.id)

    @property
    def exercise(self) -> int:
        """Return the number of the exercise."""
        return int(self.id.split(".")[0])


def refuse_bound_index(subject: Any, indices: tuple[sympy.Symbol, ...], where: str) -> None:
    """Refuse a sum or product whose bound variable has the name of an index of differentiation.

    SymPy 1.14 silently returns a wrong derivative in this case: `Sum(w[i]*o[i], (i, 0, n)).diff(o[i])` is `Sum(w[i])`.

    Raises:
        ValueError: If there is such a variable.
    """
    names = {index.name for index in indices}
    parts = subject.values() if isinstance(subject, Mapping) else subject if isinstance(subject, tuple) else (subject,)
    for part in parts:
        if not isinstance(part, sympy.Basic):
            continue
        for node in part.atoms(sympy.Sum, sympy.Product, sympy.Integral):
            for variable in node.variables:
                if variable.name in names:
                    raise ValueError(
                        f"{where}: {variable} is a bound variable of {node} and an index of differentiation; rename one"
                    )


@dataclass(frozen=True)
class MutantResult:
    """The methods that refuted a mutant with a counter-example, or the proof that it is equivalent to the subject."""

    mutation: str
    formula: str
    refuted_by: tuple[str, ...]
    counter_example: Mapping[str, str]
    equivalent: str = ""


@dataclass(frozen=True)
class Result:
    """A checked claim; `problems` explains why it is not proved."""

    claim: Claim[Any]
    outcomes: tuple[Outcome, ...]
    mutant_results: tuple[MutantResult, ...]
    verdict: Verdict
    problems: tuple[str, ...]


def verify_claim(claim: Claim[S]) -> Result:
    """Run all methods on the claim and its mutants, check the steps, and return the result."""
    outcomes = tuple(method.check(claim.subject) for method in claim.methods)
    refutations = [
        f"{method.name}: {outcome}"
        for method, outcome in zip(claim.methods, outcomes, strict=True)
        if isinstance(outcome, Refuted)
    ]
    gaps = [
        f"{method.name} cannot decide: {outcome.reason}"
        for method, outcome in zip(claim.methods, outcomes, strict=True)
        if isinstance(outcome, Unknown)
    ]
    for number, step in enumerate(claim.steps, 1):
        for left, right in zip(step.sides, step.sides[1:], strict=False):
            match claim.equal(left, right):
                case Refuted() as outcome:
                    refutations.append(f"step {number}, {step.formula}: {outcome}")
                case Unknown(reason):
                    gaps.append(f"step {number}, {step.formula}, is not proved: {reason}")
    mutant_results = []
    for mutant in claim.mutants:
        result, contradiction = _test_mutant(claim, mutant)
        mutant_results.append(result)
        if contradiction:
            gaps.append(contradiction)
        elif not result.refuted_by and not result.equivalent:
            gaps.append(f"no method refutes the mutant: {mutant.mutation}")
    effective = {name for result in mutant_results for name in result.refuted_by}
    gaps += [f"{method.name} refutes no mutant" for method in claim.methods if method.name not in effective]
    verdict = Verdict.REFUTED if refutations else Verdict.UNDECIDED if gaps else Verdict.PROVED
    # If the subject is refuted, its mutants are meaningless, and their gaps would hide the counter-example.
    return Result(claim, outcomes, tuple(mutant_results), verdict, tuple(refutations or gaps))


def _test_mutant(claim: Claim[S], mutant: Mutant[S]) -> tuple[MutantResult, str]:
    """Return the result of a mutant, and a description of the contradiction between its outcomes, if any."""
    outcomes = {method.name: method.check(mutant.subject) for method in claim.methods}
    refutations = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Refuted)}
    refuting = ", ".join(refutations)
    equality = claim.equal(claim.subject, mutant.subject)
    if isinstance(equality, Holds):
        result = MutantResult(mutant.mutation, mutant.formula, tuple(refutations), {}, equality.detail or "equal")
        contradiction = f"{refuting} refutes what is proved equal to the subject: {mutant.mutation}"
        return result, contradiction if refutations else ""
    counter_example = next(iter(refutations.values())).counter_example if refutations else {}
    result = MutantResult(mutant.mutation, mutant.formula, tuple(refutations), counter_example)
    proofs = [
        method.name
        for method in claim.methods
        if method.kind is Kind.SYMBOLIC and isinstance(outcomes[method.name], Holds)
    ]
    contradiction = f"{', '.join(proofs)} proves what {refuting} refutes: {mutant.mutation}"
    return result, contradiction if refutations and proofs else ""

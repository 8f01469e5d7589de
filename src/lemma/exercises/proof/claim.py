"""Claims, the evidence for them, and the conditions under which a claim counts as proved.

Read this module first: everything else in the package builds claims or supplies their methods.

A claim has a *subject*, the object that is asserted: a formula, or a set of exact numbers. Several independent
*methods* examine the subject and return an outcome each (see `outcome`): it holds, in a scope; it is refuted by a
counter-example; it is ill-formed; or the method cannot decide. *Mutants* are falsified subjects. `verdict` says what
follows from all this about the claim.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from lemma.exercises.outcome import IllFormed, Outcome, Refuted
from lemma.exercises.proof.space import Condition

S = TypeVar("S")
ID_PATTERN = re.compile(r"^\d+(\.[ivx]+)?(\.[a-z0-9-]+)?$")


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

"""Claims that two predicates accept the same inputs, for every size: `equivalence` derives the methods and the mutants.

A predicate is a relation of SymPy, such as sigma(s) >= theta with the net input s of a neuron, or s >= 0. The given
predicate applies an increasing activation to a net input; SymPy solves it for the net input. Two half-spaces are the
same for every size if the differences of their sides are positive multiples of each other.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy
import torch
from sympy import IndexedBase, Symbol
from sympy.core.relational import Relational

from lemma.exercises.algebra.evaluate import Sizes, evaluate
from lemma.exercises.algebra.notation import latex
from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope, Unknown
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.mutants import mutate
from lemma.exercises.proof.solver import ExponentialReals, prove
from lemma.exercises.proof.space import Sample, Space, write

Decide = Callable[..., torch.Tensor]  # entries of one instance by name -> whether the input is accepted
RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt,
}  # fmt: skip
SIGNS = {sympy.Ge: r"\geq", sympy.Gt: ">", sympy.Le: r"\leq", sympy.Lt: "<"}
LARGEST, INSTANCES = 4, 30  # size of random instances, and their number for each size
NET = Symbol("s", real=True)


def equivalence(
    *,
    claim_id: str,
    title: str,
    space: Space,
    given: Any,
    net: Any,
    stated: Any,
    program: Decide,
    words: str,
    boundary: Symbol,
    quantifier: str = "",
    solved: int = 3,
    steps: tuple[Step, ...] = (),
    exchanged: tuple[IndexedBase, ...] = (),
    **details: Any,
) -> Claim[Any]:
    """Return the claim that two predicates accept the same inputs, for every size.

    Args:
        claim_id: Id of the claim.
        title: Short title.
        space: The variables of both predicates.
        given: The given predicate, a relation between a function of `net` and a value.
        net: The net input, as it occurs in `given`.
        stated: The asserted relation; it is the subject, of which the mutants are made.
        program: Decides about one instance in torch's own words; its parameters are the names of arrays and scalars.
        words: Name of that method.
        boundary: A scalar that is added to the net input; it moves a third of the instances onto the boundary.
        quantifier: Further LaTeX of the statement.
        solved: Largest size for z3.
        steps: The derivation, with relations or formulas as sides.
        exchanged: Arrays that mutants exchange for one another.
        details: Further attributes of the claim.
    """
    predicates = Predicates(space, stated, boundary)

    def by_algebra(subject: Any) -> Outcome:
        solution = solve_for_net(given.xreplace({net: NET}))
        return solution if isinstance(solution, Unknown) else predicates.equal(solution.xreplace({NET: net}), subject)

    return Claim(
        id=claim_id,
        title=title,
        statement=rf"{latex(given)} \iff {latex(stated)}{quantifier}",
        subject=stated,
        formula=latex(stated),
        conditions=space.printed_conditions(),
        equal=predicates.equal,
        check_form=lambda subject: space.check_form(subject.lhs) or space.check_form(subject.rhs),
        methods=(
            Method("solved for the net input, every size", "sympy", by_algebra),
            Method("z3 over the reals", "z3", lambda subject: predicates.solve(given, subject, solved)),
            Method(words, "torch", predicates.program_check(program)),
        ),
        mutants=tuple(_mutate(stated, exchanged)),
        steps=steps,
        **details,
    )


def solve_for_net(predicate: Any) -> Any:
    """Return the relation between the net input s and a bound that is equivalent to a predicate in s.

    The equation of a sign activation is solved on the real line. Any other activation has to be strictly increasing:
    it reaches a threshold from the only net input on where it is equal to it. `Unknown` if SymPy does not see this.
    """
    activation = sympy.expand_func(predicate.lhs)
    if activation.has(sympy.Piecewise):
        accepted = sympy.solveset(activation - predicate.rhs, NET, sympy.S.Reals) if predicate.is_Equality else None
        if isinstance(accepted, sympy.Interval) and accepted.sup is sympy.oo:
            return (sympy.Gt if accepted.left_open else sympy.Ge)(NET, accepted.inf)
        return Unknown(f"{predicate} is not solved by an interval without an upper bound")
    bounds = sympy.solve(sympy.Eq(activation, predicate.rhs), NET)
    if len(bounds) != 1 or not activation.diff(NET).is_positive:
        return Unknown(f"{activation} is not known to be strictly increasing, with one solution: {bounds}")
    return predicate.func(NET, bounds[0], evaluate=False)


class Predicates:
    """Comparison of relations on a space; `boundary` is a scalar that moves instances onto that of `stated`."""

    def __init__(self, space: Space, stated: Any, boundary: Symbol) -> None:
        self.space, self.stated, self.boundary = space, stated, boundary
        self.samples = cache(lambda: tuple(self._draw()))

    def _draw(self) -> Iterator[Sample]:
        """Yield random instances; where it is exact, a third is moved onto the boundary."""
        for sample in self.space.samples(LARGEST, INSTANCES):
            slack = self._evaluate(self.stated.lhs - self.stated.rhs, sample)
            exact = (slack * 16 == np.round(slack * 16)) & (np.arange(INSTANCES) % 3 == 0)
            moved = sample.arrays[self.boundary] - np.where(exact, slack, 0)
            yield Sample(sample.sizes, {**sample.arrays, self.boundary: moved})

    def _evaluate(self, formula: Any, sample: Sample) -> Any:
        return evaluate(formula, sample.sizes, sample.arrays, self.space.indices)

    def truth(self, relation: Any, sample: Sample) -> Any:
        """Return whether a relation is true, for each instance.

        Raises:
            LookupError: If the relation has no value.
        """
        sides = [self._evaluate(side, sample) for side in (relation.lhs, relation.rhs)]
        if not np.isfinite(sides[0] - sides[1]).all():
            raise LookupError(f"${latex(relation)}$ has no value for some numbers")
        return np.broadcast_to(RELATIONS[relation.rel_op](*sides), len(sides[0] + sides[1]))

    def compare(self, sample: Sample, accepted: Any, subject: Any) -> Outcome:
        """Compare a relation with decisions about the instances of a sample."""
        try:
            stated = self.truth(subject, sample)
        except LookupError as missing:
            return IllFormed(str(missing))
        accepted, stated = np.broadcast_arrays(accepted, stated)
        wrong = np.flatnonzero(accepted != stated)
        if not wrong.size:
            return Holds(Scope.SAMPLES)
        return self.space.counter_example(sample, wrong[0], (), write(accepted[wrong[0]]), write(stated[wrong[0]]))

    def compare_all(self, decisions: Iterable[tuple[Sample, Any]], subject: Any) -> Outcome:
        """Compare a relation with decisions about all samples."""
        count = 0
        for sample, accepted in decisions:
            outcome = self.compare(sample, accepted, subject)
            if not isinstance(outcome, Holds):
                return outcome
            count += len(accepted)
        return Holds(Scope.SAMPLES, f"sizes 1 to {LARGEST}, {count} random instances", LARGEST)

    def equal(self, left: Any, right: Any) -> Outcome:
        """Prove that two relations, or two formulas, are equal for every size, or find a counter-example."""
        if not isinstance(left, Relational):
            return self.space.equal(left, right)
        outcome = self.compare_all(((sample, self.truth(left, sample)) for sample in self.samples()), right)
        if not isinstance(outcome, Holds):
            return outcome
        (first, strict), (second, strictly) = map(_standardize, (left, right))
        at_first, at_second = (self._evaluate(slack, self.samples()[-1]) for slack in (first, second))
        ratios = at_second[at_first != 0] / at_first[at_first != 0]
        factor = Fraction(float(np.median(ratios))).limit_denominator(64)
        proof = self.space.equal(sympy.Rational(factor) * first, second)
        if strict == strictly and factor > 0 and isinstance(proof, Holds):
            return Holds(Scope.ALL, f"the difference of the sides is multiplied by {factor}, for every size")
        return Unknown("the differences of the sides are not positive multiples, and no counter-example was found")

    def solve(self, given: Any, subject: Any, largest: int) -> Outcome:
        """Search with z3 for real numbers for which the given predicate differs from a relation."""
        for sizes in self.space.shapes(largest):
            reals = ExponentialReals(self.space, sizes)
            try:
                accepted, stated = (
                    RELATIONS[relation.rel_op](*(reals.evaluate(side).item() for side in (relation.lhs, relation.rhs)))
                    for relation in (given, subject)
                )
            except LookupError as missing:
                return IllFormed(str(missing))
            outcome = prove(accepted == stated, reals.assumptions(), reals.named)
            if isinstance(outcome, Refuted):
                return self._confirm(given, subject, sizes, outcome)
            if not isinstance(outcome, Holds):
                return outcome
        if not self.space.sizes:
            return Holds(Scope.ALL, "all real numbers")
        return Holds(Scope.SIZES, f"all real numbers, sizes 1 to {largest}", largest)

    def _confirm(self, given: Any, subject: Any, sizes: Sizes, model: Refuted) -> Outcome:
        """Return a counter-example of z3 if it is one in floating-point numbers too, with the function exp."""

        def read(array: Any, shape: tuple[int, ...]) -> Any:
            names = [array[tuple(at + 1 for at in place)] if shape else array for place in np.ndindex(*shape)]
            return np.reshape([float(Fraction(model.values[latex(name)])) for name in names], (1, *shape))

        sample = Sample(sizes, self.space.fill(sizes, read))
        outcome = self.compare(sample, self.truth(given, sample), subject)
        return Unknown("the counter-example of z3 is none for exp") if isinstance(outcome, Holds) else outcome

    def program_check(self, program: Decide) -> Callable[[Any], Outcome]:
        """Return the check that compares a relation with the decisions of a program."""

        @cache
        def decisions() -> list[tuple[Sample, Any]]:
            return [(sample, [bool(program(**entries)) for entries in _instances(sample)]) for sample in self.samples()]

        return lambda subject: self.compare_all(decisions(), subject)


def _instances(sample: Sample) -> Iterator[dict[str, torch.Tensor]]:
    """Yield the entries of each instance as tensors by name."""
    for at in range(INSTANCES):
        yield {str(array).strip("\\"): torch.tensor(entries[at]) for array, entries in sample.arrays.items()}


def _standardize(relation: Any) -> tuple[Any, bool]:
    """Return a formula that is positive, or not negative, where the relation is true, and whether it is positive."""
    larger, smaller = relation.gts, relation.lts
    return larger - smaller, relation.rel_op in (">", "<")


def _mutate(relation: Any, exchanged: tuple[IndexedBase, ...]) -> Iterator[Mutant[Any]]:
    """Yield mutants of the relation sign and of both sides."""
    left, right = relation.args
    changed = [
        (f"${sign}$ instead of ${SIGNS[relation.func]}$", func(left, right, evaluate=False))
        for func, sign in SIGNS.items()
        if func is not relation.func
    ]
    for place, side in enumerate(relation.args):
        for mutant in mutate(side, arrays=exchanged):
            sides = [*relation.args]
            sides[place] = mutant.subject
            changed.append((mutant.mutation, relation.func(*sides, evaluate=False)))
    for mutation, subject in changed:
        yield Mutant(mutation, subject, latex(subject))

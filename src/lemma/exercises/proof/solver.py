"""Proofs over the real numbers with the SMT solver z3, for fixed sizes; counter-examples are exact."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from operator import eq, ge, le
from typing import Any

import numpy as np
import z3
from sympy import IndexedBase

from lemma.exercises.algebra.evaluate import Arithmetic, Sizes, evaluate
from lemma.exercises.algebra.notation import latex
from lemma.exercises.algebra.numbers import show
from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope, Unknown
from lemma.exercises.proof.space import Space

TIMEOUT_MS = 5000  # of one call, which normally takes a few milliseconds


def prove(statement: Any, assumptions: Sequence[Any], variables: Mapping[str, Any], *tactics: str) -> Outcome:
    """Prove that the assumptions imply the statement, or return a counter-example.

    `Holds` has the scope of all values; the caller lowers it if the statement is an instance of a more general one.

    Args:
        statement: z3 formula to prove.
        assumptions: z3 formulas.
        variables: z3 expressions by name, whose values are given in a counter-example.
        tactics: z3 tactics to apply in this order; by default z3 chooses them.
    """
    solver = z3.Then(*tactics).solver() if tactics else z3.Solver()
    solver.set("timeout", TIMEOUT_MS)
    solver.set("random_seed", 0)
    solver.add(*assumptions, z3.Not(statement))
    answer = solver.check()  # not hashable: compare with ==
    if answer == z3.unsat:
        return Holds(Scope.ALL)
    if answer == z3.sat:
        model = solver.model()
        return Refuted({name: to_text(model.eval(term, model_completion=True)) for name, term in variables.items()})
    return Unknown(f"z3: {solver.reason_unknown()}")


def to_text(value: Any) -> str:
    """Return a value of a model as text: exact if it is rational, to 12 digits if it is algebraic."""
    if z3.is_rational_value(value):
        return show(Fraction(value.numerator_as_long(), value.denominator_as_long()))
    if z3.is_algebraic_value(value):
        return str(value.approx(40).as_decimal(12)).rstrip("?")
    return str(value)


class Reals:
    """The variables of a space at fixed sizes as variables of z3; a sigmoid or a logarithm is a new variable."""

    def __init__(self, space: Space, sizes: Sizes) -> None:
        self.space, self.sizes = space, sizes
        self._sigmoids: dict[str, Any] = {}
        functions = {
            "sigma": np.frompyfunc(self.sigmoid, 1, 1),
            "varphi": np.frompyfunc(lambda net: z3.If(net >= 0, z3.RealVal(1), z3.RealVal(-1)), 1, 1),
            "tanh": np.frompyfunc(self.tanh, 1, 1),
            "log": np.frompyfunc(self.logarithm, 1, 1),
        }
        self.arithmetic = Arithmetic(lambda p, q: z3.RealVal(f"{p}/{q}"), functions)
        self.values = space.fill(sizes, _declare, self.arithmetic)
        self.named = {
            latex(array[tuple(axis + 1 for axis in place)] if isinstance(array, IndexedBase) else array): term
            for array, entries in self.values.items()
            if array not in space.auxiliary
            for place, term in np.ndenumerate(entries[0])
        }

    def sigmoid(self, net: Any) -> Any:
        """Return the variable of the sigmoid of a net input."""
        return self._sigmoids.setdefault(net.sexpr(), z3.Real(f"sigma({net.sexpr()})"))

    def tanh(self, net: Any) -> Any:
        """Return the hyperbolic tangent of a net input, from the sigmoid of its double."""
        return 2 * self.sigmoid(2 * net) - 1

    def logarithm(self, argument: Any) -> Any:
        """Return the variable of the logarithm of a positive number."""
        return z3.Real(f"log({argument.sexpr()})")

    def evaluate(self, formula: Any) -> Any:
        """Return a formula as z3 terms, (1, *sizes of the indices)."""
        return _TO_TERMS(evaluate(formula, self.sizes, self.values, self.space.indices, self.arithmetic))

    def assumptions(self) -> list[Any]:
        """Return what all values satisfy: signs, the ranges of sigmoids, and the conditions of the space."""
        signs = [self.values[scalar].item() > 0 for scalar in self.space.scalars if scalar.is_positive]
        between = [*self._sigmoids.values()]
        between += [term for array in self.space.sigmoids for term in self.values[array].flat if z3.is_const(term)]
        relations = {"==": eq, ">=": ge, "<=": le}
        conditions = [
            relations[each.rel_op](left, right)
            for each in self.space.conditions
            for left, right in zip(*(np.ravel(self.evaluate(side)) for side in (each.lhs, each.rhs)), strict=True)
        ]
        return [*signs, *(bound for term in between for bound in (term > 0, term < 1)), *conditions]

    def compare(self, computed: Any, subject: Any) -> Outcome:
        """Prove that a formula has the computed values, z3 terms (1, *sizes of the indices), for all real numbers."""
        try:
            stated = self.evaluate(subject)
        except LookupError as missing:
            return IllFormed(str(missing))
        pairs = [(left, stated[place]) for place, left in np.ndenumerate(computed)]
        sides = {f"{side} {at}": term for at, pair in enumerate(pairs) for side, term in enumerate(pair)}
        outcome = prove(z3.And([left == right for left, right in pairs]), self.assumptions(), self.named | sides)
        if not isinstance(outcome, Refuted):
            return outcome
        values = dict(outcome.values)
        texts = [(values.pop(f"0 {at}"), values.pop(f"1 {at}")) for at in range(len(pairs))]
        wrong = next(at for at, (left, right) in enumerate(texts) if left != right)
        place = np.unravel_index(wrong, np.shape(computed))[1:]
        numbers = {name.name: str(size) for name, size in self.sizes.items()}
        numbers |= {index.name: str(at + 1) for index, at in zip(self.space.indices, place, strict=True)}
        return Refuted(numbers | values, *texts[wrong], {name.name: size for name, size in self.sizes.items()})


class ExponentialReals(Reals):
    """Variables of z3, with an unknown function instead of exp that is positive, strictly increasing, and 1 at 0.

    What is proved for every such function is true of exp. A counter-example may belong to another function.
    """

    def __init__(self, space: Space, sizes: Sizes) -> None:
        self._powers = {"0": (z3.RealVal(0), z3.RealVal(1))}  # exponent and power, by the z3 term that gave them
        self._rules: list[Any] = []
        super().__init__(space, sizes)

    def sigmoid(self, net: Any) -> Any:
        """Return the variable of the sigmoid, power / (1 + power)."""
        output = super().sigmoid(net)
        _, power = self._powers.setdefault(net.sexpr(), (net, z3.Real(f"exp({net.sexpr()})")))
        self._rules += [power > 0, output * (1 + power) == power]
        return output

    def logarithm(self, argument: Any) -> Any:
        """Return the variable of the exponent whose power is the argument."""
        power = _to_term(argument)
        exponent, _ = self._powers.setdefault(f"ln {power.sexpr()}", (z3.Real(f"ln({power.sexpr()})"), power))
        self._rules.append(power > 0)
        return exponent

    def assumptions(self) -> list[Any]:
        """Return what all values satisfy, and that the function is strictly increasing."""
        pairs = combinations(self._powers.values(), 2)
        return super().assumptions() + self._rules + [(s >= t) == (at_s >= at_t) for (s, at_s), (t, at_t) in pairs]


def _to_term(value: Any) -> Any:
    return value if z3.is_expr(value) else z3.RealVal(int(value))


_TO_TERMS = np.frompyfunc(_to_term, 1, 1)


def _declare(array: Any, shape: tuple[int, ...]) -> Any:
    """Return a z3 variable for each entry of an array, (1, *shape)."""
    variables = np.empty((1, *shape), dtype=object)
    for place in np.ndindex(*shape):
        entry = array[tuple(axis + 1 for axis in place)] if shape else array
        variables[(0, *place)] = z3.Real(latex(entry))
    return variables

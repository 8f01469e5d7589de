"""Formulas with indices and symbolic sizes: derivatives, proofs of equality, exact instances.

Indices run from 1 to their size, as in the course. A `Space` says which arrays there are and how far each index goes.
Proofs hold for every size: sums with symbolic bounds are compared term by term, and what Kronecker's delta picks out of
a sum is there because the space says that the index lies within the bounds. Instances are small and exact, so that a
counter-example is a fact and not a rounding error.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import sympy
from sympy import Expr, Indexed, IndexedBase, Sum, Symbol

from lemma.exercises.claim import Holds, Outcome, Refuted, Unknown, refuse_clash
from lemma.exercises.exact import show


def index(name: str) -> Symbol:
    """Return an index or size: a positive integer."""
    return Symbol(name, integer=True, positive=True)


def differentiate(expression: Any, entry: Indexed) -> Any:
    """Return the partial derivative with respect to one entry of an array.

    Raises:
        ValueError: a bound variable is named like an index of the entry, for which SymPy's answer would be wrong.
    """
    refuse_clash(expression, tuple(sorted(entry.free_symbols & set(entry.indices), key=str)), "derivative")
    return expression.doit().diff(entry)


@dataclass(frozen=True)
class Instance:
    """Numbers for everything in a space: sizes and indices, and the entries of the arrays by position."""

    integers: Mapping[Symbol, int]
    entries: Mapping[Indexed, Fraction]

    def closed(self, expression: Any) -> Any:
        """Return the expression with numbers for sizes and indices, sums written out, entries left as names."""
        integers = {name: sympy.Integer(value) for name, value in self.integers.items()}
        return sympy.expand(sympy.sympify(expression).xreplace(integers).doit())

    def value(self, expression: Any) -> Fraction:
        """Return the exact value of an expression.

        Raises:
            LookupError: the expression reads an entry that does not exist, such as the one after the last.
        """
        closed = self.closed(expression)
        missing = [str(entry) for entry in closed.atoms(Indexed) if entry not in self.entries]
        if missing:
            raise LookupError(f"{min(missing)} does not exist")
        number = closed.xreplace({entry: sympy.Rational(value) for entry, value in self.entries.items()}).doit()
        if not number.is_Rational:
            raise LookupError(f"{number} is not a number")
        return Fraction(int(number.p), int(number.q))

    def places(self) -> dict[str, str]:
        """Return the sizes and indices by name."""
        return {name.name: str(value) for name, value in self.integers.items()}

    def names(self) -> dict[str, str]:
        """Return all values by name, for a counter-example."""
        return self.places() | {
            f"{entry.base.label}_{','.join(map(str, entry.indices))}": show(value)
            for entry, value in self.entries.items()
        }


@dataclass(frozen=True)
class Space:
    """The arrays with the sizes of their axes, and the free indices with the size up to which they run."""

    arrays: Mapping[IndexedBase, tuple[Symbol, ...]]
    indices: Mapping[Symbol, Symbol]

    @property
    def sizes(self) -> list[Symbol]:
        """Return all sizes, in the order in which they are first named."""
        return list(dict.fromkeys(size for axes in (*self.arrays.values(), [*self.indices.values()]) for size in axes))

    def instances(self, largest: int, seed: int = 0) -> Iterator[Instance]:
        """Yield one instance with random entries for all sizes from 1 to `largest` and all places of the indices."""
        random = Random(seed)
        for shape in product(range(1, largest + 1), repeat=len(self.sizes)):
            sizes = dict(zip(self.sizes, shape, strict=True))
            entries = {
                array[position]: Fraction(random.randint(-9, 9), random.randint(1, 4))
                for array, axes in self.arrays.items()
                for position in product(*(range(1, sizes[size] + 1) for size in axes))
            }
            for places in product(*(range(1, sizes[size] + 1) for size in self.indices.values())):
                yield Instance(sizes | dict(zip(self.indices, places, strict=True)), entries)

    def equal(self, left: Any, right: Any) -> Outcome:
        """Prove two expressions equal for all sizes, indices and entries, or find where they differ."""
        difference = self._difference(left, right)
        if difference == 0:
            return Holds("the difference simplifies to 0 for every size")
        for instance in self.instances(largest=3):
            outcome = agree(instance, left, right)
            if isinstance(outcome, Refuted):
                return outcome
        return Unknown(f"the difference simplifies to {difference}, and no instance tells them apart")

    def _difference(self, left: Any, right: Any) -> Any:
        closed = self._within(sympy.sympify(left)) - self._within(sympy.sympify(right))
        return sympy.simplify(_collect(closed))

    def _within(self, expression: Any) -> Any:
        """Expand, close sums over Kronecker's delta, and decide conditions by the ranges of the indices."""
        closed = sympy.expand(expression.doit()).replace(lambda node: isinstance(node, Sum), _split)
        conditions = {
            condition: sympy.true
            for condition in closed.atoms(sympy.core.relational.Relational)
            if self._is_true(condition)
        }
        return sympy.expand(closed.xreplace(conditions))

    def _is_true(self, condition: Any) -> bool:
        if not isinstance(condition, sympy.Ge | sympy.Le):
            return False
        slack = condition.gts - condition.lts
        return any(
            (slack - room).is_nonnegative for name, size in self.indices.items() for room in (name - 1, size - name)
        )


def _split(node: Any) -> Any:
    """Return the sum as one sum for each term, each closed where Kronecker's delta allows."""
    return sympy.Add(*(Sum(term, *node.limits).doit() for term in sympy.Add.make_args(sympy.expand(node.function))))


def _collect(expression: Any, depth: int = 0) -> Any:
    """Gather the sums with equal bounds under one common bound variable, so that equal terms cancel."""
    rest, gathered = [], {}
    common = index(f"_{depth}")  # no name that a person would write
    for term in sympy.Add.make_args(sympy.expand(expression)):
        factors = sympy.Mul.make_args(term)
        sums = [factor for factor in factors if isinstance(factor, Sum) and len(factor.limits) == 1]
        if len(sums) != 1:
            rest.append(term)
            continue
        (variable, low, high), others = sums[0].limits[0], [factor for factor in factors if factor is not sums[0]]
        terms = sympy.Mul(*others, sums[0].function.xreplace({variable: common}))
        gathered[low, high] = gathered.get((low, high), 0) + terms
    inner = {bounds: sympy.expand(_collect(terms, depth + 1)) for bounds, terms in gathered.items()}
    return sympy.Add(*rest, *(Sum(terms, (common, *bounds)) for bounds, terms in inner.items() if terms != 0))


def agree(instance: Instance, left: Any, right: Any, names: tuple[str, str] = ("left", "right")) -> Outcome:
    """Compare two expressions on an instance, exactly; `names` are theirs in a counter-example."""
    try:
        first, second = instance.value(left), instance.value(right)
    except LookupError as error:
        return Refuted(instance.names() | {"but": str(error)})
    if first == second:
        return Holds()
    return Refuted(instance.names() | {names[0]: show(first), names[1]: show(second)})

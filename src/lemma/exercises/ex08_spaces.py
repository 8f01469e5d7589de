"""Spaces with a rule of their own: matrices with a diagonal, outputs of a softmax, and targets that add up to 1."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy import IndexedBase, KroneckerDelta, Sum

from lemma.exercises.ex08_machines import i, j, n, o, t
from lemma.exercises.indexed import Instance, Space


def _shares(instances: Iterator[Instance], arrays: tuple[IndexedBase, ...]) -> Iterator[Instance]:
    """Yield the instances with entries above 0 that add up to 1 in these arrays of the size n."""
    for instance in instances:
        entries, places = dict(instance.entries), range(1, instance.integers[n] + 1)
        for array in arrays:
            whole = sum((1 + abs(entries[array[place]]) for place in places), Fraction(0))
            entries |= {array[place]: (1 + abs(entries[array[place]])) / whole for place in places}
        yield Instance(instance.integers, entries)


@dataclass(frozen=True)
class Square(Space):
    """A space with the indices j and i of a square matrix: beside [j = i] the one is as good as the other."""

    def _within(self, expression: Any) -> Any:
        here = KroneckerDelta(j, i)

        def alike(term: Any) -> Any:
            return (term / here).xreplace({j: i}) * here if here in sympy.Mul.make_args(term) else term

        return sympy.Add(*map(alike, sympy.Add.make_args(super()._within(expression))))


@dataclass(frozen=True)
class Softmax(Square):
    """A square space in which the outputs are those of a softmax."""

    def instances(self, largest: int, seed: int = 0) -> Iterator[Instance]:
        """Yield the instances, with outputs above 0 that add up to 1."""
        return _shares(super().instances(largest, seed), (o,))


@dataclass(frozen=True)
class Distributions(Space):
    """A space in which the outputs are those of a softmax, and the targets add up to 1."""

    def instances(self, largest: int, seed: int = 0) -> Iterator[Instance]:
        """Yield the instances, with outputs and targets above 0 that add up to 1."""
        return _shares(super().instances(largest, seed), (o, t))

    def close_sums(self, expression: Any) -> Any:
        """Return the expression with sums over Kronecker's delta and over all targets or outputs closed."""
        return self._within(expression)

    def _within(self, expression: Any) -> Any:
        written = super()._within(expression)
        return sympy.expand(written.replace(lambda node: isinstance(node, Sum), _without_shares))


def _without_shares(node: Any) -> Any:
    """Return the sum of all targets or outputs, times what does not depend on the place, as this factor alone."""
    (place, *bounds), *outer = node.limits
    factor, rest = node.function.as_independent(place, as_Add=False)
    return factor if rest in (t[place], o[place]) and bounds == [1, n] and not outer else node

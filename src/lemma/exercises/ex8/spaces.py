"""Spaces with additional identities: square matrices, softmax outputs, and targets that sum to 1."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy import IndexedBase, KroneckerDelta, Sum

from lemma.exercises.ex8.machines import i, j, n, o, t
from lemma.exercises.indexed import Instance, Space


def _shares(instances: Iterator[Instance], arrays: tuple[IndexedBase, ...]) -> Iterator[Instance]:
    """Yield the instances with positive entries of sum 1 in the given arrays of size n."""
    for instance in instances:
        entries, places = dict(instance.entries), range(1, instance.integers[n] + 1)
        for array in arrays:
            whole = sum((1 + abs(entries[array[place]]) for place in places), Fraction(0))
            entries |= {array[place]: (1 + abs(entries[array[place]])) / whole for place in places}
        yield Instance(instance.integers, entries)


@dataclass(frozen=True)
class Square(Space):
    """A space with the indices j and i of a square matrix, in which j can be replaced by i next to [j = i]."""

    def _within(self, expression: Any) -> Any:
        here = KroneckerDelta(j, i)

        def alike(term: Any) -> Any:
            return (term / here).xreplace({j: i}) * here if here in sympy.Mul.make_args(term) else term

        return sympy.Add(*map(alike, sympy.Add.make_args(super()._within(expression))))


@dataclass(frozen=True)
class Softmax(Square):
    """A square space in which the outputs are those of a softmax."""

    def instances(self, largest: int, seed: int = 0) -> Iterator[Instance]:
        """Yield instances with positive outputs of sum 1."""
        return _shares(super().instances(largest, seed), (o,))


@dataclass(frozen=True)
class Distributions(Space):
    """A space in which the outputs are those of a softmax, and the targets sum to 1."""

    def instances(self, largest: int, seed: int = 0) -> Iterator[Instance]:
        """Yield instances with positive outputs and targets of sum 1."""
        return _shares(super().instances(largest, seed), (o, t))

    def close_sums(self, expression: Any) -> Any:
        """Return the expression with sums over Kronecker's delta, and over all targets or outputs, evaluated."""
        return self._within(expression)

    def _within(self, expression: Any) -> Any:
        written = super()._within(expression)
        return sympy.expand(written.replace(lambda node: isinstance(node, Sum), _without_shares))


def _without_shares(node: Any) -> Any:
    """Replace the sum over all targets or outputs by 1, and keep the factor that does not depend on the index."""
    (place, *bounds), *outer = node.limits
    factor, rest = node.function.as_independent(place, as_Add=False)
    return factor if rest in (t[place], o[place]) and bounds == [1, n] and not outer else node

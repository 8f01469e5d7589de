"""Two spaces with a rule of their own: matrices with a diagonal, and targets that add up to 1."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy
from sympy import KroneckerDelta, Sum

from lemma.exercises.ex08_machines import i, j, n, t
from lemma.exercises.indexed import Instance, Space


@dataclass(frozen=True)
class Square(Space):
    """A space with the indices j and i of a square matrix: beside [j = i] the one is as good as the other."""

    def _within(self, expression: Any) -> Any:
        here = KroneckerDelta(j, i)

        def alike(term: Any) -> Any:
            return (term / here).xreplace({j: i}) * here if here in sympy.Mul.make_args(term) else term

        return sympy.Add(*map(alike, sympy.Add.make_args(super()._within(expression))))


@dataclass(frozen=True)
class Distributions(Space):
    """A space in which the targets add up to 1."""

    def instances(self, largest: int, seed: int = 0) -> Iterator[Instance]:
        """Yield the instances, the last target making up for the others."""
        for instance in super().instances(largest, seed):
            entries = dict(instance.entries)
            entries[t[instance.integers[n]]] = 1 - sum(
                (entries[t[place]] for place in range(1, instance.integers[n])), Fraction(0)
            )
            yield Instance(instance.integers, entries)

    def closed(self, expression: Any) -> Any:
        """Return the expression with sums over Kronecker's delta and over all targets closed."""
        return self._within(expression)

    def _within(self, expression: Any) -> Any:
        written = super()._within(expression)
        return sympy.expand(written.replace(lambda node: isinstance(node, Sum), _without_targets))


def _without_targets(node: Any) -> Any:
    """Return the sum of all targets, times what does not depend on the place, as this factor alone."""
    (place, *bounds), *outer = node.limits
    factor, rest = node.function.as_independent(place, as_Add=False)
    return factor if rest == t[place] and bounds == [1, n] and not outer else node

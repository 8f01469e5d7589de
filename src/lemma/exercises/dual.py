"""Forward differentiation with dual numbers: a value with its slope, through sums, products and sigmoids.

The opposite way to backpropagation: a slope is carried from one input forward to the error. Values may be numbers or
z3's variables, so an answer can be exact or for all real numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dual:
    """A value and its derivative with respect to what is moved."""

    value: Any
    derivative: Any = 0

    def __add__(self, other: "Dual") -> "Dual":
        return Dual(self.value + other.value, self.derivative + other.derivative)

    def __sub__(self, other: "Dual") -> "Dual":
        return Dual(self.value - other.value, self.derivative - other.derivative)

    def __mul__(self, other: "Dual") -> "Dual":
        return Dual(self.value * other.value, self.derivative * other.value + self.value * other.derivative)


def sum_duals(terms: Iterable[Dual]) -> Dual:
    """Return the sum."""
    whole = Dual(0)
    for term in terms:
        whole = whole + term
    return whole


def sigmoid(net: Dual, output: Any) -> Dual:
    """Return the output of a sigmoid for a net input: claim 6.sigmoid gives its slope."""
    return Dual(output, output * (1 - output) * net.derivative)


def doubled_squared_error(targets: Sequence[Any], outputs: Sequence[Dual]) -> Dual:
    """Return twice the squared error: z3 likes integers."""
    gaps = [Dual(target) - output for target, output in zip(targets, outputs, strict=True)]
    return sum_duals(gap * gap for gap in gaps)

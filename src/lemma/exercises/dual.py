"""Forward-mode differentiation with dual numbers: values with derivatives, through sums, products and sigmoids.

In contrast to backpropagation, the derivative with respect to one input is propagated forward to the error. Values may
be numbers or z3 variables, so a result is exact, or holds for all real numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dual:
    """A value and its derivative with respect to one input."""

    value: Any
    derivative: Any = 0

    def __add__(self, other: "Dual") -> "Dual":
        return Dual(self.value + other.value, self.derivative + other.derivative)

    def __sub__(self, other: "Dual") -> "Dual":
        return Dual(self.value - other.value, self.derivative - other.derivative)

    def __mul__(self, other: "Dual") -> "Dual":
        return Dual(self.value * other.value, self.derivative * other.value + self.value * other.derivative)


def sum_duals(terms: Iterable[Dual]) -> Dual:
    """Return the sum of dual numbers."""
    whole = Dual(0)
    for term in terms:
        whole = whole + term
    return whole


def sigmoid(net: Dual, output: Any) -> Dual:
    """Return the output of a sigmoid as a dual number; its derivative is that of claim 6.sigmoid."""
    return Dual(output, output * (1 - output) * net.derivative)


def doubled_squared_error(targets: Sequence[Any], outputs: Sequence[Dual]) -> Dual:
    """Return the sum of squared differences, twice the error E: integer coefficients are easier for z3."""
    differences = [Dual(target) - output for target, output in zip(targets, outputs, strict=True)]
    return sum_duals(difference * difference for difference in differences)

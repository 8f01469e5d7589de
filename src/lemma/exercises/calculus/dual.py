"""Forward-mode differentiation with dual numbers over z3 variables: the result holds for all real numbers.

In contrast to backpropagation, the derivative with respect to one input is propagated forward to the error.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lemma.exercises.algebra.evaluate import Arithmetic, evaluate
from lemma.exercises.proof.solver import Reals


@dataclass(frozen=True)
class Dual:
    """A value and its derivative with respect to one input."""

    value: Any
    derivative: Any = 0

    def __add__(self, other: Any) -> "Dual":
        other = _to_dual(other)
        return Dual(self.value + other.value, self.derivative + other.derivative)

    def __mul__(self, other: Any) -> "Dual":
        other = _to_dual(other)
        return Dual(self.value * other.value, self.derivative * other.value + self.value * other.derivative)

    __radd__, __rmul__ = __add__, __mul__


def _to_dual(value: Any) -> Dual:
    return value if isinstance(value, Dual) else Dual(value)


_TO_DUALS = np.frompyfunc(_to_dual, 1, 1)


def differentiate_forward(reals: Reals, formula: Any, array: Any) -> Any:
    """Return the derivative of a formula by each entry of an array as z3 terms, (1, *shape of the array).

    The derivatives of the activation functions are those of `functions`.
    """

    def sigmoid(net: Dual) -> Dual:
        output = reals.sigmoid(net.value)
        return Dual(output, output * (1 - output) * net.derivative)

    def tanh(net: Dual) -> Dual:
        output = reals.tanh(net.value)
        return Dual(output, (1 - output * output) * net.derivative)

    def logarithm(argument: Dual) -> Dual:
        return Dual(reals.logarithm(argument.value), argument.derivative / argument.value)

    forward = {"sigma": sigmoid, "tanh": tanh, "log": logarithm}
    functions = {name: np.frompyfunc(function, 1, 1) for name, function in forward.items()}
    arithmetic = Arithmetic(lambda p, q: Dual(reals.arithmetic.quotient(p, q)), functions)
    constant = {name: _TO_DUALS(entries) for name, entries in reals.values.items()}
    derivatives = np.empty_like(reals.values[array])
    for place in np.ndindex(*derivatives.shape):
        moved = constant[array].copy()
        moved[place] = Dual(reals.values[array][place], 1)
        (result,) = evaluate(formula, reals.sizes, {**constant, array: moved}, {}, arithmetic)
        derivatives[place] = _to_dual(result).derivative
    return derivatives

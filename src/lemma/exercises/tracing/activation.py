"""Activation functions and their derivatives in fractions; values that are not exact have `PLACES` correct decimals."""

from decimal import Context, Decimal
from enum import StrEnum
from fractions import Fraction

PLACES = 50
_CONTEXT = Context(prec=2 * PLACES)
_LARGEST = 3 * PLACES  # from here on, exp(-x) is 0 to PLACES decimals


class Activation(StrEnum):
    """The activation function of a neuron."""

    IDENTITY = "identity"
    LINEAR = "linear"  # another name of the identity
    STEP = "step"  # 1 for net inputs >= 0, otherwise 0
    SIGN = "sign"  # 1 for net inputs >= 0, otherwise -1
    RELU = "relu"
    SIGMOID = "sigmoid"
    TANH = "tanh"

    def __call__(self, net: Fraction) -> Fraction:
        """Return the output for a net input."""
        match self:
            case Activation.STEP | Activation.SIGN:
                return Fraction(1 if net >= 0 else 0 if self is Activation.STEP else -1)
            case Activation.RELU:
                return max(net, Fraction(0))
            case Activation.SIGMOID:
                positive = 1 / (1 + exp_of_minus(abs(net)))
                return round(positive if net >= 0 else 1 - positive, PLACES)
            case Activation.TANH:
                return 2 * Activation.SIGMOID(2 * net) - 1
        return net

    def differentiate(self, out: Fraction) -> Fraction:
        """Return the derivative where the output is `out`; of relu at 0 it is 0."""
        match self:
            case Activation.STEP | Activation.SIGN:
                return Fraction(0)
            case Activation.RELU:
                return Fraction(out > 0)
            case Activation.SIGMOID:
                return out * (1 - out)
            case Activation.TANH:
                return 1 - out * out
        return Fraction(1)


LINEAR = {Activation.IDENTITY, Activation.LINEAR}
CONSTANT = {Activation.STEP, Activation.SIGN}  # on each side of 0
INEXACT = {Activation.SIGMOID, Activation.TANH}  # a fraction has a value that is no fraction


def exp_of_minus(value: Fraction) -> Fraction:
    """Return exp(-value) for a value of at least 0."""
    return Fraction(0) if value > _LARGEST else Fraction(_CONTEXT.exp(to_decimal(-value)))


def ln_of_1_plus(value: Fraction) -> Fraction:
    """Return ln(1 + value) for a value of at least 0."""
    return Fraction(_CONTEXT.ln(to_decimal(1 + value)))


def to_decimal(value: Fraction) -> Decimal:
    """Return a fraction as a decimal number of sufficient precision."""
    return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))

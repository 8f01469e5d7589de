"""Formulas of the neuron in numbers of 40 digits."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy

from lemma.exercises.evaluate import Arithmetic
from lemma.exercises.indexed import Instance

DIGITS = 40


def digits(number: Fraction) -> Any:
    """Return an exact number with as many digits as are in force."""
    return mpmath.mpf(number.numerator) / number.denominator


_ARITHMETIC = Arithmetic(digits, {sympy.exp: mpmath.exp, sympy.log: mpmath.log})


def value(instance: Instance, expression: Any, given: Mapping[Any, Any]) -> Any:
    """Return the value of an expression; `given` are values of symbols that the instance does not have.

    Raises:
        LookupError: the expression reads an entry that does not exist, such as the one after the last.
        ValueError: it has no real value, such as ln(-1).
    """
    with mpmath.workdps(DIGITS):
        entries = {entry: digits(number) for entry, number in instance.entries.items()}
        try:
            computed = _ARITHMETIC.value(sympy.sympify(expression), {**instance.integers, **entries, **given}, entries)
            computed = mpmath.mpmathify(computed)
        except ZeroDivisionError:
            computed = mpmath.nan
        if isinstance(computed, mpmath.mpc) or not mpmath.isfinite(computed):
            raise ValueError(f"{expression} has no real value")
        return computed

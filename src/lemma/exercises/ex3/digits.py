"""Evaluation of the formulas of the neuron to 40 digits."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy

from lemma.exercises.evaluate import Arithmetic
from lemma.exercises.indexed import Instance

DIGITS = 40


def digits(number: Fraction) -> Any:
    """Return a fraction as an mpmath number of the current precision."""
    return mpmath.mpf(number.numerator) / number.denominator


_ARITHMETIC = Arithmetic(digits, {sympy.exp: mpmath.exp, sympy.log: mpmath.log})


def value(instance: Instance, expression: Any, given: Mapping[Any, Any]) -> Any:
    """Return the value of an expression; `given` are the values of symbols that the instance does not contain.

    Raises:
        LookupError: If the expression contains an entry that does not exist.
        ValueError: If it has no real value, such as ln(-1).
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

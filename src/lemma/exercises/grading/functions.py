"""The functions that an answer may use."""

from collections.abc import Callable, Mapping
from typing import Any

import sympy

from lemma.exercises.calculus.functions import logistic

MAX_IN_EXPONENT = 100
FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "sigma": logistic,
    "sigma'": lambda net: logistic(net) * (1 - logistic(net)),
    "tanh": lambda net: 2 * logistic(2 * net) - 1,
    "tanh'": lambda net: 1 - (2 * logistic(2 * net) - 1) ** 2,
    "sqrt": sympy.sqrt,
    "exp": sympy.exp,
    "ln": sympy.log,
    "log": sympy.log,
    "abs": lambda value: sympy.Pow(value**2, sympy.Rational(1, 2), evaluate=False),
    "transpose": lambda value: value,  # of a number
}


class TooLargeError(Exception):
    """The formula is too large to be evaluated in a reasonable time."""


def apply_function(function: str, given: Any) -> Any:
    """Return the value of a function, NaN where it has none; phi is the sign activation of exercise 4.

    Raises:
        TooLargeError: If it is a power that SymPy would compute exactly, with too many digits.
    """
    if given.has(sympy.nan, sympy.zoo):  # division by 0
        return sympy.nan
    if function == "phi":
        above = given >= 0 if given.is_real else None  # undecided for a complex number such as ln(-1)
        if above not in (True, False):
            return sympy.nan
        return sympy.Integer(1 if above else -1)
    if any(abs(number) > MAX_IN_EXPONENT for number in given.atoms(sympy.Number)):
        raise TooLargeError
    return FUNCTIONS[function](given)

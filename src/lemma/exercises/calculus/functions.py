"""The activation functions, with their derivatives in terms of the output."""

from typing import Any

import sympy
from sympy import Function


class sigma(Function):  # type: ignore[misc]  # noqa: N801 - printed and evaluated by its name
    """The logistic function, with its derivative as in claim 6.sigmoid."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the derivative in terms of the output."""
        return self * (1 - self)

    def _eval_expand_func(self, **hints: Any) -> Any:
        return logistic(self.args[0])

    def _eval_evalf(self, prec: int) -> Any:
        return logistic(self.args[0])._eval_evalf(prec)

    def _latex(self, printer: Any) -> str:
        return _print_call(r"\sigma", self.args[0], printer)


def logistic(net: Any) -> Any:
    """Return the logistic function as an expression in exp."""
    return 1 / (1 + sympy.exp(-net))


class varphi(Function):  # type: ignore[misc]  # noqa: N801 - printed and evaluated by its name
    """The sign activation, which is 1 for a net input of 0."""

    is_real = True

    def _eval_expand_func(self, **hints: Any) -> Any:
        return sympy.Piecewise((1, self.args[0] >= 0), (-1, True))

    def _latex(self, printer: Any) -> str:
        return _print_call(r"\varphi", self.args[0], printer)


class H(Function):  # type: ignore[misc]
    """The step activation: 1 for a net input of at least 0, and 0 otherwise."""

    is_real = True

    def _latex(self, printer: Any) -> str:
        return _print_call("H", self.args[0], printer)


def _print_call(name: str, argument: Any, printer: Any) -> str:
    """Return a function of an argument in LaTeX, with parentheses as tall as a sum in it."""
    left, right = (r"\left(", r"\right)") if argument.has(sympy.Sum) else ("(", ")")
    return f"{name}{left}{printer._print(argument)}{right}"

"""The course's notation: SymPy expressions to LaTeX, in the order in which they were written.

The formulas that people see are printed from the expressions that are checked, so the two cannot drift apart. SymPy's
own printer sorts terms and joins numbers; here `unevaluated` keeps an expression as written and `latex` shows it so.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from lemma.exercises.exact import show


def unevaluated() -> AbstractContextManager[None]:
    """Return a context in which SymPy keeps expressions as they are written."""
    return sympy.evaluate(False)  # type: ignore[no-any-return]


def latex(expression: Any) -> str:
    r"""Return the LaTeX of an expression: `w_{i,j}`, `[k = i]` for Kronecker's delta, `\cdot` between numbers."""
    return str(_Printer({"order": "none"}).doprint(expression))


def with_numbers(expression: Any, values: Mapping[sympy.Symbol, Fraction]) -> str:
    """Return the LaTeX of an expression with a number written at the place of each symbol."""
    with unevaluated():
        return latex(expression.xreplace({name: sympy.Rational(value) for name, value in values.items()}))


class _Printer(LatexPrinter):  # type: ignore[misc]
    def _print_Rational(self, expr: Any) -> str:
        if expr.q in (1, 10, 100, 1000):
            return show(Fraction(expr.p, expr.q))
        return rf"{'-' if expr.p < 0 else ''}\frac{{{abs(expr.p)}}}{{{expr.q}}}"

    _print_Integer = _print_One = _print_Zero = _print_NegativeOne = _print_Half = _print_Rational

    def _print_Indexed(self, expr: Any) -> str:
        return f"{expr.base.label}_{{{','.join(self._print(index) for index in expr.indices)}}}"

    def _print_KroneckerDelta(self, expr: Any, exp: Any = None) -> str:
        left, right = (self._print(argument) for argument in expr.args)
        return f"[{left} = {right}]"

    def _print_Add(self, expr: Any, order: Any = None) -> str:
        terms, text = list(expr.args), ""
        if expr.is_integer:  # an index: i + 1, while 1 - o keeps its order
            terms.sort(key=lambda term: bool(term.is_Number))
        for term in terms:
            written = self._print(term)
            text += (" + " if text and not written.startswith("-") else " " if text else "") + _spaced(written, text)
        return text

    def _print_Mul(self, expr: Any) -> str:
        sign, factors = "", _flat(expr)
        while factors and factors[0] == -1 and len(factors) > 1:
            sign, factors = "" if sign else "-", factors[1:]
        written, text = [self._factor(factor, place) for place, factor in enumerate(factors)], ""
        for here, factor in enumerate(factors):
            number = here and factor.is_Number
            text += (r" \cdot " if number else " " if here else "") + written[here]
        return sign + text

    def _factor(self, factor: Any, place: int) -> str:
        text = self._print(factor)
        loose = factor.is_Add or factor.is_Mul or (isinstance(factor, sympy.Sum) and not place)
        negative = text.startswith("-")
        return rf"\left({text}\right)" if loose else f"({text})" if negative else text


def _flat(product: Any) -> list[Any]:
    """Return the factors of nested products in order; one with a sign of its own stays together."""
    parts: list[Any] = []
    for place, factor in enumerate(product.args):
        nested = factor.is_Mul and not (place and factor.args[0] == -1)
        parts += _flat(factor) if nested else [factor]
    return parts


def _spaced(written: str, before: str) -> str:
    """Put a space after the sign of a term that follows another."""
    return f"- {written[1:]}" if before and written.startswith("-") else written

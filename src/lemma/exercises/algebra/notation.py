"""Printing of SymPy expressions as LaTeX in the notation of the course, with terms in the order of the source.

Printed formulas are generated from the expressions that are checked, so they cannot differ. SymPy sorts terms and
combines numbers; expressions built within `unevaluated` keep their form, and `latex` prints them unchanged.
"""

# ruff: noqa: N802, N815 - SymPy finds a printer's methods by the names of its classes
from collections.abc import Mapping
from contextlib import AbstractContextManager
from fractions import Fraction
from functools import cache
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE

from lemma.exercises.algebra.numbers import show


def unevaluated() -> AbstractContextManager[None]:
    """Return a context in which SymPy does not evaluate expressions."""
    return sympy.evaluate(False)  # type: ignore[no-any-return]


@cache
def latex(expression: Any) -> str:
    r"""Return the LaTeX of an expression: `w_{i,j}`, `[k = i]` for Kronecker's delta, `\cdot` between numbers."""
    return str(_Printer({}).doprint(expression))


def with_numbers(expression: Any, values: Mapping[sympy.Symbol, Fraction]) -> str:
    """Return the LaTeX of an expression with numbers in place of its symbols."""
    return str(_Printer(values).doprint(expression))


class _Printer(LatexPrinter):  # type: ignore[misc]
    def __init__(self, numbers: Mapping[sympy.Symbol, Fraction]) -> None:
        super().__init__({"order": "none", "ln_notation": True})
        self.numbers = numbers

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        return show(self.numbers[expr]) if expr in self.numbers else str(super()._print_Symbol(expr, style))

    def _print_Rational(self, expr: Any) -> str:
        return f"{'-' if expr.p < 0 else ''}" + (
            rf"\frac{{{abs(expr.p)}}}{{{expr.q}}}" if expr.q > 1 else f"{abs(expr.p)}"
        )

    _print_Integer = _print_One = _print_Zero = _print_NegativeOne = _print_Half = _print_Rational

    def _print_Indexed(self, expr: Any) -> str:
        return f"{expr.base.label}_{{{','.join(self._print(index) for index in expr.indices)}}}"

    def _print_KroneckerDelta(self, expr: Any, exp: Any = None) -> str:
        left, right = (self._print(argument) for argument in expr.args)
        return f"[{left} = {right}]"

    def _print_Sum(self, expr: Any) -> str:
        term = self._print(expr.function)
        bracketed = rf"\left({term}\right)" if expr.function.is_Add or term.startswith("-") else term
        signs = [rf"\sum_{{{name}={self._print(low)}}}^{{{self._print(high)}}}" for name, low, high in expr.limits]
        return " ".join([*reversed(signs), bracketed])  # SymPy keeps the innermost first

    def _print_Transpose(self, expr: Any) -> str:
        matrix = str(self.parenthesize(expr.arg, PRECEDENCE["Pow"]))
        return rf"{matrix[:-1]} \top}}" if matrix.endswith("}") else rf"{matrix}^{{\top}}"  # o^{(1) \top}

    def _print_HadamardProduct(self, expr: Any) -> str:
        factors = [str(self.parenthesize(factor, PRECEDENCE["Pow"])) for factor in expr.args]
        return r" \odot ".join(sorted(factors, key=lambda factor: factor.startswith(r"\left(1 -")))  # o (1 - o)

    def _print_HadamardPower(self, expr: Any) -> str:
        return self._print_HadamardProduct(sympy.Tuple(*[expr.base] * int(expr.exp)))

    def _print_tanh(self, expr: Any) -> str:
        return rf"\tanh({self._print(expr.args[0])})"

    def _print_DiagMatrix(self, expr: Any) -> str:
        return rf"\operatorname{{diag}}\left({self._print(expr.args[0])}\right)"

    def _print_OneMatrix(self, expr: Any) -> str:
        return "1"

    def _print_MatAdd(self, expr: Any) -> str:
        terms = sorted((str(self._print(term)) for term in expr.args), key=lambda term: term.startswith("-"))
        return terms[0] + "".join(f" - {term[1:].strip()}" if term[0] == "-" else f" + {term}" for term in terms[1:])

    def _print_Pow(self, expr: Any) -> str:
        if _is_inverse(expr):
            return rf"\frac{{1}}{{{self._print(_inverse(expr))}}}"
        if not expr.exp.is_Integer:
            return str(super()._print_Pow(expr))
        base = self._factor(expr.base, loose=True)
        twice = expr.base.is_Pow or ("^" in base and not base.startswith(r"\left("))  # x^{2}^{2} needs parentheses
        loose = twice or isinstance(expr.base, sympy.Sum | sympy.exp)
        return rf"\left({base}\right)^{{{expr.exp}}}" if loose else f"{base}^{{{expr.exp}}}"

    def _print_Add(self, expr: Any, order: Any = None) -> str:
        terms, text = list(expr.args), ""
        # Print an index as i + 1; 1 - o and 1 - 2^n keep their order. `expr.is_integer` would depend on cached values.
        if expr.free_symbols and all(symbol.is_integer for symbol in expr.free_symbols) and not expr.has(sympy.Pow):
            terms.sort(key=lambda term: bool(term.is_Number))
        for term in terms:
            written = self._print(term)
            if not text:
                text = written
            else:
                text += f" - {written[1:]}" if written.startswith("-") else f" + {written}"
        return text

    def _print_Mul(self, expr: Any) -> str:
        factors, sign = _flat(expr), ""
        while len(factors) > 1 and factors[0] == -1:
            factors, sign = factors[1:], "" if sign else "-"
        below = [_inverse(factor) for factor in factors if _is_inverse(factor)]
        if below:
            above = [factor for factor in factors if not _is_inverse(factor)]
            over, under = (self._print(part[0]) if len(part) == 1 else self._product(part) for part in (above, below))
            return rf"{sign}\frac{{{over or '1'}}}{{{under}}}"
        return sign + self._product(factors, loose=bool(sign))

    def _product(self, factors: list[Any], loose: bool = False) -> str:
        text = ""
        for place, factor in enumerate(factors):
            if isinstance(factor, sympy.Sum) and place < len(factors) - 1:
                text += rf" \left({self._print(factor)}\right)"
                continue
            number = factor.is_Number or factor in self.numbers or (factor.is_Pow and factor.base.is_Number)
            text += (r" \cdot " if number else " ") * bool(place) + self._factor(factor, loose or len(factors) > 1)
        return text.strip()

    def _factor(self, factor: Any, loose: bool) -> str:
        """Print a factor, or the base of a power, in parentheses where they are needed."""
        text = self._print(factor)
        if factor.is_Add or factor.is_Mul or (isinstance(factor, sympy.Sum) and text[0] == "-"):
            return rf"\left({text}\right)"
        return f"({text})" if loose and text.startswith("-") else text


def _is_inverse(factor: Any) -> bool:
    return bool(factor.is_Pow and factor.exp.is_Integer and factor.exp < 0)


def _inverse(power: Any) -> Any:
    return power.base if power.exp == -1 else sympy.Pow(power.base, -power.exp, evaluate=False)


def _flat(product: Any) -> list[Any]:
    """Return the factors of nested products in order; a negated factor after the first is kept together."""
    parts: list[Any] = []
    for place, factor in enumerate(product.args):
        nested = factor.is_Mul and not (place and factor.args[0] == -1)
        parts += _flat(factor) if nested else [factor]
    return parts

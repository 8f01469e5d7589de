"""Printed formulas have the form of the checked expressions; numbers are exact."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import KroneckerDelta, Rational, Sum

from lemma.exercises.algebra.notation import latex, unevaluated, with_numbers
from lemma.exercises.algebra.numbers import parse_number, show
from lemma.exercises.algebra.symbols import O1, i, k, m, o, t, w

SUM = Sum(o[i], (i, 1, m))
with unevaluated():
    WRITTEN = [
        (o[i] - t[i], "o_{i} - t_{i}"),
        (t[i] - o[i], "t_{i} - o_{i}"),
        (-(t[i] - o[i]), r"-\left(t_{i} - o_{i}\right)"),
        (w[i, k] * o[i + 1], "w_{i,k} o_{i + 1}"),
        (Rational(1, 2) * (2 * o[i]), r"\frac{1}{2} \cdot 2 o_{i}"),
        (o[i] * -KroneckerDelta(i, k), r"o_{i} \left(-[i = k]\right)"),
        (o[i] * (1 - o[i]), r"o_{i} \left(1 - o_{i}\right)"),
        (o[i] ** 2, "o_{i}^{2}"),
        ((o[i] ** 2) ** 2, r"\left(o_{i}^{2}\right)^{2}"),
        (O1[i] ** 2, r"\left(o^{(1)}_{i}\right)^{2}"),
        (SUM * o[k], r"\left(\sum_{i=1}^{m} o_{i}\right) o_{k}"),
        (o[k] * SUM, r"o_{k} \sum_{i=1}^{m} o_{i}"),
        (sympy.tanh(t[i]) ** 2, r"\tanh(t_{i})^{2}"),
        ((o[i] - t[i]) ** 2, r"\left(o_{i} - t_{i}\right)^{2}"),
        (((o[i] - t[i]) ** 2) ** 2, r"\left(\left(o_{i} - t_{i}\right)^{2}\right)^{2}"),
    ]


@pytest.mark.parametrize(("expression", "expected"), WRITTEN)
def test_expressions_are_printed_unevaluated(expression: sympy.Expr, expected: str) -> None:
    assert latex(expression) == expected


def test_sums_have_parentheses_where_they_are_needed() -> None:
    assert latex(Sum(o[k], (k, 1, m - 1))) == r"\sum_{k=1}^{m - 1} o_{k}"
    with unevaluated():
        difference = o[k] - t[k]
    assert latex(Sum(difference, (k, 1, m))) == r"\sum_{k=1}^{m} \left(o_{k} - t_{k}\right)"
    assert latex(Sum(-o[k], (k, 1, m))) == r"\sum_{k=1}^{m} \left(-o_{k}\right)"


def test_numbers_replace_symbols() -> None:
    a, b = sympy.symbols("a b")
    with unevaluated():
        rule = a * b + b - a**2
    numbers = {a: Fraction(-2), b: Fraction(1, 10)}
    assert with_numbers(rule, numbers) == r"(-2) \cdot 0.1 + 0.1 - (-2)^{2}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-2", -2),
        ("1e3", 1000),
        ("0.1", Fraction(1, 10)),
        ("1/10", Fraction(1, 10)),
        (" +.5 ", Fraction(1, 2)),
    ],
)
def test_numbers_are_parsed_exactly(text: str, value: float | Fraction) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "one", "1e", "1/0", "nan", "1/2/3", "--1", "0x1"])
def test_an_invalid_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a number|divides by 0"):
        parse_number(text)


@given(st.fractions())
def test_a_formatted_number_parses_to_itself(value: Fraction) -> None:
    assert parse_number(show(value)) == value


@pytest.mark.parametrize(
    ("value", "text"), [(Fraction(6, 5), "1.2"), (Fraction(-1, 3), "-1/3"), (Fraction(100), "100")]
)
def test_decimals_are_used_if_they_are_exact(value: Fraction, text: str) -> None:
    assert show(value) == text

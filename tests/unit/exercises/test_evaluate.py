"""Recursive evaluation of formulas: exact in fractions, never silently a float."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import IndexedBase, KroneckerDelta, Sum

from lemma.exercises.evaluate import EXACT, Arithmetic
from lemma.exercises.indexed import index

i, k, n = index("i"), index("k"), index("n")
a, w = IndexedBase("a"), IndexedBase("w")
ENTRIES = {a[1]: Fraction(1, 2), a[2]: Fraction(-3), **{w[p, q]: Fraction(p, q) for p in (1, 2) for q in (1, 2)}}


@settings(max_examples=30)
@given(st.lists(st.fractions(max_denominator=9), min_size=1, max_size=5))
def test_sums_are_exact(numbers: list[Fraction]) -> None:
    entries = {a[place]: number for place, number in enumerate(numbers, 1)}
    value = EXACT.value(Sum(a[k] ** 2 - a[k] / 3, (k, 1, n)), {n: len(numbers)}, entries)
    assert value == sum(number**2 - number / 3 for number in numbers)


def test_a_double_sum_covers_all_pairs() -> None:
    double = Sum(w[i, k], (i, 1, k), (k, 1, n))
    assert EXACT.value(double, {n: 2}, ENTRIES) == Fraction(1) + Fraction(1, 2) + 1


def test_a_sum_to_0_is_empty() -> None:
    assert EXACT.value(Sum(a[k], (k, 1, n - 1)), {n: 1}, ENTRIES) == 0


def test_negative_powers_are_fractions() -> None:
    value = EXACT.value(1 / (1 + n) ** 2, {n: 2}, {})
    assert (value, type(value)) == (Fraction(1, 9), Fraction)


def test_kronecker_delta_selects_a_term() -> None:
    assert EXACT.value(Sum(KroneckerDelta(k, i) * a[k], (k, 1, n)), {n: 2, i: 2}, ENTRIES) == -3


def test_a_missing_entry_is_named() -> None:
    with pytest.raises(LookupError, match=r"a_\{3\}\$ does not exist"):
        EXACT.value(a[n + 1], {n: 2}, ENTRIES)


def test_an_unsupported_symbol_is_named() -> None:
    with pytest.raises(TypeError, match="forgotten cannot be evaluated"):
        EXACT.value(sympy.Symbol("forgotten"), {}, {})
    with pytest.raises(TypeError, match="exp"):
        EXACT.value(sympy.exp(n), {n: 1}, {})


def test_functions_belong_to_the_arithmetic() -> None:
    assert Arithmetic(float, {sympy.exp: lambda value: 2**value}).value(sympy.exp(n), {n: 3}, {}) == 8

"""Formulas with symbolic sizes: proofs hold for every size, and counter-examples are exact."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import IndexedBase, KroneckerDelta, Sum

from lemma.exercises.claim import Holds, Refuted, Unknown
from lemma.exercises.indexed import Instance, Space, compare_values, differentiate, index

i, j, k, p, m, n = (index(name) for name in "ijkpmn")
o, v, w = IndexedBase("o"), IndexedBase("v"), IndexedBase("w")
SPACE = Space({o: (m,), v: (m,), w: (n, m)}, {i: m, j: n})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Sum(o[k] * KroneckerDelta(k, i), (k, 1, m)), o[i]),
        (Sum(o[k] + v[k], (k, 1, m)), Sum(v[p], (p, 1, m)) + Sum(o[k], (k, 1, m))),
        (2 * Sum(o[k], (k, 1, m)), Sum(o[k] * 2, (k, 1, m))),
        (Sum(o[k] ** 2 - v[k] ** 2, (k, 1, m)), Sum((o[p] - v[p]) * (o[p] + v[p]), (p, 1, m))),
        (Sum(w[p, i] * KroneckerDelta(p, j), (p, 1, n)) * o[i], o[i] * w[j, i]),
        (Sum(o[k] * Sum(w[p, k], (p, 1, n)), (k, 1, m)), Sum(Sum(w[p, k] * o[k], (p, 1, n)), (k, 1, m))),
        (sympy.sin(o[i]) ** 2 + sympy.cos(o[i]) ** 2, sympy.Integer(1)),
    ],
)
def test_equal_expressions_are_proved_equal(left: sympy.Expr, right: sympy.Expr) -> None:
    assert isinstance(SPACE.equal(left, right), Holds)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Sum(o[k] * KroneckerDelta(k, i), (k, 1, m - 1)), o[i]),  # differs only at i = m
        (Sum(o[k] * KroneckerDelta(k, i), (k, 2, m)), o[i]),  # differs only at i = 1
        (Sum(o[k], (k, 1, m)), m * o[i]),  # agrees for m = 1
        (o[i], v[i]),
        (o[i + 1], o[i]),
        (Sum(v[k], (k, 1, m), (k, 1, n)), Sum(v[k], (k, 1, n), (k, 1, m))),  # the inner k is another one
    ],
)
def test_different_expressions_are_refuted_with_a_counter_example(left: sympy.Expr, right: sympy.Expr) -> None:
    outcome = SPACE.equal(left, right)
    assert isinstance(outcome, Refuted)
    assert {"m", "i"} <= set(outcome.counter_example)


def test_equality_for_small_sizes_only_is_not_proved() -> None:
    """The product vanishes exactly for the sizes that are tried."""
    tried = sympy.prod(m - size for size in range(1, 5))
    outcome = Space({o: (m,)}, {i: m}).equal(tried * o[i], sympy.Integer(0))
    assert isinstance(outcome, Unknown)


def test_instances_respect_the_ranges_of_the_arrays() -> None:
    space = Space({o: (m,), v: (m,), w: (n, m)}, {i: m}, sigmoids=(o,), non_negative=(v,))
    entries = [pair for instance in space.instances(3) for pair in instance.entries.items()]
    assert all(0 < value < 1 for entry, value in entries if entry.base == o)
    assert all(value >= 0 for entry, value in entries if entry.base == v)
    assert any(value < 0 for entry, value in entries if entry.base == w)


def test_the_derivative_of_a_sum_is_the_coefficient_of_the_entry() -> None:
    derivative = differentiate(Sum(w[j, k] * o[k], (k, 1, m)), o[i])
    assert isinstance(SPACE.equal(derivative, w[j, i]), Holds)


def test_a_derivative_with_an_ambiguous_index_is_refused() -> None:
    with pytest.raises(ValueError, match="index of differentiation"):
        differentiate(Sum(w[j, i] * o[i], (i, 1, m)), o[i])


def test_instances_cover_all_sizes_and_indices_and_are_reproducible() -> None:
    computed = list(Space({o: (m,)}, {i: m}).instances(3))
    assert [(one.integers[m], one.integers[i]) for one in computed] == [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3)]
    assert computed == list(Space({o: (m,)}, {i: m}).instances(3))


@settings(max_examples=20)
@given(st.lists(st.fractions(max_denominator=9), min_size=1, max_size=4))
def test_values_are_exact(entries: list[Fraction]) -> None:
    size = len(entries)
    instance = Instance({m: size}, {o[place]: entry for place, entry in enumerate(entries, 1)})
    assert instance.value(Sum(o[k] ** 2, (k, 1, m))) == sum(entry**2 for entry in entries)


def test_irrational_values_have_40_digits() -> None:
    instance = Instance({i: 1}, {o[1]: Fraction(1, 3)})
    sigma = 1 / (1 + sympy.exp(-o[i]))
    assert isinstance(compare_values(instance, sigma * (1 - sigma), sympy.exp(-o[i]) * sigma**2), Holds)
    outcome = compare_values(instance, sigma, 1 - sigma)
    assert isinstance(outcome, Refuted)
    assert outcome.counter_example["left"] == "0.58257"


def test_an_entry_that_does_not_exist_is_named() -> None:
    outcome = compare_values(Instance({i: 1}, {o[1]: Fraction(1)}), o[i + 1], o[i])
    assert isinstance(outcome, Refuted)
    assert outcome.counter_example["reason"] == "$o_{2}$ does not exist"


def test_an_undeclared_symbol_is_an_error_and_not_a_refutation() -> None:
    with pytest.raises(ValueError, match="no real value"):
        Instance({}, {}).value(sympy.Symbol("forgotten"))

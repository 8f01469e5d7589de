"""Evaluation of formulas: agreement with NumPy, exact numbers of any type, and errors for entries that do not exist."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import IndexedBase, KroneckerDelta, Sum

from lemma.exercises.algebra.evaluate import Arithmetic, evaluate, logistic
from lemma.exercises.algebra.symbols import eta, i, j, k, m, n, o, w

d = IndexedBase("d")
RANDOM = np.random.default_rng(0)
ARRAYS = {o: RANDOM.normal(size=(5, 3)), d: RANDOM.normal(size=(5, 4)), w: RANDOM.normal(size=(5, 3, 4))}
SIZES = {n: 3, m: 4}
EXACT = Arithmetic(Fraction)


def test_a_sum_is_evaluated_for_all_indices_and_instances() -> None:
    computed = evaluate(o[j] * (1 - o[j]) * Sum(d[k] * w[j, k], (k, 1, m)), SIZES, ARRAYS, {j: n})
    wanted = ARRAYS[o] * (1 - ARRAYS[o]) * np.einsum("ak,ajk->aj", ARRAYS[d], ARRAYS[w])
    np.testing.assert_allclose(computed, wanted)


def test_axes_follow_the_order_of_the_indices() -> None:
    assert evaluate(d[k] * o[j], SIZES, ARRAYS, {j: n, k: m}).shape == (5, 3, 4)
    assert evaluate(d[k] * o[j], SIZES, ARRAYS, {k: m, j: n}).shape == (5, 4, 3)
    assert evaluate(Sum(o[j], (j, 1, n)), SIZES, ARRAYS, {}).shape == (5,)


def test_a_scalar_has_a_value_for_each_instance() -> None:
    rates = np.arange(5.0)
    computed = evaluate(eta * Sum(w[j, k], (k, 1, m)), SIZES, ARRAYS | {eta: rates}, {j: n})
    np.testing.assert_allclose(computed, rates[:, None] * ARRAYS[w].sum(2))


def test_a_bound_may_depend_on_an_index_and_an_empty_sum_is_0() -> None:
    computed = evaluate(Sum(d[k], (k, j + 1, m)), SIZES, ARRAYS, {j: m})
    np.testing.assert_allclose(computed[:, 0], ARRAYS[d][:, 1:].sum(1))
    assert (computed[:, 3] == 0).all()


def test_nested_and_double_sums_agree() -> None:
    nested = Sum(Sum(w[j, k], (k, 1, m)) * o[j], (j, 1, n))
    flat = Sum(w[j, k] * o[j], (k, 1, m), (j, 1, n))
    wanted = np.einsum("ajk,aj->a", ARRAYS[w], ARRAYS[o])
    np.testing.assert_allclose(evaluate(nested, SIZES, ARRAYS, {}), wanted)
    np.testing.assert_allclose(evaluate(flat, SIZES, ARRAYS, {}), wanted)


def test_an_array_with_one_instance_is_broadcast() -> None:
    shared = ARRAYS | {w: ARRAYS[w][:1]}
    wanted = np.einsum("ak,jk->aj", ARRAYS[d], ARRAYS[w][0])
    np.testing.assert_allclose(evaluate(Sum(w[j, k] * d[k], (k, 1, m)), SIZES, shared, {j: n}), wanted)


@settings(max_examples=30)
@given(st.lists(st.fractions(max_denominator=9), min_size=1, max_size=5))
def test_fractions_stay_exact(numbers: list[Fraction]) -> None:
    entries = {o: np.array([numbers], dtype=object)}
    (value,) = evaluate(Sum(o[k] ** 2 - o[k] / 3, (k, 1, n)), {n: len(numbers)}, entries, {}, EXACT)
    assert value == sum(number**2 - number / 3 for number in numbers)


def test_a_negative_power_of_an_integer_is_exact() -> None:
    (value,) = evaluate((1 + n) ** -2, {n: 2}, {}, {}, EXACT)
    assert value == Fraction(1, 9)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (o[j + 1], r"o_\{j \+ 1\}\$ does not exist for \$j \+ 1 = 4"),
        (w[k, j], r"\$w_\{k,j\}\$ does not exist"),
        (Sum(d[k], (k, 1, m + 1)), r"\$d_\{k\}\$ does not exist"),
        (o[j, j], "the array has 1 indices"),
    ],
)
def test_an_entry_that_does_not_exist_is_named(formula: sympy.Expr, message: str) -> None:
    with pytest.raises(LookupError, match=message):
        evaluate(formula, SIZES, ARRAYS, {j: n, k: m})


def test_entries_excluded_by_a_delta_need_not_exist() -> None:
    computed = evaluate(Sum(o[k] * KroneckerDelta(k, j), (k, 1, n + 1)), SIZES, ARRAYS, {j: n})
    np.testing.assert_allclose(computed, ARRAYS[o])


@pytest.mark.parametrize("formula", [sympy.Symbol("forgotten"), sympy.sin(i)])
def test_an_unsupported_expression_is_refused(formula: sympy.Expr) -> None:
    with pytest.raises(TypeError, match="cannot be evaluated"):
        evaluate(formula, {i: 1}, {}, {})


def test_the_logistic_function_saturates_at_0_and_1() -> None:
    assert logistic(np.array([-40.0, 0.0, 40.0])) == pytest.approx([0, 0.5, 1], abs=1e-15)

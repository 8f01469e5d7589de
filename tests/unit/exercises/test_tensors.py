"""Evaluation of formulas over arrays: agreement with NumPy, and errors for entries that do not exist."""

import numpy as np
import pytest
import sympy
from sympy import IndexedBase, KroneckerDelta, Sum

from lemma.exercises.indexed import Space, index
from lemma.exercises.tensors import Tensors, logistic

i, j, k, m, n = (index(name) for name in "ijkmn")
o, d, w = IndexedBase("o"), IndexedBase("d"), IndexedBase("w")
RANDOM = np.random.default_rng(0)
ARRAYS = {o: RANDOM.normal(size=(5, 3)), d: RANDOM.normal(size=(5, 4)), w: RANDOM.normal(size=(5, 3, 4))}
NUMBERS = Tensors({n: 3, m: 4}, ARRAYS)


def test_a_sum_is_evaluated_for_all_indices_and_instances() -> None:
    computed = NUMBERS.evaluate(o[j] * (1 - o[j]) * Sum(d[k] * w[j, k], (k, 1, m)), {j: n})
    wanted = ARRAYS[o] * (1 - ARRAYS[o]) * np.einsum("ak,ajk->aj", ARRAYS[d], ARRAYS[w])
    np.testing.assert_allclose(computed, wanted)


def test_axes_follow_the_order_of_the_indices() -> None:
    assert NUMBERS.evaluate(d[k] * o[j], {j: n, k: m}).shape == (5, 3, 4)
    assert NUMBERS.evaluate(d[k] * o[j], {k: m, j: n}).shape == (5, 4, 3)
    assert NUMBERS.evaluate(Sum(o[j], (j, 1, n)), {}).shape == (5,)


def test_a_bound_may_depend_on_an_index_and_an_empty_sum_is_0() -> None:
    computed = NUMBERS.evaluate(Sum(d[k], (k, j + 1, m)), {j: m})
    np.testing.assert_allclose(computed[:, 0], ARRAYS[d][:, 1:].sum(1))
    assert (computed[:, 3] == 0).all()


def test_nested_and_double_sums_agree() -> None:
    nested = Sum(Sum(w[j, k], (k, 1, m)) * o[j], (j, 1, n))
    flat = Sum(w[j, k] * o[j], (k, 1, m), (j, 1, n))
    wanted = np.einsum("ajk,aj->a", ARRAYS[w], ARRAYS[o])
    np.testing.assert_allclose(NUMBERS.evaluate(nested, {}), wanted)
    np.testing.assert_allclose(NUMBERS.evaluate(flat, {}), wanted)


def test_an_array_with_one_instance_is_broadcast() -> None:
    shared = Tensors({n: 3, m: 4}, ARRAYS | {w: ARRAYS[w][:1]})
    wanted = np.einsum("ak,jk->aj", ARRAYS[d], ARRAYS[w][0])
    np.testing.assert_allclose(shared.evaluate(Sum(w[j, k] * d[k], (k, 1, m)), {j: n}), wanted)


def test_values_agree_with_exact_instances() -> None:
    space = Space({o: (n,), d: (m,), w: (n, m)}, {j: n})
    formula = Sum(w[j, k] * d[k] ** 2, (k, 1, m)) * sympy.Rational(1, 3) - o[j] * Sum(KroneckerDelta(k, j), (k, 1, m))
    for instance in space.instances(3):
        sizes = {size: instance.integers[size] for size in (n, m)}
        arrays = {
            array: np.array(
                [float(instance.entries[array[tuple(p + 1 for p in place)]]) for place in np.ndindex(*shape)]
            ).reshape(1, *shape)
            for array, shape in ((o, (sizes[n],)), (d, (sizes[m],)), (w, (sizes[n], sizes[m])))
        }
        computed = Tensors(sizes, arrays).evaluate(formula, {j: n})[0, instance.integers[j] - 1]
        assert computed == pytest.approx(float(instance.value(formula)), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (o[j + 1], r"\$o_\{j \+ 1\}\$ does not exist for \$j \+ 1\$ = 4"),
        (w[k, j], r"\$w_\{k,j\}\$ does not exist"),
        (Sum(d[k], (k, 1, m + 1)), r"\$d_\{k\}\$ does not exist"),
        (o[j, j], "the array has 1 indices"),
    ],
)
def test_an_entry_that_does_not_exist_is_named(formula: sympy.Expr, message: str) -> None:
    with pytest.raises(LookupError, match=message.replace(r"\$ = 4", " = 4")):
        NUMBERS.evaluate(formula, {j: n, k: m})


def test_entries_excluded_by_a_delta_need_not_exist() -> None:
    computed = NUMBERS.evaluate(Sum(o[k] * KroneckerDelta(k, j), (k, 1, n + 1)), {j: n})
    np.testing.assert_allclose(computed, ARRAYS[o])


def test_an_unsupported_expression_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot be evaluated over arrays"):
        NUMBERS.evaluate(sympy.Symbol("forgotten"), {})


def test_the_logistic_function_saturates_at_0_and_1() -> None:
    assert logistic(np.array([-40.0, 0.0, 40.0])) == pytest.approx([0, 0.5, 1], abs=1e-15)

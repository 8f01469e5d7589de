"""Printed counter-examples are evaluated from the printed formulas and numbers alone."""

from fractions import Fraction
from math import exp

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import KroneckerDelta, Rational, Sum

from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import O1, W1, delta, eta, i, j, k, m, n, o, t, w
from lemma.exercises.outcome import Refuted
from lemma.exercises.proof.recheck import evaluate_printed, recheck
from lemma.exercises.proof.space import Condition, Space

VALUES = {"m": "2", "i": "1", "o_{1}": "0.5", "o_{2}": "-3", "t_{1}": "1/4", "t_{2}": "2", r"\eta": "0.1"}


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("o_{i} - t_{i}", Fraction(1, 4)),
        (r"-\left(t_{i} - o_{i + 1}\right)", Fraction(-13, 4)),
        (r"\sum_{k=1}^{m} \left(o_{k} - t_{k}\right) [k = i]", Fraction(1, 4)),
        (r"\sum_{k=1}^{m - 1} o_{k} + 1", Fraction(3, 2)),
        (r"\sum_{k=1}^{m - 2} o_{k + 7} t_{k} + o_{2}", Fraction(-3)),
        (r"\sum_{k=2}^{m} \sum_{j=1}^{k} o_{j} t_{k}", Fraction(-5)),
        (r"\frac{1}{2} \cdot 2 o_{i}^{2}", Fraction(1, 4)),
        (r"\frac{o_{1}}{t_{1}}", Fraction(2)),
        (r"(-2) \cdot 0.1 + \eta", Fraction(-1, 10)),
        (r"o_{1} \left(1 - o_{1}\right) \ge 0", True),
        (r"o_{2} > t_{2}", False),
        (r"o_{1} = 2 t_{1} = \frac{1}{2}", True),
        (r"\sigma\left(o_{2}\right)", 1 / (1 + exp(3))),
    ],
)
def test_a_printed_formula_is_evaluated_exactly(formula: str, value: object) -> None:
    assert evaluate_printed(formula, VALUES) == value


with unevaluated():
    TERM = delta[k] * w[j, k]
FORMULAS = [
    o[j] * (1 - o[j]) * Sum(TERM, (k, 1, m)),
    Rational(1, 2) * Sum((t[k] - o[k]) ** 2, (k, 1, m)) * eta,
    Sum(Sum(w[i, k] * KroneckerDelta(i, j), (i, 1, n)) * t[k], (k, 1, m)) - W1[j, 1] * O1[1],
    -Sum(w[i, k] * t[k], (k, 1, m), (i, 1, n)),
]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(FORMULAS), st.integers(0, 1000))
def test_the_printed_form_of_a_formula_has_the_value_of_the_formula(formula: sympy.Expr, seed: int) -> None:
    arrays = {o: (m,), delta: (m,), t: (m,), w: (n, m), W1: (n, m), O1: (n,)}
    space = Space(arrays, {j: n}, (eta,))
    square = [sample for sample in space.samples(3, 1, seed) if sample.sizes[m] >= sample.sizes[n]]
    for sample in square:
        (values,) = evaluate(formula, sample.sizes, sample.arrays, {j: n})
        for place in range(sample.sizes[n]):
            printed = {size.name: str(number) for size, number in sample.sizes.items()} | sample.values_of(0)
            computed = evaluate_printed(latex(formula), printed | {"j": str(place + 1)})
            np.testing.assert_allclose(float(computed), float(values[place]), rtol=1e-9, atol=1e-9)


def test_a_true_counter_example_is_accepted() -> None:
    assert recheck("o_{i} - t_{i}", "o_{i}", (), Refuted(VALUES, "0.25", "0.5")) == ""


@pytest.mark.parametrize(
    ("mutant", "counter_example", "problem"),
    [
        ("t_{i} - t_{i}", Refuted(VALUES, "0.25", "0.5"), "the stated value is printed as 0.5"),
        ("o_{i}", Refuted(VALUES, "0.75", "0.5"), "the computed value is printed as 0.75"),
        ("o_{i} - 1 t_{i}", Refuted(VALUES, "0.25", "0.25"), "the same value"),
        ("o_{i + 2}", Refuted(VALUES, "0.25", "0.5"), "cannot be evaluated"),
        ("o_{i}", Refuted({**VALUES, "o_{1}": "1e"}, "0.25", "0.5"), "cannot be evaluated"),
    ],
)
def test_a_counter_example_that_does_not_falsify_what_is_printed_is_reported(
    mutant: str, counter_example: Refuted, problem: str
) -> None:
    assert problem in recheck("o_{i} - t_{i}", mutant, (), counter_example)


def test_an_inequality_is_falsified_only_by_values_that_break_it() -> None:
    """1 <= 2 holds although the left side is not the largest possible."""
    assert "both true" in recheck(r"a \le b", r"a \le b + 1", (), Refuted({"a": "1", "b": "2"}))
    assert recheck(r"a \le b", r"a \le b - 2", (), Refuted({"a": "1", "b": "2"})) == ""


def test_values_that_violate_a_condition_are_reported() -> None:
    perpendicular = Condition(r"\sum_{k=1}^{m} o_{k} t_{k} = 0")
    assert "violate" in recheck("o_{i}", "t_{i}", (perpendicular,), Refuted(VALUES, "0.5", "0.25"))
    ranged = Condition(r"t_{k} > 0", {"k": "m"})
    assert recheck("o_{i}", "t_{i}", (ranged,), Refuted(VALUES, "0.5", "0.25")) == ""
    assert "violate" in recheck("o_{i}", "t_{i}", (ranged,), Refuted({**VALUES, "t_{2}": "-2"}, "0.5", "0.25"))

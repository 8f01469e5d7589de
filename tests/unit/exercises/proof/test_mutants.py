"""Mutants are common errors, and all of them are distinct formulas."""

from fractions import Fraction

import pytest
import sympy
from sympy import KroneckerDelta, Sum

from lemma.exercises.algebra.notation import unevaluated
from lemma.exercises.algebra.symbols import i, j, k, m, o, t, w
from lemma.exercises.outcome import Holds
from lemma.exercises.proof.mutants import mutate, mutate_numbers
from lemma.exercises.proof.space import Space

x, y = sympy.symbols("x y")


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        (x + y, x - y),  # a sign
        (x + y, -x - y),  # all signs
        (x + y, x),  # a lost term
        (x * y, y),  # a lost factor
        (x * (1 - x), x * x),  # o for 1 - o
        (x * (1 - x), (1 - x) * (1 - x)),  # 1 - o for o
        (x**2, x**3),  # a number
        (sympy.Rational(1, 2) * x, x),  # the lost half
        (o[i], o[i + 1]),  # off by one
        (o[i], o[i - 1]),
        (o[i] - t[i], o[i] - o[i]),  # the wrong array
        (w[i, j], w[j, i]),  # a transposed W
        (Sum(w[k, i], (k, 1, m)), Sum(w[i, i], (k, 1, m))),  # the wrong index
        (Sum(o[k], (k, 1, m)), Sum(o[k], (k, 2, m))),  # bounds
        (Sum(o[k], (k, 1, m)), Sum(o[k], (k, 1, m - 1))),
        (Sum(o[k], (k, 1, m)), Sum(o[k], (k, 1, m + 1))),
        (Sum(o[k] * KroneckerDelta(k, i), (k, 1, m)), Sum(o[k], (k, 1, m))),  # a lost delta
        (sympy.exp(x), 1 - sympy.exp(x)),
    ],
)
def test_each_kind_of_error_is_generated(expression: sympy.Expr, error: sympy.Expr) -> None:
    results = [mutant.subject.doit() for mutant in mutate(expression, arrays=(o, t), indices=(i, j))]
    assert error.doit() in results


def test_mutants_are_distinct_even_for_two_forms_of_a_formula() -> None:
    results = [mutant.subject for mutant in mutate(o[i] - t[i], o[i] - t[i], arrays=(o, t), indices=(i,))]
    assert len(set(results)) == len(results)


def test_mutation_keeps_the_remaining_formula_unevaluated() -> None:
    with unevaluated():
        formula = -(t[i] - o[i])
    assert r"-\left(t_{i} + o_{i}\right)" in [mutant.formula for mutant in mutate(formula)]


def test_an_equivalent_mutant_is_proved_equivalent() -> None:
    space = Space({o: (m,), t: (m,)}, {i: m})
    formula = Sum((o[k] - t[k]) * KroneckerDelta(k, i), (k, 1, m))
    outcomes = {mutant.mutation: space.equal(formula, mutant.subject) for mutant in mutate(formula, indices=(i,))}
    same = {mutation for mutation, outcome in outcomes.items() if isinstance(outcome, Holds)}
    assert same == {"the sum ending at $m + 1$", "$o_{i}$ instead of $o_{k}$", "$t_{i}$ instead of $t_{k}$"}


def test_numbers_are_negated_shifted_by_one_and_exchanged() -> None:
    numbers = {"a": Fraction(2), "b": Fraction(0), "c": Fraction(0)}
    results = [tuple(map(int, mutant.subject.values())) for mutant in mutate_numbers(numbers, ["a", "b", "c"])]
    expected = [(-2, 0, 0), (3, 0, 0), (1, 0, 0), (2, 1, 0), (2, -1, 0), (2, 0, 1), (2, 0, -1), (0, 2, 0)]
    assert results == expected
    assert list(map(int, numbers.values())) == [2, 0, 0]


def test_only_the_named_numbers_change() -> None:
    numbers = {"given": Fraction(1), "answer": Fraction(2)}
    assert {mutant.subject["given"] for mutant in mutate_numbers(numbers, ["answer"])} == {1}

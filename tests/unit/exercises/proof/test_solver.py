"""Proofs with z3 over all real numbers, exact counter-examples, and timeouts."""

import pytest
import sympy
import z3
from sympy import Eq, Sum

from lemma.exercises.algebra.symbols import i, k, m, n, o, s, t, w
from lemma.exercises.calculus.functions import sigma
from lemma.exercises.outcome import Holds, IllFormed, Refuted, Scope, Unknown
from lemma.exercises.proof import solver
from lemma.exercises.proof.methods import by_solver
from lemma.exercises.proof.space import Space

a, b = z3.Reals("a b")
SPACE = Space({o: (m,), t: (m,)}, {i: m})


def test_a_false_statement_is_refuted_with_exact_numbers() -> None:
    assert solver.prove(3 * a == 1, [a > 0, 6 * a == 1], {"a": a}) == Refuted({"a": "1/6"})


def test_a_timeout_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "TIMEOUT_MS", 1)
    x, y, z = z3.Ints("x y z")
    fermat = z3.Implies(z3.And(x > 0, y > 0, z > 0), x**3 + y**3 != z**3)
    assert isinstance(solver.prove(fermat, [], {}), Unknown)


def test_an_identity_holds_for_all_real_numbers_at_the_sizes_that_were_tried() -> None:
    difference = Sum(o[k] ** 2 - t[k] ** 2, (k, 1, m)) / 3
    product = Sum((o[k] - t[k]) * (o[k] + t[k]), (k, 1, m)) / 3
    assert by_solver(SPACE, difference, 2).check(product) == Holds(
        Scope.SIZES, "all real numbers, sizes 1 to 2", largest=2
    )


def test_a_statement_without_sizes_holds_for_all_values() -> None:
    outcome = by_solver(Space({}, scalars=(x := sympy.Symbol("x", real=True),)), (x + 1) ** 2).check(x**2 + 2 * x + 1)
    assert outcome == Holds(Scope.ALL, "all real numbers")


def test_a_counter_example_gives_both_sides_at_the_entry_that_differs() -> None:
    outcome = by_solver(SPACE, o[i] - t[i]).check(o[i])
    assert isinstance(outcome, Refuted)
    values = {name: sympy.Rational(value) for name, value in outcome.values.items()}
    entry = f"{{{outcome.values['i']}}}"
    assert sympy.Rational(outcome.computed) == values[f"o_{entry}"] - values[f"t_{entry}"]
    assert sympy.Rational(outcome.stated) == values[f"o_{entry}"]


def test_an_entry_that_does_not_exist_is_ill_formed() -> None:
    assert isinstance(by_solver(SPACE, o[i]).check(o[i + 1]), IllFormed)


def test_a_sigmoid_is_any_number_between_0_and_1() -> None:
    space = Space({s: (m,), o: (m,)}, {i: m}, dependent={o: ((i,), sigma(s[i]))}, auxiliary=(s,))
    method = by_solver(space, sigma(s[i]) * (1 - sigma(s[i])), 1)
    assert isinstance(method.check(o[i] - o[i] ** 2), Holds)
    outcome = method.check(o[i])
    assert isinstance(outcome, Refuted)
    assert 0 < sympy.Rational(outcome.values["o_{1}"]) < 1


def test_counter_examples_satisfy_the_conditions() -> None:
    zero = Sum(w[k, k] * o[k], (k, 1, n))
    space = Space({w: (n, n), o: (n,)}, conditions=(Eq(zero, 0),))
    assert isinstance(by_solver(space, zero, 2).check(sympy.Integer(0)), Holds)

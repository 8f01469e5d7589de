"""Proofs with z3 over all real numbers, exact counter-examples, and timeouts."""

import pytest
import sympy
import z3
from sympy import IndexedBase

from lemma.exercises import solver
from lemma.exercises.claim import Holds, Refuted, Unknown

o = IndexedBase("o")
a, b = z3.Reals("a b")


def test_a_polynomial_is_translated_exactly() -> None:
    formula = sympy.Rational(1, 3) * o[1] ** 2 - 2 * o[1] * o[2] + 5
    translated = solver.to_z3(formula, {o[1]: a, o[2]: b})
    assert isinstance(solver.prove(translated == a * a / 3 - 2 * a * b + 5, [], {}), Holds)


def test_an_entry_that_does_not_exist_is_named() -> None:
    with pytest.raises(LookupError, match=r"o_\{3\}"):
        solver.to_z3(o[1] + o[3], {o[1]: a})


def test_a_non_polynomial_is_refused() -> None:
    with pytest.raises(TypeError, match="not a polynomial"):
        solver.to_z3(sympy.exp(o[1]), {o[1]: a})


def test_a_false_statement_is_refuted_with_exact_numbers() -> None:
    assert solver.prove(3 * a == 1, [a > 0, 6 * a == 1], {"a": a}) == Refuted({"a": "1/6"})


def test_a_timeout_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "TIMEOUT_MS", 1)
    x, y, z = z3.Ints("x y z")
    fermat = z3.Implies(z3.And(x > 0, y > 0, z > 0), x**3 + y**3 != z**3)
    assert isinstance(solver.prove(fermat, [], {}), Unknown)

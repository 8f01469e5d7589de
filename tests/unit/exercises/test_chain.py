"""The chain rule for any number of values, differentiation of programs, and substitution of formulas."""

import numpy as np
import pytest
import sympy
from sympy import IndexedBase, Sum

from lemma.exercises.chain import induction, logistic, sigma, step, telescope, undefined
from lemma.exercises.claim import Holds, Refuted
from lemma.exercises.dual import Dual, doubled_squared_error, sigmoid
from lemma.exercises.indexed import Space, index
from lemma.exercises.machines import autograd, complex_step, squared_error
from lemma.exercises.machines import sigmoid as array_sigmoid
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.parts import substitute

i, j, k, p, q, m, n = (index(name) for name in "ijkpqmn")
g, o, s, w = (IndexedBase(name) for name in "gosw")


def test_base_and_step_of_the_induction_are_proved() -> None:
    assert all(isinstance(part, Holds) for part in (step(), telescope(), induction()))


def test_the_sigmoid_has_the_derivative_of_the_logistic_function() -> None:
    net = sympy.Symbol("s", real=True)
    written = sigma(net).diff(net).replace(sigma, logistic)
    assert sympy.simplify(written - logistic(net).diff(net)) == 0
    assert float(sigma(sympy.Rational(1, 3)).evalf(30)) == pytest.approx(1 / (1 + np.exp(-1 / 3)))


def test_an_undefined_function_refutes_a_transposed_matrix() -> None:
    method = undefined("E", lambda place: Sum(w[q, place] * o[q], (q, 1, n)), o[i], g, (m, n), {i: n})
    assert isinstance(method.check(Sum(w[i, j] * g[j], (j, 1, m))), Holds)
    outcome = method.check(Sum(w[j, i] * g[j], (j, 1, m)))
    assert isinstance(outcome, Refuted)
    assert {"m", "n", "i"} < set(outcome.counter_example)


def test_autograd_and_the_complex_step_give_the_same_gradient() -> None:
    nets, targets = np.random.default_rng(0).normal(size=(2, 6, 3))

    def error(given: object) -> object:
        return squared_error(targets, array_sigmoid(given))

    outputs = 1 / (1 + np.exp(-nets))
    wanted = (outputs - targets) * outputs * (1 - outputs)
    np.testing.assert_allclose(autograd(error, nets), wanted, rtol=1e-13)
    np.testing.assert_allclose(complex_step(error, nets), wanted, rtol=1e-13)


def test_dual_numbers_propagate_derivatives_forward() -> None:
    net = Dual(2, 1) * Dual(3) + Dual(1)
    out = sigmoid(net, 0.25)
    assert (net.value, net.derivative, out.derivative) == (7, 3, 0.25 * 0.75 * 3)
    error = doubled_squared_error([1], [out])
    assert (error.value, error.derivative) == (0.75**2, -2 * 0.75 * out.derivative)


def test_formulas_are_substituted_without_evaluation() -> None:
    with unevaluated():
        term, inner = w[i, j] * g[j], o[p] - s[p]
    whole = substitute(Sum(term, (j, 1, m)), {i: k, j: q, m: n}, {g: lambda place: substitute(inner, {p: place}, {})})
    assert latex(whole) == r"\sum_{q=1}^{n} w_{k,q} \left(o_{q} - s_{q}\right)"
    space = Space({w: (n, n), o: (n,), s: (n,)}, {k: n})
    assert isinstance(space.equal(whole, Sum(w[k, q] * (o[q] - s[q]), (q, 1, n))), Holds)


def test_an_entry_with_too_many_indices_is_not_substituted() -> None:
    assert substitute(g[i, j], {}, {g: lambda place: o[place]}) == g[i, j]

"""The chain rule for any number of values, and the methods that differentiate a loss."""

from typing import Any

import numpy as np
import pytest
import sympy
import torch
from sympy import Sum

from lemma.exercises.algebra.symbols import g, i, j, k, m, n, o, q, s, t, w
from lemma.exercises.calculus.chain_rule import induction
from lemma.exercises.calculus.dual import differentiate_forward
from lemma.exercises.calculus.functions import logistic, sigma
from lemma.exercises.calculus.gradient import AnyLoss, gradient, negative
from lemma.exercises.outcome import Holds, Refuted, Scope
from lemma.exercises.proof.claim import Claim
from lemma.exercises.proof.methods import Draw, Values
from lemma.exercises.proof.solver import Reals
from lemma.exercises.proof.space import Space
from lemma.exercises.proof.verdict import Verdict, verify_claim

NET = Sum(w[q, j] * o[q], (q, 1, n))
LAYER = Space({w: (n, m), g: (m,), o: (n,)}, {i: n})


def layer(draw: Draw, n: int, m: int) -> Values:
    inputs, weights, targets = draw(n), draw(n, m), draw(m)
    nets = inputs @ weights
    loss = torch.nn.functional.mse_loss(torch.tanh(nets), targets)
    return loss, {o: inputs, w: weights, s: nets}


def claim(equals: Any, **changes: Any) -> Claim[Any]:
    return gradient(
        claim_id="8.iii",
        title="The gradient of the inputs of a layer",
        statement="",
        space=LAYER,
        of=AnyLoss(NET, j, m, g[j]),
        by=o[i],
        equals=equals,
        program=layer,
        arriving={g: (s, 1)},
        **changes,
    )


def test_the_chain_rule_is_proved_for_every_number_of_values() -> None:
    outcome = induction()
    assert isinstance(outcome, Holds)
    assert outcome.scope is Scope.ALL


def test_the_sigmoid_has_the_derivative_of_the_logistic_function() -> None:
    net = sympy.Symbol("s", real=True)
    written = sigma(net).diff(net).replace(sigma, logistic)
    assert sympy.simplify(written - logistic(net).diff(net)) == 0
    assert float(sigma(sympy.Rational(1, 3)).evalf(30)) == pytest.approx(1 / (1 + np.exp(-1 / 3)))


def test_the_gradient_of_every_loss_of_a_layer_is_proved() -> None:
    result = verify_claim(claim(Sum(w[i, j] * g[j], (j, 1, m)), exchanged=(w, g)))
    assert (result.verdict, result.scope, result.problems) == (Verdict.PROVED, Scope.ALL, ())


@pytest.mark.parametrize("place", range(5))
def test_each_method_refutes_a_transposed_matrix(place: int) -> None:
    stated = claim(Sum(w[j, i] * g[j], (j, 1, m)))
    square = Space({w: (n, n), g: (n,), o: (n,)}, {i: n})  # a transposed matrix has a meaning only if it is square
    transposed = gradient(
        claim_id="8.iii",
        title="",
        statement="",
        space=square,
        of=AnyLoss(NET, j, n, g[j]),
        by=o[i],
        equals=Sum(w[j, i] * g[j], (j, 1, n)),
        program=lambda draw, n: layer(draw, n, n),
        arriving={g: (s, 1)},
    )
    method = transposed.methods[place]
    assert stated.methods[place].name == method.name
    assert isinstance(method.check(Sum(w[i, j] * g[j], (j, 1, n))), Holds)
    assert isinstance(method.check(transposed.subject), Refuted)


def test_dual_numbers_differentiate_sigmoids() -> None:
    """At sizes of 1: d/ds of (t - sigma(s))^2 is -2 (t - o) o (1 - o)."""
    space = Space({t: (m,), s: (m,), o: (m,)}, {k: m}, dependent={o: ((k,), sigma(s[k]))}, auxiliary=(s,))
    reals = Reals(space, {m: 1})
    derivative = differentiate_forward(reals, Sum((t[k] - sigma(s[k])) ** 2, (k, 1, m)), s)
    assert isinstance(reals.compare(derivative, -2 * (t[k] - o[k]) * o[k] * (1 - o[k])), Holds)
    assert isinstance(reals.compare(derivative, -2 * (t[k] - o[k]) * o[k]), Refuted)


def test_dual_numbers_differentiate_logarithms() -> None:
    """At sizes of 1: d/ds of ln(1 - sigma(s)) is -o."""
    space = Space({s: (m,), o: (m,)}, {k: m}, dependent={o: ((k,), sigma(s[k]))}, auxiliary=(s,))
    reals = Reals(space, {m: 1})
    derivative = differentiate_forward(reals, Sum(sympy.log(1 - sigma(s[k])), (k, 1, m)), s)
    assert isinstance(reals.compare(derivative, -o[k]), Holds)
    assert isinstance(reals.compare(derivative, 1 - o[k]), Refuted)


def test_a_transform_states_something_about_the_gradient() -> None:
    result = verify_claim(claim(-Sum(w[i, j] * g[j], (j, 1, m)), transform=negative))
    assert result.verdict is Verdict.PROVED

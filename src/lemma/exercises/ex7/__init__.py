"""Exercise 7: the gradient of the squared error with respect to the outputs, dE/do = o - t."""

from typing import Any

import torch
from sympy import KroneckerDelta, Rational, Sum, Symbol
from torch.nn.functional import mse_loss

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import i, k, m, o, t, v
from lemma.exercises.calculus.gradient import derivative, gradient
from lemma.exercises.proof.claim import Claim, Part
from lemma.exercises.proof.identity import derivation, identity
from lemma.exercises.proof.methods import Draw, Values
from lemma.exercises.proof.space import Space

TITLE = "The gradient of the squared error"
TERMS = (k, 1, m)
ERROR = Rational(1, 2) * Sum((t[k] - o[k]) ** 2, TERMS)
with unevaluated():
    ENTRY = o[i] - t[i]
    TERM = (o[k] - t[k]) * v[k]


def parts() -> tuple[Part, ...]:
    """Return the exercise, which has one part."""
    return (
        Part(
            number="",
            question=r"A network has the outputs $o_1, \ldots, o_m$ and the targets $t_1, \ldots, t_m$. What is the "
            r"gradient of the error $E = \frac{1}{2} \sum_{k=1}^{m} (t_k - o_k)^2$ with respect to the outputs?",
            answer=r"It is the difference between outputs and targets, $\frac{\partial E}{\partial o} = o - t$.",
            claims=(entries(), directions()),
        ),
    )


def entries() -> Claim[Any]:
    """State dE/do_i = o_i - t_i for every entry i and every size m."""
    with unevaluated():
        chain, picked = (t[k] - o[k]) * -KroneckerDelta(k, i), -(t[i] - o[i])
    chain = Sum(chain, TERMS)
    return gradient(
        claim_id="7.entries",
        title="The entries of the gradient",
        statement=rf"\frac{{\partial E}}{{\partial o_i}} = {latex(ENTRY)} \quad \forall i \in \{{1, \ldots, m\}}",
        space=Space({o: (m,), t: (m,)}, {i: m}),
        of=ERROR,
        by=o[i],
        equals=ENTRY,
        program=squared_error,
        exchanged=(o, t),
        mutated=(picked, chain),
        steps=derivation(
            r"\frac{\partial E}{\partial o_i}",
            derivative(ERROR, o[i]),
            (
                "Differentiate term by term with the chain rule; the 2 cancels the half. $t_k - o_k$ depends on $o_i$ "
                "for $k = i$ only, with the derivative $-1$. $[k = i]$ is 1 for $k = i$ and 0 otherwise.",
                chain,
            ),
            ("Only the term with $k = i$ is not 0.", picked),
            ("Remove the parentheses.", ENTRY),
        ),
    )


def directions() -> Claim[Any]:
    """State dE/do = o - t as a vector: its product with v is the derivative of E in every direction v."""
    h = Symbol("h", real=True)
    product = Sum(TERM, TERMS)
    moved = Rational(1, 2) * Sum((t[k] - o[k] - h * v[k]) ** 2, TERMS)
    along = moved.diff(h).subs(h, 0)
    return identity(
        claim_id="7.vector",
        title="The gradient as a vector",
        statement=r"\frac{\partial E}{\partial o} = o - t",
        space=Space({o: (m,), t: (m,), v: (m,)}),
        left=along,
        right=product,
        program=directional_derivative,
        words="product with the gradient by torch.autograd",
        exchanged=(o, t, v),
        steps=(
            *derivation(
                r"\left. \frac{\partial E(o + h v)}{\partial h} \right|_{h=0}",
                along,
                ("The derivative in every direction $v$ is the product of $o - t$ with $v$.", product),
            ),
        ),
    )


def squared_error(draw: Draw, m: int) -> Values:
    """Return half the squared error of random outputs in torch's words."""
    outputs, targets = draw(m), draw(m)
    return mse_loss(outputs, targets, reduction="sum") / 2, {o: outputs, t: targets}


def directional_derivative(draw: Draw, m: int) -> Values:
    """Return the derivative of half the squared error in a random direction, by its gradient in torch."""
    loss, arrays = squared_error(draw, m)
    (slopes,) = torch.autograd.grad(loss, arrays[o])
    direction = draw(m)
    return slopes @ direction, {**arrays, v: direction}

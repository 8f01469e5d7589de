"""The rules of backpropagation: the derivative of the sigmoid, the deltas in any network, and the weight update."""

from typing import Any

import sympy
import torch
from sympy import Integer, KroneckerDelta, Rational, Sum
from torch.nn.functional import mse_loss

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.numbers import show
from lemma.exercises.algebra.symbols import S2, delta, eta, i, j, k, m, n, o, q, s, t, w, x
from lemma.exercises.calculus.chain_rule import induction
from lemma.exercises.calculus.functions import logistic, sigma
from lemma.exercises.calculus.gradient import AnyLoss, At, derivative, gradient, negative
from lemma.exercises.proof.claim import Claim, Step
from lemma.exercises.proof.identity import derivation
from lemma.exercises.proof.methods import Draw, Values
from lemma.exercises.proof.space import Space

ARRIVING = Sum(delta[k] * w[j, k], (k, 1, m))
with unevaluated():
    SLOPE = o[j] * (1 - o[j])
    OUTPUT_DELTA = (t[j] - o[j]) * o[j] * (1 - o[j])
    HIDDEN_DELTA = o[j] * (1 - o[j]) * ARRIVING
    UPDATE = w[i, j] + eta * delta[j] * x[i, j]
DOWNSTREAM = r"k \in \text{Downstream}(j)"
HIDDEN_RULE = latex(HIDDEN_DELTA).replace("k=1", DOWNSTREAM).replace("^{m}", "", 1)
OUTPUTS = {o: ((k,), sigma(s[k]))}
EXAMPLE = {o[j]: "1/2", w[j, 1]: "1", w[j, 2]: "2", w[j, 3]: "-1", delta[1]: "0.2", delta[2]: "-0.1", delta[3]: "0.4"}


def derivative_of_sigmoid() -> Claim[Any]:
    """State the derivative of the sigmoid by its output, for each of n neurons."""
    outputs = Sum(logistic(s[k]), (k, 1, n))
    with unevaluated():
        quotient = sympy.exp(-s[j]) / (1 + sympy.exp(-s[j])) ** 2
        split = logistic(s[j]) * (1 - logistic(s[j]))
    return gradient(
        claim_id="6.sigmoid",
        title="The derivative of the sigmoid",
        statement=rf"\frac{{\partial o_j}}{{\partial s_j}} = {latex(SLOPE)} \quad \text{{for}} \quad o_j = \sigma(s_j)",
        space=Space({s: (n,), o: (n,)}, {j: n}, dependent={o: ((k,), logistic(s[k]))}),
        of=outputs,
        by=s[j],
        equals=SLOPE,
        program=sum_of_outputs,
        words="torch.autograd of torch.sigmoid",
        mutated=(split, quotient),
        solved=0,
        steps=derivation(
            r"\frac{\partial o_j}{\partial s_j}",
            derivative(outputs, s[j]),
            (r"Differentiate the reciprocal in $o_j = \frac{1}{1 + e^{-s_j}}$.", quotient),
            (r"Split off the factor $\frac{e^{-s_j}}{1 + e^{-s_j}} = 1 - \frac{1}{1 + e^{-s_j}}$.", split),
            ("Write $o_j$ for the fraction.", SLOPE),
        ),
    )


def output_delta() -> Claim[Any]:
    """State the delta of an output neuron."""
    error = Rational(1, 2) * Sum((t[k] - sigma(s[k])) ** 2, (k, 1, m))
    with unevaluated():
        term = (t[k] - o[k]) * o[k] * (1 - o[k]) * KroneckerDelta(k, j)
    terms = Sum(term, (k, 1, m))
    return gradient(
        claim_id="6.output",
        title="The delta of an output neuron",
        statement=rf"\delta_{{j}} = {latex(OUTPUT_DELTA)} \quad \text{{at the output}}",
        space=Space({s: (m,), o: (m,), t: (m,)}, {j: m}, dependent=OUTPUTS, auxiliary=(s,)),
        of=error,
        by=s[j],
        transform=negative,
        equals=OUTPUT_DELTA,
        program=error_of_outputs,
        exchanged=(o, t),
        mutated=(terms,),
        steps=derivation(
            r"\delta_j = -\frac{\partial E}{\partial s_j}",
            derivative(error, s[j], negative),
            (
                r"Differentiate term by term with the chain rule; the 2 cancels the half, and two signs cancel. Only "
                r"for $k = j$ does $o_k = \sigma(s_k)$ depend on $s_j$, with the derivative $o_k (1 - o_k)$.",
                terms,
            ),
            ("Only the term with $k = j$ is not 0.", OUTPUT_DELTA),
        ),
    )


def hidden_delta() -> Claim[Any]:
    """State the delta of a hidden neuron for every network that follows."""
    with unevaluated():
        term = delta[k] * w[j, k] * (o[j] * (1 - o[j]))
    terms = Sum(term, (k, 1, m))
    loss = AnyLoss(Sum(w[q, k] * sigma(s[q]), (q, 1, n)), k, m, -delta[k])
    example = {entry: Rational(value) for entry, value in EXAMPLE.items()}
    example[delta[j]] = HIDDEN_DELTA.xreplace({m: Integer(3)}).doit().xreplace(example)
    return gradient(
        claim_id="6.hidden",
        title="The delta of a hidden neuron",
        statement=rf"\delta_{{j}} = {HIDDEN_RULE} \quad \text{{in a hidden layer}}",
        space=Space({s: (n,), o: (n,), w: (n, m), delta: (m,)}, {j: n}, dependent=OUTPUTS, auxiliary=(s, S2)),
        of=loss,
        by=s[j],
        transform=negative,
        equals=HIDDEN_DELTA,
        program=loss_after_hidden_layer,
        arriving={delta: (S2, -1)},
        exchanged=(o, delta),
        mutated=(terms,),
        values={latex(entry): show(value) for entry, value in example.items()},
        steps=(
            Step(
                r"Number the neurons downstream of $j$ from 1 to $m$. The error depends on $o_j$ through their net "
                r"inputs only, so the chain rule gives one term for each of them. This holds for every $m$ and every "
                r"network that follows, also if some of the $m$ neurons are downstream of others.",
                r"\frac{\partial E}{\partial o_j} = \sum_{k=1}^{m} \frac{\partial E}{\partial s_k} "
                r"\frac{\partial s_k}{\partial o_j}",
                proof=induction(),
            ),
            Step(
                r"Substitute $\frac{\partial E}{\partial s_k} = -\delta_k$. In $s_k = \sum_i w_{i,k} o_i$, the output "
                r"$o_j$ has the coefficient $w_{j,k}$; its derivative by $s_j$ is $o_j (1 - o_j)$.",
                r"\delta_j = -\frac{\partial E}{\partial o_j} \frac{\partial o_j}{\partial s_j} = "
                rf"{latex(terms)} = {latex(HIDDEN_DELTA)}",
                (derivative(loss, s[j], negative), terms, HIDDEN_DELTA),
            ),
        ),
    )


def weight_update() -> Claim[Any]:
    """State the weight update, which is the same in all layers."""
    loss = AnyLoss(Sum(w[q, k] * x[q, k], (q, 1, n)), k, m, -delta[k])
    with unevaluated():
        slope = -(delta[j] * x[i, j])
        step = w[i, j] - eta * slope
    return gradient(
        claim_id="6.update",
        title="The weight update",
        statement=rf"w_{{i,j}} \leftarrow {latex(UPDATE)}",
        space=Space({w: (n, m), x: (n, m), delta: (m,)}, {i: n, j: m}, (eta,), auxiliary=(s,)),
        of=loss,
        by=w[i, j],
        transform=descend,
        equals=UPDATE,
        program=loss_of_layer,
        arriving={delta: (s, -1)},
        exchanged=(w, x),
        mutated=(step,),
        solved=2,
        steps=(
            Step(
                r"Of all net inputs, $w_{i,j}$ occurs in $s_j$ only, with the coefficient $x_{i,j}$. The chain rule "
                "gives a single product, for every network that follows.",
                r"\frac{\partial E}{\partial w_{i,j}} = \frac{\partial E}{\partial s_j} "
                rf"\frac{{\partial s_j}}{{\partial w_{{i,j}}}} = {latex(slope)}",
                (derivative(loss, w[i, j]), slope),
            ),
            Step(
                r"Take a step of gradient descent with the learning rate $\eta$; the two signs cancel.",
                rf"w_{{i,j}} - \eta \frac{{\partial E}}{{\partial w_{{i,j}}}} = {latex(step)} = {latex(UPDATE)}",
                (derivative(loss, w[i, j], descend), step, UPDATE),
            ),
        ),
    )


def descend(slope: Any, at: At) -> Any:
    """Return the weight after a step of gradient descent."""
    return at(w[i, j]) - at(eta) * slope


def sum_of_outputs(draw: Draw, n: int) -> Values:
    """Return the sum of the outputs of sigmoids: its derivative by a net input is that of one output."""
    nets = draw(n)
    outputs = torch.sigmoid(nets)
    return outputs.sum(), {s: nets, o: outputs}


def error_of_outputs(draw: Draw, m: int) -> Values:
    """Return half the squared error of sigmoids of random net inputs."""
    nets, targets = draw(m), draw(m)
    outputs = torch.sigmoid(nets)
    return mse_loss(outputs, targets, reduction="sum") / 2, {s: nets, o: outputs, t: targets}


def loss_after_hidden_layer(draw: Draw, n: int, m: int) -> Values:
    """Return the loss of a random network that follows a hidden layer of sigmoids."""
    nets, weights = draw(n), draw(n, m)
    outputs = torch.sigmoid(nets)
    downstream = outputs @ weights
    return torch.logsumexp(torch.tanh(downstream) @ draw(m, 2), 0), {s: nets, o: outputs, w: weights, S2: downstream}


def loss_of_layer(draw: Draw, n: int, m: int) -> Values:
    """Return the loss of a random network that follows neurons with inputs of their own."""
    weights, inputs = draw(n, m), draw(n, m)
    nets = torch.einsum("ij,ij->j", weights, inputs)
    return torch.logsumexp(torch.tanh(nets) @ draw(m, 2), 0), {w: weights, x: inputs, s: nets, eta: draw().abs()}

"""Exercise 8 (v): the gradients of (i) to (iv) give the update rules of exercise 6.

Exercise 9 states the same for a network with linear outputs, so this module constructs the claims of both.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Sum

from lemma.exercises.chain import sigma
from lemma.exercises.claim import Claim, Step
from lemma.exercises.ex6 import machines as six
from lemma.exercises.ex6 import rules
from lemma.exercises.indexed import Space
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.parts import Arrays, substitute
from lemma.exercises.shown import accept_proofs
from lemma.exercises.two_layers import (
    AXES,
    HIGH,
    LOW,
    backpropagate,
    differentiate_network,
    eta,
    h,
    hidden,
    high,
    i,
    j,
    k,
    low,
    m,
    n,
    outputs,
    samples,
    t,
    x,
)
from lemma.exercises.witness import differentiation_methods, symbolic_method

Formulas = Mapping[str, Any]
LAST = Space({one: AXES[one] for one in (outputs, t)}, {k: m}, sigmoids=(outputs,))
MIDDLE = Space({one: AXES[one] for one in (hidden, high, outputs, t)}, {j: h}, sigmoids=(hidden, outputs))


def deltas(top: Any, below: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Return the deltas of the output and of the hidden layer by the rules of exercise 6."""

    def at_output(place: Any) -> Any:
        arrays = {six.o: lambda at: outputs[at], six.t: lambda at: t[at]}
        return substitute(top, {six.j: place, six.m: m}, arrays)

    def at_hidden(place: Any) -> Any:
        arrays: Arrays = {
            six.o: lambda at: hidden[at],
            six.w: lambda start, end: high[start, end],
            six.delta: at_output,
        }
        return substitute(below, {six.j: place, six.k: k, six.n: h, six.m: m}, arrays)

    return at_output, at_hidden


def update(weights: Any, start: Any, end: Any, passed: Any, delta: Any) -> Any:
    """Return the updated weight by 6.update."""
    arrays = {six.w: lambda one, two: weights[one, two], six.x: lambda one, two: passed[one], six.delta: delta}
    return substitute(rules.update().subject, {six.i: start, six.j: end}, arrays)


def descend(weight: Any, gradient: Any) -> Any:
    """Return the weight after a step of gradient descent."""
    with unevaluated():
        return weight - eta * gradient


def _at_end(place: Any, activation: str) -> tuple[str, Any]:
    """Return the gradient with respect to the last net inputs as a vector in LaTeX, and its entry."""
    missing = outputs[place] - t[place]
    if not activation:
        return r"\left(o^{(2)} - t\right)", missing
    vector = r"\left(\left(o^{(2)} - t\right) \odot o^{(2)} \odot \left(1 - o^{(2)}\right)\right)"
    return vector, missing * outputs[place] * (1 - outputs[place])


def second_layer(
    identity: str, formulas: Formulas, activation: str, last: Callable[[Any], Any], top: Any, texts: tuple[str, ...]
) -> Claim[Any]:
    """State the update of the weights of the output layer.

    Args:
        identity: Id of the claim.
        formulas: Formulas of 8.i to 8.iv by claim id.
        activation: Claim id of the formula for the output activation; "" for linear outputs.
        last: Output activation.
        top: Rule for the deltas at the output, in the notation of exercise 6.
        texts: Justification of each step.
    """
    gradients = backpropagate(formulas, activation)
    at_output, _ = deltas(top, rules.hidden().subject)
    nets, gradient, rule = (
        gradients.by_last_net_inputs(k),
        gradients.by_output_weights(j, k),
        update(high, j, k, hidden, at_output),
    )
    subject, weight = descend(high[j, k], gradient), high[j, k]
    vector, entry = _at_end(k, activation)
    return Claim(
        id=identity,
        title="The update of the second layer",
        statement=rf"w^{{(2)}}_{{j,k}} \leftarrow {latex(subject)}",
        subject=subject,
        indices=(j, k),
        equal=accept_proofs(HIGH.equal),
        mutants=mutate(subject, arrays=(outputs, t), indices=(j, k)),
        steps=(
            Step(
                texts[0],
                rf"\frac{{\partial E}}{{\partial s^{{(2)}}_{{k}}}} = {latex(nets)}",
                ("delta by the rules of exercise 6", LAST.equal(nets, -at_output(k))),
            ),
            Step(texts[1], rf"\frac{{\partial E}}{{\partial w^{{(2)}}_{{j,k}}}} = {latex(gradient)}"),
            Step(
                texts[2],
                rf"w^{{(2)}}_{{j,k}} - \eta \frac{{\partial E}}{{\partial w^{{(2)}}_{{j,k}}}} = {latex(rule)}",
                (subject, rule),
            ),
            Step(
                r"In matrix form, entry $(k, j)$ of the outer product is the change of $w^{(2)}_{j,k}$:",
                rf"\Delta W^{{(2)}} = -\eta {vector} o^{{(1) \top}}",
                (subject - weight, -eta * entry * hidden[j]),
            ),
        ),
        methods=(
            symbolic_method("rules of exercise 6, any sizes", HIGH, rule),
            symbolic_method(
                "derivative of the whole network, any sizes", HIGH, weight - eta * differentiate_network(last, weight)
            ),
            *differentiation_methods(lambda gradient_of: samples(gradient_of, high, not activation), {j: h, k: m}),
        ),
    )


def first_layer(
    identity: str, formulas: Formulas, activation: str, last: Callable[[Any], Any], top: Any, texts: tuple[str, ...]
) -> Claim[Any]:
    """State the update of the weights of the hidden layer; the arguments are those of `second_layer`."""
    gradients = backpropagate(formulas, activation)
    _, at_hidden = deltas(top, rules.hidden().subject)
    arrived, nets, gradient = (
        gradients.by_hidden(j),
        gradients.by_hidden_net_inputs(j),
        gradients.by_hidden_weights(i, j),
    )
    rule, weight = update(low, i, j, x, at_hidden), low[i, j]
    subject = descend(weight, gradient)
    vector, entry = _at_end(k, activation)
    sent = Sum(high[j, k] * entry, (k, 1, m))
    return Claim(
        id=identity,
        title="The update of the first layer",
        statement=rf"w^{{(1)}}_{{i,j}} \leftarrow {latex(subject)}",
        subject=subject,
        indices=(i, j),
        equal=accept_proofs(LOW.equal),
        mutants=mutate(subject, arrays=(outputs, t)),
        steps=(
            Step(
                texts[0],
                rf"\frac{{\partial E}}{{\partial o^{{(1)}}_{{j}}}} = {latex(arrived)}",
            ),
            Step(
                texts[1],
                rf"\frac{{\partial E}}{{\partial s^{{(1)}}_{{j}}}} = {latex(nets)}",
                ("delta by the rules of exercise 6", MIDDLE.equal(nets, -at_hidden(j))),
            ),
            Step(
                texts[2],
                rf"w^{{(1)}}_{{i,j}} - \eta \frac{{\partial E}}{{\partial w^{{(1)}}_{{i,j}}}} = "
                rf"w^{{(1)}}_{{i,j}} - \eta \frac{{\partial E}}{{\partial s^{{(1)}}_{{j}}}} x_{{i}} = "
                rf"{latex(update(low, i, j, x, lambda place: six.delta[place]))}",
                (subject, rule),
            ),
            Step(
                r"In matrix form, with the element-wise product $\odot$, entry $(j, i)$ is the change of "
                "$w^{(1)}_{i,j}$:",
                rf"\Delta W^{{(1)}} = -\eta \left[\left(W^{{(2) \top}} {vector}\right) \odot o^{{(1)}} \odot \left(1 - "
                r"o^{(1)}\right)\right] x^\top",
                (subject - weight, -eta * sent * hidden[j] * (1 - hidden[j]) * x[i]),
            ),
        ),
        methods=(
            symbolic_method("rules of exercise 6, any sizes", LOW, rule),
            symbolic_method(
                "derivative of the whole network, any sizes", LOW, weight - eta * differentiate_network(last, weight)
            ),
            *differentiation_methods(lambda gradient_of: samples(gradient_of, low, not activation), {i: n, j: h}),
        ),
    )


def claims(formulas: Formulas) -> tuple[Claim[Any], ...]:
    """Return the claims that the gradients of exercise 8 give the rules of exercise 6."""
    top = rules.output().subject
    return (
        second_layer(
            "8.v.output",
            formulas,
            "8.ii.sigmoid",
            sigma,
            top,
            (
                "Start from the gradient of the error (i), and apply the rule for the output sigmoids (ii). Up to the "
                "sign this is the delta of 6.output, since a delta is a negative gradient.",
                r"The gradient with respect to the weights is the outer product with their inputs (iv).",
                r"Apply a step of gradient descent with the learning rate $\eta$; its sign reverses $o - t$. This is "
                r"6.update with $x_{j,k} = o^{(1)}_j$.",
            ),
        ),
        first_layer(
            "8.v.hidden",
            formulas,
            "8.ii.sigmoid",
            sigma,
            top,
            (
                "Propagate the gradient with respect to the second net inputs through the weights (iii).",
                r"Apply the rule for the hidden sigmoids (ii). Up to the sign this is 6.hidden: $-\frac{\partial "
                r"E}{\partial s^{(1)}_j} = \delta_j$, where all outputs are downstream of $j$.",
                r"The outer product with the inputs (iv) and a step of gradient descent give 6.update with $x_{i,j} = "
                r"x_i$.",
            ),
        ),
    )

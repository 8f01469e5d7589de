"""Backpropagation in NumPy that evaluates the formulas of the claims.

Each line of the backward pass evaluates the formula of a proved claim, so the gradients are correct if the claims are.
As in the course, the bias is the weight of a neuron with constant output 1: the first row of a weight matrix.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from lemma.exercises import load, two_layers
from lemma.exercises.algebra import symbols as six
from lemma.exercises.algebra.evaluate import evaluate
from lemma.exercises.ex8 import machines as eight
from lemma.exercises.tensors import Floats, Tensors, logistic

Formulas = Mapping[str, Any]


class Loss(StrEnum):
    """The output activation and the loss."""

    LINEAR = "squared error of linear outputs"
    SIGMOID = "squared error of sigmoids"
    CROSS_ENTROPY = "cross-entropy of softmax"


@dataclass(frozen=True)
class Activation:
    """An element-wise activation function and its derivative."""

    value: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats]


RELU = Activation(lambda nets: np.maximum(nets, 0), lambda nets: (nets > 0).astype(float))
SIGMOID = Activation(logistic, lambda nets: logistic(nets) * (1 - logistic(nets)))


def formulas() -> Formulas:
    """Return the formulas stated by the claims of exercises 6, 8 and 9, by claim id."""
    rules = {claim.id: claim.subject for part in load(6).parts() for claim in part.claims}
    return rules | {claim.id: claim.subject for exercise in (8, 9) for claim in load(exercise).claims()}


def delta(known: Formulas, loss: Loss, nets: Floats, targets: Floats) -> Floats:
    """Return the deltas of the output layer, (documents, outputs)."""
    size = nets.shape[1]
    if loss is Loss.LINEAR:
        at_end = Tensors({two_layers.m: size}, {two_layers.outputs: nets, two_layers.t: targets})
        return at_end.evaluate(known["9.output"], {two_layers.k: two_layers.m})
    if loss is Loss.SIGMOID:
        values = {six.o: logistic(nets), six.t: targets}
        return evaluate(known["6.output"], {six.m: size}, values, {six.j: six.m})
    powers = np.exp(nets - nets.max(1, keepdims=True))
    outputs = powers / powers.sum(1, keepdims=True)
    at_end = Tensors({eight.n: size}, {eight.o: outputs, eight.t: targets})
    return -at_end.evaluate(known["8.ii.cross-entropy"], {eight.i: eight.n})


def gradients(
    known: Formulas, layers: Sequence[Floats], hidden: Activation, loss: Loss, inputs: Floats, targets: Floats
) -> tuple[list[Floats], Floats]:
    """Compute the gradients with respect to all weights and to the inputs by the claims of exercise 8.

    Args:
        known: Formulas by claim id.
        layers: Weights of each layer, (1 + inputs, outputs), with the biases in the first row.
        hidden: Activation of the hidden layers.
        loss: Output activation and loss.
        inputs: (documents, inputs).
        targets: (documents, outputs); for cross-entropy each row sums to 1.

    Returns:
        The gradients of the summed loss with respect to the weights of each layer, and the gradient of the loss of
        each document with respect to its inputs, (documents, inputs).
    """
    nets, outputs = _forward(layers, hidden, inputs)
    arrived, results = -delta(known, loss, nets[-1], targets), []
    for place in reversed(range(len(layers))):
        weights = layers[place]
        sizes = dict(zip((eight.n, eight.m), weights.shape, strict=True))
        node = Tensors(sizes, {eight.o: outputs[place], eight.w: weights[None], eight.g: arrived})
        results.append(node.evaluate(known["8.iv"], {eight.i: eight.n, eight.j: eight.m}).sum(0))
        back = node.evaluate(known["8.iii"], {eight.i: eight.n})[:, 1:]  # without the constant neuron
        if place == 0:
            return results[::-1], back
        activation = Tensors(
            {eight.n: back.shape[1]}, {eight.derivative: hidden.derivative(nets[place - 1]), eight.g: back}
        )
        arrived = activation.evaluate(known["8.ii.elementwise"], {eight.i: eight.n})
    raise ValueError("the network has no layers")


def update_weights(
    known: Formulas, layers: Sequence[Floats], loss: Loss, inputs: Floats, targets: Floats, eta: float
) -> list[Floats]:
    """Return the weights of a network of sigmoids after one step of gradient descent, by the rules of exercise 6.

    The arguments are those of `gradients`; `eta` is the learning rate.
    """
    nets, outputs = _forward(layers, SIGMOID, inputs)
    deltas, results = delta(known, loss, nets[-1], targets), []
    for place in reversed(range(len(layers))):
        weights, given = layers[place], outputs[place]
        sizes = dict(zip((six.n, six.m), weights.shape, strict=True))
        passed = np.broadcast_to(given[:, :, None], (*given.shape, weights.shape[1]))
        edge = {six.w: weights[None], six.x: passed, six.delta: deltas, six.eta: np.array([eta])}
        new = evaluate(known["6.update"], sizes, edge, {six.i: six.n, six.j: six.m})
        results.append(weights + (new - weights).sum(0))  # summed over documents
        node = {six.o: given, six.w: weights[None], six.delta: deltas}
        deltas = evaluate(known["6.hidden"], sizes, node, {six.j: six.n})[:, 1:]
    return results[::-1]


def _forward(layers: Sequence[Floats], hidden: Activation, inputs: Floats) -> tuple[list[Floats], list[Floats]]:
    """Return the net inputs of each layer, and its inputs: a constant 1 and the outputs of the previous layer."""
    nets: list[Floats] = []
    outputs = []
    for weights in layers:
        before = hidden.value(nets[-1]) if nets else inputs
        outputs.append(np.concatenate([np.ones((len(before), 1)), before], axis=1))
        nets.append(outputs[-1] @ weights)
    return nets, outputs

"""Expected values for exercise 6 from random networks, differentiated by `gradient_of`."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sympy import IndexedBase, Symbol

from lemma.exercises.indexed import index
from lemma.exercises.machines import (
    Differentiator,
    DownstreamNetwork,
    draw_sizes,
    net_inputs,
    sigmoid,
    squared_error,
    to_type_of,
)
from lemma.exercises.tensors import Tensors, logistic
from lemma.exercises.witness import Sample

i, j, k, q, m, n = (index(name) for name in "ijkqmn")
o, s, t, w, x = (IndexedBase(name) for name in "ostwx")
delta, eta = IndexedBase(r"\delta"), Symbol(r"\eta")


def derivative_samples(net: Symbol, gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the derivative of the sigmoid, including its saturation."""
    at = np.concatenate([np.linspace(-30, 30, 61), np.random.default_rng(0).normal(scale=4, size=60)])
    yield Sample(Tensors({}, {net: at}), gradient_of(sigmoid, at))


def output_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the deltas of an output layer of sigmoids."""
    for (size,), draw in draw_sizes(1, 1):
        nets, targets = draw(size), draw(size)

        def error(nets: Any, targets: Any = targets) -> Any:
            return squared_error(targets, sigmoid(nets))

        yield Sample(Tensors({m: size}, {o: logistic(nets), t: targets}), -gradient_of(error, nets))


def hidden_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the deltas of a hidden layer and of its downstream neurons, which have further inputs."""
    for (before, after), draw in draw_sizes(2, 2):
        nets, weights, other, downstream = (
            draw(before),
            draw(before, after),
            draw(after),
            DownstreamNetwork(after, draw),
        )

        def onward(nets: Any, weights: Any = weights, other: Any = other) -> Any:
            return net_inputs(sigmoid(nets), weights) + to_type_of(other, nets)

        def error(nets: Any, downstream: DownstreamNetwork = downstream, onward: Any = onward) -> Any:
            return downstream.error_of_net_inputs(onward(nets))

        arrays = {o: logistic(nets), w: weights, delta: -gradient_of(downstream.error_of_net_inputs, onward(nets))}
        yield Sample(Tensors({n: before, m: after}, arrays), -gradient_of(error, nets))


def update_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield w - eta dE/dw for neurons with separate inputs."""
    for (before, after), draw in draw_sizes(3, 2):
        inputs, weights, downstream, rate = (
            draw(before, after),
            draw(before, after),
            DownstreamNetwork(after, draw),
            0.1 * before,
        )

        def error(weights: Any, inputs: Any = inputs, downstream: DownstreamNetwork = downstream) -> Any:
            return downstream.error_of_net_inputs((weights * to_type_of(inputs, weights)).sum(1))

        deltas = -gradient_of(downstream.error_of_net_inputs, (weights * inputs).sum(1))
        arrays = {w: weights, x: inputs, delta: deltas, eta: rate}
        yield Sample(Tensors({n: before, m: after}, arrays), weights - rate * gradient_of(error, weights))

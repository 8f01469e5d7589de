"""What exercise 6 states, found by differentiating random networks; `slopes` is the way to do it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sympy import IndexedBase, Symbol

from lemma.exercises.indexed import index
from lemma.exercises.machines import Rest, Slopes, fed, like, sigmoid, sizes, squared
from lemma.exercises.tensors import Tensors, logistic
from lemma.exercises.witness import Sample

i, j, k, q, m, n = (index(name) for name in "ijkqmn")
o, s, t, w, x = (IndexedBase(name) for name in "ostwx")
delta, eta = IndexedBase(r"\delta"), Symbol(r"\eta")


def slope_samples(net: Symbol, slopes: Slopes) -> Iterator[Sample]:
    """Find the slope of the sigmoid, far into saturation."""
    at = np.concatenate([np.linspace(-30, 30, 61), np.random.default_rng(0).normal(scale=4, size=60)])
    yield Sample(Tensors({}, {net: at}), slopes(sigmoid, at))


def output_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the deltas of a layer of sigmoids at the end."""
    for (size,), draw in sizes(1, 1):
        nets, targets = draw(size), draw(size)

        def error(nets: Any, targets: Any = targets) -> Any:
            return squared(targets, sigmoid(nets))

        yield Sample(Tensors({m: size}, {o: logistic(nets), t: targets}), -slopes(error, nets))


def hidden_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the deltas of a hidden layer, and of the neurons it feeds, which receive something from elsewhere too."""
    for (before, after), draw in sizes(2, 2):
        nets, weights, other, rest = draw(before), draw(before, after), draw(after), Rest(after, draw)

        def onward(nets: Any, weights: Any = weights, other: Any = other) -> Any:
            return fed(sigmoid(nets), weights) + like(other, nets)

        def error(nets: Any, rest: Rest = rest, onward: Any = onward) -> Any:
            return rest.after_nets(onward(nets))

        arrays = {o: logistic(nets), w: weights, delta: -slopes(rest.after_nets, onward(nets))}
        yield Sample(Tensors({n: before, m: after}, arrays), -slopes(error, nets))


def update_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find w - eta dE/dw where each neuron has inputs of its own."""
    for (before, after), draw in sizes(3, 2):
        inputs, weights, rest, rate = draw(before, after), draw(before, after), Rest(after, draw), 0.1 * before

        def error(weights: Any, inputs: Any = inputs, rest: Rest = rest) -> Any:
            return rest.after_nets((weights * like(inputs, weights)).sum(1))

        downstream = -slopes(rest.after_nets, (weights * inputs).sum(1))
        arrays = {w: weights, x: inputs, delta: downstream, eta: rate}
        yield Sample(Tensors({n: before, m: after}, arrays), weights - rate * slopes(error, weights))

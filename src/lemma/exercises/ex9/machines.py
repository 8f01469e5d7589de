"""Expected values for exercise 9 from random networks with linear outputs, differentiated by `gradient_of`."""

from collections.abc import Iterator
from typing import Any

from sympy import IndexedBase

from lemma.exercises.machines import Differentiator, draw_sizes, net_inputs, sigmoid, squared_error
from lemma.exercises.tensors import Tensors, logistic
from lemma.exercises.two_layers import h, hidden, high, m, outputs, t
from lemma.exercises.witness import Sample

nets = IndexedBase("s^{(1)}")


def output_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the deltas of linear outputs."""
    for (size,), draw in draw_sizes(20, 1):
        given, targets = draw(size), draw(size)

        def error(given: Any, targets: Any = targets) -> Any:
            return squared_error(targets, given)

        yield Sample(Tensors({m: size}, {outputs: given, t: targets}), -gradient_of(error, given))


def hidden_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the deltas of a hidden layer of sigmoids in a network with linear outputs."""
    for (before, after), draw in draw_sizes(21, 2):
        given, weights, targets = draw(before), draw(before, after), draw(after)

        def error(given: Any, weights: Any = weights, targets: Any = targets) -> Any:
            return squared_error(targets, net_inputs(sigmoid(given), weights))

        between = logistic(given)
        arrays = {hidden: between, high: weights, outputs: net_inputs(between, weights), t: targets}
        yield Sample(Tensors({h: before, m: after}, arrays), -gradient_of(error, given))

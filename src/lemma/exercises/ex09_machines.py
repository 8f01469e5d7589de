"""What exercise 9 states, found by differentiating random networks with linear outputs."""

from collections.abc import Iterator
from typing import Any

from sympy import IndexedBase

from lemma.exercises.machines import Slopes, fed, sigmoid, sizes, squared
from lemma.exercises.tensors import Tensors, logistic
from lemma.exercises.two_layers import h, hidden, high, m, outputs, t
from lemma.exercises.witness import Sample

nets = IndexedBase("s^{(1)}")


def output_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the deltas of linear outputs."""
    for (size,), draw in sizes(20, 1):
        given, targets = draw(size), draw(size)

        def error(given: Any, targets: Any = targets) -> Any:
            return squared(targets, given)

        yield Sample(Tensors({m: size}, {outputs: given, t: targets}), -slopes(error, given))


def hidden_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the deltas of a hidden layer of sigmoids before linear outputs."""
    for (before, after), draw in sizes(21, 2):
        given, weights, targets = draw(before), draw(before, after), draw(after)

        def error(given: Any, weights: Any = weights, targets: Any = targets) -> Any:
            return squared(targets, fed(sigmoid(given), weights))

        between = logistic(given)
        arrays = {hidden: between, high: weights, outputs: fed(between, weights), t: targets}
        yield Sample(Tensors({h: before, m: after}, arrays), -slopes(error, given))

"""What exercise 8 states, found by differentiating random programs; `slopes` is the way to do it.

In each part g is the gradient that has arrived: that of the error with respect to what the node puts out.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from sympy import IndexedBase

from lemma.exercises.indexed import index
from lemma.exercises.machines import Draw, Rest, Slopes, fed, like, sigmoid, sizes, squared
from lemma.exercises.tensors import Floats, Tensors
from lemma.exercises.witness import Sample

i, j, k, p, q, r, m, n = (index(name) for name in "ijkpqrmn")
g, o, s, t, w, x = (IndexedBase(name) for name in "gostwx")
J, slope = IndexedBase("J"), IndexedBase("f'")
ELEMENTWISE = ("tanh", "square", "sin")  # functions that have the same name in torch and NumPy


def error_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the gradient of the squared error by the outputs."""
    for (size,), draw in sizes(1, 1):
        outputs, targets = draw(size), draw(size)

        def error(outputs: Any, targets: Any = targets) -> Any:
            return squared(targets, outputs)

        yield Sample(Tensors({m: size}, {o: outputs, t: targets}), slopes(error, outputs))


def _through(node: Callable[[Any], Any], rest: Rest) -> Callable[[Any], Any]:
    """Return the program that runs a node and what follows it."""
    return lambda given: rest.after_outputs(node(given))


def jacobian(node: Callable[[Any], Any], slopes: Slopes, at: Floats) -> Floats:
    """Return the derivatives of each entry that a node puts out, (instances, out, in)."""
    count = node(at).shape[1]

    def output(given: Any, place: int) -> Any:
        return node(given)[:, place]

    return np.stack([slopes(partial(output, place=place), at) for place in range(count)], axis=1)


def jacobian_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the gradient before a node whose every output depends on every input, and the node's Jacobian."""
    for (before, after), draw in sizes(2, 2):
        nets, mixed, bent, rest = draw(before), draw(before, after), draw(before, after), Rest(after, draw)

        def node(nets: Any, mixed: Any = mixed, bent: Any = bent) -> Any:
            return sigmoid(fed(nets, mixed)) * (1 + fed(nets, bent) ** 2)

        arrays = {J: jacobian(node, slopes, nets), g: slopes(rest.after_outputs, node(nets))}
        yield Sample(Tensors({n: before, m: after}, arrays), slopes(_through(node, rest), nets))


def elementwise_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the gradient before a node that takes each entry by itself, for several functions."""
    for name in ELEMENTWISE:
        for (size,), draw in sizes(3, 1):
            nets, rest = draw(size), Rest(size, draw)

            def node(nets: Any, name: str = name) -> Any:
                return getattr(torch if isinstance(nets, torch.Tensor) else np, name)(nets)

            def alone(nets: Any, node: Callable[[Any], Any] = node) -> Any:
                return node(nets).sum(-1)

            arrays = {slope: slopes(alone, nets), g: slopes(rest.after_outputs, node(nets))}
            yield Sample(Tensors({n: size}, arrays), slopes(_through(node, rest), nets))


def diagonal_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the Jacobian of a layer of sigmoids."""
    for (size,), draw in sizes(4, 1):
        nets = draw(size)
        yield Sample(Tensors({n: size}, {s: nets}), jacobian(sigmoid, slopes, nets))


def sigmoid_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the gradient before a layer of sigmoids."""
    for (size,), draw in sizes(5, 1):
        nets, rest = draw(size), Rest(size, draw)
        arrays = {s: nets, g: slopes(rest.after_outputs, sigmoid(nets))}
        yield Sample(Tensors({n: size}, arrays), slopes(rest.after_nets, nets))


def softmax(nets: Any) -> Any:
    """Return the softmax of each instance, torch's own on tensors."""
    if isinstance(nets, torch.Tensor):
        return torch.softmax(nets, -1)
    powers = np.exp(nets)
    return powers / powers.sum(-1, keepdims=True)


def softmax_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the Jacobian of softmax."""
    for (size,), draw in sizes(6, 1):
        nets = draw(size)
        yield Sample(Tensors({n: size}, {o: softmax(nets)}), jacobian(softmax, slopes, nets))


def cross_entropy_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the gradient of the cross-entropy after softmax, for targets that add up to 1."""
    for (size,), draw in sizes(7, 1):
        nets, targets = draw(size), softmax(draw(size))

        def error(nets: Any, targets: Any = targets) -> Any:
            if isinstance(nets, torch.Tensor):
                return torch.nn.functional.cross_entropy(nets, like(targets, nets), reduction="none")
            return -(targets * np.log(softmax(nets))).sum(-1)

        yield Sample(Tensors({n: size}, {o: softmax(nets), t: targets}), slopes(error, nets))


def branch_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the gradient of a vector that feeds several nodes, and what comes back from each while the others stand."""
    for (nodes, size), draw in sizes(8, 2):
        given, rests = draw(size), [Rest(size, draw) for _ in range(nodes)]

        def error(*copies: Any, rests: list[Rest] = rests) -> Any:
            whole = 1.0
            for rest, copy in zip(rests, copies, strict=True):
                whole = whole * (1 + rest.after_nets(copy))  # a product: each way depends on all others
            return whole

        back = []
        for node in range(nodes):

            def one(copy: Any, node: int = node, given: Any = given, error: Any = error, nodes: int = nodes) -> Any:
                return error(*(copy if place == node else like(given, copy) for place in range(nodes)))

            back.append(slopes(one, given))

        def together(given: Any, error: Any = error, nodes: int = nodes) -> Any:
            return error(*[given] * nodes)

        yield Sample(Tensors({r: nodes, n: size}, {g: np.stack(back, axis=1)}), slopes(together, given))


def _linear(draw: Draw, before: int, after: int) -> tuple[Floats, Floats, Rest]:
    return draw(before), draw(before, after), Rest(after, draw)


def inputs_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the gradient by what a layer of weights takes in."""
    for (before, after), draw in sizes(9, 2):
        outputs, weights, rest = _linear(draw, before, after)

        def error(outputs: Any, weights: Any = weights, rest: Rest = rest) -> Any:
            return rest.after_nets(fed(outputs, weights))

        arrays = {w: weights, g: slopes(rest.after_nets, fed(outputs, weights))}
        yield Sample(Tensors({n: before, m: after}, arrays), slopes(error, outputs))


def weights_samples(slopes: Slopes) -> Iterator[Sample]:
    """Find the gradient by the weights."""
    for (before, after), draw in sizes(10, 2):
        outputs, weights, rest = _linear(draw, before, after)

        def error(weights: Any, outputs: Any = outputs, rest: Rest = rest) -> Any:
            return rest.after_nets((like(outputs, weights)[:, :, None] * weights).sum(1))

        arrays = {o: outputs, g: slopes(rest.after_nets, fed(outputs, weights))}
        yield Sample(Tensors({n: before, m: after}, arrays), slopes(error, weights))

"""Expected values for exercise 8 from random programs, differentiated by `gradient_of`.

In each part g is the upstream gradient, that of the error with respect to the output of the node.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from sympy import IndexedBase

from lemma.exercises.indexed import index
from lemma.exercises.machines import (
    Differentiator,
    DownstreamNetwork,
    Draw,
    draw_sizes,
    net_inputs,
    sigmoid,
    squared_error,
    to_type_of,
)
from lemma.exercises.tensors import Floats, Tensors
from lemma.exercises.witness import Sample

i, j, k, p, q, r, m, n = (index(name) for name in "ijkpqrmn")
g, o, s, t, w, x = (IndexedBase(name) for name in "gostwx")
J, derivative = IndexedBase("J"), IndexedBase("f'")
ELEMENTWISE = ("tanh", "square", "sin")  # functions with the same name in torch and NumPy


def error_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the gradient of the squared error with respect to the outputs."""
    for (size,), draw in draw_sizes(1, 1):
        outputs, targets = draw(size), draw(size)

        def error(outputs: Any, targets: Any = targets) -> Any:
            return squared_error(targets, outputs)

        yield Sample(Tensors({m: size}, {o: outputs, t: targets}), gradient_of(error, outputs))


def _through(node: Callable[[Any], Any], downstream: DownstreamNetwork) -> Callable[[Any], Any]:
    """Return the program of a node followed by its downstream network."""
    return lambda given: downstream.error_of_outputs(node(given))


def jacobian(node: Callable[[Any], Any], gradient_of: Differentiator, at: Floats) -> Floats:
    """Return the Jacobian of a node, (instances, outputs, inputs)."""
    count = node(at).shape[1]

    def output(given: Any, place: int) -> Any:
        return node(given)[:, place]

    return np.stack([gradient_of(partial(output, place=place), at) for place in range(count)], axis=1)


def jacobian_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the gradient before a node whose outputs depend on all inputs, with its Jacobian."""
    for (before, after), draw in draw_sizes(2, 2):
        nets, mixed, bent, downstream = (
            draw(before),
            draw(before, after),
            draw(before, after),
            DownstreamNetwork(after, draw),
        )

        def node(nets: Any, mixed: Any = mixed, bent: Any = bent) -> Any:
            return sigmoid(net_inputs(nets, mixed)) * (1 + net_inputs(nets, bent) ** 2)

        arrays = {J: jacobian(node, gradient_of, nets), g: gradient_of(downstream.error_of_outputs, node(nets))}
        yield Sample(Tensors({n: before, m: after}, arrays), gradient_of(_through(node, downstream), nets))


def elementwise_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the gradient before an element-wise node, for several functions."""
    for name in ELEMENTWISE:
        for (size,), draw in draw_sizes(3, 1):
            nets, downstream = draw(size), DownstreamNetwork(size, draw)

            def node(nets: Any, name: str = name) -> Any:
                return getattr(torch if isinstance(nets, torch.Tensor) else np, name)(nets)

            def summed(nets: Any, node: Callable[[Any], Any] = node) -> Any:
                return node(nets).sum(-1)

            arrays = {derivative: gradient_of(summed, nets), g: gradient_of(downstream.error_of_outputs, node(nets))}
            yield Sample(Tensors({n: size}, arrays), gradient_of(_through(node, downstream), nets))


def diagonal_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the Jacobian of a layer of sigmoids."""
    for (size,), draw in draw_sizes(4, 1):
        nets = draw(size)
        yield Sample(Tensors({n: size}, {s: nets}), jacobian(sigmoid, gradient_of, nets))


def sigmoid_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the gradient before a layer of sigmoids."""
    for (size,), draw in draw_sizes(5, 1):
        nets, downstream = draw(size), DownstreamNetwork(size, draw)
        arrays = {s: nets, g: gradient_of(downstream.error_of_outputs, sigmoid(nets))}
        yield Sample(Tensors({n: size}, arrays), gradient_of(downstream.error_of_net_inputs, nets))


def softmax(nets: Any) -> Any:
    """Return the softmax of each instance of an array or tensor."""
    if isinstance(nets, torch.Tensor):
        return torch.softmax(nets, -1)
    powers = np.exp(nets)
    return powers / powers.sum(-1, keepdims=True)


def softmax_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the Jacobian of softmax."""
    for (size,), draw in draw_sizes(6, 1):
        nets = draw(size)
        yield Sample(Tensors({n: size}, {o: softmax(nets)}), jacobian(softmax, gradient_of, nets))


def cross_entropy_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the gradient of the cross-entropy after softmax, for targets that sum to 1."""
    for (size,), draw in draw_sizes(7, 1):
        nets, targets = draw(size), softmax(draw(size))

        def error(nets: Any, targets: Any = targets) -> Any:
            if isinstance(nets, torch.Tensor):
                return torch.nn.functional.cross_entropy(nets, to_type_of(targets, nets), reduction="none")
            return -(targets * np.log(softmax(nets))).sum(-1)

        yield Sample(Tensors({n: size}, {o: softmax(nets), t: targets}), gradient_of(error, nets))


def branch_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the gradient of a vector with several downstream nodes, and the gradient from each node."""
    for (nodes, size), draw in draw_sizes(8, 2):
        given, networks = draw(size), [DownstreamNetwork(size, draw) for _ in range(nodes)]

        def error(*copies: Any, networks: list[DownstreamNetwork] = networks) -> Any:
            whole = 1.0
            for downstream, copy in zip(networks, copies, strict=True):
                whole = whole * (
                    1 + downstream.error_of_net_inputs(copy)
                )  # a product, so the gradients depend on each other
            return whole

        back = []
        for node in range(nodes):

            def one(copy: Any, node: int = node, given: Any = given, error: Any = error, nodes: int = nodes) -> Any:
                return error(*(copy if place == node else to_type_of(given, copy) for place in range(nodes)))

            back.append(gradient_of(one, given))

        def together(given: Any, error: Any = error, nodes: int = nodes) -> Any:
            return error(*[given] * nodes)

        yield Sample(Tensors({r: nodes, n: size}, {g: np.stack(back, axis=1)}), gradient_of(together, given))


def _linear(draw: Draw, before: int, after: int) -> tuple[Floats, Floats, DownstreamNetwork]:
    return draw(before), draw(before, after), DownstreamNetwork(after, draw)


def inputs_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the gradient with respect to the inputs of a weight layer."""
    for (before, after), draw in draw_sizes(9, 2):
        outputs, weights, downstream = _linear(draw, before, after)

        def error(outputs: Any, weights: Any = weights, downstream: DownstreamNetwork = downstream) -> Any:
            return downstream.error_of_net_inputs(net_inputs(outputs, weights))

        arrays = {w: weights, g: gradient_of(downstream.error_of_net_inputs, net_inputs(outputs, weights))}
        yield Sample(Tensors({n: before, m: after}, arrays), gradient_of(error, outputs))


def weights_samples(gradient_of: Differentiator) -> Iterator[Sample]:
    """Yield the gradient with respect to the weights."""
    for (before, after), draw in draw_sizes(10, 2):
        outputs, weights, downstream = _linear(draw, before, after)

        def error(weights: Any, outputs: Any = outputs, downstream: DownstreamNetwork = downstream) -> Any:
            return downstream.error_of_net_inputs((to_type_of(outputs, weights)[:, :, None] * weights).sum(1))

        arrays = {o: outputs, g: gradient_of(downstream.error_of_net_inputs, net_inputs(outputs, weights))}
        yield Sample(Tensors({n: before, m: after}, arrays), gradient_of(error, weights))

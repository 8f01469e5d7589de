"""Whole networks for exercise 6: layered networks, and acyclic graphs in which any neuron may feed any later one.

The neurons of a graph are in topological order; `w[i, j]` is 0 if i is not connected to j, and `c[j]` is 1 if j is an
output. Each neuron has an additional input from outside the network.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from sympy import IndexedBase

from lemma.exercises.ex6.machines import delta, n, o, t, w
from lemma.exercises.machines import Differentiator, net_inputs, sigmoid, squared_error, to_type_of
from lemma.exercises.tensors import Floats, Tensors, logistic
from lemma.exercises.witness import Sample

c = IndexedBase("c")
LARGEST = 8  # neurons of a random graph
INSTANCES = 25  # random graphs of each size
ALL = 4  # largest number of neurons for which all graphs are enumerated


@dataclass(frozen=True)
class Graphs:
    """Graphs of the same size: weights (graphs, n, n); external inputs, targets and output flags (graphs, n)."""

    weights: Floats
    inputs: Floats
    targets: Floats
    outputs: Floats

    def run(self, moves: Any) -> list[Any]:
        """Return the output of each neuron; `moves`, (graphs, n), is added to the net inputs."""
        results: list[Any] = []
        for here in range(self.inputs.shape[1]):
            net = to_type_of(self.inputs[:, here], moves) + moves[:, here]
            for before, output in enumerate(results):
                net = net + to_type_of(self.weights[:, before, here], moves) * output
            results.append(sigmoid(net))
        return results

    def error(self, moves: Any) -> Any:
        """Return the squared error of each graph over its outputs."""
        whole = 0.0 * moves[:, 0]
        for here, output in enumerate(self.run(moves)):
            gap = to_type_of(self.targets[:, here], moves) - output
            whole = whole + to_type_of(self.outputs[:, here], moves) * gap**2 / 2
        return whole

    def sample(self, gradient_of: Differentiator) -> Sample:
        """Return the graphs with the expected deltas, by differentiation with respect to the net inputs."""
        still = np.zeros_like(self.inputs)
        outputs, deltas = np.stack(self.run(still), axis=1), -gradient_of(self.error, still)
        arrays = {o: outputs, t: self.targets, c: self.outputs, w: self.weights, delta: deltas}
        return Sample(Tensors({n: outputs.shape[1]}, arrays), deltas)


def random_graphs() -> Iterator[Graphs]:
    """Yield random graphs of each size, with skip connections, dead ends, and outputs that feed other neurons."""
    random = np.random.default_rng(60)
    for size in range(1, LARGEST + 1):
        edges = np.triu(random.random((INSTANCES, size, size)) < 0.5, 1)
        outputs = (random.random((INSTANCES, size)) < 0.4).astype(float)
        outputs[:, -1] = 1
        inputs, targets = random.normal(size=(2, INSTANCES, size))
        yield Graphs(2 * random.normal(size=edges.shape) * edges, inputs, targets, outputs)


def all_graphs() -> Iterator[Graphs]:
    """Yield every graph with at most `ALL` neurons, with every choice of outputs."""
    random = np.random.default_rng(61)
    for size in range(1, ALL + 1):
        pairs = [(before, here) for here in range(size) for before in range(here)]
        cases = np.array(list(product((0.0, 1.0), repeat=len(pairs) + size)))
        weights = np.zeros((len(cases), size, size))
        for place, (before, here) in enumerate(pairs):
            weights[:, before, here] = cases[:, place]
        inputs, targets = random.normal(size=(2, len(cases), size))
        yield Graphs(2 * random.normal(size=weights.shape) * weights, inputs, targets, cases[:, len(pairs) :])


@dataclass(frozen=True)
class Layers:
    """A layered network: weights of each layer, (instances, inputs, outputs), and targets, (instances, outputs)."""

    weights: tuple[Floats, ...]
    targets: Floats

    def error(self, nets: Any, layer: int) -> Any:
        """Return the error for given net inputs of a layer."""
        for weights in self.weights[layer:]:
            nets = net_inputs(sigmoid(nets), weights)
        return squared_error(self.targets, sigmoid(nets))

    def nets(self) -> list[Floats]:
        """Return the net inputs of every layer, starting from random ones in the first layer."""
        results = [np.random.default_rng(len(self.weights)).normal(size=(len(self.targets), self._first()))]
        for weights in self.weights:
            results.append(net_inputs(logistic(results[-1]), weights))
        return results

    def _first(self) -> int:
        return int((self.weights[0].shape[1:] if self.weights else self.targets.shape[1:])[0])


def layered() -> Iterator[Layers]:
    """Yield networks with 0 to 3 hidden layers of 1 to 4 neurons."""
    random = np.random.default_rng(62)
    for case in range(16):
        widths = random.integers(1, 5, size=1 + case % 4)
        shapes = zip(widths, widths[1:], strict=False)
        weights = tuple(2 * random.normal(size=(3, *shape)) for shape in shapes)
        yield Layers(weights, random.normal(size=(3, widths[-1])))

"""Two ways to differentiate a program: torch by its own graph, and NumPy by complex differences, forward only.

A program is written once, with what torch's tensors and NumPy's arrays have in common, and either way runs it. Neither
knows the rules of backpropagation that the exercises state.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import torch

from lemma.exercises.tensors import Floats, logistic

STEP = 1e-40  # of the complex differences: its square is nothing beside 1
INSTANCES, LARGEST = 4, 5  # random instances of each size, and the largest size
Program = Callable[[Any], Any]  # numbers (instances, ...) -> error (instances,)
Differentiator = Callable[[Program, Floats], Floats]  # a program and where -> its derivatives there
Draw = Callable[..., Floats]


def autograd(program: Program, at: Floats) -> Floats:
    """Return the derivatives of each instance's error, as torch.autograd finds them."""
    leaf = torch.from_numpy(at.copy()).requires_grad_()
    found: torch.Tensor = torch.autograd.grad(program(leaf).sum(), leaf)[0]
    return found.numpy()


def complex_step(program: Program, at: Floats) -> Floats:
    """Return the derivatives of each instance's error, by complex differences.

    A step of i h instead of h leaves the derivative in the imaginary part, and nothing is subtracted that could cancel:
    Squire and Trapp 1998.
    """
    found = np.empty_like(at)
    for place in np.ndindex(at.shape[1:]):
        moved = at.astype(complex)
        moved[(slice(None), *place)] += 1j * STEP
        found[(slice(None), *place)] = program(moved).imag / STEP
    return found


def to_type_of(numbers: Floats, other: Any) -> Any:
    """Return the numbers as a tensor if `other` is one."""
    return torch.from_numpy(numbers) if isinstance(other, torch.Tensor) else numbers


def sigmoid(net: Any) -> Any:
    """Return the logistic function, torch's own on tensors."""
    return torch.sigmoid(net) if isinstance(net, torch.Tensor) else logistic(net)


def net_inputs(outputs: Any, weights: Floats) -> Any:
    """Return the net inputs (instances, m) for outputs (instances, n) and weights (instances, n, m)."""
    return (outputs[:, None] @ to_type_of(weights, outputs))[:, 0]


def squared_error(targets: Floats, outputs: Any) -> Any:
    """Return the squared error of each instance."""
    return ((to_type_of(targets, outputs) - outputs) ** 2).sum(-1) / 2


class DownstreamNetwork:
    """What follows on m neurons: a layer of three sigmoids, whose outputs meet targets."""

    def __init__(self, size: int, draw: Draw) -> None:
        self.weights, self.targets = draw(size, 3), draw(3)

    def error_of_outputs(self, outputs: Any) -> Any:
        """Return the error for the neurons' outputs."""
        return squared_error(self.targets, sigmoid(net_inputs(outputs, self.weights)))

    def error_of_net_inputs(self, nets: Any) -> Any:
        """Return the error for the neurons' net inputs."""
        return self.error_of_outputs(sigmoid(nets))


def draw_sizes(seed: int, count: int) -> Iterator[tuple[tuple[int, ...], Draw]]:
    """Yield all `count` sizes from 1 to `LARGEST`, each with what draws random numbers for its instances."""
    random = np.random.default_rng(seed)

    def draw(*shape: int) -> Floats:
        return random.normal(size=(INSTANCES, *shape))

    for shape in product(range(1, LARGEST + 1), repeat=count):
        yield shape, draw

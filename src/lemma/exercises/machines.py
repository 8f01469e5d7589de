"""Two independent ways to differentiate a program: torch.autograd and the complex-step method.

A program is written once, with operations that torch tensors and NumPy arrays share. Neither way uses the rules of
backpropagation that the exercises state.
"""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import torch

from lemma.exercises.tensors import Floats, logistic

STEP = 1e-40  # of the complex-step method: its square vanishes against 1
INSTANCES, LARGEST = 4, 5  # random instances of each size, largest size
Program = Callable[[Any], Any]  # numbers (instances, ...) -> error (instances,)
Differentiator = Callable[[Program, Floats], Floats]  # program, point (instances, ...) -> gradients of the same shape
Draw = Callable[..., Floats]


def autograd(program: Program, at: Floats) -> Floats:
    """Return the gradient of the error of each instance, computed by torch.autograd."""
    leaf = torch.from_numpy(at.copy()).requires_grad_()
    gradient: torch.Tensor = torch.autograd.grad(program(leaf).sum(), leaf)[0]
    return gradient.numpy()


def complex_step(program: Program, at: Floats) -> Floats:
    """Return the gradient of the error of each instance, computed by the complex-step method.

    With the imaginary step i h, the derivative is the imaginary part divided by h, without the cancellation of finite
    differences (Squire and Trapp, 1998).
    """
    gradient = np.empty_like(at)
    for place in np.ndindex(at.shape[1:]):
        moved = at.astype(complex)
        moved[(slice(None), *place)] += 1j * STEP
        gradient[(slice(None), *place)] = program(moved).imag / STEP
    return gradient


def to_type_of(numbers: Floats, other: Any) -> Any:
    """Return an array as a tensor if `other` is a tensor, and unchanged otherwise."""
    return torch.from_numpy(numbers) if isinstance(other, torch.Tensor) else numbers


def sigmoid(net: Any) -> Any:
    """Return the logistic function of an array or tensor; torch.sigmoid is used for tensors."""
    return torch.sigmoid(net) if isinstance(net, torch.Tensor) else logistic(net)


def net_inputs(outputs: Any, weights: Floats) -> Any:
    """Return the net inputs, (instances, m), for outputs (instances, n) and weights (instances, n, m)."""
    return (outputs[:, None] @ to_type_of(weights, outputs))[:, 0]


def squared_error(targets: Floats, outputs: Any) -> Any:
    """Return half the squared error of each instance, (instances,)."""
    return ((to_type_of(targets, outputs) - outputs) ** 2).sum(-1) / 2


class DownstreamNetwork:
    """A random network downstream of m neurons: a layer of three sigmoids with the squared error."""

    def __init__(self, size: int, draw: Draw) -> None:
        self.weights, self.targets = draw(size, 3), draw(3)

    def error_of_outputs(self, outputs: Any) -> Any:
        """Return the error for given outputs of the m neurons."""
        return squared_error(self.targets, sigmoid(net_inputs(outputs, self.weights)))

    def error_of_net_inputs(self, nets: Any) -> Any:
        """Return the error for given net inputs of the m neurons."""
        return self.error_of_outputs(sigmoid(nets))


def draw_sizes(seed: int, count: int) -> Iterator[tuple[tuple[int, ...], Draw]]:
    """Yield each combination of `count` sizes from 1 to `LARGEST`, with a function that draws random arrays.

    The function takes a shape and returns an array (`INSTANCES`, *shape).
    """
    random = np.random.default_rng(seed)

    def draw(*shape: int) -> Floats:
        return random.normal(size=(INSTANCES, *shape))

    for shape in product(range(1, LARGEST + 1), repeat=count):
        yield shape, draw

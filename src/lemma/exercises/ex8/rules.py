"""The rules by which gradients pass backwards through the nodes of a computation graph.

The claims of exercise 8 prove these functions, and the update rules of exercises 8 and 9 are composed of them.
"""

from collections.abc import Callable
from typing import Any

import torch
from sympy import Sum

from lemma.exercises.algebra.notation import unevaluated
from lemma.exercises.algebra.symbols import i, o, t
from lemma.exercises.calculus.graph import ERROR, PRODUCT, SIGMOID, TANH, Local
from lemma.exercises.ex7 import ENTRY
from lemma.exercises.proof.methods import Draw, Tensor


def to_outputs(node: Local, place: Any) -> Any:
    """Return the gradient by an output of the network, as exercise 7 states it."""
    targets, outputs = node.inputs
    with unevaluated():
        return ENTRY.xreplace({o[i]: outputs[place], t[i]: targets[place]})


def through_sigmoid(node: Local, place: Any) -> Any:
    """Return the gradient before a layer of sigmoids."""
    arriving, output = node.arriving(place), node.output(place)
    with unevaluated():
        return arriving * output * (1 - output)


def through_tanh(node: Local, place: Any) -> Any:
    """Return the gradient before a layer of hyperbolic tangents."""
    arriving, output = node.arriving(place), node.output(place)
    with unevaluated():
        return arriving * (1 - output**2)


def to_inputs(node: Local, place: Any) -> Any:
    """Return the gradient by an input of a matrix-vector product."""
    arriving = node.arriving(node.index)
    with unevaluated():
        term = node.inputs[0][place, node.index] * arriving
    return Sum(term, (node.index, 1, node.size))


def to_weights(node: Local, start: Any, end: Any) -> Any:
    """Return the gradient by the weight from input `start` to output `end` of a matrix-vector product."""
    arriving = node.arriving(end)
    with unevaluated():
        return arriving * node.inputs[1][start]


RULES: dict[str, tuple[Callable[..., Any] | None, ...]] = {
    PRODUCT: (to_weights, to_inputs),
    SIGMOID: (through_sigmoid,),
    TANH: (through_tanh,),
    ERROR: (None, to_outputs),
}


def compute_any_error(draw: Draw, outputs: Tensor) -> Tensor:
    """Return the error of a random downstream network, which depends on all outputs."""
    return torch.logsumexp(torch.tanh(outputs @ draw(len(outputs), 2)) @ draw(2, 3), dim=0)

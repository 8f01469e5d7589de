"""Exercise 9: the update rules of a network with linear outputs, derived on its computation graph.

The sheet gives no answer. The network of the lecture has hidden neurons with tanh, and the sheet allows sigmoids; both
are derived. No claim of exercise 6 is used.
"""

from functools import partial
from typing import Any

import sympy
import torch
from sympy import HadamardProduct, OneMatrix, Sum

from lemma.exercises.algebra.matrices import as_matrix
from lemma.exercises.algebra.notation import unevaluated
from lemma.exercises.algebra.symbols import O1, O2, W1, W2, eta, h, i, j, k, m, s, t, x
from lemma.exercises.calculus.graph import ERROR, PRODUCT, SIGMOID, TANH, Graph
from lemma.exercises.ex8.activations import activation
from lemma.exercises.ex8.network import network
from lemma.exercises.ex8.rules import through_tanh
from lemma.exercises.ex8.update import HIDDEN, INPUTS, OUTPUTS, TARGETS, downstream, update
from lemma.exercises.proof.claim import Claim, Part

TITLE = "Backpropagation with linear outputs"
with unevaluated():
    OUTPUT_DELTA = t[k] - O2[k]
    ARRIVING_TERM = OUTPUT_DELTA * W2[j, k]
ARRIVING = Sum(ARRIVING_TERM, (k, 1, m))
with unevaluated():
    HIDDEN_DELTA = O1[j] * (1 - O1[j]) * ARRIVING
    TANH_DELTA = (1 - O1[j] ** 2) * ARRIVING
GRADIENT = as_matrix(W2, h, m).T * (OUTPUTS - TARGETS)  # by the hidden outputs


def graph(activation: str) -> Graph:
    """Return the computation graph of the network, which has one node less than that of exercise 8."""
    return {
        "s^{(1)}": (PRODUCT, ("W^{(1)}", "x")),
        "o^{(1)}": (activation, ("s^{(1)}",)),
        "o^{(2)}": (PRODUCT, ("W^{(2)}", "o^{(1)}")),
        "E": (ERROR, ("t", "o^{(2)}")),
    }


def parts() -> tuple[Part, ...]:
    """Return the exercise, which has one part."""
    return (
        Part(
            number="",
            question=r"The network of exercise 8 without the sigmoids at the output computes $s^{(1)} = W^{(1)} x$, "
            r"$o^{(1)} = \sigma(s^{(1)})$, $o^{(2)} = W^{(2)} o^{(1)}$ and $E = \frac{1}{2} \lVert t - o^{(2)} "
            r"\rVert^2$; in the lecture, $\tanh$ stands for $\sigma$. Which updates of $W^{(1)}$ and $W^{(2)}$ "
            r"follow from its computation graph?",
            answer=r"With $\delta_k = t_k - o^{(2)}_k$, they are $w^{(2)}_{j,k} \leftarrow w^{(2)}_{j,k} + \eta "
            r"\delta_k o^{(1)}_j$ and $w^{(1)}_{i,j} \leftarrow w^{(1)}_{i,j} + \eta \delta_j x_i$, where $\delta_j "
            r"= o^{(1)}_j (1 - o^{(1)}_j) \sum_{k=1}^{m} \delta_k w^{(2)}_{j,k}$ for sigmoids, and with $1 - "
            r"(o^{(1)}_j)^2$ in place of $o^{(1)}_j (1 - o^{(1)}_j)$ for $\tanh$. Compared with exercise 8, the "
            r"factor $o^{(2)}_k (1 - o^{(2)}_k)$ is missing.",
            claims=(second_layer(), first_layer(), tanh(), first_layer_with_tanh()),
        ),
    )


def second_layer() -> Claim[Any]:
    """State the update of the second layer, which is the same for all hidden neurons."""
    with unevaluated():
        rule = W2[j, k] + eta * OUTPUT_DELTA * O1[j]
    nodes = graph(SIGMOID)
    return update(
        claim_id="9.update-output",
        title="The update of the second layer",
        graph=downstream(nodes, "W^{(2)}"),
        weights="W^{(2)}",
        program=partial(network(torch.sigmoid, torch.nn.Identity()), n=2),
        texts={
            "o^{(2)}": "The gradient by the outputs is that of exercise 7. The outputs are the net inputs of the "
            "second layer, so there is no derivative of an activation function.",
            "W^{(2)}": "Multiply it by the inputs of the weights (8 iv).",
        },
        form=(OUTPUTS - TARGETS) * HIDDEN.T,
        rule=(r"Take a step of gradient descent, and reverse the sign: $\delta_k = t_k - o^{(2)}_k$.", rule, rule),
        values={name: ", ".join(sources) for name, (_, sources) in nodes.items()},
    )


def first_layer() -> Claim[Any]:
    """State the update of the first layer for hidden sigmoids."""
    return lower(
        claim_id="9.update-hidden",
        title="The update of the first layer with hidden sigmoids",
        function=SIGMOID,
        program=torch.sigmoid,
        text="Pass it through the sigmoids (8 ii).",
        slope=(HIDDEN, OneMatrix(h, 1) - HIDDEN),
        delta=HIDDEN_DELTA,
    )


def first_layer_with_tanh() -> Claim[Any]:
    """State the update of the first layer for hidden neurons with tanh."""
    return lower(
        claim_id="9.update-tanh",
        title="The update of the first layer with tanh",
        function=TANH,
        program=torch.tanh,
        text="Pass it through the hyperbolic tangents (see above).",
        slope=(OneMatrix(h, 1) - HadamardProduct(HIDDEN, HIDDEN),),
        delta=TANH_DELTA,
    )


def lower(
    *, claim_id: str, title: str, function: str, program: Any, text: str, slope: tuple[Any, ...], delta: Any
) -> Claim[Any]:
    """State the update of the first layer.

    Args:
        claim_id: Id of the claim.
        title: Short title.
        function: The operation of the hidden neurons.
        program: The same in torch's words.
        text: What is said of it.
        slope: Its derivative in terms of the outputs, as factors that are vectors.
        delta: The delta of a hidden neuron.
    """
    with unevaluated():
        rule = W1[i, j] + eta * delta * x[i]
    return update(
        claim_id=claim_id,
        title=title,
        graph=graph(function),
        weights="W^{(1)}",
        program=network(program, torch.nn.Identity()),
        texts={
            "o^{(1)}": "Pass the gradient by the outputs, that of exercise 7, through the weights (8 iii).",
            "s^{(1)}": text,
            "W^{(1)}": "Multiply it by the inputs of the weights (8 iv).",
        },
        form=HadamardProduct(GRADIENT, *slope) * INPUTS.T,
        rule=("Take a step of gradient descent, and reverse the sign.", rule, rule),
    )


def tanh() -> Claim[Any]:
    """State the gradient before a layer of hyperbolic tangents."""
    with unevaluated():
        slope = 1 - sympy.tanh(s[k]) ** 2
    return activation(
        claim_id="9.tanh",
        title="The gradient before a layer of hyperbolic tangents",
        function=sympy.tanh,
        rule=through_tanh,
        slope=slope,
        program=torch.tanh,
        text="The derivative of the hyperbolic tangent is one minus its square.",
    )

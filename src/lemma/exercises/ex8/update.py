"""Exercise 8 (v): the update rules that the computation graph gives.

Exercise 9 states those of a network with linear outputs, so `update` constructs the claims of both.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import torch
from sympy import HadamardProduct, OneMatrix

from lemma.exercises.algebra.equality import differentiate
from lemma.exercises.algebra.matrices import as_matrix
from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import O1, O2, W1, W2, delta, eta, h, i, j, k, m, n, o, t, w, x
from lemma.exercises.calculus.gradient import gradient
from lemma.exercises.calculus.graph import ARRAYS, BOUND, INDICES, SIZES, Graph, backpropagate, write_formula
from lemma.exercises.calculus.matrix_form import has_entries
from lemma.exercises.ex6.update_rules import HIDDEN_DELTA, OUTPUT_DELTA, UPDATE
from lemma.exercises.ex8.network import GRAPH, network
from lemma.exercises.ex8.rules import RULES
from lemma.exercises.proof.claim import Claim, Step
from lemma.exercises.proof.methods import Program
from lemma.exercises.proof.space import Space

INPUTS, HIDDEN, OUTPUTS, TARGETS = as_matrix(x, n), as_matrix(O1, h), as_matrix(O2, m), as_matrix(t, m)
DELTA = OUTPUT_DELTA.xreplace({o[j]: O2[k], t[j]: t[k]})
AT_OUTPUT = HadamardProduct(OUTPUTS - TARGETS, OUTPUTS, OneMatrix(m, 1) - OUTPUTS)  # dE/ds of the second layer


def downstream(graph: Graph, name: str) -> Graph:
    """Return the part of a graph from the node that receives `name` on."""
    names = [*graph]
    start = next(place for place, (_, sources) in enumerate(graph.values()) if name in sources)
    return {node: graph[node] for node in names[start:]}


def declare(graph: Graph, name: str, scalars: tuple[Any, ...] = ()) -> Space:
    """Return the space of the gradient by `name`: the inputs of a graph, and the outputs of its layers."""
    leaves = {source for _, sources in graph.values() for source in sources if source not in graph}
    arrays, dependent, layer = {ARRAYS[leaf]: SIZES[leaf] for leaf in SIZES if leaf in leaves}, {}, {}
    for node, equation in graph.items():
        layer[node] = equation
        if node.startswith("o"):
            (size,) = SIZES[node]
            arrays[ARRAYS[node]] = (size,)
            dependent[ARRAYS[node]] = ((INDICES[size],), write_formula(layer, BOUND, node, INDICES[size]))
            layer = {}
    return Space(arrays, {INDICES[size]: size for size in SIZES[name]}, scalars, dependent=dependent)


def update(
    *,
    claim_id: str,
    title: str,
    graph: Graph,
    weights: str,
    program: Program,
    texts: Mapping[str, str],
    form: Any,
    rule: tuple[str, Any, Any],
    values: Mapping[str, str] = MappingProxyType({}),
) -> Claim[Any]:
    """State the update of the weights of a layer, with the gradients along the graph as steps.

    Args:
        claim_id: Id of the claim.
        title: Short title.
        graph: The graph from the inputs of the weights on.
        weights: The weights.
        program: The network in torch's words.
        texts: The nodes whose gradients are steps, in this order, with the justification.
        form: The gradient by the weights as a matrix expression.
        rule: A rule that is equal to the update: the justification, the rule as it is printed, and in full.
        values: Values for the figure.
    """
    gradients, entry = backpropagate(graph, RULES), ARRAYS[weights][tuple(INDICES[size] for size in SIZES[weights])]
    slope, space = gradients[weights](*entry.indices), declare(graph, weights, (eta,))
    with unevaluated():
        stated = entry - eta * slope
    reason, printed, full = rule
    matrices = Space(space.arrays, dict(reversed([*space.indices.items()])), dependent=space.dependent)
    return gradient(
        claim_id=claim_id,
        title=title,
        statement=rf"{latex(entry)} \leftarrow {latex(stated)}",
        space=space,
        of=write_formula(graph, BOUND),
        by=entry,
        equals=stated,
        transform=lambda gradient, at: at(entry) - at(eta) * gradient,
        program=program,
        exchanged=(O2, t),
        values=values,
        solved=2,
        steps=(
            *(explain(graph, node, text) for node, text in texts.items()),
            Step(
                reason,
                rf"{latex(entry)} - \eta \frac{{\partial E}}{{\partial {latex(entry)}}} = {latex(printed)}",
                (stated, full),
            ),
            Step(
                f"Collected in a matrix with the axes of ${weights}$, the gradient is a product of matrices.",
                rf"\frac{{\partial E}}{{\partial {weights}}} = {latex(form)}",
                proof=has_entries(matrices, form, slope),
            ),
        ),
    )


def explain(graph: Graph, name: str, text: str) -> Step:
    """Return the step that states the gradient by a node, which SymPy confirms for every size."""
    upper = downstream(graph, name)
    space, entry = declare(upper, name), ARRAYS[name][tuple(INDICES[size] for size in SIZES[name])]
    stated = backpropagate(upper, RULES)[name](*entry.indices)
    proof = space.equal(differentiate(write_formula(upper, BOUND), entry), stated)
    return Step(text, rf"\frac{{\partial E}}{{\partial {latex(entry)}}} = {latex(stated)}", proof=proof)


def second_layer() -> Claim[Any]:
    """State the update of the second layer, which is that of exercise 6."""
    with unevaluated():
        printed = UPDATE.xreplace({w[i, j]: W2[j, k], delta[j]: delta[k], x[i, j]: O1[j]})
    return update(
        claim_id="8.v.output",
        title="The update of the second layer",
        graph=downstream(GRAPH, "W^{(2)}"),
        weights="W^{(2)}",
        program=partial(network(torch.sigmoid, torch.sigmoid), n=2),
        texts={
            "o^{(2)}": "Start from the gradient by the outputs (i).",
            "s^{(2)}": r"Pass it through the sigmoids (ii). Up to the sign, this is the $\delta_k$ of exercise 6.",
            "W^{(2)}": "Multiply it by the inputs of the weights (iv).",
        },
        form=AT_OUTPUT * HIDDEN.T,
        rule=(
            r"A step of gradient descent is the rule of exercise 6, with the inputs $x_{j,k} = o^{(1)}_j$.",
            printed,
            printed.xreplace({delta[k]: DELTA}),
        ),
    )


def first_layer() -> Claim[Any]:
    """State the update of the first layer, which is that of exercise 6."""
    with unevaluated():
        printed = UPDATE.xreplace({w[i, j]: W1[i, j], x[i, j]: x[i]})
    return update(
        claim_id="8.v.hidden",
        title="The update of the first layer",
        graph=GRAPH,
        weights="W^{(1)}",
        program=network(torch.sigmoid, torch.sigmoid),
        texts={
            "o^{(1)}": "Pass the gradient before the output sigmoids through the weights (iii).",
            "s^{(1)}": r"Pass it through the sigmoids (ii). Up to the sign, this is the $\delta_j$ of exercise 6.",
            "W^{(1)}": "Multiply it by the inputs of the weights (iv).",
        },
        form=HadamardProduct(as_matrix(W2, h, m).T * AT_OUTPUT, HIDDEN, OneMatrix(h, 1) - HIDDEN) * INPUTS.T,
        rule=(
            r"A step of gradient descent is the rule of exercise 6, with the inputs $x_{i,j} = x_i$.",
            printed,
            printed.xreplace({delta[j]: HIDDEN_DELTA.xreplace({o[j]: O1[j], w[j, k]: W2[j, k], delta[k]: DELTA})}),
        ),
    )

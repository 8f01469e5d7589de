"""Exercise 8 (i): the computation graph of a two-layer network, compared with the graph that torch.autograd records."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from sympy import Rational, Sum

from lemma.exercises import computation
from lemma.exercises.chain import sigma
from lemma.exercises.claim import REASON, Claim, Holds, Kind, Method, Outcome, Refuted, Step
from lemma.exercises.computation import ARRAYS, ERROR, LEAVES, PRODUCT, SIGMOID, Graph, GraphError, h, m, n
from lemma.exercises.indexed import Space, index
from lemma.exercises.machines import draw_sizes
from lemma.exercises.tensors import Floats
from lemma.exercises.witness import NAMES, TOLERANCE

GRAPH: Graph = {
    "s^{(1)}": (PRODUCT, ("W^{(1)}", "x")),
    "o^{(1)}": (SIGMOID, ("s^{(1)}",)),
    "s^{(2)}": (PRODUCT, ("W^{(2)}", "o^{(1)}")),
    "o^{(2)}": (SIGMOID, ("s^{(2)}",)),
    "E": (ERROR, ("t", "o^{(2)}")),
}
SPACE = Space({ARRAYS[name]: axes for name, axes in LEAVES.items()}, {})
RECORDED = {"MvBackward0": PRODUCT, "SigmoidBackward0": SIGMOID}
a, b, c = (index(name) for name in "abc")


def network(last: Callable[[Any], Any]) -> Any:
    """Return E of the network as a single formula; `last` is the output activation."""
    hidden = sigma(Sum(ARRAYS["W^{(1)}"][a, b] * ARRAYS["x"][a], (a, 1, n)))
    net = Sum(ARRAYS["W^{(2)}"][b, c] * hidden, (b, 1, h))
    return Rational(1, 2) * Sum((ARRAYS["t"][c] - last(net)) ** 2, (c, 1, m))


def same(left: Graph, right: Graph) -> Outcome:
    """Prove that two graphs compute the same function for every size, or find a counter-example."""
    return _compare(computation.formula(left), right)


def _compare(wanted: Any, graph: Graph) -> Outcome:
    try:
        stated = computation.formula(graph)
    except GraphError as error:
        return Refuted({REASON: str(error)})
    return SPACE.equal(_renamed(wanted), _renamed(stated), NAMES)


def _renamed(formula: Any) -> Any:
    """Rename each bound variable after the size over which it runs."""
    names = {limits[0]: index(f"to_{limits[2]}") for node in formula.atoms(Sum) for limits in node.limits}
    return formula.xreplace(names)


def methods(last: Callable[[Any], Any], modules: tuple[torch.nn.Module, ...]) -> tuple[Method[Graph], ...]:
    """Return the methods that compare a graph with the network.

    Args:
        last: Output activation as a function of expressions.
        modules: Output activation as torch modules.
    """

    @cache
    def runs() -> list[tuple[dict[str, Floats], Floats]]:
        results = []
        for (before, hidden, after), draw in draw_sizes(0, 3):
            shapes = {"x": (before,), "W^{(1)}": (before, hidden), "W^{(2)}": (hidden, after), "t": (after,)}
            leaves = {name: draw(*shape) for name, shape in shapes.items()}
            results.append((leaves, np.array([_torch_error(leaves, one, modules) for one in range(len(leaves["x"]))])))
        return results

    def numbers(subject: Graph) -> Outcome:
        for leaves, wanted in runs():
            try:
                stated = computation.run(subject, leaves)["E"]
            except GraphError as error:
                return Refuted({REASON: str(error)})
            wrong = np.abs(stated - wanted) > TOLERANCE * np.maximum(1, wanted)
            if wrong.any():
                case = int(np.argmax(wrong))
                values = dict(zip(NAMES, (f"{wanted[case]:.6g}", f"{stated[case]:.6g}"), strict=True))
                shape = {"n": leaves["x"], "h": leaves["W^{(2)}"], "m": leaves["t"]}
                return Refuted(values | {size: str(array.shape[1]) for size, array in shape.items()})
        return Holds(f"{len(runs())} shapes with sizes from 1, 4 random instances each")

    def recorded(subject: Graph) -> Outcome:
        """Compare with the graph that torch.autograd records."""
        wanted, stated = recorded_tree(modules), computation.tree(subject)
        if wanted == stated:
            return Holds("the same operations with the same inputs")
        return Refuted({"computed": wanted, "stated": stated})

    return (
        Method("formula of the network, any size", Kind.SYMBOLIC, lambda subject: _compare(network(last), subject)),
        Method("torch.nn on random networks", Kind.NUMERIC, numbers),
        Method("graph recorded by torch.autograd", Kind.AUTOGRAD, recorded),
    )


def _torch_error(leaves: dict[str, Floats], instance: int, modules: tuple[torch.nn.Module, ...]) -> float:
    """Return the error of an instance, computed with torch modules."""
    values = {name: torch.from_numpy(array[instance]) for name, array in leaves.items()}
    result = values["x"]
    for name, after in (("W^{(1)}", (torch.nn.Sigmoid(),)), ("W^{(2)}", modules)):
        result = torch.nn.functional.linear(result, values[name].T)
        for module in after:
            result = module(result)
    return float(torch.nn.functional.mse_loss(result, values["t"], reduction="sum")) / 2


def recorded_tree(modules: tuple[torch.nn.Module, ...]) -> str:
    """Return the graph that torch records for the network, in the format of `computation.tree`."""
    shapes = {"x": (2,), "W^{(1)}": (3, 2), "W^{(2)}": (2, 3), "t": (2,)}
    leaves = {name: torch.ones(shape, requires_grad=True) for name, shape in shapes.items()}
    result = torch.sigmoid(leaves["W^{(1)}"] @ leaves["x"])
    result = leaves["W^{(2)}"] @ result
    for module in modules:
        result = module(result)
    error = 0.5 * ((leaves["t"] - result) ** 2).sum()
    known = {id(leaf): name for name, leaf in leaves.items()}

    def walk(node: Any) -> str:
        if hasattr(node, "variable"):
            return known[id(node.variable)]
        parts = [walk(before) for before, _ in node.next_functions if before is not None]
        return f"{RECORDED[node.name()]}({', '.join(parts)})"

    difference = error.grad_fn
    while difference is not None and difference.name() != "SubBackward0":
        difference = difference.next_functions[0][0]
    parts = sorted(walk(before) for before, _ in difference.next_functions) if difference is not None else []
    return f"{ERROR}({', '.join(parts)})"


TEXTS = {
    "s^{(1)}": "The net inputs of the first layer are the product of a matrix and a vector.",
    "o^{(1)}": "The sigmoid is applied element-wise.",
    "s^{(2)}": "The inputs of the second layer are the outputs of the first.",
    "o^{(2)}": "The element-wise sigmoid gives the outputs of the network.",
    "E": "The error compares the outputs with the targets. In the backward pass, each of the five nodes uses only the "
    "gradient with respect to its output, and its own inputs.",
}


def claim(
    identity: str, graph: Graph, texts: dict[str, str], checks: tuple[Method[Graph], ...], values: dict[str, str]
) -> Claim[Graph]:
    """Return the claim that a graph computes the network, node by node."""
    return Claim(
        id=identity,
        title="The computation graph",
        statement=r",\quad ".join(computation.line(name, node) for name, node in graph.items()),
        subject=graph,
        methods=checks,
        mutants=tuple(computation.mutants(graph)),
        equal=same,
        steps=tuple(Step(texts[name], computation.line(name, node)) for name, node in graph.items()),
        values={name: ", ".join(node[1]) for name, node in graph.items()} | values,
    )


def graph(values: dict[str, str]) -> Claim[Graph]:
    """State the computation graph of the network with two layers of sigmoids."""
    return claim("8.i.graph", GRAPH, TEXTS, methods(sigma, (torch.nn.Sigmoid(),)), values)

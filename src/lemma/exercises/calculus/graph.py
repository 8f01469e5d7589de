"""Computation graphs as data: an operation and the inputs of each node.

A graph is read as a formula with symbolic sizes, as a program over tensors, as a text that is compared with the graph
recorded by torch.autograd, and backwards: the gradients by all nodes are composed of one rule for each operation.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import sympy
import torch
from sympy import IndexedBase, Rational, Sum, Symbol

from lemma.exercises.algebra.notation import unevaluated
from lemma.exercises.algebra.symbols import O1, O2, S1, S2, W1, W2, h, i, j, k, l, m, n, q, r, t, x
from lemma.exercises.calculus.functions import sigma

Node = tuple[str, tuple[str, ...]]  # operation, inputs
Graph = Mapping[str, Node]  # in topological order; the last node is E
Entry = Callable[..., Any]  # indices -> formula
Rule = Callable[..., Any]  # node, indices of an input -> formula of the gradient by its entry
PRODUCT, SIGMOID, TANH, IDENTITY, ERROR = "product", "sigmoid", "tanh", "identity", "squared error"
SIZES: dict[str, tuple[Symbol, ...]] = {"x": (n,), "W^{(1)}": (n, h), "s^{(1)}": (h,), "o^{(1)}": (h,)}
SIZES |= {"W^{(2)}": (h, m), "s^{(2)}": (m,), "o^{(2)}": (m,), "t": (m,)}
ARRAYS = dict(zip(SIZES, (x, W1, S1, O1, W2, S2, O2, t), strict=True))
INDICES = {n: i, h: j, m: k}  # of inputs, hidden neurons and outputs
BOUND = {n: l, h: q, m: r}  # indices of sums beside these
FORMULAS: Mapping[str, Entry] = {SIGMOID: sigma, TANH: sympy.tanh, IDENTITY: lambda net: net}
PROGRAMS: Mapping[str, Entry] = {SIGMOID: torch.sigmoid, TANH: torch.tanh, IDENTITY: lambda net: net}
EQUATIONS = {PRODUCT: r"{} \, {}", ERROR: r"\frac{{1}}{{2}} \lVert {} - {} \rVert^2"}
EQUATIONS |= {SIGMOID: r"\sigma({})", TANH: r"\tanh({})", IDENTITY: "{}"}
RECORDED = {"MvBackward0": PRODUCT, "SigmoidBackward0": SIGMOID, "TanhBackward0": TANH}


class GraphError(Exception):
    """The inputs of a node have the wrong types or sizes."""


@dataclass(frozen=True)
class Local:
    """What the backward rule of a node uses."""

    inputs: tuple[IndexedBase, ...]
    output: Entry  # entries of the output
    arriving: Entry  # entries of the gradient by the output
    index: Symbol = k  # of the output
    size: Symbol = m


def measure(graph: Graph) -> dict[str, tuple[Symbol, ...]]:
    """Return the sizes of the axes of each node, and of all arrays that the graph may take as inputs.

    Raises:
        GraphError: If a node does not take its inputs.
    """
    axes = dict(SIZES)
    for name, (operation, sources) in graph.items():
        shapes = [axes[source] for source in sources]
        if [*map(len, shapes)] != ([2, 1] if operation == PRODUCT else [1] * len(shapes)):
            raise GraphError(f"{operation} does not take ${', '.join(sources)}$")
        if len(shapes) == 2 and shapes[0][0] != shapes[1][0]:
            raise GraphError(f"${sources[0]}$ takes ${shapes[0][0]}$ entries and ${sources[1]}$ has ${shapes[1][0]}$")
        axes[name] = {PRODUCT: shapes[0][1:], ERROR: ()}.get(operation, shapes[0])
    return axes


def write_formula(graph: Graph, bound: Mapping[Symbol, Symbol], name: str = "E", *places: Any) -> Any:
    """Return the formula of an entry of a node, in the entries of what is not a node of the graph.

    Args:
        graph: The graph, with the node `name`.
        bound: The bound index of the sums over each size.
        places: Indices of the entry.
    """
    axes = measure(graph)

    def write(name: str, *places: Any) -> Any:
        if name not in graph:
            return ARRAYS[name][places]
        operation, (first, *others) = graph[name]
        if operation in FORMULAS:
            return FORMULAS[operation](write(first, *places))
        size = axes[first][0]
        left, right = write(first, bound[size], *places), write(others[0], bound[size])
        with unevaluated():
            term = left * right if operation == PRODUCT else (left - right) ** 2
        total = Sum(term, (bound[size], 1, size))
        return total if operation == PRODUCT else Rational(1, 2) * total

    return write(name, *places)


def run(graph: Graph, leaves: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the values of leaves and nodes; w_{i,j} is the entry of a tensor of weights at row i, column j."""
    values = dict(leaves)
    for name, (operation, sources) in graph.items():
        first, *others = (values[source] for source in sources)
        if operation == PRODUCT:
            values[name] = first.T @ others[0]
        else:
            values[name] = 0.5 * ((first - others[0]) ** 2).sum() if others else PROGRAMS[operation](first)
    return values


def backpropagate(graph: Graph, rules: Mapping[str, tuple[Rule | None, ...]]) -> dict[str, Entry]:
    """Return the gradient by each node and leaf, as a function from indices to the formula of an entry.

    Args:
        graph: The graph, in which each node is an input of one other node.
        rules: The rule for each input of an operation; None if its gradient is not needed.
    """
    axes, gradients = measure(graph), dict[str, Entry]()
    for name, (operation, sources) in reversed([*graph.items()]):
        inputs, size = tuple(ARRAYS[source] for source in sources), (*axes[name], m)[0]
        node = Local(
            inputs, lambda *at, name=name: ARRAYS[name][at], gradients.get(name, lambda: 1), INDICES[size], size
        )
        gradients |= {source: partial(rule, node) for source, rule in zip(sources, rules[operation]) if rule}
    return gradients


def describe(graph: Graph, name: str = "E") -> str:
    """Return the operations on which a node depends as text; the operands of the symmetric error are sorted."""
    if name not in graph:
        return name
    operation, sources = graph[name]
    parts = [describe(graph, source) for source in sources]
    if operation == IDENTITY:
        return parts[0]
    return f"{operation}({', '.join(sorted(parts) if operation == ERROR else parts)})"


def describe_recorded(error: torch.Tensor, leaves: Mapping[str, torch.Tensor]) -> str:
    """Return the graph that torch.autograd recorded for half of a squared error as text, as `describe` does."""
    names = {id(leaf): name for name, leaf in leaves.items()}

    def walk(node: Any) -> str:
        if hasattr(node, "variable"):
            return names[id(node.variable)]
        parts = [walk(source) for source, _ in node.next_functions if source is not None]
        if node.name() == "MseLossBackward0":
            return f"{ERROR}({', '.join(sorted(parts))})"
        return f"{RECORDED[node.name()]}({', '.join(parts)})" if node.name() in RECORDED else parts[0]

    return walk(error.grad_fn)


def write_equation(name: str, node: Node) -> str:
    """Return the equation of a node in LaTeX."""
    operation, sources = node
    return f"{name} = {EQUATIONS[operation].format(*sources)}"


def mutate_graph(graph: Graph) -> Iterator[tuple[str, Graph]]:
    """Yield graphs with an operation replaced, an edge redirected, or inputs exchanged, and the change in words."""
    earlier = [name for name in SIZES if name not in graph]
    for name, (operation, sources) in graph.items():
        changes: list[Node] = [(new, sources) for new in FORMULAS if operation in FORMULAS and new != operation]
        for place, old in enumerate(sources):
            redirected = [(*sources[:place], new, *sources[place + 1 :]) for new in earlier if new != old]
            changes += [(operation, inputs) for inputs in redirected]
        if len(sources) == 2:
            changes.append((operation, sources[::-1]))
        for node in changes:
            words = f"${write_equation(name, node)}$ instead of ${write_equation(name, graph[name])}$"
            yield words, {**graph, name: node}
        earlier.append(name)

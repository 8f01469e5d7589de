"""Computation graphs as data: an operation and inputs for each node.

A graph is interpreted in three ways: as a formula with symbolic sizes, as a program over arrays, and as a tree that is
compared with the graph recorded by torch.autograd.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import IndexedBase, Rational, Sum, Symbol

from lemma.exercises.chain import sigma
from lemma.exercises.claim import Mutant
from lemma.exercises.indexed import index
from lemma.exercises.machines import net_inputs, sigmoid, squared_error

Node = tuple[str, tuple[str, ...]]  # operation, inputs
Graph = Mapping[str, Node]  # in topological order
n, h, m = (index(name) for name in "nhm")  # inputs, hidden neurons, outputs
LEAVES: Mapping[str, tuple[Symbol, ...]] = {"x": (n,), "W^{(1)}": (n, h), "W^{(2)}": (h, m), "t": (m,)}
ARRAYS = {name: IndexedBase(name.replace("W", "w")) for name in LEAVES}
PRODUCT, SIGMOID, ERROR, SAME = "product", "sigmoid", "squared error", "identity"
ARITY = {PRODUCT: 2, SIGMOID: 1, SAME: 1, ERROR: 2}


class GraphError(Exception):
    """The inputs of a node have the wrong type or shape."""


@dataclass(frozen=True)
class _Vector:
    entry: Callable[[Any], Any]
    size: Symbol


def formula(graph: Graph) -> Any:
    """Return E as a formula in the entries of the leaves.

    Raises:
        GraphError: If types or sizes do not match.
    """
    return _formula(graph, "E", 0)


def _formula(graph: Graph, name: str, depth: int) -> Any:
    if name in LEAVES:
        array, sizes = ARRAYS[name], LEAVES[name]
        return array if len(sizes) == 2 else _Vector(lambda place: array[place], sizes[0])
    operation, names = graph[name]
    inputs = [_formula(graph, source, depth + 1) for source in names]
    if operation == PRODUCT:
        return _product(names, inputs, depth)
    if not all(isinstance(vector, _Vector) for vector in inputs):
        raise GraphError(f"{operation} takes vectors, not ${', '.join(names)}$")
    if operation != ERROR:
        (vector,) = inputs
        return _Vector(lambda place: sigma(vector.entry(place)), vector.size) if operation == SIGMOID else vector
    left, right = inputs
    if left.size != right.size:
        raise GraphError(f"${names[0]}$ has ${left.size}$ entries and ${names[1]}$ has ${right.size}$")
    place = index(f"k_{{{depth}}}")
    return Rational(1, 2) * Sum((left.entry(place) - right.entry(place)) ** 2, (place, 1, left.size))


def _product(names: tuple[str, ...], inputs: list[Any], depth: int) -> _Vector:
    weights, vector = inputs
    if not isinstance(weights, IndexedBase) or not isinstance(vector, _Vector):
        raise GraphError(f"a product takes a matrix and a vector, not ${names[0]}$ and ${names[1]}$")
    before, after = LEAVES[names[0]]
    if vector.size != before:
        raise GraphError(f"${names[0]}$ takes ${before}$ entries and ${names[1]}$ has ${vector.size}$")
    place = index(f"k_{{{depth}}}")
    return _Vector(lambda out: Sum(weights[place, out] * vector.entry(place), (place, 1, before)), after)


def run(graph: Graph, leaves: Mapping[str, Any]) -> dict[str, Any]:
    """Compute the value of each node.

    Args:
        graph: The graph.
        leaves: Array of each leaf, (instances, ...).

    Raises:
        GraphError: If types or shapes do not match.
    """
    values = dict(leaves)
    for name, (operation, names) in graph.items():
        inputs = [values[source] for source in names]
        shapes = [tuple(array.shape[1:]) for array in inputs]
        if operation == PRODUCT:
            weights, vector = inputs
            if [*map(len, shapes)] != [2, 1] or shapes[0][0] != shapes[1][0]:
                raise GraphError(
                    f"${names[0]}$ of shape {shapes[0]} and ${names[1]}$ of shape {shapes[1]} have no product"
                )
            values[name] = net_inputs(vector, weights)
        elif any(len(shape) != 1 for shape in shapes) or len(set(shapes)) > 1:
            raise GraphError(f"{operation} does not take shapes {shapes}")
        elif operation == ERROR:
            values[name] = squared_error(*inputs)
        else:
            values[name] = sigmoid(inputs[0]) if operation == SIGMOID else inputs[0]
    return values


def tree(graph: Graph, name: str = "E") -> str:
    """Return the expression of a node as text, with the two vectors of the symmetric error in sorted order."""
    if name in LEAVES:
        return name
    operation, names = graph[name]
    parts = [tree(graph, source) for source in names]
    if operation == SAME:
        return parts[0]
    return f"{operation}({', '.join(sorted(parts) if operation == ERROR else parts)})"


def mutants(graph: Graph) -> Iterator[Mutant[Graph]]:
    """Yield mutants of a graph: one operation replaced, one edge redirected, or two inputs exchanged."""
    known = [*LEAVES]
    for name, (operation, names) in graph.items():
        for replacement in ARITY:
            if replacement not in (operation, ERROR) and ARITY[replacement] == ARITY[operation]:
                yield _mutant(graph, name, (replacement, names), f"{replacement} instead of {operation} at ${name}$")
        for place, old in enumerate(names):
            for new in known:
                if new != old:
                    inputs = (*names[:place], new, *names[place + 1 :])
                    yield _mutant(graph, name, (operation, inputs), f"${name}$ has input ${new}$ instead of ${old}$")
        if len(names) == 2:
            yield _mutant(graph, name, (operation, names[::-1]), f"the inputs of ${name}$ exchanged")
        known.append(name)


def _mutant(graph: Graph, name: str, node: Node, mutation: str) -> Mutant[Graph]:
    return Mutant(mutation, {**graph, name: node}, line(name, node))


def line(name: str, node: Node) -> str:
    """Return the equation of a node in LaTeX."""
    operation, names = node
    if operation == PRODUCT:
        return f"{name} = {names[0]} \\, {names[1]}"
    if operation == ERROR:
        return rf"{name} = \frac{{1}}{{2}} \lVert {names[0]} - {names[1]} \rVert^2"
    return f"{name} = {names[0]}" if operation == SAME else rf"{name} = \sigma({names[0]})"

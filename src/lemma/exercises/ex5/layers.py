"""Stacks of linear layers: symbolic with any sizes, and random ones in exact numbers.

A stack is compared with a single layer `(A, c)` after each of its layers, so a stack of depth 6 covers all depths up to
6. Two affine functions that agree at 0 and on the unit vectors are equal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, NamedTuple

from sympy import Indexed, IndexedBase

from lemma.exercises.evaluate import EXACT
from lemma.exercises.exact import show
from lemma.exercises.indexed import Space, index

i, j, k = index("i"), index("j"), index("k")
n, m, p = index("n"), index("m"), index("p")  # inputs, neurons of the previous layer, neurons of the layer
W, b = IndexedBase("W"), IndexedBase("b")  # the next layer
A, c = IndexedBase("A"), IndexedBase("c")  # the layer equivalent to the previous layers
x = IndexedBase("x")
FIRST = Space({W: (p, n), b: (p,), x: (n,)}, {j: p})
NEXT = Space({W: (p, m), b: (p,), A: (m, n), c: (m,), x: (n,)}, {j: p})
RANKS = {W: 2, b: 1, A: 2, c: 1, x: 1}
DEPTH = 6
WIDEST = 4

Vector = tuple[Fraction, ...]
Matrix = tuple[Vector, ...]


class Rule(NamedTuple):
    """The collapse of a stack: entries for the first layer, and for a further layer `(W, b)` after `(A, c)`."""

    first_weight: Any
    first_bias: Any
    next_weight: Any
    next_bias: Any


def well_formed(expression: Any, ranks: Mapping[IndexedBase, int]) -> bool:
    """Return whether each entry has as many indices as its array."""
    return all(len(entry.indices) == ranks[entry.base] for entry in expression.atoms(Indexed))


@dataclass(frozen=True)
class Layer:
    """A layer in exact numbers: weights, (outputs, inputs), and biases, (outputs,)."""

    weights: Matrix
    biases: Vector

    def __call__(self, inputs: Vector) -> Vector:
        """Return the outputs."""
        return tuple(
            sum((weight * each for weight, each in zip(row, inputs, strict=True)), Fraction(0)) + bias
            for row, bias in zip(self.weights, self.biases, strict=True)
        )

    def values_by_name(self, weights: str, biases: str) -> dict[str, str]:
        """Return all weights and biases by name, for a counter-example."""
        rows = [(row, column, each) for row, line in enumerate(self.weights, 1) for column, each in enumerate(line, 1)]
        named = {f"{weights}_{{{row},{column}}}": show(each) for row, column, each in rows}
        return named | {f"{biases}_{{{row}}}": show(each) for row, each in enumerate(self.biases, 1)}


Stack = tuple[Layer, ...]


@cache
def stacks(count: int, seed: int = 0) -> tuple[Stack, ...]:
    """Return random stacks of depth `DEPTH`; the first has one neuron per layer, the others up to `WIDEST`."""
    random = Random(seed)

    def number() -> Fraction:
        return Fraction(random.randint(-6, 6), random.randint(1, 3))

    def layer(inputs: int, outputs: int) -> Layer:
        weights = tuple(tuple(number() for _ in range(inputs)) for _ in range(outputs))
        return Layer(weights, tuple(number() for _ in range(outputs)))

    results = []
    for place in range(count):
        widths = [random.randint(1, WIDEST) if place else 1 for _ in range(DEPTH + 1)]
        results.append(tuple(layer(*pair) for pair in zip(widths, widths[1:], strict=False)))
    return tuple(results)


def collapsed(rule: Rule, stack: Stack) -> Iterator[Layer]:
    """Yield the layer that the rule gives for the first layer, for the first two layers, and so on.

    Raises:
        LookupError: If the rule contains an entry that does not exist.
    """
    below: Layer | None = None
    for layer in stack:
        entries = _entries(W, b, layer) | ({} if below is None else _entries(A, c, below))
        outputs, inputs = len(layer.biases), len((below or layer).weights[0])
        names = {p: outputs, n: inputs, m: len(layer.weights[0])}
        weight, bias = rule[:2] if below is None else rule[2:]
        below = Layer(
            tuple(
                tuple(EXACT.value(weight, names | {j: row, i: column}, entries) for column in range(1, inputs + 1))
                for row in range(1, outputs + 1)
            ),
            tuple(EXACT.value(bias, names | {j: row}, entries) for row in range(1, outputs + 1)),
        )
        yield below


def _entries(weights: IndexedBase, biases: IndexedBase, layer: Layer) -> dict[Any, Fraction]:
    rows = enumerate(layer.weights, 1)
    results = {weights[row, column]: each for row, line in rows for column, each in enumerate(line, 1)}
    return results | {biases[row]: each for row, each in enumerate(layer.biases, 1)}

"""Questions whose answer is a formula: the correct answer, and the symbols that an answer may use.

The correct answer is the subject of a claim, whose module is imported when it is needed. The arrays of a question are
independent of each other: a net input is expressed by its output, s = ln(o / (1 - o)). Therefore o and sigma(s) are the
same expression in every proof, and an output lies between 0 and 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any

import sympy
from sympy import IndexedBase, Symbol

from lemma.exercises.indexed import index

h, m, n, p, q = (index(name) for name in "hmnpq")
g, o, s, t, w, x = (IndexedBase(name) for name in "gostwx")
J, delta = IndexedBase("J"), IndexedBase(r"\delta")
hidden, outputs, high = IndexedBase("o^{(1)}"), IndexedBase("o^{(2)}"), IndexedBase("w^{(2)}")
W1, W2, b1, b2 = (IndexedBase(name) for name in ("W^{(1)}", "W^{(2)}", "b^{(1)}", "b^{(2)}"))
downstream_outputs = IndexedBase("o'")  # outputs of the neurons downstream
eta, phi, target = Symbol(r"\eta"), Symbol(r"\varphi"), Symbol("t")

Arrays = Mapping[IndexedBase, tuple[Symbol, ...]]


def logit(output: Any) -> Any:
    """Return the net input of a sigmoid with the given output."""
    return sympy.log(output / (1 - output))


@dataclass(frozen=True)
class KnownSymbol:
    """A symbol that an answer may use.

    Attributes:
        text: Notation in LaTeX.
        description: What it stands for.
        name: Plain name.
        axes: Size of each index.
        entry: Returns the expression for given indices.
        layers: Layer numbers that may be attached to it; "" means none.
    """

    text: str
    description: str
    name: str
    axes: tuple[Symbol, ...]
    entry: Callable[..., Any]
    layers: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Question:
    r"""What is asked for, and which symbols an answer may use.

    Attributes:
        id: Identifier that `lemma check` takes.
        title: What is asked for, in words.
        asked: What is asked for, in LaTeX.
        answer: Loads the correct answer from an exercise.
        known: Symbols that an answer may use.
        claim: Id of the claim that states the answer, or "".
        free_indices: Size of each free index of `asked`.
        sizes: Sizes that may bound a sum, by their letter.
        sum_sizes: Size over which a sum without bounds runs, by the letter of its index.
        arrays: Sizes of the axes of each array.
        scalars: Symbols that are single numbers.
        sigmoid_outputs: Arrays and scalars that are outputs of sigmoids, hence between 0 and 1.
        allows_vectors: Whether `o` may be written for `o_i`.
        net_input: The weighted sum of the neuron, and the expression that replaces it.
        phi: Regular expression for the arguments that make `\phi` a function.
        constants: Loads the numbers known by name and indices.
    """

    id: str
    title: str
    asked: str
    answer: Callable[[], Any]
    known: tuple[KnownSymbol, ...]
    claim: str = ""
    free_indices: Mapping[str, Symbol] = field(default_factory=dict)
    sizes: Mapping[str, Symbol] = field(default_factory=dict)
    sum_sizes: Mapping[str, Symbol] = field(default_factory=dict)
    arrays: Mapping[IndexedBase, tuple[Symbol, ...]] = field(default_factory=dict)
    scalars: tuple[Symbol, ...] = ()
    sigmoid_outputs: tuple[Any, ...] = ()
    allows_vectors: bool = False
    net_input: tuple[Any, Any] | None = None
    phi: str = ""
    constants: Callable[[], Mapping[tuple[str, tuple[int, ...]], Any]] = dict


def load_answer(module: str, read: Callable[[Any], Any]) -> Callable[[], Any]:
    """Return a function that imports the module of an exercise, extracts the correct answer, and caches it."""
    return cache(lambda: read(import_module(f"lemma.exercises.{module}")))


def load_subject(module: str, function: str) -> Callable[[], Any]:
    """Return a function that loads the subject of the claim that `function` of an exercise's module returns."""
    return load_answer(module, lambda imported: getattr(imported, function)().subject)


def array_entry(
    text: str, description: str, array: IndexedBase, *axes: Symbol, layers: tuple[str, ...] = ("",)
) -> KnownSymbol:
    """Return an array entry as a symbol."""
    name = str(array.label).lstrip("\\").partition("^")[0]
    return KnownSymbol(text, description, name, axes, lambda *places: array[places], layers)


def net_input(
    text: str, description: str, array: IndexedBase, *axes: Symbol, layers: tuple[str, ...] = ("",)
) -> KnownSymbol:
    """Return the net input of a neuron, expressed by its output."""
    return KnownSymbol(text, description, "s", axes, lambda *places: logit(array[places]), layers)


def transposed_entry(
    text: str, description: str, array: IndexedBase, *axes: Symbol, layers: tuple[str, ...] = ("",)
) -> KnownSymbol:
    """Return the weight from `start` to `end` as the matrix entry at row `end`, column `start`."""
    return KnownSymbol(text, description, "w", axes, lambda start, end: array[end, start], layers)


def gradient(by: str, place: str, size: Symbol) -> tuple[KnownSymbol, ...]:
    """Return the upstream gradient in both notations, as a derivative and as g."""
    return (
        KnownSymbol(
            rf"\frac{{\partial E}}{{\partial {by}_{place}}}", "the upstream gradient", f"dE/d{by}", (size,), _g
        ),
        KnownSymbol(f"g_{place}", "the same gradient, in short", "g", (size,), _g),
    )


def _g(place: Any) -> Any:
    return g[place]


STEP_SIZE = KnownSymbol(r"\eta", "the learning rate", "eta", (), lambda: eta)

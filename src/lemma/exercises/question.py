"""A question whose answer is a formula: what is right, and which symbols there are to write it with.

What is right is what the exercises' claims state; it is imported when it is needed. All arrays of a question are
independent of each other: a net input is written through its output, s = ln(o / (1 - o)), so that o and sigma(s) are
one thing to every proof, and the output of a neuron is a number between 0 and 1.
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
below = IndexedBase("o'")  # outputs of the neurons downstream
eta, phi, target = Symbol(r"\eta"), Symbol(r"\varphi"), Symbol("t")

Arrays = Mapping[IndexedBase, tuple[Symbol, ...]]


def logit(output: Any) -> Any:
    """Return the net input of a sigmoid from its output."""
    return sympy.log(output / (1 - output))


@dataclass(frozen=True)
class Known:
    """A symbol: how it is written, what it is, and the expression for its indices, which run over `axes`."""

    text: str
    says: str
    name: str
    axes: tuple[Symbol, ...]
    entry: Callable[..., Any]
    layers: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Question:
    r"""What is asked for, and what it may be written with.

    `free` are the indices of what is asked, with the sizes up to which they run; `runs` says over what a sum goes by
    the letter of its index; `between` are the outputs of sigmoids. `vectors` allows `o` for `o_i`. `net` is what a
    neuron adds up, if that is a symbol: the sum and its name. `phi` are the arguments of phi as a function.
    """

    id: str
    title: str
    asked: str
    answer: Callable[[], Any]
    known: tuple[Known, ...]
    claim: str = ""
    free: Mapping[str, Symbol] = field(default_factory=dict)
    sizes: Mapping[str, Symbol] = field(default_factory=dict)
    runs: Mapping[str, Symbol] = field(default_factory=dict)
    arrays: Mapping[IndexedBase, tuple[Symbol, ...]] = field(default_factory=dict)
    scalars: tuple[Symbol, ...] = ()
    between: tuple[Any, ...] = ()
    vectors: bool = False
    net: tuple[Any, Any] | None = None
    phi: str = ""
    constants: Callable[[], Mapping[tuple[str, tuple[int, ...]], Any]] = dict


def stated(module: str, read: Callable[[Any], Any]) -> Callable[[], Any]:
    """Return what reads a right answer from an exercise's module, once that is needed."""
    return cache(lambda: read(import_module(f"lemma.exercises.{module}")))


def subject(module: str, function: str) -> Callable[[], Any]:
    """Return what reads a right answer from a function that returns its claim."""
    return stated(module, lambda found: getattr(found, function)().subject)


def entry(text: str, says: str, array: IndexedBase, *axes: Symbol, layers: tuple[str, ...] = ("",)) -> Known:
    """Return an array's entry as a symbol."""
    name = str(array.label).lstrip("\\").partition("^")[0]
    return Known(text, says, name, axes, lambda *places: array[places], layers)


def net_input(text: str, says: str, array: IndexedBase, *axes: Symbol, layers: tuple[str, ...] = ("",)) -> Known:
    """Return the net input of a neuron, written through its output."""
    return Known(text, says, "s", axes, lambda *places: logit(array[places]), layers)


def swapped(text: str, says: str, array: IndexedBase, *axes: Symbol, layers: tuple[str, ...] = ("",)) -> Known:
    """Return a weight as the entry of its matrix, whose row is where it leads."""
    return Known(text, says, "w", axes, lambda start, end: array[end, start], layers)


def gradient(by: str, place: str, size: Symbol) -> tuple[Known, ...]:
    """Return the gradient that has arrived, with a short name."""
    return (
        Known(rf"\frac{{\partial E}}{{\partial {by}_{place}}}", "the gradient that arrives", f"dE/d{by}", (size,), _g),
        Known(f"g_{place}", "a short name for it", "g", (size,), _g),
    )


def _g(place: Any) -> Any:
    return g[place]


STEP_SIZE = Known(r"\eta", "the step size", "eta", (), lambda: eta)

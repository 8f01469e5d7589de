"""A network with one hidden layer of sigmoids, and its gradients composed of the formulas for single nodes.

Exercises 8 and 9 differ only in the output activation. All three sizes are symbols. The formulas for the nodes are
those of the claims, so an error in a claim is an error here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import IndexedBase, Rational, Sum, Symbol

from lemma.exercises import computation
from lemma.exercises.chain import sigma
from lemma.exercises.computation import ARRAYS
from lemma.exercises.indexed import Space, differentiate, index
from lemma.exercises.machines import Differentiator, draw_sizes, net_inputs, sigmoid, squared_error, to_type_of
from lemma.exercises.parts import Arrays, substitute
from lemma.exercises.tensors import Tensors
from lemma.exercises.witness import Sample

i, j, k, p, q, r = (index(name) for name in "ijkpqr")
n, h, m = computation.n, computation.h, computation.m
x, t, low, high = (ARRAYS[name] for name in ("x", "t", "W^{(1)}", "W^{(2)}"))
hidden, outputs = IndexedBase("o^{(1)}"), IndexedBase("o^{(2)}")
eta = Symbol(r"\eta")
AXES = {x: (n,), low: (n, h), hidden: (h,), high: (h, m), outputs: (m,), t: (m,)}
HIGH = Space({array: AXES[array] for array in (high, hidden, outputs, t)}, {j: h, k: m}, (eta,), (hidden, outputs))
LOW = Space(
    {array: AXES[array] for array in (x, low, hidden, high, outputs, t)}, {i: n, j: h}, (eta,), (hidden, outputs)
)
Entry = Callable[..., Any]


@dataclass(frozen=True)
class Gradients:
    """The gradient with respect to each node, in the order of backpropagation: functions from indices to formulas."""

    by_outputs: Entry
    by_last_net_inputs: Entry
    by_output_weights: Entry
    by_hidden: Entry
    by_hidden_net_inputs: Entry
    by_hidden_weights: Entry


def backpropagate(claims: Mapping[str, Any], last: str) -> Gradients:
    """Compose the gradients of the network from the formulas of 8.i to 8.iv.

    Args:
        claims: Formulas by claim id.
        last: Claim id of the formula for the output activation; "" for linear outputs.
    """
    source, target, entry_index, size_in, size_out, hidden_size = (
        index(name) for name in ("i", "j", "k", "n", "m", "h")
    )
    o, g, w, targets = (IndexedBase(name) for name in "ogwt")

    def activation(name: str, place: Any, arrived: Entry, out: IndexedBase) -> Any:
        return substitute(claims[name], {source: place}, {g: arrived, sigma: lambda net: out[net.indices]})

    def by_outputs(place: Any) -> Any:
        return substitute(
            claims["8.i.error"],
            {entry_index: place, size_out: m},
            {o: lambda at: outputs[at], targets: lambda at: t[at]},
        )

    def by_last_net_inputs(place: Any) -> Any:
        return activation(last, place, by_outputs, outputs) if last else by_outputs(place)

    def by_output_weights(start: Any, end: Any) -> Any:
        return substitute(
            claims["8.iv"], {source: start, target: end}, {g: by_last_net_inputs, o: lambda at: hidden[at]}
        )

    def by_hidden(place: Any) -> Any:
        arrays: Arrays = {w: lambda start, end: high[start, end], g: by_last_net_inputs}
        return substitute(claims["8.iii"], {source: place, target: k, size_in: hidden_size, size_out: m}, arrays)

    def by_hidden_net_inputs(place: Any) -> Any:
        return activation("8.ii.sigmoid", place, by_hidden, hidden)

    def by_hidden_weights(start: Any, end: Any) -> Any:
        return substitute(claims["8.iv"], {source: start, target: end}, {g: by_hidden_net_inputs, o: lambda at: x[at]})

    return Gradients(
        by_outputs, by_last_net_inputs, by_output_weights, by_hidden, by_hidden_net_inputs, by_hidden_weights
    )


def differentiate_network(last: Callable[[Any], Any], entry: Any) -> Any:
    """Differentiate the error of the whole network with SymPy, and express the result by the outputs of its layers.

    Args:
        last: Output activation.
        entry: Weight with respect to which the error is differentiated.
    """
    first = Sum(low[p, q] * x[p], (p, 1, n))
    middle = sigma(first) if entry.base == low else hidden[q]
    net = Sum(high[q, r] * middle, (q, 1, h))
    error = Rational(1, 2) * Sum((t[r] - last(net)) ** 2, (r, 1, m))
    derivative = differentiate(error, entry).xreplace({net: outputs[r]} if last(r) == r else {last(net): outputs[r]})
    return derivative.xreplace({sigma(first): hidden[q]})


def samples(gradient_of: Differentiator, weights: IndexedBase, linear: bool) -> Iterator[Sample]:
    """Yield the updated weights of a layer of random networks.

    Args:
        gradient_of: Way to differentiate.
        weights: The layer.
        linear: Whether the outputs are linear instead of sigmoids.
    """
    for (before, middle, after), draw in draw_sizes(11, 3):
        if max(before, middle, after) > 3:
            continue
        values = {x: draw(before), low: draw(before, middle), high: draw(middle, after), t: draw(after)}

        def error(moved: Any, values: Any = values) -> Any:
            now = values | {weights: moved}
            nets = _net_inputs(_at(now, x, moved), now[low], moved)
            result = _net_inputs(sigmoid(nets), now[high], moved)
            return squared_error(values[t], result if linear else sigmoid(result))

        values[hidden] = sigmoid(net_inputs(values[x], values[low]))
        last = net_inputs(values[hidden], values[high])
        values[outputs] = last if linear else sigmoid(last)
        rate = 0.1 * middle
        computed = values[weights] - rate * gradient_of(error, values[weights])
        yield Sample(Tensors({n: before, h: middle, m: after}, values | {eta: rate}), computed)


def _at(values: Mapping[IndexedBase, Any], array: IndexedBase, other: Any) -> Any:
    return to_type_of(values[array], other)


def _net_inputs(given: Any, weights: Any, other: Any) -> Any:
    """Return the net inputs; either `given` or `weights` is the array that is differentiated, a tensor or complex."""
    moved = weights if weights is other else to_type_of(weights, other)
    return (given[:, :, None] * moved).sum(1)

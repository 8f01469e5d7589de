"""A network with two hidden layers as a single formula, differentiated by SymPy without the rules of exercise 6.

All three sizes are symbols. The derivative contains nested sums, and must equal the composition of the rules.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from sympy import IndexedBase, Rational, Sum

from lemma.exercises.chain import sigma
from lemma.exercises.claim import Holds, Outcome
from lemma.exercises.ex6.machines import delta, j, k, m, n, o, t, w
from lemma.exercises.indexed import Space, differentiate, index
from lemma.exercises.parts import Arrays, Formulas, substitute
from lemma.exercises.witness import NAMES

a, b, p, q, r, u = (index(name) for name in "abpqru")
first, second, last = (index(f"n_{{{layer}}}") for layer in (1, 2, 3))
nets, outs = (tuple(IndexedBase(f"{name}^{{({layer})}}") for layer in (1, 2, 3)) for name in "so")
low, high = IndexedBase("w^{(2)}"), IndexedBase("w^{(3)}")
LATE = Space(
    {outs[1]: (second,), outs[2]: (last,), high: (second, last), t: (last,)}, {b: second}, sigmoids=(outs[1], outs[2])
)
WHOLE = Space({outs[0]: (first,), low: (first, second), **LATE.arrays}, {a: first}, sigmoids=tuple(outs))


def _error(middle: Callable[[Any], Any]) -> Any:
    """Return the error, where `middle(q)` is the net input of neuron q of the second layer."""
    end = Sum(high[q, r] * sigma(middle(q)), (q, 1, second))
    return Rational(1, 2) * Sum((t[r] - sigma(end)) ** 2, (r, 1, last))


def _outputs(expression: Any) -> Any:
    """Substitute the output of each neuron for the sigmoid of its net input."""
    layers = {first: (outs[1], q), second: (outs[2], r)}  # by the size of the layer before

    def output(net: Any) -> Any:
        if isinstance(net, Sum):
            array, place = layers[net.limits[0][2]]
            return array[place]
        return outs[nets.index(net.base)][net.indices]

    return expression.replace(sigma, output)


@cache
def derivatives() -> tuple[Any, Any]:
    """Return -dE/ds of a neuron in the second and in the first hidden layer, expressed by the outputs of all layers."""
    late = _error(lambda place: nets[1][place])
    whole = _error(lambda place: Sum(low[p, place] * sigma(nets[0][p]), (p, 1, first)))
    return _outputs(-differentiate(late, nets[1][b])), _outputs(-differentiate(whole, nets[0][a]))


def stated(subject: Formulas) -> Iterator[Any]:
    """Yield the same deltas by composition of the rules."""

    def at_output(place: Any) -> Any:
        return substitute(subject["output"], {j: place, m: last, k: u}, {o: lambda one: outs[2][one]})

    def in_second(place: Any) -> Any:
        arrays: Arrays = {o: lambda one: outs[1][one], w: lambda one, other: high[one, other], delta: at_output}
        return substitute(subject["hidden"], {j: place, n: second, m: last, k: r}, arrays)

    yield in_second(b)
    arrays: Arrays = {o: lambda one: outs[0][one], w: lambda one, other: low[one, other], delta: in_second}
    yield substitute(subject["hidden"], {j: a, n: first, m: second, k: q}, arrays)


def equal_in_two_layers(subject: Formulas) -> Outcome:
    """Compare the rules with the derivatives in both hidden layers, since two sign errors could cancel in one."""
    outcome: Outcome = Holds()
    for space, computed, rule in zip((LATE, WHOLE), derivatives(), stated(subject), strict=True):
        outcome = space.equal(computed, rule, NAMES)
        if not isinstance(outcome, Holds):
            return outcome
    return outcome

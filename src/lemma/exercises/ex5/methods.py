"""Methods that check the collapse of a stack without matrix products: values, sums over paths, and torch.autograd.

Each compares the layer that a rule gives with the stack, after each of its layers.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod
from typing import Any

import torch
from sympy import Sum

from lemma.exercises.claim import REASON, Holds, Kind, Method, Outcome, Refuted
from lemma.exercises.ex5.layers import (
    DEPTH,
    FIRST,
    NEXT,
    A,
    Layer,
    Rule,
    Stack,
    W,
    b,
    c,
    collapsed,
    i,
    j,
    k,
    m,
    n,
    p,
    stacks,
    x,
)
from lemma.exercises.exact import show

STACKS = 6
TOLERANCE = 1e-12  # of float64, relative to the largest number
NAMES = ("computed", "stated")


def methods() -> tuple[Method[Rule], ...]:
    """Return the methods that check a rule."""
    return (
        Method("induction, any depth and any sizes", Kind.SYMBOLIC, induction),
        Method("evaluation layer by layer in fractions", Kind.NUMERIC, lambda rule: _each(rule, 1, _values)),
        Method("sum over all paths through the stack", Kind.EXHAUSTIVE, lambda rule: _each(rule, 2, _paths)),
        Method("Jacobian of torch.nn.Sequential", Kind.AUTOGRAD, lambda rule: _each(rule, 3, _torch)),
    )


def induction(rule: Rule) -> Outcome:
    """Prove base case and induction step of the rule for symbolic sizes."""
    base = _base(rule.first_weight, rule.first_bias)
    if not isinstance(base, Holds):
        return base
    step = _step(rule.next_weight, rule.next_bias)
    return Holds("base case and induction step, for every size") if isinstance(step, Holds) else step


def _layer(weight: Any, bias: Any) -> Any:
    return Sum(weight * x[i], (i, 1, n)) + bias


@cache
def _base(weight: Any, bias: Any) -> Outcome:
    return FIRST.equal(_layer(W[j, i], b[j]), _layer(weight, bias), NAMES)


@cache
def _step(weight: Any, bias: Any) -> Outcome:
    upon = Sum(W[j, k] * _layer(A[k, i], c[k]), (k, 1, m)) + b[j]
    return NEXT.equal(upon, _layer(weight, bias), NAMES)


def same_rule(left: Rule, right: Rule) -> Outcome:
    """Prove that two rules give the same layer, entry by entry."""
    first, following = (replace(space, indices={j: p, i: n}) for space in (FIRST, NEXT))
    for space, one, other in zip((first, FIRST, following, NEXT), left, right, strict=True):
        outcome = Holds() if one == other else space.equal(one, other)
        if not isinstance(outcome, Holds):
            return outcome
    return Holds("all entries are equal for every size")


Compare = Callable[[Stack, Layer], Outcome]


def _each(rule: Rule, seed: int, compare: Compare) -> Outcome:
    """Compare the rule with random stacks after each layer."""
    widest = 0
    for stack in stacks(STACKS, seed):
        try:
            for depth, layer in enumerate(collapsed(rule, stack), 1):
                outcome = compare(stack[:depth], layer)
                if isinstance(outcome, Refuted):
                    return Refuted({"depth": str(depth)} | dict(outcome.counter_example) | _first(stack[:depth]))
                widest = max(widest, len(layer.biases))
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | _first(stack))
    precision = f"to {TOLERANCE:g}" if compare is _torch else "exact"
    return Holds(f"depths 1 to {DEPTH}, {STACKS} random stacks of widths 1 to {widest}, {precision}")


def _first(stack: Stack) -> dict[str, str]:
    """Return the weights and biases of the first two layers, for which a wrong rule fails."""
    return {
        name: value
        for place, layer in enumerate(stack[:2], 1)
        for name, value in layer.values_by_name(f"W^{{({place})}}", f"b^{{({place})}}").items()
    }


def _values(stack: Stack, stated: Layer) -> Outcome:
    """Evaluate the stack at 0 and at the unit vectors, which determine an affine function."""
    width = len(stack[0].weights[0])
    for one in range(width + 1):
        inputs = tuple(Fraction(int(place == one)) for place in range(1, width + 1))
        computed = inputs
        for layer in stack:
            computed = layer(computed)
        for row, (left, right) in enumerate(zip(computed, stated(inputs), strict=True), 1):
            if left != right:
                given = {f"x_{{{place}}}": show(each) for place, each in enumerate(inputs, 1)}
                return Refuted({f"o_{{{row}}}": f"{show(left)} (stated {show(right)})"} | given)
    return Holds()


def _paths(stack: Stack, stated: Layer) -> Outcome:
    """Sum the products of weights along all paths, from the inputs, and from each layer for its biases."""
    rows = range(len(stated.biases))
    weights = [[_from(stack, column, row) for column in range(len(stated.weights[0]))] for row in rows]
    biases = [
        sum(
            (
                bias * _from(stack[place:], neuron, row)
                for place, layer in enumerate(stack, 1)
                for neuron, bias in enumerate(layer.biases)
            ),
            Fraction(0),
        )
        for row in rows
    ]
    computed = Layer(tuple(map(tuple, weights)), tuple(biases))
    for (name, right), left in zip(
        stated.values_by_name("W", "b").items(), computed.values_by_name("W", "b").values(), strict=True
    ):
        if left != right:
            return Refuted({name: f"{left} (stated {right})"})
    return Holds()


def _from(stack: Stack, start: int, end: int) -> Fraction:
    """Return the sum over all paths from an input to an output of the stack; an empty stack is the identity."""
    if not stack:
        return Fraction(int(start == end))
    between = product(*(range(len(layer.biases)) for layer in stack[:-1]))
    return sum(
        (
            prod(
                (layer.weights[to][fro] for layer, fro, to in zip(stack, (start, *path), (*path, end), strict=True)),
                start=Fraction(1),
            )
            for path in between
        ),
        Fraction(0),
    )


def _torch(stack: Stack, stated: Layer) -> Outcome:
    """Compare with torch.nn.Linear layers: the value at 0 is the bias, and the Jacobian is the weight matrix."""
    layers = []
    for layer in stack:
        linear = torch.nn.Linear(len(layer.weights[0]), len(layer.biases), dtype=torch.float64)
        linear.load_state_dict({"weight": _floats(layer.weights), "bias": _floats(layer.biases)})
        layers.append(linear)
    network, width = torch.nn.Sequential(*layers), len(stack[0].weights[0])
    ones = torch.ones(width, dtype=torch.float64)
    with torch.no_grad():
        biases = network(torch.zeros_like(ones))
    weights = torch.autograd.functional.jacobian(network, ones)  # type: ignore[no-untyped-call]
    for name, computed, want in (("W", weights, _floats(stated.weights)), ("b", biases, _floats(stated.biases))):
        apart = (computed - want).abs()
        if apart.max() > TOLERANCE * max(1.0, float(computed.abs().max())):
            place = tuple(int(each) for each in (apart == apart.max()).nonzero()[0])
            entry = ",".join(str(each + 1) for each in place)
            return Refuted({f"{name}_{{{entry}}}": f"{float(computed[place]):.6g} (stated {float(want[place]):.6g})"})
    return Holds()


def _floats(numbers: Any) -> torch.Tensor:
    """Return a vector or matrix as a float64 tensor of the same shape."""
    listed = [[float(each) for each in row] if isinstance(row, tuple) else float(row) for row in numbers]
    return torch.tensor(listed, dtype=torch.float64)

"""Exercise 1 (iii): a two-layer network computes any Boolean function, for inputs in {0, 1} and in {-1, 1}."""

from typing import Any

import numpy as np
import sympy
from sympy import IndexedBase, KroneckerDelta, Sum

from lemma.exercises.claim import Claim, Kind, Method, Step
from lemma.exercises.ex1.cube import NAMES, Cube, rows
from lemma.exercises.ex1.levels import Arrays, Levels, tables
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs, compare_exactly

j, place, size = index("j"), index("l"), index("N")
f = IndexedBase("f")
CUBE = Cube(Space({f: (size,)}, {place: size}), 0)
FEATURES, WIDE = 4, 7  # features: all functions up to the first, random functions of the second


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims about networks for arbitrary functions."""
    return _zeros_and_ones(), _signs()


def _zeros_and_ones() -> Claim[Any]:
    """State the net input of the OR gate on row l, for every function of any number of features."""
    fired = Sum(f[j] * KroneckerDelta(j, place), (j, 1, size))
    with unevaluated():
        net, value = fired - 1, f[place] - 1
    return Claim(
        id="1.iii.any-function",
        title="Any Boolean function, inputs in {0, 1}",
        statement=rf"{latex(net)} = {latex(value)},\quad {latex(value)} \ge 0 \iff f_l = 1",
        subject=net,
        indices=(place,),
        equal=accept_proofs(CUBE.equal),
        mutants=mutate(net, arrays=(f,), indices=(place,)),
        methods=_methods(value, 0),
        steps=(
            Step(
                "Number the $N = 2^n$ rows of the truth table, let $f_j$ be the value of the function on row $j$, and "
                "add an AND gate for each row with $f_j = 1$. If the input is row $l$, the gate of row $j$ outputs $[j "
                "= l]$, which is 1 for $j = l$ and 0 otherwise. The OR gate sums the outputs of these gates; rows "
                "without a gate contribute 0.",
                rf"s = {latex(net)}",
                (net, net),
            ),
            Step("At most one gate outputs 1, the gate of row $l$.", rf"= {latex(value)}", (net, value)),
            Step(
                "Therefore the output of the network is 1 if and only if $f_l = 1$, for every $n$ and every function.",
                rf"{latex(value)} \ge 0 \iff f_l = 1",
                ("in both cases", compare_exactly([truth - 1 >= 0 for truth in (0, 1)], [False, True])),
            ),
            Step(
                "The function that is constantly 0 is covered as well: there is no gate in the first layer, and the "
                "net input of the OR gate is its bias.",
                r"f = 0: \quad s = -1 < 0",
                (net.xreplace({f[j]: sympy.Integer(0)}), sympy.Integer(-1)),
            ),
        ),
    )


def _signs() -> Claim[Any]:
    """State the same for inputs and outputs in {-1, 1}."""
    with unevaluated():
        said = f[j] * (2 * KroneckerDelta(j, place) - 1)
    fired, gates = Sum(said, (j, 1, size)), Sum(f[j], (j, 1, size))
    with unevaluated():
        net, value = fired + gates - 2, 2 * f[place] - 2
    return Claim(
        id="1.iii.any-function-signs",
        title="Any Boolean function, inputs in {−1, 1}",
        statement=rf"{latex(net)} = {latex(value)},\quad {latex(value)} \ge 0 \iff f_l = 1",
        subject=net,
        indices=(place,),
        equal=accept_proofs(CUBE.equal),
        mutants=mutate(net, arrays=(f,), indices=(place,)),
        methods=_methods(value, -1),
        steps=(
            Step(
                "The output of a gate is now $2 [j = l] - 1$, which is 1 on its own row and $-1$ elsewhere, and the "
                r"bias of the OR gate is $m - 2$ with the number of gates $m = \sum_j f_j$. A gate with output $-1$ "
                "cancels its contribution to $m$.",
                rf"s = {latex(net)} = {latex(value)}",
                (net, value),
            ),
            Step(
                "Again the net input is 0 if $f_l = 1$, and negative otherwise.",
                rf"{latex(value)} \ge 0 \iff f_l = 1",
                ("in both cases", compare_exactly([2 * truth - 2 >= 0 for truth in (0, 1)], [False, True])),
            ),
        ),
    )


def _methods(value: Any, low: int) -> tuple[Method[Any], ...]:
    def wide(random: np.random.Generator) -> tuple[Any, Arrays]:
        inputs = rows(WIDE, low)
        fractions = np.array([[0.0], [1.0], [0.5], [0.1]])  # of ones; the first two functions are constant
        return inputs, ((random.random((4, len(inputs))) < fractions).astype(np.int64),)

    levels = Levels(CUBE, place, low, tables, FEATURES, wide)
    return (
        Method(
            "at most one gate outputs 1, any size", Kind.SYMBOLIC, lambda subject: CUBE.equal(value, subject, NAMES)
        ),
        Method("z3 on all truth tables", Kind.SOLVER, lambda subject: CUBE.solve(value, subject)),
        Method(f"all functions up to {FEATURES} features", Kind.EXHAUSTIVE, levels.exhaust),
        Method(f"functions of {WIDE} features in torch", Kind.NUMERIC, levels.compare),
    )

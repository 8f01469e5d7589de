"""Exercise 1 (iv): a network with one gate for each positive training instance is a lookup table."""

from typing import Any

import numpy as np
import sympy
from sympy import IndexedBase, KroneckerDelta, Sum

from lemma.exercises.claim import Claim, Kind, Method, Step
from lemma.exercises.ex1.cube import NAMES, Cube
from lemma.exercises.ex1.levels import Arrays, Levels, training_sets
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs, compare_exactly

j, place, size = index("j"), index("l"), index("N")
seen, y = IndexedBase("z"), IndexedBase("y")
CUBE = Cube(Space({seen: (size,), y: (size,)}, {place: size}), 0)
FEATURES = 3  # largest number of features for exhaustive tests
WIDE, KNOWN, FRESH = 30, 60, 40  # features, training rows and other rows of the random networks


def claims() -> tuple[Claim[Any], ...]:
    """Return the claim about the output of the network."""
    with unevaluated():
        match = seen[j] * y[j] * KroneckerDelta(j, place)
    matched = Sum(match, (j, 1, size))
    with unevaluated():
        net, value = matched - 1, seen[place] * y[place] - 1
    levels = Levels(CUBE, place, 0, training_sets, FEATURES, _wide)
    return (
        Claim(
            id="1.iv.lookup",
            title="One gate per training instance is a lookup table",
            statement=rf"{latex(net)} = {latex(value)},\quad {latex(value)} \ge 0 \iff z_l = 1 \land y_l = 1",
            subject=net,
            indices=(place,),
            equal=accept_proofs(CUBE.equal),
            mutants=mutate(net, arrays=(seen, y), indices=(place,)),
            methods=(
                Method(
                    "at most one gate outputs 1, any size", Kind.SYMBOLIC, lambda net: CUBE.equal(value, net, NAMES)
                ),
                Method("z3 on all training sets", Kind.SOLVER, lambda net: CUBE.solve(value, net)),
                Method(f"all training sets up to {FEATURES} features", Kind.EXHAUSTIVE, levels.exhaust),
                Method(f"training sets of {WIDE} features in torch", Kind.NUMERIC, levels.compare),
            ),
            steps=(
                Step(
                    "Let $z_j$ be 1 if row $j$ is in the training set and 0 otherwise, and let $y_j$ be its label. "
                    "Each instance with label 1 has an AND gate; instances with label 0 need none, and duplicates "
                    "share one gate. As in (iii), for input $l$:",
                    rf"s = {latex(net)} = {latex(value)}",
                    (net, value),
                ),
                Step(
                    "For an input of the training set, the output is its label. Therefore the training error is 0, "
                    "even if the labels are random.",
                    r"z_l = 1: \quad s = y_l - 1",
                    (value.xreplace({seen[place]: sympy.Integer(1)}), y[place] - 1),
                ),
                Step(
                    "For any other input the output is 0, independent of the labels. The network has memorised the "
                    "training set and does not generalise.",
                    r"z_l = 0: \quad s = -1 < 0",
                    (value.xreplace({seen[place]: sympy.Integer(0)}), sympy.Integer(-1)),
                ),
                Step(
                    "There is one exception: if an input occurs with both labels, every deterministic classifier is "
                    "wrong on one of the two instances.",
                    r"[y \ne 0] + [y \ne 1] = 1",
                    ("for both answers", compare_exactly([int(y != 0) + int(y != 1) for y in (0, 1)], [1, 1])),
                ),
            ),
        ),
    )


def _wide(random: np.random.Generator) -> tuple[Any, Arrays]:
    """Return rows with many features, of which the first `KNOWN` are in the training set, with random labels."""
    rows = np.unique(random.integers(0, 2, (2 * (KNOWN + FRESH), WIDE)), axis=0)
    rows = random.permutation(rows)[: KNOWN + FRESH]
    known = np.tile(np.arange(len(rows)) < KNOWN, (3, 1)).astype(np.int64)
    return rows, (known, random.integers(0, 2, known.shape))

"""Exercise 2 (i), arbitrary points: tests of a function that separates two sets or returns a certificate.

Each answer is checked by its definition, and decisions are compared with z3 and with the LP solver HiGHS.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import numpy as np
import z3
from scipy.optimize import linprog

from lemma.exercises.claim import REASON, Holds, Kind, Method, Outcome, Refuted
from lemma.exercises.ex2.separate import Answer, Certificate, Point, Separator

Separate = Callable[[Sequence[Point], Sequence[Point]], Answer]
SIDE, SETS, TOLERANCE = 3, 60, 1e-6  # side of the grid, random pairs of sets, tolerance of floating-point margins


def methods() -> tuple[Method[Separate], ...]:
    """Return the methods that check such a function."""
    return (
        Method(f"all 2-colourings of {SIDE} × {SIDE} points", Kind.EXHAUSTIVE, colourings),
        Method("comparison with z3", Kind.SOLVER, _agrees_with_z3),
        Method("comparison with the maximum margin of HiGHS", Kind.NUMERIC, _agrees_with_highs),
    )


def check(function: Separate, inside: Sequence[Point], outside: Sequence[Point]) -> Outcome:
    """Check the answer for two sets by its definition."""
    failure = function(inside, outside).failure(inside, outside)
    return Refuted({REASON: failure} | _named(inside, outside)) if failure else Holds("one answer")


def _named(inside: Sequence[Point], outside: Sequence[Point]) -> dict[str, str]:
    return {
        name: " ".join(f"({', '.join(map(str, point))})" for point in points) or "none"
        for name, points in (("inside", inside), ("outside", outside))
    }


def colourings(function: Separate) -> Outcome:
    """Check the answer for every partition of the points of a grid into two sets."""
    grid = [tuple(map(Fraction, point)) for point in product(range(SIDE), repeat=2)]
    count = {Separator: 0, Certificate: 0}
    for colours in product((True, False), repeat=len(grid)):
        sets = [[point for point, colour in zip(grid, colours) if colour == wanted] for wanted in (True, False)]
        answer = function(*sets)
        failure = answer.failure(*sets)
        if failure:
            return Refuted({REASON: failure} | _named(*sets))
        count[type(answer)] += 1
    return Holds(f"{count[Separator]} with weights, {count[Certificate]} with a certificate")


def _random_sets() -> Iterator[tuple[list[Point], list[Point]]]:
    """Yield random pairs of sets in 1 to 3 dimensions, about half of them separable."""
    random = Random(0)
    for number in range(SETS):
        points = [
            tuple(Fraction(random.randint(-9, 9), random.randint(1, 3)) for _ in range(1 + number % 3))
            for _ in range(random.randint(2, 9))
        ]
        cut = random.randint(1, len(points) - 1)
        points = sorted(points) if number % 2 else points
        yield points[:cut], points[cut:]


def _agrees_with_z3(function: Separate) -> Outcome:
    """Check answers for random sets, and that z3 finds weights if and only if the function does."""
    for inside, outside in _random_sets():
        weights = [z3.Real(f"w_{axis}") for axis in range(len(inside[0]) + 1)]
        nets = [[_net(weights, point) for point in points] for points in (inside, outside)]
        solver = z3.Solver()
        solver.add(*(net >= 0 for net in nets[0]), *(net < 0 for net in nets[1]))
        outcome = _judge(function, inside, outside, solver.check() == z3.sat)
        if outcome:
            return outcome
    return Holds(f"{SETS} random pairs of sets in 1 to 3 dimensions")


def _net(weights: list[Any], point: Point) -> Any:
    return z3.Sum([weight * z3.RealVal(str(x)) for weight, x in zip(weights, (*point, 1), strict=True)])


def _agrees_with_highs(function: Separate) -> Outcome:
    """Check answers for random sets, and that the maximum margin is positive if and only if there are weights."""
    for inside, outside in _random_sets():
        rows = [[*map(float, point), 1.0] for point in (*inside, *outside)]
        sign = np.array([1.0] * len(inside) + [-1.0] * len(outside))[:, None]
        limits = np.hstack([-sign * np.array(rows), np.ones((len(rows), 1))])  # margin - sign * net <= 0
        cost = [0.0] * len(rows[0]) + [-1.0]
        computed = linprog(cost, limits, np.zeros(len(rows)), bounds=[(-1, 1)] * len(cost), method="highs")
        outcome = _judge(function, inside, outside, -computed.fun > TOLERANCE)
        if outcome:
            return outcome
    return Holds(f"{SETS} random pairs of sets in 1 to 3 dimensions")


def _judge(function: Separate, inside: list[Point], outside: list[Point], separable: bool) -> Refuted | None:
    """Return the error of an answer, if any, given whether separating weights exist."""
    answer = function(inside, outside)
    failure = answer.failure(inside, outside)
    if not failure and isinstance(answer, Separator) != separable:
        failure = f"weights {'exist' if separable else 'do not exist'}"
    return Refuted({REASON: failure} | _named(inside, outside)) if failure else None

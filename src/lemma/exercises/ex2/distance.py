"""Exercise 2 (ii): with the distance from the centre as its input, a neuron accepts exactly the disc."""

from itertools import product
from typing import Any

import numpy as np
import sympy
import torch
import z3
from sympy import IndexedBase, Sum, Symbol

from lemma.exercises.claim import Claim, Holds, Kind, Method, Outcome, Refuted, Step, Unknown
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs
from lemma.exercises.solver import prove, to_z3

i, n = index("i"), index("n")
x, d = IndexedBase("x"), Symbol("d", nonnegative=True)
SQUARE = Sum(x[i] ** 2, (i, 1, n))
FINE, REACH, DIMENSIONS, CASES = 8, 16, 6, 200  # grid of eighths from -2 to 2; random points


def claims() -> tuple[Claim[Any], ...]:
    """Return the claim about the distance."""
    return (_distance(),)


def _distance() -> Claim[Any]:
    """State that a neuron with the distance as its only input accepts the ball of radius 1, in every dimension."""
    space = Space({x: (n,)}, {}, (d,))
    with unevaluated():
        subject = 1 - d
    return Claim(
        id="2.ii.distance",
        title="Separation by the distance",
        statement=rf"{latex(subject)} \ge 0 \iff {latex(SQUARE)} \le 1, \qquad d = \sqrt{{{latex(SQUARE)}}}",
        subject=subject,
        equal=accept_proofs(_same_side),
        mutants=mutate(subject),
        methods=(
            Method("sign of the difference of squares", Kind.SYMBOLIC, lambda subject: _same_side(1 - d, subject)),
            Method("z3 over the reals", Kind.SOLVER, _solve),
            Method("all points of a grid", Kind.EXHAUSTIVE, _grid),
            Method("torch norms", Kind.NUMERIC, _norms),
        ),
        steps=(
            Step(
                r"The distance $d$ from the centre satisfies $d^2 = \sum_{i=1}^{n} x_i^2$. The conditions $d \le 1$ "
                r"and $d^2 \le 1$ are equivalent, because $1 - d$ is a factor of the difference of squares, and the "
                "other factor is positive.",
                rf"1 - {latex(SQUARE)} = \left(1 - d\right) \left(1 + d\right), \quad 1 + d > 0",
                ("in every dimension", space.equal(1 - d**2, (1 - d) * (1 + d))),
            ),
            Step(
                "Therefore a neuron with the single input $d$, the weight $-1$ and the bias 1 accepts exactly the "
                "disc. In the one-dimensional input space its half-space is a ray, whose boundary point is the radius.",
                rf"\varphi\left({latex(subject)}\right) = 1 \iff d \le 1",
                (1 - d, subject),
            ),
        ),
    )


def _same_side(left: Any, right: Any) -> Outcome:
    """Prove that two net inputs have the same sign for every distance, as positive multiples of each other."""
    ratio = sympy.simplify(right / left)
    if ratio.is_Rational and ratio > 0:
        return Holds("the same net input" if ratio == 1 else f"{ratio} times the net input, so the same sign")
    for distance in map(sympy.Rational, ("0", "1/2", "9/10", "1", "11/10", "3/2", "3")):
        sides = [sympy.sympify(side).subs(d, distance) >= 0 for side in (left, right)]
        if sides[0] != sides[1]:
            computed, stated = ("accepted" if side else "rejected" for side in sides)
            return Refuted({"computed": computed, "stated": stated, "d": str(distance)})
    return Unknown(f"the ratio is {ratio}")


def _solve(subject: Any) -> Outcome:
    """Search with z3 for a distance, defined as the root of a sum of squares."""
    distance, square = z3.Reals("d square")
    rules = [distance >= 0, distance * distance == square]
    outcome = prove((to_z3(subject, {d: distance}) >= 0) == (square <= 1), rules, {"d": distance})
    return Holds("all real distances") if isinstance(outcome, Holds) else outcome


def _grid(subject: Any) -> Outcome:
    """Compare on a grid, where integers decide whether a point is in the disc; square roots are exact at 1."""
    points = np.array([*product(range(-REACH, REACH + 1), repeat=2)])
    inside = (points**2).sum(axis=1) <= FINE**2
    return _against(subject, points / FINE, np.sqrt((points**2).sum(axis=1)) / FINE, inside)


def _norms(subject: Any) -> Outcome:
    """Compare with torch norms of random points near the sphere, in several dimensions."""
    random = np.random.default_rng(0)
    for dimension in range(1, DIMENSIONS + 1):
        points = torch.tensor(random.normal(size=(CASES, dimension)) / np.sqrt(dimension))
        norms = torch.linalg.vector_norm(points, dim=1).numpy()
        outcome = _against(subject, points.numpy(), norms, ((points**2).sum(dim=1) <= 1).numpy())
        if isinstance(outcome, Refuted):
            return outcome
    return Holds(f"{DIMENSIONS * CASES} random points in 1 to {DIMENSIONS} dimensions")


def _against(subject: Any, points: Any, distances: Any, inside: Any) -> Outcome:
    accepted = np.broadcast_to(sympy.lambdify(d, subject, "numpy")(distances) >= 0, inside.shape)
    if (accepted == inside).all():
        return Holds(f"{len(points)} points, {inside.sum()} of them inside")
    case = int(np.argmax(accepted != inside))
    named = {f"x_{{{axis}}}": f"{value:.6g}" for axis, value in enumerate(points[case], 1)}
    return Refuted({"accepted": "yes" if accepted[case] else "no", "d": f"{distances[case]:.6g}"} | named)

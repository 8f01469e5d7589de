"""Exercise 2, any circle: no neuron separates its inside from its outside, but the distance from the centre does."""

from dataclasses import replace
from typing import Any

import numpy as np
import sympy
import torch
import z3
from sympy import IndexedBase, Rational, Sum, Symbol

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.numbers import show
from lemma.exercises.algebra.symbols import b, k, n, v, w, x
from lemma.exercises.ex2.inseparable import net_input
from lemma.exercises.ex2.points import INNER_DISTANCES, INSIDE, OUTER_DISTANCES, OUTSIDE
from lemma.exercises.outcome import Holds, Outcome, Refuted, Scope, Unknown
from lemma.exercises.proof.claim import Claim, Method, Step
from lemma.exercises.proof.identity import derivation, identity
from lemma.exercises.proof.methods import Draw, Values
from lemma.exercises.proof.mutants import mutate
from lemma.exercises.proof.solver import prove
from lemma.exercises.proof.space import Condition, Sample, Space

c = IndexedBase("c")  # centre
d, radius = Symbol("d", nonnegative=True), Symbol("r", positive=True)
SQUARE = Sum((x[k] - c[k]) ** 2, (k, 1, n))
DIMENSIONS, POINTS = 5, 40  # largest dimension, random points of each
INNER = {rf"\alpha_{{{number}}}": value for number, value in enumerate(INNER_DISTANCES, 1)}
OUTER = {rf"\beta_{{{number}}}": value for number, value in enumerate(OUTER_DISTANCES, 1)}


def opposite_points() -> Claim[Any]:
    """State that the net input at the centre of a sphere is the mean of the net inputs at opposite points."""
    centre = net_input(lambda k: c[k])
    ahead, behind = net_input(lambda k: c[k] + v[k]), net_input(lambda k: c[k] - v[k])
    with unevaluated():
        mean = Rational(1, 2) * ahead + Rational(1, 2) * behind
    first, second = z3.Reals("first second")
    middle = (first + second) / 2
    between = z3.And(z3.Or(middle >= first, middle >= second), z3.Or(middle <= first, middle <= second))
    return identity(
        claim_id="2.i.opposite",
        title="The centre of a circle and its opposite points",
        statement=f"{latex(centre)} = {latex(mean)}",
        space=Space({w: (n,), c: (n,), v: (n,)}, {}, (b,)),
        left=centre,
        right=mean,
        program=centre_net,
        words="torch.nn.functional.linear",
        exchanged=(w, c, v),
        steps=(
            *derivation(
                "s(c)",
                centre,
                (
                    "The centre $c$ of a circle, or of a sphere in $n$ dimensions, is the mean of the opposite points "
                    "$c + v$ and $c - v$, so $s(c)$ is the mean of their net inputs.",
                    mean,
                ),
            ),
            Step(
                r"So $s(c)$ lies between both: a neuron with the same output at both points has this output at the "
                r"centre as well. With $\lvert v \rvert$ larger than the radius both points are outside. No neuron "
                "separates the inside of a circle from its outside, whatever its centre and its radius.",
                r"\min\left(s(c + v), s(c - v)\right) \le s(c) \le \max\left(s(c + v), s(c - v)\right)",
                proof=prove(between, [], {"first": first, "second": second}),
            ),
        ),
    )


def centre_net(draw: Draw, n: int) -> Values:
    """Return the net input of a random neuron at a random point in torch's words."""
    weights, centre, bias = draw(n), draw(n), draw()
    value = torch.nn.functional.linear(centre, weights[None], bias[None])[0]
    return value, {w: weights, c: centre, v: draw(n), b: bias}


def distance() -> Claim[Any]:
    """State that a neuron with the distance as its only input accepts any ball, in any dimension."""
    with unevaluated():
        net, factors = radius - d, (radius - d) * (radius + d)
    relation = rf"{latex(net)} \ge 0"
    return Claim(
        id="2.ii.distance",
        title="Separation by the distance from the centre",
        statement=rf"{relation} \iff {latex(SQUARE)} \le r^{{2}}, \qquad d = \sqrt{{{latex(SQUARE)}}}",
        subject=net,
        formula=relation,
        conditions=(Condition(f"d^{{2}} = {latex(SQUARE)}"), Condition(r"d \ge 0"), Condition("r > 0")),
        equal=_have_same_sign,
        mutants=tuple(replace(mutant, formula=rf"{mutant.formula} \ge 0") for mutant in mutate(net)),
        methods=(
            Method("factors of the difference of squares", "sympy", lambda net: _have_same_sign(radius**2 - d**2, net)),
            Method("z3 over the reals", "z3", _solve),
            Method("torch.linalg.vector_norm", "torch", _compare_with_norms),
        ),
        steps=(
            Step(
                r"Let $c$ be the centre and $r$ the radius, and let $d$ be the distance of $x$ from $c$. A point is "
                r"inside, or on the circle, if $d^2 \le r^2$. The difference of squares has two factors, of which "
                r"$r + d$ is positive.",
                rf"r^{{2}} - d^{{2}} = {latex(factors)}, \quad r + d > 0",
                (radius**2 - d**2, factors),
            ),
            Step(
                "So the other factor has the same sign. It is the net input of a neuron with the single input $d$, the "
                "weight $-1$ and the bias $r$, which accepts the inside of the circle and rejects the outside.",
                rf"r^{{2}} - d^{{2}} \ge 0 \iff {relation}",
                proof=_solve(net),
            ),
            Step(
                r"The illustrative points have $r = 1$, the inner distances $\alpha_i$ and the outer distances "
                r"$\beta_j$. A threshold $\theta$ on the distance separates them if it lies in the interval between "
                "the two sets.",
                rf"\theta - \alpha_i \ge 0 > \theta - \beta_j\ \forall i, j \iff {show(max(INNER_DISTANCES))} \le "
                rf"\theta < {show(min(OUTER_DISTANCES))}",
                proof=_find_thresholds(),
            ),
        ),
        values={name: show(value) for name, value in {**INNER, **OUTER}.items()},
    )


def _have_same_sign(left: Any, right: Any) -> Outcome:
    """Prove that two expressions have the same sign for every d and r: their quotient is positive."""
    quotient = sympy.cancel(left / right) if right != 0 else sympy.Integer(0)
    if quotient.is_positive:
        return Holds(Scope.ALL, f"positive quotient ${sympy.latex(quotient)}$")
    for values in ({d: at, radius: sympy.Rational(size, 2)} for size in (1, 3) for at in range(4)):
        if (sympy.sympify(left).subs(values) >= 0) != (sympy.sympify(right).subs(values) >= 0):
            return _refute(*(str(values[name]) for name in (d, radius)))
    return Unknown(f"the quotient is {quotient}")


def _refute(at: str, size: str) -> Refuted:
    """Return a distance and a radius as a counter-example: a point on a line whose centre is 0."""
    return Refuted({"n": "1", "x_{1}": at, "c_{1}": "0", "d": at, "r": size}, sizes={"n": 1})


def _solve(net: Any) -> Outcome:
    """Search with z3 a distance and a radius at which the sign of the net input is wrong.

    Every dimension is covered, because only the sum of squares depends on it, and it can be any number from 0.
    """
    at, size, square = z3.Reals("d r square")
    stated = sympy.lambdify([d, radius], net)(at, size) >= 0
    rules = [size > 0, at >= 0, at * at == square]
    outcome = prove(stated == (square <= size * size), rules, {"d": at, "r": size})
    if isinstance(outcome, Refuted):
        return _refute(outcome.values["d"], outcome.values["r"])
    return Holds(Scope.ALL, "all real distances and radii") if isinstance(outcome, Holds) else outcome


def _compare_with_norms(net: Any) -> Outcome:
    """Compare the sign for random points, some of them on the sphere, with the sum of squares in whole numbers."""
    random = np.random.default_rng(0)
    function = sympy.lambdify([d, radius], net, "numpy")
    for dimension in range(1, DIMENSIONS + 1):
        points, centres = random.integers(-16, 17, (2, POINTS, dimension))
        sizes = random.integers(1, 33, POINTS)
        sizes[:2], points[:2], centres[:2] = 5, 0, 0
        points[0, 0], points[1, :2] = 5, (3, 4)[:dimension]
        inside = ((points - centres) ** 2).sum(axis=1) <= sizes**2
        norms = torch.linalg.vector_norm(torch.from_numpy(points - centres) / 8.0, dim=1).numpy()
        accepted = np.broadcast_to(function(norms, sizes / 8) >= 0, inside.shape)
        if (accepted != inside).any():
            place = int(np.argmax(accepted != inside))
            arrays = {x: points / 8, c: centres / 8, d: norms, radius: sizes / 8}
            return Refuted({"n": str(dimension)} | Sample({}, arrays).values_of(place), sizes={"n": dimension})
    return Holds(Scope.SAMPLES, f"{DIMENSIONS * POINTS} random points in 1 to {DIMENSIONS} dimensions", DIMENSIONS)


def _find_thresholds() -> Outcome:
    """Prove with z3 which thresholds separate the distances, the roots of the sums of the squared coordinates."""
    theta, roots, stated = z3.Real(r"\theta"), [], []
    inner, outer = ([z3.Real(name) for name in names] for names in (INNER, OUTER))
    for unknown, value, point in zip((*inner, *outer), (*INNER.values(), *OUTER.values()), (*INSIDE, *OUTSIDE)):
        square = sum(coordinate**2 for coordinate in point)
        roots += [unknown >= 0, unknown * unknown == z3.RealVal(str(square))]
        stated.append(unknown == z3.RealVal(str(value)))
    low, high = (z3.RealVal(str(value)) for value in (max(INNER_DISTANCES), min(OUTER_DISTANCES)))
    separates = z3.And(*(theta >= value for value in inner), *(theta < value for value in outer))
    return prove(z3.And(*stated, separates == z3.And(low <= theta, theta < high)), roots, {r"\theta": theta})

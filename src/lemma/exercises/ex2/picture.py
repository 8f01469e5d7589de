"""Exercise 2 (i), the illustrative points: a certificate that no line separates them."""

from collections.abc import Mapping
from fractions import Fraction

import z3

from lemma.exercises.algebra.numbers import show
from lemma.exercises.ex2.points import INSIDE, OUTSIDE, Point
from lemma.exercises.outcome import Holds, Outcome, Refuted, Scope, compare_exactly
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.mutants import mutate_numbers
from lemma.exercises.proof.recheck import evaluate_printed
from lemma.exercises.proof.solver import prove

Numbers = Mapping[str, Fraction]
USED = {1: Fraction(1, 2), 2: Fraction(5, 18), 4: Fraction(2, 9)}  # coefficients of the outer points around x_1
COEFFICIENTS = {rf"\mu_{{{number}}}": value for number, value in USED.items()}
CORNERS = [OUTSIDE[number - 1] for number in USED]
COORDINATES = {
    f"{letter}_{{{number},{axis}}}": value
    for letter, points in (("x", INSIDE), ("z", OUTSIDE))
    for number, point in enumerate(points, 1)
    for axis, value in enumerate(point, 1)
}


def no_line() -> Claim[Numbers]:
    """State the coefficients with which an inner point is a convex combination of outer points."""
    fractions = {number: rf"\frac{{{value.numerator}}}{{{value.denominator}}}" for number, value in USED.items()}
    combination = " + ".join(f"{fraction} z_{number}" for number, fraction in fractions.items())
    shares = {rf"\mu_{{{number}}}": USED.get(number, Fraction(0)) for number in range(1, len(OUTSIDE) + 1)}
    return Claim(
        id="2.i.picture",
        title="An inner point between outer points",
        statement=f"x_1 = {combination}",
        subject=COEFFICIENTS,
        equal=compare_exactly,
        recheck=recheck_combination,
        mutants=mutate_numbers(COEFFICIENTS, [*COEFFICIENTS]),
        methods=(
            Method("combination in fractions", "python", _combine),
            Method("z3, the only solution of the equations", "z3", _solve_equations),
        ),
        steps=(
            Step(
                "The inner point $x_1$ lies in the triangle of three outer points: the coefficients are positive and "
                "sum to 1.",
                rf"{combination} = \left({', '.join(map(show, INSIDE[0]))}\right) = x_1",
                (_combination(COEFFICIENTS), INSIDE[0]),
            ),
            Step(
                "So the convex hulls of the two sets meet, and no line has all inner points on one side and all outer "
                "points on the other side. The solver confirms this for all weights.",
                r"\neg \exists w, b: \ s(x_i) \ge 0 > s(z_j)\ \forall i, j \quad \text{or} \quad s(x_i) < 0 \le "
                r"s(z_j)\ \forall i, j",
                proof=_search_line(),
            ),
        ),
        values={**{name: str(value) for name, value in shares.items()}, **_written(COORDINATES)},
    )


def _combination(coefficients: Numbers) -> Point:
    axes = zip(*CORNERS, strict=True)
    return tuple(sum(c * z for c, z in zip(coefficients.values(), along, strict=True)) for along in axes)


def _written(numbers: Numbers) -> dict[str, str]:
    return {name: show(value) for name, value in numbers.items()}


def _fail(coefficients: Numbers, reason: str) -> Refuted:
    return Refuted(_written({**coefficients, **COORDINATES}), reason=reason)


def _combine(coefficients: Numbers) -> Outcome:
    """Check in fractions that the coefficients make a convex combination, and that it is the inner point."""
    if min(coefficients.values()) < 0 or sum(coefficients.values()) != 1:
        return _fail(coefficients, "the coefficients are not those of a convex combination")
    if _combination(coefficients) != INSIDE[0]:
        return _fail(coefficients, "the combination is another point")
    return Holds(Scope.ALL, "exact numbers")


def _solve_equations(coefficients: Numbers) -> Outcome:
    """Prove with z3 that no other coefficients of sum 1 give the inner point."""
    unknown = [z3.Real(name) for name in coefficients]
    equations = [z3.Sum(unknown) == 1]
    for along, x in zip(zip(*CORNERS, strict=True), INSIDE[0], strict=True):
        terms = [value * z3.RealVal(str(z)) for value, z in zip(unknown, along, strict=True)]
        equations.append(z3.Sum(terms) == z3.RealVal(str(x)))
    stated = [value == z3.RealVal(str(number)) for value, number in zip(unknown, coefficients.values(), strict=True)]
    outcome = prove(z3.And(stated), equations, dict(zip(coefficients, unknown, strict=True)))
    return _fail(coefficients, f"the solution is {outcome}") if isinstance(outcome, Refuted) else outcome


def recheck_combination(mutant: Mutant[Numbers], counter_example: Refuted) -> str:
    """Return why printed coefficients still make a convex combination that is the inner point, or an empty string."""
    values = counter_example.values
    relations = [" + ".join(COEFFICIENTS) + " = 1"]
    for axis in (1, 2):
        terms = (rf"\mu_{{{number}}} z_{{{number},{axis}}}" for number in USED)
        relations.append(" + ".join(terms) + rf" = x_{{1,{axis}}}")
    if any(values[name] != show(value) for name, value in mutant.subject.items()):
        return "the printed coefficients are not those of the mutant"
    return "" if not all(evaluate_printed(relation, values) for relation in relations) else "the coefficients are right"


def _search_line() -> Outcome:
    """Prove with z3 that no line separates the points, in either direction."""
    first, second, bias = z3.Reals("w_1 w_2 b")
    inner, outer = (
        [first * z3.RealVal(str(x)) + second * z3.RealVal(str(y)) + bias for x, y in points]
        for points in (INSIDE, OUTSIDE)
    )
    ways = [
        z3.And(*(net >= 0 for net in accepted), *(net < 0 for net in rejected))
        for accepted, rejected in ((inner, outer), (outer, inner))
    ]
    return prove(z3.Not(z3.Or(*ways)), [], {"w_1": first, "w_2": second, "b": bias})

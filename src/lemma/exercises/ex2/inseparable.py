"""Exercise 2 (i), figure: an exact certificate that the points of the figure are not linearly separable."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy
import z3

from lemma.exercises.claim import REASON, Claim, Holds, Kind, Method, Outcome, Refuted, Step
from lemma.exercises.ex2.picture import INSIDE, OUTSIDE
from lemma.exercises.ex2.separate import Certificate, Point, average, separate
from lemma.exercises.exact import show
from lemma.exercises.mutants import mutate_numbers
from lemma.exercises.shown import accept_proofs, compare_exactly
from lemma.exercises.solver import prove

Numbers = Mapping[str, Fraction]
SETS_OF_POINTS = ((r"\lambda", "a", INSIDE), (r"\mu", "b", OUTSIDE))


def claims() -> tuple[Claim[Any], ...]:
    """Return the claim about the points of the figure."""
    return (_picture(),)


def _picture() -> Claim[Any]:
    """State the coefficients with which an inner point is a convex combination of outer points."""
    answer = separate(INSIDE, OUTSIDE)
    if not isinstance(answer, Certificate):
        raise ValueError("the points of the figure are linearly separable, in contrast to the exercise")
    subject: dict[str, Fraction] = {}
    for (share, name, points), shares in zip(SETS_OF_POINTS, (answer.inside, answer.outside)):
        for number, (point, part) in enumerate(zip(points, shares), 1):
            subject[f"{share}_{{{number}}}"] = part
            subject |= {f"{name}_{{{number},{axis}}}": x for axis, x in enumerate(point, 1)}
    used = [
        coordinate
        for share, name, points in SETS_OF_POINTS
        for number in range(1, len(points) + 1)
        if subject[f"{share}_{{{number}}}"]
        for coordinate in (f"{share}_{{{number}}}", f"{name}_{{{number},1}}", f"{name}_{{{number},2}}")
    ]
    averages = [_average(subject, share, name, points) for share, name, points in SETS_OF_POINTS]
    sides = [_combination(subject, share, name, points) for share, name, points in SETS_OF_POINTS]
    place = average(answer.inside, INSIDE)
    return Claim(
        id="2.i.picture",
        title="The points of the figure",
        statement=" = ".join(averages),
        subject=subject,
        equal=accept_proofs(compare_exactly),
        mutants=mutate_numbers(subject, used),
        methods=(
            Method("convex combinations in fractions", Kind.NUMERIC, _in_fractions),
            Method("net inputs with symbolic weights", Kind.SYMBOLIC, _in_symbols),
            Method("z3: no separating weights for the points used", Kind.SOLVER, _no_weights),
        ),
        steps=(
            Step(
                "An inner point lies in the triangle of three outer points: with positive coefficients of sum 1,",
                " = ".join(averages) + rf" = \left({show(place[0])}, {show(place[1])}\right)",
                (place, average(answer.outside, OUTSIDE)),
            ),
            Step(
                "Therefore for all weights and every bias the net inputs satisfy",
                " = ".join(sides),
                ("in symbols", _in_symbols(subject)),
            ),
            Step(
                "For a neuron that accepts the inner points and rejects the outer points, the left-hand side is "
                "non-negative and the right-hand side negative; for the opposite assignment it is the reverse. "
                "Therefore neither exists.",
                rf"{sides[0]} \ge 0 > {sides[1]} \quad \text{{or}} \quad {sides[0]} < 0 \le {sides[1]}",
                ("by z3", _no_weights(subject)),
            ),
        ),
        values={
            name: str(value) if name.startswith("\\") else show(value) for name, value in subject.items()
        },  # coefficients as fractions, coordinates as decimals
    )


def _terms(subject: Numbers, share: str, points: Sequence[Point]) -> Iterator[tuple[str, int]]:
    """Yield the LaTeX of each non-zero coefficient ("" for 1) and the number of its point."""
    for number in range(1, len(points) + 1):
        value = subject[f"{share}_{{{number}}}"]
        if value:
            fraction = rf"\frac{{{value.numerator}}}{{{value.denominator}}} "
            yield "" if value == 1 else fraction, number


def _average(subject: Numbers, share: str, name: str, points: Sequence[Point]) -> str:
    return " + ".join(f"{part}{name}_{{{number}}}" for part, number in _terms(subject, share, points))


def _combination(subject: Numbers, share: str, name: str, points: Sequence[Point]) -> str:
    return " + ".join(rf"{part}s\left({name}_{{{number}}}\right)" for part, number in _terms(subject, share, points))


def _read(subject: Numbers) -> tuple[Certificate, list[list[Point]]]:
    """Return the stated coefficients and points."""
    shares, sets = [], []
    for share, name, points in SETS_OF_POINTS:
        numbers = range(1, len(points) + 1)
        shares.append(tuple(subject[f"{share}_{{{number}}}"] for number in numbers))
        sets.append([tuple(subject[f"{name}_{{{number},{axis}}}"] for axis in (1, 2)) for number in numbers])
    return Certificate(*shares), sets


def _in_fractions(subject: Numbers) -> Outcome:
    """Check the certificate by its definition."""
    certificate, sets = _read(subject)
    failure = certificate.failure(*sets)
    return Refuted({REASON: failure}) if failure else Holds("non-negative coefficients of sum 1, and equal points")


def _in_symbols(subject: Numbers) -> Outcome:
    """Expand the difference of the weighted net inputs with symbolic weights and bias."""
    certificate, sets = _read(subject)
    first, second, bias = sympy.symbols("w_1 w_2 w_0")
    difference = sympy.Integer(0)
    for sign, shares, points in ((1, certificate.inside, sets[0]), (-1, certificate.outside, sets[1])):
        for share, (x, y) in zip(shares, points, strict=True):
            net = first * sympy.Rational(x) + second * sympy.Rational(y) + bias
            difference += sign * sympy.Rational(share) * net
    if sympy.expand(difference) != 0:
        return Refuted({"left minus right": f"${sympy.latex(sympy.expand(difference))}$"})
    lowest = min((*certificate.inside, *certificate.outside))
    return (
        Holds("the difference is 0 for all weights") if lowest >= 0 else Refuted({"smallest coefficient": show(lowest)})
    )


def _no_weights(subject: Numbers) -> Outcome:
    """Search with z3 for weights that separate the points with positive coefficients, in either direction."""
    certificate, sets = _read(subject)
    first, second, bias = z3.Reals("w_1 w_2 w_0")
    accepted: list[list[Any]] = []
    for shares, points in zip((certificate.inside, certificate.outside), sets, strict=True):
        used = [point for share, point in zip(shares, points, strict=True) if share > 0]
        accepted.append([first * z3.RealVal(str(x)) + second * z3.RealVal(str(y)) + bias >= 0 for x, y in used])
    ways = [z3.And(*accepted[one], *map(z3.Not, accepted[1 - one])) for one in (0, 1)]
    outcome = prove(z3.Not(z3.Or(*ways)), [], {"w_1": first, "w_2": second, "w_0": bias})
    return Holds("no real weights in either direction") if isinstance(outcome, Holds) else outcome

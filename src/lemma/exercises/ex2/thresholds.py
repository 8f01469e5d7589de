"""Exercise 2 (ii): the distances of the points of the figure from the centre, and the thresholds that separate them."""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

import sympy
import z3

from lemma.exercises.claim import Claim, Holds, Kind, Method, Outcome, Refuted, Step
from lemma.exercises.ex2.picture import INNER, INSIDE, OUTER, OUTSIDE, RADIUS
from lemma.exercises.exact import show
from lemma.exercises.mutants import mutate_numbers
from lemma.exercises.shown import accept_proofs, compare_exactly
from lemma.exercises.solver import prove

Numbers = Mapping[str, Fraction]
LOW, HIGH = r"\alpha_{\max}", r"\beta_{\min}"


def claims() -> tuple[Claim[Any], ...]:
    """Return the claim about the thresholds."""
    return (_thresholds(),)


def _thresholds() -> Claim[Any]:
    """State the distances of the points of the figure, and the thresholds that separate them."""
    subject = {_norm("a", number): value for number, value in enumerate(INNER, 1)}
    subject |= {_norm("b", number): value for number, value in enumerate(OUTER, 1)}
    subject |= {LOW: max(INNER), HIGH: min(OUTER)}
    return Claim(
        id="2.ii.thresholds",
        title="Thresholds that separate the points of the figure",
        statement=rf"\theta - \alpha_i \ge 0 > \theta - \beta_j\ \forall i, j \iff {show(subject[LOW])} \le \theta < "
        rf"{show(subject[HIGH])}",
        subject=subject,
        equal=accept_proofs(compare_exactly),
        mutants=mutate_numbers(subject, [*subject], exchange=False),
        methods=(
            Method("squared distances in fractions", Kind.NUMERIC, _in_fractions),
            Method("SymPy norms", Kind.SYMBOLIC, _in_symbols),
            Method("z3 over all thresholds", Kind.SOLVER, _all_thresholds),
            Method("thresholds in steps of 0.01", Kind.EXHAUSTIVE, _each_threshold),
        ),
        steps=(
            Step(
                r"The distances $\alpha_i$ of the inner points $a_i$ from the centre are",
                r",\ ".join(f"{_norm('a', n)} = {show(value)}" for n, value in enumerate(INNER, 1)),
                (tuple(value**2 for value in INNER), _squares(INSIDE)),
            ),
            Step(
                r"and the distances $\beta_j$ of the outer points $b_j$ are",
                r",\ ".join(f"{_norm('b', n)} = {show(value)}" for n, value in enumerate(OUTER, 1)),
                (tuple(value**2 for value in OUTER), _squares(OUTSIDE)),
            ),
            Step(
                "A threshold separates them if it is at least the largest inner distance and less than the smallest "
                "outer distance. The radius 1 is the midpoint of this interval.",
                rf"{LOW} = {show(subject[LOW])} < 1 < {show(subject[HIGH])} = {HIGH}",
                ((subject[LOW] + subject[HIGH]) / 2, RADIUS),
            ),
        ),
        values={name: show(value) for name, value in subject.items()},
    )


def _norm(name: str, number: int) -> str:
    return rf"\{'alpha' if name == 'a' else 'beta'}_{{{number}}}"


def _squares(points: tuple[tuple[Fraction, ...], ...]) -> tuple[Fraction, ...]:
    return tuple(sum((value**2 for value in point), Fraction(0)) for point in points)


def _stated(subject: Numbers) -> tuple[list[Fraction], list[Fraction]]:
    return [subject[_norm("a", n)] for n in range(1, len(INSIDE) + 1)], [
        subject[_norm("b", n)] for n in range(1, len(OUTSIDE) + 1)
    ]


def _in_fractions(subject: Numbers) -> Outcome:
    """Compare the squares of the stated distances with those of the points, and check the bounds."""
    inner, outer = _stated(subject)
    for name, distances, points in (("a", inner, INSIDE), ("b", outer, OUTSIDE)):
        for number, (distance, square) in enumerate(zip(distances, _squares(points), strict=True), 1):
            if distance < 0 or distance**2 != square:
                return Refuted({"square": show(square), _norm(name, number): show(distance)})
    return _bounds(subject, max(inner), min(outer))


def _in_symbols(subject: Numbers) -> Outcome:
    """Compare with SymPy norms of the points."""
    norms = _norms_in_sympy()
    for name, computed, stated in zip("ab", norms, _stated(subject), strict=True):
        for number, (one, other) in enumerate(zip(computed, stated, strict=True), 1):
            if one != sympy.Rational(other):
                return Refuted({"computed": str(one), _norm(name, number): show(other)})
    return _bounds(subject, *(Fraction(str(value)) for value in (max(norms[0]), min(norms[1]))))


@cache
def _norms_in_sympy() -> tuple[list[Any], ...]:
    return tuple(
        [sympy.Matrix([*map(sympy.Rational, point)]).norm() for point in points] for points in (INSIDE, OUTSIDE)
    )


def _bounds(subject: Numbers, low: Fraction, high: Fraction) -> Outcome:
    if (subject[LOW], subject[HIGH]) == (low, high):
        return Holds(f"{len(subject)} numbers, exact")
    return Refuted({"from": show(low), "to below": show(high), LOW: show(subject[LOW]), HIGH: show(subject[HIGH])})


def _all_thresholds(subject: Numbers) -> Outcome:
    """Search with z3 for distances and a threshold that contradict the statement."""
    threshold = z3.Real("theta")
    inner, outer = (
        [z3.Real(f"{name}{n}") for n in range(len(points))] for name, points in (("a", INSIDE), ("b", OUTSIDE))
    )
    rules = [
        rule
        for variables, points in ((inner, INSIDE), (outer, OUTSIDE))
        for distance, square in zip(variables, _squares(points), strict=True)
        for rule in (distance >= 0, distance * distance == z3.RealVal(str(square)))
    ]
    named = dict(zip([name for name in subject if name not in (LOW, HIGH)], [*inner, *outer], strict=True))
    separates = z3.And(*(threshold >= distance for distance in inner), *(threshold < distance for distance in outer))
    low, high = (z3.RealVal(str(subject[name])) for name in (LOW, HIGH))
    right = [distance == z3.RealVal(str(subject[name])) for name, distance in named.items()]
    outcome = prove(
        z3.And(*right, separates == z3.And(low <= threshold, threshold < high)), rules, {**named, r"\theta": threshold}
    )
    if isinstance(outcome, Refuted):
        differ = {
            name: value for name, value in outcome.counter_example.items() if value != show(subject.get(name, -1))
        }
        return Refuted({name: _versus(value, subject.get(name)) for name, value in differ.items()})
    return Holds("all real thresholds") if isinstance(outcome, Holds) else outcome


def _versus(computed: str, stated: Fraction | None) -> str:
    return computed if stated is None else f"{computed} (stated {show(stated)})"


def _each_threshold(subject: Numbers) -> Outcome:
    """Test thresholds from 0 to 2 by the squared norms of the points."""
    largest, smallest = max(_squares(INSIDE)), min(_squares(OUTSIDE))
    for step in range(201):
        threshold = Fraction(step, 100)
        separates = largest <= threshold**2 < smallest
        if separates != (subject[LOW] <= threshold < subject[HIGH]):
            return Refuted({"separates": "yes" if separates else "no", r"\theta": show(threshold)})
    return Holds("201 thresholds from 0 to 2")

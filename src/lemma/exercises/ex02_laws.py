"""Bounds on the course of the perceptron rule, in independent ways: derived, proved by z3, tried, and reached."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import sympy
import z3
from sympy import Symbol

from lemma.exercises.claim import Holds, Kind, Method, Outcome, Refuted, Unknown
from lemma.exercises.ex02_perceptron import Run, dot, perpendicular_runs, random_runs
from lemma.exercises.exact import show
from lemma.exercises.solver import prove, to_z3

k, gamma, radius, squared = (Symbol(name, positive=True) for name in ("k", r"\gamma", "R", "U"))
UNROLLED = 3  # mistakes that z3 follows one by one


@dataclass(frozen=True)
class Law:
    """A bound after k mistakes, from below or from above.

    `bounded(run, k)` is what it bounds, and `sharp` the sharpest bound there is, which is reached at every mistake or
    `only_last` at the last. `prove` is z3's way to it.
    """

    sharp: Callable[[], Any]
    below: bool
    bounded: Callable[[Run, int], Fraction]
    prove: Callable[[Any], Outcome]
    only_last: bool = False

    def methods(self) -> tuple[Method[Any], ...]:
        """Return the methods that check a bound."""
        return (
            Method("derived from each mistake's share, any size", Kind.SYMBOLIC, self.derive),
            Method("z3 over the reals", Kind.SOLVER, self.prove),
            Method("random runs in fractions", Kind.NUMERIC, self.keep),
            Method("perpendicular instances reach it", Kind.NUMERIC, self.reach),
        )

    def derive(self, subject: Any) -> Outcome:
        """Compare with the sharpest bound for every k, gamma, R and u."""
        sharp = self.sharp()
        for run, mistakes in _mistakes(perpendicular_runs(), only_last=True):
            if value_at(subject, run, mistakes) != value_at(sharp, run, mistakes):
                return _refuted(subject, run, mistakes, value_at(sharp, run, mistakes))
        difference = sympy.simplify(subject - sharp)
        return Holds("the sharpest bound there is") if difference == 0 else Unknown(f"differs by {difference}")

    def keep(self, subject: Any) -> Outcome:
        """Ask whether random runs keep to the bound at every mistake."""
        count = 0
        for run, mistakes in _mistakes(random_runs()):
            value, bound = self.bounded(run, mistakes), value_at(subject, run, mistakes)
            if bound is None or (value < bound if self.below else value > bound):
                return _refuted(subject, run, mistakes, value)
            count += 1
        return Holds(f"{count} places in {len(random_runs())} random runs, exact")

    def reach(self, subject: Any) -> Outcome:
        """Ask whether perpendicular instances reach the bound exactly."""
        count = 0
        for run, mistakes in _mistakes(perpendicular_runs(), self.only_last):
            if self.bounded(run, mistakes) != value_at(subject, run, mistakes):
                return _refuted(subject, run, mistakes, self.bounded(run, mistakes))
            count += 1
        return Holds(f"reached at {count} places in {len(perpendicular_runs())} runs, so it cannot be sharper")


def _mistakes(runs: tuple[Run, ...], only_last: bool = False) -> Iterator[tuple[Run, int]]:
    for run in runs:
        last = run.course.mistakes
        for mistakes in range(last if only_last else 0, last + 1):
            yield run, mistakes


@cache
def _function(subject: Any) -> Callable[..., Fraction]:
    return sympy.lambdify([k, gamma, radius, squared], subject, "math")  # type: ignore[no-any-return]


def value_at(subject: Any, run: Run, mistakes: int) -> Fraction | None:
    """Return the exact value of a bound for a run, or None where it divides by 0."""
    try:
        return Fraction(_function(subject)(Fraction(mistakes), run.gamma, run.radius, dot(run.u, run.u)))
    except ZeroDivisionError:
        return None


def _refuted(subject: Any, run: Run, mistakes: int, computed: Fraction | None) -> Refuted:
    values = {"computed": computed, "stated": value_at(subject, run, mistakes), "k": Fraction(mistakes)}
    values |= {r"\gamma": run.gamma, "R": run.radius, "U": dot(run.u, run.u)}
    return Refuted({name: "no number" if value is None else show(value) for name, value in values.items()})


def by_induction(subject: Any, below: bool) -> Outcome:
    """Let z3 add what a mistake adds: at least gamma from below, at most R^2 from above."""
    value, after, mistakes, margin, reach = z3.Reals(r"value after k \gamma R")
    share = margin if below else reach * reach

    def keeps(computed: Any, number: Any) -> Any:
        bound = to_z3(sympy.sympify(subject), {k: number, gamma: margin, radius: reach})
        return computed >= bound if below else computed <= bound

    rules = [margin > 0, reach > 0, mistakes >= 0, after >= value + share if below else after <= value + share]
    first = prove(keeps(z3.RealVal(0), z3.RealVal(0)), rules, {})
    following = prove(keeps(after, mistakes + 1), [*rules, keeps(value, mistakes)], {})
    if isinstance(first, Holds) and isinstance(following, Holds):
        return Holds("holds before the first mistake, and after each if before it")
    for number in range(UNROLLED + 1):  # no more than each mistake's share: what perpendicular instances do
        outcome = prove(keeps(share * number, z3.RealVal(number)), rules[:2], {r"\gamma": margin, "R": reach})
        if isinstance(outcome, Refuted):
            return Refuted({"k": str(number), **outcome.counter_example})
    return Unknown("the induction does not go through")


def by_inequalities(subject: Any) -> Outcome:
    """Let z3 conclude the bound on k from the bounds on w . u and |w|^2, and from Cauchy and Schwarz's inequality."""
    mistakes, margin, reach, norm, product, square = z3.Reals(r"k \gamma R U w.u |w|^2")
    above, below = sympy.fraction(sympy.together(subject))
    names = {k: mistakes, gamma: margin, radius: reach, squared: norm}
    rules = [mistakes >= 1, margin > 0, reach > 0, norm > 0, product >= mistakes * margin]
    rules += [square <= mistakes * reach * reach, product * product <= square * norm]
    lemma = prove(
        mistakes * mistakes * margin * margin <= mistakes * reach * reach * norm,
        [*rules, product * product >= mistakes * mistakes * margin * margin],
        {},
    )
    squares = prove(product * product >= mistakes * mistakes * margin * margin, rules, {})
    if not (isinstance(lemma, Holds) and isinstance(squares, Holds)):
        return Unknown("the inequalities do not give the lemma")
    reached = mistakes * margin * margin <= reach * reach * norm
    shorter = prove(reached, [*rules[:4], mistakes * (mistakes * margin * margin - reach * reach * norm) <= 0], {})
    top, bottom = (to_z3(part, names) for part in (above, below))
    shown = {"k": mistakes, r"\gamma": margin, "R": reach, "U": norm}
    outcome = prove(z3.And(bottom > 0, mistakes * bottom <= top), [*rules[:4], reached], shown)
    return Holds("all real numbers") if isinstance(shorter, Holds) and isinstance(outcome, Holds) else outcome

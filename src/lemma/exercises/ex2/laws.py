"""Bounds on the perceptron rule after k mistakes: derivation, proof by z3, random runs, and runs that attain them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import sympy
import z3
from sympy import Symbol

from lemma.exercises.claim import Holds, Kind, Method, Outcome, Refuted, Unknown
from lemma.exercises.ex2.perceptron import Run, dot, perpendicular_runs, random_runs
from lemma.exercises.exact import show
from lemma.exercises.solver import prove, to_z3

k, gamma, radius, squared = (Symbol(name, positive=True) for name in ("k", r"\gamma", "R", "U"))
UNROLLED = 3  # mistakes in the bounded search for a counter-example


@dataclass(frozen=True)
class Law:
    """A lower or upper bound after k mistakes.

    Attributes:
        sharp: Returns the sharp bound.
        below: Whether it is a lower bound.
        bounded: Returns the bounded quantity of a run after k mistakes.
        prove: Proves a bound with z3.
        only_last: Whether the bound is attained only after the last mistake.
    """

    sharp: Callable[[], Any]
    below: bool
    bounded: Callable[[Run, int], Fraction]
    prove: Callable[[Any], Outcome]
    only_last: bool = False

    def methods(self) -> tuple[Method[Any], ...]:
        """Return the methods that check a bound."""
        return (
            Method("derivation from the contribution of each mistake, any size", Kind.SYMBOLIC, self.derive),
            Method("z3 over the reals", Kind.SOLVER, self.prove),
            Method("random runs in fractions", Kind.NUMERIC, self.keep),
            Method("runs on perpendicular instances, which attain it", Kind.NUMERIC, self.reach),
        )

    def derive(self, subject: Any) -> Outcome:
        """Prove that the bound equals the sharp bound for every k, gamma, R and u."""
        sharp = self.sharp()
        for run, mistakes in _mistakes(perpendicular_runs(), only_last=True):
            if value_at(subject, run, mistakes) != value_at(sharp, run, mistakes):
                return _refuted(subject, run, mistakes, value_at(sharp, run, mistakes))
        difference = sympy.simplify(subject - sharp)
        return Holds("equal to the sharp bound") if difference == 0 else Unknown(f"differs by {difference}")

    def keep(self, subject: Any) -> Outcome:
        """Check that random runs satisfy the bound after every mistake."""
        count = 0
        for run, mistakes in _mistakes(random_runs()):
            value, bound = self.bounded(run, mistakes), value_at(subject, run, mistakes)
            if bound is None or (value < bound if self.below else value > bound):
                return _refuted(subject, run, mistakes, value)
            count += 1
        return Holds(f"{count} values in {len(random_runs())} random runs, exact")

    def reach(self, subject: Any) -> Outcome:
        """Check that runs on perpendicular instances attain the bound exactly."""
        count = 0
        for run, mistakes in _mistakes(perpendicular_runs(), self.only_last):
            if self.bounded(run, mistakes) != value_at(subject, run, mistakes):
                return _refuted(subject, run, mistakes, self.bounded(run, mistakes))
            count += 1
        return Holds(f"attained by {count} values in {len(perpendicular_runs())} runs, so the bound is sharp")


def _mistakes(runs: tuple[Run, ...], only_last: bool = False) -> Iterator[tuple[Run, int]]:
    for run in runs:
        last = run.course.mistakes
        for mistakes in range(last if only_last else 0, last + 1):
            yield run, mistakes


@cache
def _function(subject: Any) -> Callable[..., Fraction]:
    return sympy.lambdify([k, gamma, radius, squared], subject, "math")  # type: ignore[no-any-return]


def value_at(subject: Any, run: Run, mistakes: int) -> Fraction | None:
    """Return the exact value of a bound for a run, or None if it divides by 0."""
    try:
        return Fraction(_function(subject)(Fraction(mistakes), run.gamma, run.radius, dot(run.u, run.u)))
    except ZeroDivisionError:
        return None


def _refuted(subject: Any, run: Run, mistakes: int, computed: Fraction | None) -> Refuted:
    values = {"computed": computed, "stated": value_at(subject, run, mistakes), "k": Fraction(mistakes)}
    values |= {r"\gamma": run.gamma, "R": run.radius, "U": dot(run.u, run.u)}
    return Refuted({name: "no number" if value is None else show(value) for name, value in values.items()})


def by_induction(subject: Any, below: bool) -> Outcome:
    """Prove the bound by induction with z3: a mistake adds at least gamma, or at most R^2."""
    value, after, mistakes, margin, reach = z3.Reals(r"value after k \gamma R")
    share = margin if below else reach * reach

    def keeps(computed: Any, number: Any) -> Any:
        bound = to_z3(sympy.sympify(subject), {k: number, gamma: margin, radius: reach})
        return computed >= bound if below else computed <= bound

    rules = [margin > 0, reach > 0, mistakes >= 0, after >= value + share if below else after <= value + share]
    first = prove(keeps(z3.RealVal(0), z3.RealVal(0)), rules, {})
    following = prove(keeps(after, mistakes + 1), [*rules, keeps(value, mistakes)], {})
    if isinstance(first, Holds) and isinstance(following, Holds):
        return Holds("by induction over the mistakes")
    for number in range(UNROLLED + 1):  # equality in each step, as for perpendicular instances
        outcome = prove(keeps(share * number, z3.RealVal(number)), rules[:2], {r"\gamma": margin, "R": reach})
        if isinstance(outcome, Refuted):
            return Refuted({"k": str(number), **outcome.counter_example})
    return Unknown("the induction fails")


def by_inequalities(subject: Any) -> Outcome:
    """Prove the bound on k with z3 from the bounds on w . u and |w|^2 and the Cauchy-Schwarz inequality."""
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
        return Unknown("the lemma does not follow from the inequalities")
    reached = mistakes * margin * margin <= reach * reach * norm
    shorter = prove(reached, [*rules[:4], mistakes * (mistakes * margin * margin - reach * reach * norm) <= 0], {})
    top, bottom = (to_z3(part, names) for part in (above, below))
    named = {"k": mistakes, r"\gamma": margin, "R": reach, "U": norm}
    outcome = prove(z3.And(bottom > 0, mistakes * bottom <= top), [*rules[:4], reached], named)
    return Holds("all real numbers") if isinstance(shorter, Holds) and isinstance(outcome, Holds) else outcome

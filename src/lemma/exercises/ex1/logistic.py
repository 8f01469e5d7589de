"""The logistic function for exercise 1: its derivative, and the net input at which it reaches a threshold."""

from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import sympy
import torch
import z3
from sympy import Function, Rational, Symbol

from lemma.exercises.claim import REASON, Holds, Outcome, Refuted, Unknown
from lemma.exercises.solver import prove, to_z3

s = Symbol("s", real=True)
o, theta = Symbol(r"\sigma(s)", positive=True), Symbol(r"\theta", positive=True)
logit = Symbol(r"\ln \frac{\theta}{1 - \theta}", real=True)
ln = Function("ln")
SIGMA = 1 / (1 + sympy.exp(-s))
DIGITS = 60
THRESHOLDS = [Rational(1, 3), Rational(3, 4), *(Rational(place, 40) for place in range(1, 40))]
SOME = 3  # thresholds that are tried before a proof
NO_NUMBER = "it is not a real number"


def _real(expression: Any) -> Any:
    """Substitute the logistic function and the logarithm for their symbols."""
    return sympy.sympify(expression).replace(ln, sympy.log).xreplace({o: SIGMA}).doit()


def same(left: Any, right: Any) -> Outcome:
    """Prove that two expressions in s and theta are equal, or find a counter-example."""
    for place, share in ((sympy.log(2), Rational(1, 3)), (-sympy.log(3), Rational(3, 4))):
        first, second = (_number(side, place, share) for side in (left, right))
        if first is None or second is None:
            return Refuted({REASON: NO_NUMBER, r"\theta": str(share)})
        if abs(first - second) > mpmath.mpf(10) ** -(DIGITS // 2):
            results = {"computed": mpmath.nstr(first, 6), "stated": mpmath.nstr(second, 6)}
            return Refuted({**results, "s": mpmath.nstr(_number(place, place, share), 6), r"\theta": str(share)})
    difference = sympy.simplify(sympy.expand_log(_real(left) - _real(right), force=True))
    if difference == 0:
        return Holds("the difference simplifies to 0")
    return Unknown(f"the difference simplifies to {difference}")


def _number(expression: Any, place: Any, share: Any) -> Any:
    """Return the real value of an expression at s and theta, or None if it has none."""
    value = sympy.N(_real(expression).subs({s: place, theta: share}), DIGITS)
    with mpmath.workdps(DIGITS):
        return mpmath.mpf(str(value)) if value.is_Float or value.is_Rational else None


def implicit(subject: Any) -> Outcome:
    """Compare with z3 with the derivative that follows from o (1 + u) = 1 and u' = -u, where u = exp(-s)."""
    power, output, derivative = z3.Reals(r"e^{-s} \sigma(s) \sigma'(s)")
    rules = [power > 0, output * (1 + power) == 1, derivative * (1 + power) == output * power]
    stated = to_z3(subject, {o: output})
    inside = z3.And(output > 0, output < 1, derivative > 0)
    named = {"computed": derivative, "stated": stated, r"\sigma(s)": output}
    outcome = prove(z3.And(derivative == stated, inside), rules, named)
    return Holds("all real s; the derivative is positive") if isinstance(outcome, Holds) else outcome


def autograd(subject: Any) -> Outcome:
    """Compare with the derivative of torch.sigmoid by torch.autograd."""
    places = torch.linspace(-6, 6, 49, dtype=torch.float64, requires_grad=True)
    output = torch.sigmoid(places)
    (derivative,) = torch.autograd.grad(output.sum(), places)
    stated = np.broadcast_to(sympy.lambdify(o, subject, "numpy")(output.detach().numpy()), (49,))
    for place, one, other in zip(places.tolist(), derivative.tolist(), stated.tolist()):
        if abs(one - other) > 1e-12:
            return Refuted({"computed": f"{one:.6g}", "stated": f"{other:.6g}", "s": f"{place:g}"})
    return Holds("49 points from -6 to 6, to 1e-12")


def central(subject: Any) -> Outcome:
    """Compare with central differences with a step of 1e-20."""
    stated = sympy.lambdify(o, subject, "mpmath")
    with mpmath.workdps(DIGITS):
        step = mpmath.mpf(10) ** -20
        for half in range(-12, 13):
            place = mpmath.mpf(half) / 2
            computed = (_sigma(place + step) - _sigma(place - step)) / (2 * step)
            if abs(computed - stated(_sigma(place))) > mpmath.mpf(10) ** -35:
                values = {"computed": computed, "stated": stated(_sigma(place)), "s": place}
                return Refuted({name: mpmath.nstr(mpmath.mpf(value), 6) for name, value in values.items()})
    return Holds("25 points from -6 to 6, to 1e-35")


def _sigma(place: Any) -> Any:
    return 1 / (1 + mpmath.exp(-place))


def threshold(subject: Any) -> Outcome:
    """Prove that the logistic function is theta at the subject, and that it is strictly increasing.

    A theta between 0 and 1 is written as p / (p + q) with positive p and q.
    """
    for place in THRESHOLDS[:SOME]:
        number = _number(subject, Rational(0), place)
        if number is None:
            return Refuted({REASON: NO_NUMBER, r"\theta": str(place)})
        with mpmath.workdps(DIGITS):
            reached = _sigma(number)
            if abs(reached - mpmath.mpf(place.p) / place.q) > mpmath.mpf(10) ** -35:
                return Refuted({"reached": mpmath.nstr(reached, 6), r"\theta": str(place)})
    p, q = sympy.symbols("p q", positive=True)
    share = p / (p + q)
    value = SIGMA.subs(s, _real(subject).subs(theta, share))
    if sympy.simplify(value - share) == 0 and sympy.diff(SIGMA, s).is_positive:
        return Holds("at the threshold the value is theta, and the derivative is positive everywhere")
    return Unknown("the value at the subject does not simplify to theta")


def _is_number(subject: Any) -> bool:
    return not _real(subject).has(sympy.nan, sympy.zoo, sympy.oo)


def exponentials(subject: Any) -> Outcome:
    """Compare with z3 sigma(s) with theta, and exp(s) with exp of the subject, which must be a rational function."""
    power, share, reached, output = z3.Reals(r"e^{s} \theta reached \sigma(s)")
    if not _is_number(subject):
        return Refuted({REASON: NO_NUMBER})
    above, below = sympy.fraction(sympy.together(sympy.simplify(sympy.exp(_real(subject)))))
    if not all(part.is_polynomial(theta) and part.is_rational_function() for part in (above, below)):
        return Unknown("its exponential is not a rational function")
    try:
        top, bottom = (to_z3(part, {theta: share}) for part in (above, below))
    except (LookupError, TypeError) as reason:
        return Unknown(str(reason))
    rules = [power > 0, share > 0, share < 1, output * (1 + power) == power, reached * bottom == top]
    stated = z3.And(bottom != 0, reached > 0, (output >= share) == (power >= reached))
    outcome = prove(stated, rules, {r"\sigma(s)": output, r"\theta": share, r"e^{s}": power})
    return Holds("all real s, all thresholds between 0 and 1") if isinstance(outcome, Holds) else outcome


def solved() -> Outcome:
    """Prove that sigma(s) >= theta, 1 >= theta (1 + u) and u <= (1 - theta) / theta are equivalent for u = exp(-s)."""
    power, share, output = z3.Reals(r"e^{-s} \theta \sigma(s)")
    over, solved_for = share * (1 + power) <= 1, power <= (1 - share) / share
    rules = [power > 0, share > 0, share < 1, output * (1 + power) == 1]
    reached = output >= share
    return prove(z3.And(reached == over, over == solved_for), rules, {r"\theta": share, r"\sigma(s)": output})


def both_sides(subject: Any) -> Outcome:
    """Check on both sides of the subject, near and far, whether sigma reaches theta."""
    offsets = [sign * mpmath.mpf(10) ** power for sign in (1, -1) for power in (-40, -5, 0, 1)]
    for place in THRESHOLDS:
        number = _number(subject, Rational(0), place)
        if number is None:
            return Refuted({REASON: NO_NUMBER, r"\theta": str(place)})
        with mpmath.workdps(DIGITS):
            for offset in offsets:
                reached = _sigma(number + offset)
                if (reached >= mpmath.mpf(place.p) / place.q) != (offset >= 0):
                    values = {"s": number + offset, r"\sigma(s)": reached}
                    named = {name: mpmath.nstr(value, 6) for name, value in values.items()}
                    return Refuted({**named, r"\theta": str(place)})
    return Holds(f"{len(THRESHOLDS)} thresholds, {len(offsets)} points around each")

"""Polynomials in the output phi between 0 and 1: proofs of their maximum and of their limits.

A subject gives the values by name: the maximum, its position, and the limits for phi to 0 and to 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import sympy
import torch
import z3

from lemma.exercises.claim import REASON, Holds, Kind, Method, Outcome, Refuted, Unknown
from lemma.exercises.ex3.neuron import phi
from lemma.exercises.exact import show
from lemma.exercises.solver import prove, to_z3

Numbers = Mapping[str, Fraction]
FINEST = 60  # largest denominator in exhaustive tests
FAR = 40.0  # net input at which the sigmoid is saturated in float64
TOLERANCE = 1e-12  # of float64
STEEP = 8  # upper bound for the derivative of every curve here


@cache
def fractions() -> list[Fraction]:
    """Return all fractions between 0 and 1 with denominators up to `FINEST`, in order."""
    return sorted({Fraction(above, below) for below in range(2, FINEST + 1) for above in range(1, below)})


@dataclass(frozen=True)
class Curve:
    """A polynomial in phi, and the names of its values in a subject."""

    formula: Any
    name: str  # as in f(phi)

    @property
    def top(self) -> str:
        """Return the name of the maximum."""
        return f"{self.name}_{{\\max}}"

    @property
    def at(self) -> str:
        """Return the name of the position of the maximum."""
        return r"\varphi_{\max}"

    @property
    def ends(self) -> tuple[str, str]:
        """Return the names of the limits for phi to 0 and to 1."""
        return f"{self.name}_{{0}}", f"{self.name}_{{1}}"

    def value(self, place: Fraction) -> Fraction:
        """Return the exact value at a point."""
        computed = self.formula.subs(phi, sympy.Rational(place)).doit()
        return Fraction(int(computed.p), int(computed.q))

    def computed(self) -> Callable[[Any], Any]:
        """Return the curve as a function of numbers or tensors."""
        function: Callable[[Any], Any] = sympy.lambdify(phi, self.formula)
        return function

    def ends_outcome(self, stated: Numbers) -> Outcome:
        """Compare the stated limits with those computed by SymPy."""
        for name, place, side in zip(self.ends, (0, 1), "+-", strict=True):
            computed = sympy.limit(self.formula.doit(), phi, place, side)
            if computed != sympy.Rational(stated[name]):
                return Refuted(
                    {name: f"{show(Fraction(int(computed.p), int(computed.q)))} (stated {show(stated[name])})"}
                )
        return Holds()

    def at_ends(self, stated: Numbers, place: Any) -> Any:
        """Return the z3 formula for the limits: the distance of the curve from them is bounded linearly in phi."""
        value = to_z3(sympy.expand(self.formula), {phi: place})
        left, right = (z3.RealVal(str(stated[name])) for name in self.ends)
        return z3.And(z3.Abs(value - left) <= STEEP * place, z3.Abs(value - right) <= STEEP * (1 - place))

    def methods(self) -> tuple[Method[Numbers], ...]:
        """Return the methods that check the maximum, its position and the limits."""
        return (
            Method("polynomial division by the square", Kind.SYMBOLIC, self._square),
            Method("z3 over the reals", Kind.SOLVER, self._solver),
            Method(f"all fractions with denominators up to {FINEST}", Kind.EXHAUSTIVE, self._everywhere),
            Method("torch.autograd with respect to the net input", Kind.AUTOGRAD, self._autograd),
        )

    def _square(self, stated: Numbers) -> Outcome:
        """Prove top - f = (phi - at)^2 q with a q that is positive on [0, 1]."""
        top, at = sympy.Rational(stated[self.top]), sympy.Rational(stated[self.at])
        quotient, rest = sympy.div(sympy.expand(top - self.formula), sympy.expand((phi - at) ** 2), phi)
        if rest != 0 or not 0 < at < 1:
            return self._better(stated)
        if sympy.degree(quotient, phi) > 1 or min(quotient.subs(phi, 0), quotient.subs(phi, 1)) <= 0:
            return Unknown(f"the sign of {quotient} is not decided")
        ends = self.ends_outcome(stated)
        return (
            ends
            if isinstance(ends, Refuted)
            else Holds(f"the quotient {quotient} is positive on [0, 1]".replace(r"\varphi", "phi"))
        )

    def _better(self, stated: Numbers) -> Outcome:
        """Find a point that contradicts the stated maximum."""
        at, top = stated[self.at], stated[self.top]
        if not 0 < at < 1:
            return Refuted({REASON: "the output lies between 0 and 1", self.at: show(at)})
        if self.value(at) != top:
            return Refuted({"value at this point": f"{show(self.value(at))} (stated {show(top)})", self.at: show(at)})
        for place in (at + sign * Fraction(1, 2**power) for power in range(1, 30) for sign in (1, -1)):
            if 0 < place < 1 and self.value(place) > top:
                return Refuted({"larger": show(self.value(place)), r"\varphi": show(place)})
        return Unknown("no point with a larger value was found")

    def _solver(self, stated: Numbers) -> Outcome:
        place = z3.Real("phi")
        value = to_z3(sympy.expand(self.formula), {phi: place})
        top, at = z3.RealVal(str(stated[self.top])), z3.RealVal(str(stated[self.at]))
        best = z3.And(value <= top, (value == top) == (place == at), at > 0, at < 1)
        named = {r"\varphi": place, self.name: value}
        outcome = prove(z3.And(best, self.at_ends(stated, place)), [place > 0, place < 1], named)
        return Holds("all real outputs between 0 and 1") if isinstance(outcome, Holds) else outcome

    def _everywhere(self, stated: Numbers) -> Outcome:
        places, curve = fractions(), self.computed()
        for place in places:
            value = curve(place)
            if value > stated[self.top] or (value == stated[self.top]) != (place == stated[self.at]):
                return Refuted({r"\varphi": show(place), self.name: show(value)})
        if stated[self.at] not in places:
            return Unknown(f"{show(stated[self.at])} has a larger denominator")
        for name, end in zip(
            self.ends, (Fraction(0), Fraction(1)), strict=True
        ):  # limits of a polynomial are its values
            if curve(end) != stated[name]:
                return Refuted({name: f"{show(curve(end))} (stated {show(stated[name])})"})
        return Holds(f"{len(places)} outputs, exact")

    def _autograd(self, stated: Numbers) -> Outcome:
        """Check the derivative with respect to the net input: 0 at the maximum, positive before, negative after."""
        at, curve = float(stated[self.at]), self.computed()
        if not 0 < at < 1:
            return Refuted({REASON: "the output lies between 0 and 1", self.at: show(stated[self.at])})
        net = torch.tensor(at, dtype=torch.float64).logit()
        nets = torch.stack([net, net - 1, net + 1, net - FAR, net + FAR]).requires_grad_()
        values = curve(torch.sigmoid(nets))
        (derivatives,) = torch.autograd.grad(values.sum(), nets)
        values = values.detach()
        if abs(derivatives[0]) > TOLERANCE or derivatives[1] <= 0 or derivatives[2] >= 0:
            return Refuted(
                {"derivatives at, before and after": str([f"{each:.6g}" for each in derivatives[:3].tolist()])}
            )
        wanted = [float(stated[name]) for name in (self.top, *self.ends)]
        for name, computed, want in zip((self.top, *self.ends), values[[0, 3, 4]].tolist(), wanted, strict=True):
            if abs(computed - want) > TOLERANCE:
                return Refuted({name: f"{computed:.6g} (stated {want:.6g})"})
        return Holds(f"at five net inputs, to {TOLERANCE:g}")

"""Monotonic polynomials in the output phi: proofs of their monotonicity and of their limits."""

from dataclasses import dataclass
from fractions import Fraction

import sympy
import torch
import z3

from lemma.exercises.claim import Holds, Kind, Method, Outcome, Refuted
from lemma.exercises.ex3.curves import FAR, FINEST, TOLERANCE, Curve, Numbers, fractions
from lemma.exercises.ex3.neuron import phi
from lemma.exercises.exact import show
from lemma.exercises.solver import prove, to_z3


@dataclass(frozen=True)
class Falling(Curve):
    """A curve whose limits and whose sign of the derivative a subject states."""

    def methods(self) -> tuple[Method[Numbers], ...]:
        """Return the methods that check the limits and the sign of the derivative."""
        return (
            Method("roots of the derivative", Kind.SYMBOLIC, self._roots),
            Method("z3 over the reals", Kind.SOLVER, self._any_two),
            Method(f"every fraction with a denominator up to {FINEST}", Kind.EXHAUSTIVE, self._neighbours),
            Method("torch.autograd along the net input", Kind.AUTOGRAD, self._derivatives),
        )

    @property
    def sign(self) -> str:
        """Return the name of the sign of the derivative."""
        return rf"{self.name}'_{{\pm}}"

    def _roots(self, stated: Numbers) -> Outcome:
        derivative = sympy.expand(self.formula).diff(phi)
        if sympy.Poly(derivative, phi).count_roots(0, 1):
            return Refuted({"roots of the derivative": str(sympy.real_roots(derivative))})
        computed = int(sympy.sign(derivative.subs(phi, sympy.Rational(1, 2))))
        if computed != stated[self.sign]:
            return Refuted({self.sign: f"{computed} (stated {show(stated[self.sign])})"})
        ends = self.ends_outcome(stated)
        return ends if isinstance(ends, Refuted) else Holds("the derivative has no root on [0, 1]")

    def _any_two(self, stated: Numbers) -> Outcome:
        first, second = z3.Real("phi"), z3.Real("psi")
        before, after = (to_z3(sympy.expand(self.formula), {phi: place}) for place in (first, second))
        sign = z3.RealVal(str(stated[self.sign]))
        moves = z3.Or(z3.And(sign == -1, before > after), z3.And(sign == 1, before < after))
        named = {r"\varphi": first, self.name: before, r"\psi": second, f"{self.name}_{{\\psi}}": after}
        outcome = prove(z3.And(moves, self.at_ends(stated, first)), [first > 0, first < second, second < 1], named)
        return Holds("any two real outputs between 0 and 1") if isinstance(outcome, Holds) else outcome

    def _neighbours(self, stated: Numbers) -> Outcome:
        places, curve = [Fraction(0), *fractions(), Fraction(1)], self.computed()
        for before, after in zip(places, places[1:], strict=False):
            change = curve(after) - curve(before)
            if (change > 0) - (change < 0) != stated[self.sign]:
                return Refuted({r"\varphi": show(before), r"\psi": show(after), "change": show(change)})
        for name, end in zip(self.ends, (places[0], places[-1]), strict=True):
            if curve(end) != stated[name]:
                return Refuted({name: f"{show(curve(end))} (stated {show(stated[name])})"})
        return Holds(f"{len(places)} outputs, exact")

    def _derivatives(self, stated: Numbers) -> Outcome:
        nets = torch.linspace(-FAR / 4, FAR / 4, 81, dtype=torch.float64, requires_grad=True)
        (derivatives,) = torch.autograd.grad(self.computed()(torch.sigmoid(nets)).sum(), nets)
        nets = nets.detach()
        wrong = derivatives.sign() != float(stated[self.sign])
        if wrong.any():
            return Refuted({"s": f"{float(nets[wrong][0]):.6g}", "derivative": f"{float(derivatives[wrong][0]):.6g}"})
        for name, net in zip(self.ends, (-FAR, FAR), strict=True):
            computed = float(self.computed()(torch.sigmoid(torch.tensor(net, dtype=torch.float64))))
            if abs(computed - float(stated[name])) > TOLERANCE:
                return Refuted({name: f"{computed:.6g} (stated {show(stated[name])})"})
        return Holds(f"81 net inputs, to {TOLERANCE:g}")

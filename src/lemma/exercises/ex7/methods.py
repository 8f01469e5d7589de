"""Four methods for the directional derivative of the squared error in a direction d, used by exercise 7.

E is quadratic, so E(o + h d) - E(o) = h D + h^2/2 sum_k d_k^2 holds for all h if and only if D is the derivative in
direction d. For the i-th unit vector, D is the partial derivative with respect to o_i.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy
import torch
import z3
from sympy import IndexedBase, Rational, Sum

from lemma.exercises.claim import REASON, Holds, Kind, Method, Outcome, Refuted, Unknown
from lemma.exercises.indexed import Instance, Space, compare_values, index
from lemma.exercises.notation import latex
from lemma.exercises.solver import prove, to_z3

k, m = index("k"), index("m")
o, t = IndexedBase("o"), IndexedBase("t")
h = sympy.Symbol("h", real=True)
LARGEST = 5  # largest size of instances
NAMES = ("computed", "stated")  # names of the two sides in a counter-example
TOLERANCE = 1e-12  # of float64; relative for values above 1


def error(outputs: Callable[[Any], Any]) -> Any:
    """Return E as an expression, where `outputs(k)` stands for output k."""
    return Rational(1, 2) * Sum((t[k] - outputs(k)) ** 2, (k, 1, m))


@dataclass(frozen=True)
class Direction:
    """A direction, given by its entries, and the space of the derivative."""

    space: Space
    entry: Callable[[Any], Any]

    def methods(self) -> tuple[Method[Any], ...]:
        """Return the methods that check a derivative in this direction."""
        return (
            Method("expansion in h, any size", Kind.SYMBOLIC, self._expansion),
            Method("z3 over the reals", Kind.SOLVER, self._solver),
            Method("torch.autograd in float64", Kind.AUTOGRAD, self._autograd),
            Method("exact central differences", Kind.FINITE_DIFFERENCES, self._central),
        )

    def _expansion(self, subject: Any) -> Outcome:
        """Compare the coefficients of h, symbolically."""
        rest = h**2 / 2 * Sum(self.entry(k) ** 2, (k, 1, m))
        moved = error(lambda place: o[place] + h * self.entry(place))
        return replace(self.space, scalars=(h,)).equal(moved - error(lambda place: o[place]) - rest, h * subject, NAMES)

    def _solver(self, subject: Any) -> Outcome:
        """Search with z3 for numbers at which the identity fails."""
        tried = 0
        for instance in self.space.instances(largest=3):
            names: dict[Any, Any] = {entry: z3.Real(latex(entry)) for entry in (*instance.entries, h)}
            try:
                derivative = to_z3(instance.instantiate(subject), names)
            except LookupError as missing:
                return Refuted({REASON: str(missing)} | instance.sizes_and_indices())
            step, places = names[h], range(1, instance.integers[m] + 1)
            direction = [to_z3(instance.instantiate(self.entry(n)), names) for n in places]
            before = z3.Sum([(names[t[n]] - names[o[n]]) ** 2 for n in places]) / 2
            after = z3.Sum([(names[t[n]] - names[o[n]] - step * direction[n - 1]) ** 2 for n in places]) / 2
            rest = step**2 * z3.Sum([entry**2 for entry in direction]) / 2
            named = {latex(entry): variable for entry, variable in names.items()}
            outcome = prove(after - before == step * derivative + rest, [], named)
            if isinstance(outcome, Refuted):
                return Refuted(instance.sizes_and_indices() | dict(outcome.counter_example))
            if isinstance(outcome, Unknown):
                return outcome
            tried += 1
        return Holds(f"all real numbers, sizes 1 to 3, {tried} cases")

    def _autograd(self, subject: Any) -> Outcome:
        """Compare with the inner product of the direction and the torch gradient of mse_loss."""
        tried = 0
        for instance in self.space.instances(LARGEST, seed=1):
            outputs = _floats(self._vector(instance, lambda n: o[n])).requires_grad_()
            targets = _floats(self._vector(instance, lambda n: t[n]))
            loss = 0.5 * torch.nn.functional.mse_loss(outputs, targets, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, outputs)
            computed = float(gradient @ _floats(self._vector(instance, self.entry)))
            try:
                stated = float(instance.value(subject))
            except LookupError as missing:
                return Refuted({REASON: str(missing)} | instance.values_by_name())
            if abs(stated - computed) > TOLERANCE * max(1.0, abs(computed)):
                return Refuted({"computed": f"{computed:.6g}", "stated": f"{stated:.6g}"} | instance.values_by_name())
            tried += 1
        return Holds(f"sizes 1 to {LARGEST}, {tried} random instances, to {TOLERANCE:g}")

    def _central(self, subject: Any) -> Outcome:
        """Compare with (E(o + h d) - E(o - h d)) / 2h, which is exact for a quadratic function."""
        tried = 0
        for instance in self.space.instances(LARGEST, seed=2):
            outputs, targets = self._vector(instance, lambda n: o[n]), self._vector(instance, lambda n: t[n])
            direction, width = self._vector(instance, self.entry), Fraction(1 + tried % 7, 3)
            after, before = (
                sum((b - a - width * sign * d) ** 2 for a, b, d in zip(outputs, targets, direction, strict=True)) / 2
                for sign in (1, -1)
            )
            computed = Rational((after - before) / (2 * width))
            outcome = compare_values(instance, computed, subject, NAMES)
            if isinstance(outcome, Refuted):
                return outcome
            tried += 1
        return Holds(f"sizes 1 to {LARGEST}, {tried} random instances, exact")

    def _vector(self, instance: Instance, entry: Callable[[int], Any]) -> list[Fraction]:
        """Return the exact values of a vector's entries, (m,)."""
        return [instance.value(entry(n)) for n in range(1, instance.integers[m] + 1)]


def _floats(vector: list[Fraction]) -> torch.Tensor:
    return torch.tensor([float(entry) for entry in vector], dtype=torch.float64)

"""A proof of the chain rule for any number of intermediate values, by induction on their number.

Let E depend on x through u_1, ..., u_m, each of which may depend on x and on its predecessors. Let V_p(x, u_1, ...,
u_p) be E as a function of x and u_1, ..., u_p, with u_{p+1}, ..., u_m computed from these. V_m does not depend on x
directly, V_0 depends on x only, and V_{p-1} is V_p with u_p substituted. Let D_p be the partial derivative of V_p with
respect to x at constant u_1, ..., u_p. Then

    D_{p-1} = D_p + dE/du_p * du_p/dx,    D_m = 0,    dE/dx = D_0 = sum_p dE/du_p * du_p/dx.

The induction step involves a function of two arguments only, which SymPy differentiates as an undefined function. The
sum of the differences over p telescopes, for symbolic m.
"""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from typing import Any

import sympy
from sympy import Derivative, Function, IndexedBase, Subs, Sum, Symbol

from lemma.exercises.claim import Holds, Kind, Method, Outcome, Refuted, Unknown
from lemma.exercises.indexed import Instance, Space, index
from lemma.exercises.notation import latex

LARGEST = 3  # largest size for which an undefined function is differentiated
NAMES = ("computed", "stated")  # names of the two sides in a counter-example


class sigma(Function):  # type: ignore[misc]  # noqa: N801 - printed and evaluated by its name
    """The logistic function, with its derivative as in claim 6.sigmoid."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the derivative in terms of the output."""
        return self * (1 - self)

    def _eval_evalf(self, prec: int) -> Any:
        return logistic(self.args[0])._eval_evalf(prec)

    def _latex(self, printer: Any) -> str:
        return rf"\sigma({printer._print(self.args[0])})"


def logistic(net: Any) -> Any:
    """Return the logistic function as an expression in exp."""
    return 1 / (1 + sympy.exp(-net))


@cache
def step() -> Outcome:
    """Prove the induction step D_{p-1} = D_p + dE/du * du/dx for arbitrary functions."""
    x, a = sympy.symbols("x a", real=True)
    value, u = Function("V"), Function("u")
    whole = value(x, u(x)).diff(x)
    direct = Subs(Derivative(value(a, u(x)), a), a, x)
    through = Subs(Derivative(value(x, a), a), a, u(x)) * u(x).diff(x)
    remainder = sympy.simplify(_rename_bound(whole) - _rename_bound(direct) - _rename_bound(through))
    return Holds("for any two functions") if remainder == 0 else Unknown(f"the remainder is {remainder}")


def _rename_bound(expression: Any) -> Any:
    """Return the expression with the same bound variable in all partial derivatives."""
    common = Symbol("_a")
    return expression.replace(
        lambda node: isinstance(node, Subs),
        lambda node: Subs(node.expr.xreplace({node.variables[0]: common}), common, node.point[0]),
    )


@cache
def telescope() -> Outcome:
    """Prove that the sum of D_{p-1} - D_p for p from 1 to m is D_0 - D_m for every m."""
    p, m, at = index("p"), index("m"), Function("D")
    summed = Sum(at(p - 1) - at(p), (p, 1, m)).doit()
    return Holds("for every size") if summed == at(0) - at(m) else Unknown(f"the sum is {summed}")


def induction() -> Outcome:
    """Prove the chain rule for every number of intermediate values."""
    for part in (step(), telescope()):
        if not isinstance(part, Holds):
            return part
    return Holds("by induction on the number of intermediate values")


def by_induction(space: Space, computed: Any, name: str = "chain rule by induction, any size") -> Method[Any]:
    """Return the method that compares a formula with `computed`, which the chain rule implies, and proves that rule."""

    def check(subject: Any) -> Outcome:
        rule = induction()
        return space.equal(computed, subject, NAMES) if isinstance(rule, Holds) else rule

    return Method(name, Kind.SYMBOLIC, check)


def undefined(
    name: str,
    inner: Callable[[int], Any],
    entry: Any,
    gradient: IndexedBase,
    sizes: tuple[Symbol, ...],
    indices: Mapping[Symbol, Symbol],
    sign: int = 1,
    write: Callable[[Any], Any] = lambda expression: expression,
) -> Method[Any]:
    """Return the method that differentiates an undefined function E(u_1, ..., u_m) for small sizes.

    Args:
        name: Name of the method.
        inner: Returns the formula of the p-th value u_p.
        entry: The entry with respect to which E is differentiated.
        gradient: Array whose p-th entry is the derivative of E with respect to u_p, times `sign`.
        sizes: m, followed by the other sizes in the formulas.
        indices: Size of each free index.
        sign: -1 if the array and the formula are derivatives of -E, as deltas are.
        write: Converts a derivative into the notation of the formula.
    """

    @cache
    def cases() -> list[tuple[Instance, Any]]:
        derivatives = []
        for shape in product(range(1, LARGEST + 1), repeat=len(sizes)):
            numbers = dict(zip(sizes, shape, strict=True))
            for places in product(*(range(1, numbers[size] + 1) for size in indices.values())):
                instance = Instance(numbers | dict(zip(indices, places, strict=True)), {})
                error = Function("E")(*(instance.instantiate(inner(place)) for place in range(1, shape[0] + 1)))
                derivative = write(sign * _with(error.diff(instance.instantiate(entry)), gradient, sign))
                derivatives.append((instance, sympy.expand(derivative)))
        return derivatives

    def check(subject: Any) -> Outcome:
        for instance, computed in cases():
            stated = instance.instantiate(subject)
            if sympy.expand(computed - stated) != 0:
                return Refuted(
                    {"computed": f"${latex(computed)}$", "stated": f"${latex(stated)}$"} | instance.sizes_and_indices()
                )
        return Holds(f"every function E, sizes 1 to {LARGEST}, {len(cases())} cases")

    return Method(name, Kind.EXHAUSTIVE, check)


def _with(whole: Any, gradient: IndexedBase, sign: int) -> Any:
    """Replace the partial derivatives of the undefined function in a derivative by entries of the gradient."""
    for kind in (Subs, Derivative):  # Subs first: it contains a Derivative
        for node in whole.atoms(kind):
            partial = node.expr if kind is Subs else node
            slot = partial.expr.args.index(partial.variables[0])
            whole = whole.xreplace({node: sign * gradient[slot + 1]})
    return whole

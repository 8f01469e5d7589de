"""The chain rule for any number of intermediate values, proved by induction on their number.

Let E depend on x through u_1, ..., u_m, each of which may depend on x and on those before it. V_p(x, u_1, ..., u_p) is
E with u_{p+1}, ..., u_m computed from what stands before them. V_m does not depend on x directly, V_0 on nothing else,
and V_{p-1} is V_p with u_p computed. So, with D_p the derivative of V_p with respect to x while u_1, ..., u_p are held,

    D_{p-1} = D_p + dE/du_p * du_p/dx,    D_m = 0,    dE/dx = D_0 = sum_p dE/du_p * du_p/dx.

One step needs a function of two arguments only, which SymPy differentiates whatever the function is; the sum over p of
the differences telescopes. The size m stays a symbol.
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

LARGEST = 3  # size up to which an undefined function is differentiated
NAMES = ("found", "stated")  # of the two sides in a counter-example


class sigma(Function):  # type: ignore[misc]  # noqa: N801 - printed and evaluated by its name
    """The logistic function, with the derivative that claim 6.sigmoid proves."""

    is_real = True

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the derivative."""
        return self * (1 - self)

    def _eval_evalf(self, prec: int) -> Any:
        return logistic(self.args[0])._eval_evalf(prec)

    def _latex(self, printer: Any) -> str:
        return rf"\sigma({printer._print(self.args[0])})"


def logistic(net: Any) -> Any:
    """Return the logistic function written out."""
    return 1 / (1 + sympy.exp(-net))


@cache
def step() -> Outcome:
    """Prove D_{p-1} = D_p + dE/du * du/dx for one intermediate value u, whatever the functions are."""
    x, a = sympy.symbols("x a", real=True)
    value, u = Function("V"), Function("u")
    whole = value(x, u(x)).diff(x)
    held = Subs(Derivative(value(a, u(x)), a), a, x)
    through = Subs(Derivative(value(x, a), a), a, u(x)) * u(x).diff(x)
    rest = sympy.simplify(_named(whole) - _named(held) - _named(through))
    return Holds("for every two functions") if rest == 0 else Unknown(f"{rest} is left over")


def _named(expression: Any) -> Any:
    """Return the expression with one name for the bound variable of each partial derivative."""
    common = Symbol("_a")
    return expression.replace(
        lambda node: isinstance(node, Subs),
        lambda node: Subs(node.expr.xreplace({node.variables[0]: common}), common, node.point[0]),
    )


@cache
def telescope() -> Outcome:
    """Prove that the differences D_{p-1} - D_p, p from 1 to m, add up to D_0 - D_m for every m."""
    p, m, at = index("p"), index("m"), Function("D")
    summed = Sum(at(p - 1) - at(p), (p, 1, m)).doit()
    return Holds("for every size") if summed == at(0) - at(m) else Unknown(f"the sum is {summed}")


def induction() -> Outcome:
    """Prove the chain rule for every number of intermediate values."""
    for part in (step(), telescope()):
        if not isinstance(part, Holds):
            return part
    return Holds("one value at a time, for every number of them")


def by_induction(space: Space, found: Any, name: str = "chain rule by induction, any size") -> Method[Any]:
    """Return the method that compares a formula with `found`, which holds if the chain rule does."""

    def check(subject: Any) -> Outcome:
        rule = induction()
        return space.equal(found, subject, NAMES) if isinstance(rule, Holds) else rule

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
    """Return the method that differentiates an undefined E(u_1, ..., u_m) with respect to an entry, at small sizes.

    Args:
        name: the method's.
        inner: the p-th value u_p as a formula.
        entry: what E is differentiated by, a formula in the indices.
        gradient: the array whose p-th entry is the derivative of E with respect to u_p, times `sign`.
        sizes: m, and then the other sizes in the formulas.
        indices: the free indices, each with its size.
        sign: -1 where the array and the formula are derivatives of -E, as deltas are.
        write: brings a derivative into the formula's notation.
    """

    @cache
    def cases() -> list[tuple[Instance, Any]]:
        found = []
        for shape in product(range(1, LARGEST + 1), repeat=len(sizes)):
            numbers = dict(zip(sizes, shape, strict=True))
            for places in product(*(range(1, numbers[size] + 1) for size in indices.values())):
                instance = Instance(numbers | dict(zip(indices, places, strict=True)), {})
                error = Function("E")(*(instance.instantiate(inner(place)) for place in range(1, shape[0] + 1)))
                derivative = write(sign * _with(error.diff(instance.instantiate(entry)), gradient, sign))
                found.append((instance, sympy.expand(derivative)))
        return found

    def check(subject: Any) -> Outcome:
        for instance, found in cases():
            stated = instance.instantiate(subject)
            if sympy.expand(found - stated) != 0:
                return Refuted(
                    {"found": f"${latex(found)}$", "stated": f"${latex(stated)}$"} | instance.sizes_and_indices()
                )
        return Holds(f"every function E, sizes 1 to {LARGEST}, {len(cases())} cases")

    return Method(name, Kind.EXHAUSTIVE, check)


def _with(whole: Any, gradient: IndexedBase, sign: int) -> Any:
    """Return a derivative with the entries of the gradient for the partial derivatives of the undefined function."""
    for kind in (Subs, Derivative):  # a derivative stands inside what is substituted into it
        for node in whole.atoms(kind):
            partial = node.expr if kind is Subs else node
            slot = partial.expr.args.index(partial.variables[0])
            whole = whole.xreplace({node: sign * gradient[slot + 1]})
    return whole

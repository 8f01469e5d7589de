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
from functools import cache, partial
from typing import Any

import numpy as np
import sympy
from sympy import Derivative, Function, Indexed, Subs, Sum, Symbol

from lemma.exercises.algebra.evaluate import Arithmetic, evaluate
from lemma.exercises.algebra.notation import latex
from lemma.exercises.algebra.symbols import index
from lemma.exercises.calculus.functions import sigma
from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope, Unknown
from lemma.exercises.proof.claim import Method
from lemma.exercises.proof.space import TOLERANCE, Space, write

LARGEST = 3  # largest size for which an undefined function is differentiated
FUNCTIONS = {"sigma": np.frompyfunc(sigma, 1, 1), "tanh": np.frompyfunc(sympy.tanh, 1, 1)}
SYMBOLS = Arithmetic(sympy.Rational, FUNCTIONS)


@cache
def induction() -> Outcome:
    """Prove the chain rule for every number of intermediate values."""
    for part in (_induction_step(), _telescope()):
        if not isinstance(part, Holds):
            return part
    return Holds(Scope.ALL, "by induction on the number of intermediate values")


def _induction_step() -> Outcome:
    """Prove D_{p-1} = D_p + dE/du * du/dx for arbitrary functions."""
    x, a = sympy.symbols("x a", real=True)
    value, u = Function("V"), Function("u")
    whole = value(x, u(x)).diff(x)
    direct = Subs(Derivative(value(a, u(x)), a), a, x)
    through = Subs(Derivative(value(x, a), a), a, u(x)) * u(x).diff(x)
    remainder = sympy.simplify(_rename_bound(whole) - _rename_bound(direct) - _rename_bound(through))
    return Holds(Scope.ALL, "for any two functions") if remainder == 0 else Unknown(f"the remainder is {remainder}")


def _rename_bound(expression: Any) -> Any:
    """Return the expression with the same bound variable in all partial derivatives."""
    common = Symbol("_a")
    return expression.replace(
        lambda node: isinstance(node, Subs),
        lambda node: Subs(node.expr.xreplace({node.variables[0]: common}), common, node.point[0]),
    )


def _telescope() -> Outcome:
    """Prove that the sum of D_{p-1} - D_p for p from 1 to m is D_0 - D_m for every m."""
    p, m, at = index("p"), index("m"), Function("D")
    summed = Sum(at(p - 1) - at(p), (p, 1, m)).doit()
    return Holds(Scope.ALL, "every size") if summed == at(0) - at(m) else Unknown(f"the sum is {summed}")


def by_chain_rule(space: Space, computed: Any, name: str = "chain rule by induction, every size") -> Method[Any]:
    """Return the method that compares a formula with `computed`, which the chain rule implies, and proves that rule."""

    def check(subject: Any) -> Outcome:
        rule = induction()
        return space.equal(computed, subject) if isinstance(rule, Holds) else rule

    return Method(name, "sympy", check)


def by_undefined_loss(
    space: Space,
    inner: Any,
    indices: Mapping[Symbol, Symbol],
    arriving: Any,
    by: Indexed,
    transform: Callable[[Any, Callable[[Any], Any]], Any],
    name: str = "undefined function E",
) -> Method[Any]:
    """Return the method that differentiates an undefined function E(u_1, ..., u_m) for small sizes.

    Args:
        space: The space of the formula.
        inner: Formula of u_k.
        indices: Size of each index of u.
        arriving: Formula of the derivative of E by u_k.
        by: The entry by which is differentiated.
        transform: What is stated about the derivative.
        name: Name of the method.
    """

    @cache
    def cases() -> list[tuple[dict[Symbol, int], dict[Any, Any], Any]]:
        results = []
        for sizes in space.shapes(LARGEST):
            arrays = space.fill(sizes, _declare, SYMBOLS)
            values, slopes = (
                evaluate(formula, sizes, arrays, indices, SYMBOLS).ravel() for formula in (inner, arriving)
            )
            loss, entries = Function("E")(*values), arrays[by.base]
            derivatives = np.empty_like(entries)
            for place in np.ndindex(*entries.shape):
                derivatives[place] = _insert(loss.diff(entries[place]), slopes)
            at = partial(evaluate, sizes=sizes, arrays=arrays, indices=space.indices, arithmetic=SYMBOLS)
            stated = transform(derivatives, at)
            results.append((sizes, arrays, stated))
        return results

    def check(subject: Any) -> Outcome:
        for sizes, arrays, computed in cases():
            try:
                stated = evaluate(subject, sizes, arrays, space.indices, SYMBOLS)
            except LookupError as missing:
                return IllFormed(str(missing))
            for place in np.ndindex(*computed.shape):
                if sympy.expand(computed[place] - stated[place]) != 0:
                    return _counter_example(space, sizes, arrays, place[1:], computed[place], stated[place])
        return Holds(Scope.SIZES, f"every function E, sizes 1 to {LARGEST}", LARGEST)

    return Method(name, "sympy", check)


def _declare(array: Any, shape: tuple[int, ...]) -> Any:
    """Return a symbol for each entry of an array, (1, *shape)."""
    symbols = np.empty((1, *shape), dtype=object)
    for place in np.ndindex(*shape):
        symbols[(0, *place)] = Symbol(latex(array[tuple(axis + 1 for axis in place)] if shape else array), real=True)
    return symbols


def _insert(whole: Any, slopes: Any) -> Any:
    """Replace the partial derivatives of the undefined function in a derivative by the arriving gradients."""
    for kind in (Subs, Derivative):  # Subs first: it contains a Derivative
        for node in whole.atoms(kind):
            partial = node.expr if kind is Subs else node
            whole = whole.xreplace({node: slopes[partial.expr.args.index(partial.variables[0])]})
    return whole


def _counter_example(
    space: Space, sizes: Mapping[Symbol, int], arrays: Any, place: tuple[int, ...], computed: Any, stated: Any
) -> Refuted:
    """Return numbers at which two expressions in the symbols of arrays differ."""
    for sample in space.samples(max(sizes.values(), default=1), instances=4, seed=2):
        if sample.sizes != sizes:
            continue
        for instance in range(4):
            numbers = {
                symbol: sympy.Rational(float(sample.arrays[array][(instance, *at[1:])]))
                for array, entries in arrays.items()
                if array in sample.arrays
                for at, symbol in np.ndenumerate(entries)
                if symbol.is_Symbol
            }
            left, right = (float(sympy.sympify(side).xreplace(numbers)) for side in (computed, stated))
            if abs(left - right) > TOLERANCE * max(1, abs(left)):
                return space.counter_example(sample, instance, place, write(left), write(right))
    raise AssertionError(f"{computed} and {stated} differ as expressions but not on samples")

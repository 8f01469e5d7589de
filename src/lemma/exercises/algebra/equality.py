"""Proofs that two formulas with symbolic sizes are equal for every size, and derivatives by an entry of an array.

Sums with symbolic bounds are compared term by term, and sums over Kronecker's delta are evaluated with the ranges of
the free indices. SymPy's own simplification searches a long time for closed forms of sums over arrays, which have none.
"""

from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Indexed, KroneckerDelta, Sum, Symbol
from sympy.concrete.delta import deltasummation
from sympy.core.relational import Relational
from sympy.core.traversal import bottom_up

from lemma.exercises.algebra.symbols import index


def differentiate(expression: Any, entry: Indexed) -> Any:
    """Return the partial derivative with respect to one entry of an array.

    Raises:
        ValueError: If a bound variable has the name of an index of the entry, where SymPy's result would be wrong.
    """
    refuse_bound_index(expression, {name.name for place in entry.indices for name in place.free_symbols}, "derivative")
    return expression.diff(entry)


def refuse_bound_index(expression: Any, names: set[str], where: str) -> None:
    """Refuse a sum whose bound variable has the name of an index of an entry, by which it is differentiated.

    SymPy 1.14 silently returns a wrong derivative in this case: `Sum(w[i]*o[i], (i, 0, n)).diff(o[i])` is `Sum(w[i])`.

    Raises:
        ValueError: If there is such a variable.
    """
    for node in sympy.sympify(expression).atoms(sympy.Sum, sympy.Product, sympy.Integral):
        for variable in node.variables:
            if variable.name in names:
                raise ValueError(
                    f"{where}: {variable} is a bound variable of {node} and an index of an entry; rename one"
                )


def subtract(left: Any, right: Any, indices: Mapping[Symbol, Symbol]) -> Any:
    """Return the simplified difference of two formulas; 0 is a proof that they are equal for every size.

    Args:
        left: First formula.
        right: Second formula.
        indices: Size of each free index, which ranges from 1 to it.
    """
    difference = _collect(_expand(sympy.sympify(left), indices) - _expand(sympy.sympify(right), indices))
    return difference if difference == 0 else sympy.simplify(difference)


def _expand(expression: Any, indices: Mapping[Symbol, Symbol]) -> Any:
    """Expand, evaluate sums over Kronecker's delta, and decide conditions by the ranges of the indices."""
    closed = bottom_up(expression, lambda node: node.func(*node.args) if node.args else node)
    closed = sympy.expand(closed).replace(lambda node: isinstance(node, Sum), _split)
    true = {condition: sympy.true for condition in closed.atoms(Relational) if _is_true(condition, indices)}
    return sympy.expand(closed.xreplace(true))


def _is_true(condition: Any, indices: Mapping[Symbol, Symbol]) -> bool:
    """Return whether a bound follows from the ranges of the indices."""
    if not isinstance(condition, sympy.Ge | sympy.Le):
        return False
    slack = condition.gts - condition.lts
    return any((slack - room).is_nonnegative for name, size in indices.items() for room in (name - 1, size - name))


def _split(node: Any) -> Any:
    """Return a sum split into one sum per term, with the sums over Kronecker's delta evaluated."""
    inner, *outer = node.limits

    def close(term: Any) -> Any:
        deltas = [factor for factor in sympy.Mul.make_args(term) if isinstance(factor, KroneckerDelta)]
        if not (any(delta.has(inner[0]) for delta in deltas) if outer else term.has(KroneckerDelta)):
            return Sum(term, *node.limits)
        picked = deltasummation(term, inner)
        return Sum(picked, *outer) if outer else picked

    return sympy.Add(*(close(term) for term in sympy.Add.make_args(sympy.expand(node.function))))


def _collect(expression: Any) -> Any:
    """Combine sums of equal bounds under common bound variables, so that equal terms cancel."""
    rest: list[Any] = []
    gathered: dict[tuple[Any, ...], Any] = {}
    for term in sympy.Add.make_args(sympy.expand(expression)):
        product, limits = _unnest(term)
        bound = {limit[0] for limit in limits}
        if not limits or len(bound) < len(limits):
            rest.append(term)
            continue
        if not any(edge.free_symbols & bound for _, *edges in limits for edge in edges):
            limits = sorted(limits, key=lambda limit: str(limit[1:]))  # independent sums commute
        common = {limit[0]: index(f"_{place}") for place, limit in enumerate(limits)}  # names that no formula uses
        renamed = tuple(limit.xreplace(common) for limit in limits)
        gathered[renamed] = gathered.get(renamed, 0) + product.xreplace(common)
    inner = {limits: sympy.expand(terms) for limits, terms in gathered.items()}
    return sympy.Add(*rest, *(Sum(terms, *limits) for limits, terms in inner.items() if terms != 0))


def _unnest(term: Any) -> tuple[Any, list[Any]]:
    """Return the summand and all limits, innermost first, of nested sums with factors in front."""
    factors = sympy.Mul.make_args(term)
    sums = [factor for factor in factors if isinstance(factor, Sum)]
    others = sympy.Mul(*(factor for factor in factors if not isinstance(factor, Sum)))
    if len(sums) != 1 or others.free_symbols & set(sums[0].variables):  # a free symbol must not become bound
        return term, []
    product, limits = _unnest(sums[0].function)
    if (others.free_symbols | set(sums[0].variables)) & {limit[0] for limit in limits}:
        return term, []
    return others * product, [*limits, *sums[0].limits]

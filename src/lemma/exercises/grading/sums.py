"""Normal form of sums in an answer: each runs over a whole range, over one product, and has no constant factor.

A sum over a part of a range, or with a shifted index, is the sum over the whole range plus and minus single terms.
"""

from typing import Any

import sympy
from sympy import Sum

from lemma.exercises.algebra.symbols import index

MAX_SINGLE_TERMS = 12


def normalize_sums(expression: Any) -> Any:
    """Return an expression with its sums in normal form, bound by q1 (innermost), q2 and so on."""
    if not isinstance(expression, sympy.Basic) or not expression.has(Sum):
        return expression
    if not isinstance(expression, Sum):
        return expression.func(*map(normalize_sums, expression.args))
    inner, (variable, low, high) = expression.limits[:-1], expression.limits[-1]
    function = normalize_sums(Sum(expression.function, *inner) if inner else expression.function)
    total = sympy.Integer(0)
    for term in sympy.Add.make_args(sympy.expand(function)):
        constant, rest = term.as_independent(variable, as_Add=False)
        total += constant * _sum_range(rest, variable, low, high)
    return total


def _sum_range(term: Any, variable: Any, low: Any, high: Any) -> Any:
    """Return the sum of a term, as a sum over the whole range and single terms."""
    if low.is_Integer and high.is_Integer:
        return sympy.Add(*(term.subs(variable, place) for place in range(int(low), min(int(high), 99) + 1)))
    shifts = {
        place - variable
        for entry in term.atoms(sympy.Indexed)
        for place in entry.indices
        if place.has(variable) and (place - variable).is_Integer
    }
    if len(shifts) == 1 and (shift := shifts.pop()) != 0:  # the index of the entries is the index of the sum
        term, low, high = term.subs(variable, variable - shift), low + shift, high + shift
    size = sympy.Add(*high.free_symbols)
    after = high - size
    if (
        not (low.is_Integer and after.is_Integer and len(high.free_symbols) == 1)
        or abs(low) + abs(after) > MAX_SINGLE_TERMS
    ):
        return Sum(term, (variable, low, high))
    if not term.has(variable):
        return term * (high - low + 1)
    bound = index(f"q{1 + _height(term)}")
    whole = Sum(term.subs(variable, bound), (bound, 1, size))
    before = [-term.subs(variable, place) for place in range(1, int(low))]
    before += [term.subs(variable, place) for place in range(int(low), 1)]
    ends = [term.subs(variable, size + place) for place in range(1, int(after) + 1)]
    ends += [-term.subs(variable, size + place) for place in range(int(after) + 1, 1)]
    return sympy.Add(whole, *before, *ends)


def _height(term: Any) -> int:
    sums = term.atoms(Sum)
    return 1 + max(_height(node.function) for node in sums) if sums else 0

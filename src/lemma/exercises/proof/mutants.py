"""Mutation of formulas: falsified versions of a statement, generated from its expression.

Each rule is a common error: a flipped sign, a missing factor, an index that is off by one or swapped, the wrong array,
o instead of 1 - o, a wrong bound or number. A mutant may be equivalent to the original; the claim must prove that.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import sympy
from sympy import Indexed, IndexedBase, KroneckerDelta, Sum, Symbol

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.numbers import show
from lemma.exercises.proof.claim import Mutant

Path = tuple[int, ...]
Numbers = Mapping[str, Fraction]


def mutate(
    *expressions: Any, arrays: tuple[IndexedBase, ...] = (), indices: tuple[Symbol, ...] = ()
) -> tuple[Mutant[Any], ...]:
    """Return all distinct mutants of equal expressions, such as the steps of a derivation.

    Args:
        expressions: The expressions to mutate.
        arrays: Arrays that are exchanged for one another, unless they occur with another number of indices.
        indices: Free indices, which are exchanged for one another and for bound indices in scope.
    """
    results: dict[Any, Mutant[Any]] = {}
    for expression in expressions:
        for mutation, mutant in _mutations(expression, arrays, indices):
            results.setdefault(mutant, Mutant(mutation, mutant, latex(mutant)))
    return tuple(results.values())


def _mutations(whole: Any, arrays: tuple[IndexedBase, ...], indices: tuple[Symbol, ...]) -> Iterator[tuple[str, Any]]:
    ranks = {entry.base: len(entry.indices) for entry in sympy.sympify(whole).atoms(Indexed)}
    with unevaluated():
        yield "the sign of the expression flipped", -whole
        yield "the expression doubled", 2 * whole
    for path, node, scope in _walk(whole, (), indices):
        rank = len(node.indices) if isinstance(node, Indexed) else 0
        alike = tuple(array for array in arrays if ranks.get(array, rank) == rank)
        for mutation, new in _variations(node, alike, scope):
            yield mutation, _replace_at(whole, path, new)


def _walk(node: Any, path: Path, scope: tuple[Symbol, ...]) -> Iterator[tuple[Path, Any, tuple[Symbol, ...]]]:
    """Yield each node that is mutated, with its path and the indices in scope."""
    yield path, node, scope
    if isinstance(node, Sum):
        yield from _walk(node.function, (*path, 0), (*scope, *node.variables))
    elif not isinstance(node, Indexed | KroneckerDelta):
        for place, child in enumerate(node.args):
            yield from _walk(child, (*path, place), scope)


def _replace_at(whole: Any, path: Path, new: Any) -> Any:
    """Return the expression with the node at the path replaced, and otherwise unevaluated."""
    if not path:
        return new
    place, *rest = path
    arguments = list(whole.args)
    arguments[place] = _replace_at(arguments[place], tuple(rest), new)
    if isinstance(whole, Sum):  # unevaluated, SymPy would multiply its terms by 1
        return Sum(*arguments)
    with unevaluated():
        return whole.func(*arguments)


def _variations(node: Any, arrays: tuple[IndexedBase, ...], scope: tuple[Symbol, ...]) -> Iterator[tuple[str, Any]]:
    match node:
        case sympy.Add():
            for place, term in enumerate(node.args):
                yield f"the sign of ${latex(term)}$ flipped", _replace_at(node, (place,), -term)
                yield f"the term ${latex(term)}$ dropped", _without(node, place)
        case sympy.Mul():
            for place, factor in enumerate(node.args):
                yield f"the factor ${latex(factor)}$ dropped", _without(node, place)
        case sympy.Number():
            for new in (node + 1, node - 1):
                yield _instead(new, node)
        case Sum():
            yield from _bounds(node)
        case Indexed():
            yield from _wrong_entries(node, arrays, scope)
        case KroneckerDelta():
            first, second = node.args
            yield _instead(KroneckerDelta(first, second + 1), node)
        case Symbol() | sympy.Function():
            yield _instead(1 - node, node)


def _instead(new: Any, old: Any) -> tuple[str, Any]:
    return f"${latex(new)}$ instead of ${latex(old)}$", new


def _without(node: Any, place: int) -> Any:
    rest = [argument for here, argument in enumerate(node.args) if here != place]
    if len(rest) == 1:
        return rest[0]
    with unevaluated():
        return node.func(*rest)


def _bounds(node: Any) -> Iterator[tuple[str, Any]]:
    """Shift each bound of a sum by one, except the lower bound downwards, where no entry exists."""
    (variable, low, high), *others = node.limits
    for text, limits in (
        (f"the sum starting at ${latex(low + 1)}$", (variable, low + 1, high)),
        (f"the sum ending at ${latex(high - 1)}$", (variable, low, high - 1)),
        (f"the sum ending at ${latex(high + 1)}$", (variable, low, high + 1)),
    ):
        yield text, Sum(node.function, limits, *others)


def _wrong_entries(node: Any, arrays: tuple[IndexedBase, ...], scope: tuple[Symbol, ...]) -> Iterator[tuple[str, Any]]:
    """Replace an entry by another entry, by an entry of another array, or by one minus itself."""
    base, indices = node.base, list(node.indices)
    for place, index in enumerate(indices):
        for new in (index + 1, index - 1, *(name for name in scope if name != index)):
            yield _instead(base[(*indices[:place], new, *indices[place + 1 :])], node)
    for first, second in combinations(range(len(indices)), 2):
        order = list(indices)
        order[first], order[second] = order[second], order[first]
        yield _instead(base[tuple(order)], node)
    for array in arrays:
        if array != base:
            yield _instead(array[tuple(indices)], node)
    yield _instead(1 - node, node)


def mutate_numbers(numbers: Numbers, names: Sequence[str], exchange: bool = True) -> tuple[Mutant[Numbers], ...]:
    """Return mutants of named numbers: one of `names` negated or off by one, or two successive ones exchanged."""
    results: dict[tuple[Fraction, ...], Mutant[Numbers]] = {}

    def add(mutation: str, changed: Numbers) -> None:
        mutant = {**numbers, **changed}
        formula = r",\quad ".join(f"{name} = {show(value)}" for name, value in changed.items())
        results.setdefault(tuple(mutant.values()), Mutant(mutation, mutant, formula))

    for name in names:
        value = numbers[name]
        for new in (-value, value + 1, value - 1):
            if new != value:
                add(f"${name}$ is ${show(new)}$ instead of ${show(value)}$", {name: new})
    for name, successor in zip(names, names[1:], strict=False):
        if exchange and numbers[name] != numbers[successor]:
            add(f"${name}$ and ${successor}$ exchanged", {name: numbers[successor], successor: numbers[name]})
    return tuple(results.values())

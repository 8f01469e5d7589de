"""Falsified forms of a statement, made from its own expression.

Each rule is a slip that people make: a flipped sign, a lost factor, an index off by one or swapped, the wrong array,
o for 1 - o, a wrong bound or number. A rule may hit upon a form that is still right; proving that is the claim's task.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any

import sympy
from sympy import Indexed, IndexedBase, KroneckerDelta, Sum, Symbol

from lemma.exercises.claim import Mutant
from lemma.exercises.exact import show
from lemma.exercises.notation import latex, unevaluated

Path = tuple[int, ...]
Numbers = Mapping[str, Fraction]


def mutate(
    *expressions: Any, arrays: tuple[IndexedBase, ...] = (), indices: tuple[Symbol, ...] = ()
) -> tuple[Mutant[Any], ...]:
    """Return all mutants of equal expressions, such as the steps of a derivation, each form once.

    `arrays` are exchanged for one another; `indices` are the free indices, at the place of which others may slip in.
    """
    found: dict[Any, Mutant[Any]] = {}
    for expression in expressions:
        for mutation, mutant in _all(expression, arrays, indices):
            found.setdefault(mutant, Mutant(mutation, mutant, latex(mutant)))
    return tuple(found.values())


def _all(whole: Any, arrays: tuple[IndexedBase, ...], indices: tuple[Symbol, ...]) -> Iterator[tuple[str, Any]]:
    with unevaluated():
        yield "the sign of the whole flipped", -whole
        yield "the whole doubled", 2 * whole
    for path, node, scope in _walk(whole, (), indices):
        for mutation, new in _variations(node, arrays, scope):
            yield mutation, _put(whole, path, new)


def _walk(node: Any, path: Path, scope: tuple[Symbol, ...]) -> Iterator[tuple[Path, Any, tuple[Symbol, ...]]]:
    """Yield each node that rules look at, with its path and the indices that are in scope there."""
    yield path, node, scope
    if isinstance(node, Sum):
        yield from _walk(node.function, (*path, 0), (*scope, *node.variables))
    elif not isinstance(node, Indexed | KroneckerDelta):
        for place, child in enumerate(node.args):
            yield from _walk(child, (*path, place), scope)


def _put(whole: Any, path: Path, new: Any) -> Any:
    """Return the expression with another node at the path, elsewhere as it was written."""
    if not path:
        return new
    place, *rest = path
    arguments = list(whole.args)
    arguments[place] = _put(arguments[place], tuple(rest), new)
    if isinstance(whole, Sum):  # unevaluated, SymPy would multiply its terms by 1
        return Sum(*arguments)
    with unevaluated():
        return whole.func(*arguments)


def _variations(node: Any, arrays: tuple[IndexedBase, ...], scope: tuple[Symbol, ...]) -> Iterator[tuple[str, Any]]:
    match node:
        case sympy.Add():
            for place, term in enumerate(node.args):
                yield f"the sign of ${latex(term)}$ flipped", _put(node, (place,), -term)
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
            yield from _slips(node, arrays, scope)
        case KroneckerDelta():
            first, second = node.args
            yield _instead(KroneckerDelta(first, second + 1), node)
        case Symbol() | sympy.Function():
            yield _instead(1 - node, node)


def _instead(new: Any, old: Any) -> tuple[str, Any]:
    return f"${latex(new)}$ for ${latex(old)}$", new


def _without(node: Any, place: int) -> Any:
    rest = [argument for here, argument in enumerate(node.args) if here != place]
    if len(rest) == 1:
        return rest[0]
    with unevaluated():
        return node.func(*rest)


def _bounds(node: Any) -> Iterator[tuple[str, Any]]:
    """Move each bound of a sum by one; a lower bound never down, where there is nothing."""
    (variable, low, high), *others = node.limits
    for text, limits in (
        (f"the sum from ${latex(low + 1)}$", (variable, low + 1, high)),
        (f"the sum to ${latex(high - 1)}$", (variable, low, high - 1)),
        (f"the sum to ${latex(high + 1)}$", (variable, low, high + 1)),
    ):
        yield text, Sum(node.function, limits, *others)


def _slips(node: Any, arrays: tuple[IndexedBase, ...], scope: tuple[Symbol, ...]) -> Iterator[tuple[str, Any]]:
    """Confuse an entry with another one, with one of another array, or with one minus itself."""
    base, indices = node.base, list(node.indices)
    for place, index in enumerate(indices):
        for new in (index + 1, index - 1, *(other for other in scope if other != index)):
            yield _instead(base[(*indices[:place], new, *indices[place + 1 :])], node)
    for first, second in combinations(range(len(indices)), 2):
        order = list(indices)
        order[first], order[second] = order[second], order[first]
        yield _instead(base[tuple(order)], node)
    for other in arrays:
        if other != base:
            yield _instead(other[tuple(indices)], node)
    yield _instead(1 - node, node)


def mutate_numbers(numbers: Numbers, names: Sequence[str], exchange: bool = True) -> tuple[Mutant[Numbers], ...]:
    """Return copies of the numbers with one of `names` negated or off by one, or two neighbours exchanged."""
    found: dict[tuple[Fraction, ...], Mutant[Numbers]] = {}

    def add(mutation: str, changed: Numbers) -> None:
        mutant = {**numbers, **changed}
        formula = r",\quad ".join(f"{name} = {show(value)}" for name, value in changed.items())
        found.setdefault(tuple(mutant.values()), Mutant(mutation, mutant, formula))

    for name in names:
        value = numbers[name]
        for new in (-value, value + 1, value - 1):
            if new != value:
                add(f"${name}$ is ${show(new)}$ for ${show(value)}$", {name: new})
    for name, other in zip(names, names[1:], strict=False):
        if exchange and numbers[name] != numbers[other]:
            add(f"${name}$ and ${other}$ exchanged", {name: numbers[other], other: numbers[name]})
    return tuple(found.values())

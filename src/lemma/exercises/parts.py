"""Claims that state several named formulas, and the substitution of formulas into formulas."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import signature
from typing import Any

from sympy import Indexed, KroneckerDelta, Sum, Symbol, Tuple

from lemma.exercises.claim import Holds, Mutant, Outcome
from lemma.exercises.notation import unevaluated

Formulas = Mapping[str, Any]
Arrays = Mapping[Any, Callable[..., Any]]  # formulas for the entries of arrays, or the values of functions
Equal = Callable[[Any, Any], Outcome]


def compare_by_name(equals: Mapping[str, Equal]) -> Equal:
    """Return a function that compares formulas name by name.

    Args:
        equals: The function that compares the formulas of each name; `""` compares single formulas.
    """

    def equal(left: Any, right: Any) -> Outcome:
        if not isinstance(left, Mapping):
            return equals[""](left, right)
        outcomes = (equals[name](left[name], right[name]) for name in left if left[name] != right[name])
        return next((outcome for outcome in outcomes if not isinstance(outcome, Holds)), Holds("all are equal"))

    return equal


def mutate_formula(whole: Formulas, name: str, mutants: tuple[Mutant[Any], ...]) -> tuple[Mutant[Formulas], ...]:
    """Return mutants of a set of formulas, in which the formula called `name` is replaced by one of its mutants."""
    return tuple(
        replace(mutant, mutation=f"{name}: {mutant.mutation}", subject={**whole, name: mutant.subject})
        for mutant in mutants
    )


def substitute(formula: Any, names: Mapping[Symbol, Any], arrays: Arrays) -> Any:
    """Substitute indices, sizes, array entries and functions in a formula without evaluating it.

    Bound indices count as names: rename them if a substituted formula uses the same index. An entry whose number of
    indices differs from the number of parameters of its function is left unchanged; evaluating it raises an error.

    Args:
        formula: A SymPy expression.
        names: New expressions for indices and sizes.
        arrays: For an array, the function from indices to the expression of its entry; for a function, its values.
    """
    if formula in names:
        return names[formula]
    if isinstance(formula, Indexed):
        places = [substitute(place, names, {}) for place in formula.indices]
        entry = arrays.get(formula.base)
        fits = entry is not None and len(signature(entry).parameters) == len(places)
        return entry(*places) if entry is not None and fits else formula.base[tuple(places)]
    if not formula.args:
        return formula
    arguments = [substitute(argument, names, arrays) for argument in formula.args]
    if formula.func in arrays:
        return arrays[formula.func](*arguments)
    if isinstance(formula, Sum | Tuple | KroneckerDelta):  # unevaluated, SymPy would multiply a sum's terms by 1
        return formula.func(*arguments)
    with unevaluated():
        return formula.func(*arguments)

"""Claims that state several formulas together, by name, and formulas put into one another."""

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
    """Return what compares formulas name by name, each in its own space; single formulas go to `""`."""

    def equal(left: Any, right: Any) -> Outcome:
        if not isinstance(left, Mapping):
            return equals[""](left, right)
        outcomes = (equals[name](left[name], right[name]) for name in left if left[name] != right[name])
        return next((outcome for outcome in outcomes if not isinstance(outcome, Holds)), Holds("each is equal"))

    return equal


def mutate_formula(whole: Formulas, name: str, mutants: tuple[Mutant[Any], ...]) -> tuple[Mutant[Formulas], ...]:
    """Return the formulas with each falsified form at the place of the one of this name."""
    return tuple(
        replace(mutant, mutation=f"{name}: {mutant.mutation}", subject={**whole, name: mutant.subject})
        for mutant in mutants
    )


def substitute(formula: Any, names: Mapping[Symbol, Any], arrays: Arrays) -> Any:
    """Return a formula, as written, with other names for indices and sizes, and formulas for entries and functions.

    Indices that a sum binds are names too: give them new ones where the formulas that come in use the old. An entry
    with more or fewer indices than the function takes stays: it does not exist, and is reported as such.
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

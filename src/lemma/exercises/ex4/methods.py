"""The methods of exercise 4: comparison with independent computations, and z3 on the equations of the network."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import z3

from lemma.exercises.claim import Holds, Kind, Method, Outcome, Refuted
from lemma.exercises.ex4.machines import (
    EDGES,
    HIDDEN,
    INPUTS,
    OUTPUT,
    Numbers,
    Values,
    along_paths,
    by_autograd,
    by_matrices,
    on_paper,
    over_the_graph,
    weight,
)
from lemma.exercises.exact import show
from lemma.exercises.solver import prove

Machine = Callable[[Numbers, int], list[Values]]
Wanted = Mapping[str, tuple[int, str]]  # name in the claim -> round and name of the computed value
TOLERANCE = 1e-12  # of float64; the numbers are below 100


def methods(wanted: Wanted) -> tuple[Method[Numbers], ...]:
    """Return the methods for a claim that states the values `wanted`; a subject contains given and stated values."""
    rounds = 1 + max(number for number, _ in wanted.values())
    machines: tuple[tuple[str, Kind, Machine], ...] = (
        ("calculation by hand in fractions", Kind.NUMERIC, on_paper),
        ("rational matrices", Kind.SYMBOLIC, by_matrices),
        ("traversal of the graph", Kind.NUMERIC, over_the_graph),
        ("sum over all paths to the output", Kind.EXHAUSTIVE, along_paths),
        ("torch.autograd with a straight-through estimator", Kind.AUTOGRAD, by_autograd),
    )
    return (
        *(Method(name, kind, _compare(machine, wanted, rounds)) for name, kind, machine in machines),
        Method("z3 on the equations", Kind.SOLVER, _solve(wanted, rounds)),
    )


def _compare(machine: Machine, wanted: Wanted, rounds: int) -> Callable[[Numbers], Outcome]:
    seen: dict[tuple[tuple[int, int], ...], list[Values]] = {}  # mutants of the answers share the given values

    def check(subject: Numbers) -> Outcome:
        given = {name: value for name, value in subject.items() if name not in wanted}
        key = tuple(value.as_integer_ratio() for value in given.values())  # a Fraction is slow to hash
        if key not in seen:
            seen[key] = machine(given, rounds)
        wrong = {}
        for name, (number, value) in wanted.items():
            computed = seen[key][number][value]
            if abs(computed - subject[name]) > (TOLERANCE if isinstance(computed, float) else 0):
                wrong[name] = f"{_written(computed)} (stated {show(subject[name])})"
        precision = "exact" if isinstance(computed, Fraction) else f"to {TOLERANCE:g}"
        return Refuted(wrong) if wrong else Holds(f"{len(wanted)} numbers, {precision}")

    return check


def _written(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else show(value)


def _solve(wanted: Wanted, rounds: int) -> Callable[[Numbers], Outcome]:
    """Return the method that searches with z3 for values that satisfy the equations and differ from the stated ones."""
    equations = [equation for number in range(rounds) for equation in _equations(number)]
    asked = {name: _at(number, value) for name, (number, value) in wanted.items()}

    def check(subject: Numbers) -> Outcome:
        given = [z3.Real(name) == z3.RealVal(str(value)) for name, value in subject.items() if name not in wanted]
        stated = z3.And([variable == z3.RealVal(str(subject[name])) for name, variable in asked.items()])
        # Each equation defines a value by earlier ones; their elimination leaves almost nothing to search.
        outcome = prove(stated, [*equations, *given], asked, "simplify", "propagate-values", "solve-eqs", "smt")
        if isinstance(outcome, Refuted):
            differ = {name: value for name, value in outcome.counter_example.items() if value != show(subject[name])}
            return Refuted({name: f"{value} (stated {show(subject[name])})" for name, value in differ.items()})
        if isinstance(outcome, Holds):
            return Holds(f"{len(wanted)} numbers, the only solution of {len(equations)} equations")
        return outcome

    return check


def _at(number: int, name: str) -> Any:
    """Return the variable of a value in a round."""
    return z3.Real(f"{name}@{number}")


def _equations(number: int) -> list[Any]:
    """Return the equations that define the values of a round."""

    def now(name: str, j: int) -> Any:
        return _at(number, f"{name}_{{{j}}}")

    def sign(net: Any) -> Any:
        return z3.If(net >= 0, z3.RealVal(1), z3.RealVal(-1))

    y, last, delta = _at(number, "y"), now("s", OUTPUT), r"\delta"
    equations = [y == sign(last), now(delta, OUTPUT) == z3.Real("t") - y]
    equations += [now("o", i) == sign(z3.Real(f"x_{{{i}}}")) for i in INPUTS]
    equations += [now("o", j) == sign(now("s", j)) for j in HIDDEN]
    for j in (*HIDDEN, OUTPUT):
        terms = [_at(number, weight(i, to)) * now("o", i) for i, to in EDGES if to == j]
        equations.append(now("s", j) == z3.Sum(terms))
    for i in (*INPUTS, *HIDDEN):
        terms = [_at(number, weight(start, j)) * now(delta, j) for start, j in EDGES if start == i]
        equations.append(now(delta, i) == z3.Sum(terms))
    for i, j in EDGES:
        old, name = z3.Real(weight(i, j)), weight(i, j)
        if number:
            before = number - 1
            change = z3.Real(r"\eta") * _at(before, f"o_{{{i}}}") * _at(before, rf"\delta_{{{j}}}")
            old = _at(before, name) + change
        equations.append(_at(number, name) == old)
    return equations

"""Comparison of an answer with the correct formula: a counter-example, or a proof of equality.

The formulas are evaluated on small instances. A difference is confirmed in exact fractions, or to 50 digits if a
function occurs. If all values agree, fractions are brought to a common denominator and the equality is proved for every
size. A formula that is too large to expand remains undecided.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import sympy
from sympy import Sum

from lemma.exercises.algebra.equality import subtract
from lemma.exercises.algebra.evaluate import Arithmetic, Arrays, Sizes, evaluate
from lemma.exercises.algebra.numbers import show
from lemma.exercises.algebra.symbols import w
from lemma.exercises.calculus.functions import logistic
from lemma.exercises.grading.question import Question
from lemma.exercises.grading.sums import normalize_sums
from lemma.exercises.outcome import Holds, Outcome, Refuted, Scope, Unknown
from lemma.exercises.proof.space import Sample

LARGEST_SIZE, INSTANCES = 3, 4
MAX_TERMS = 400  # of a formula that is expanded
CLOSE = mpmath.mpf(10) ** -30
NEARLY = 1e-9  # relative difference of floats that is worth confirming

_INSTANCES: dict[int, tuple[Question, list[tuple[Sizes, Arrays]]]] = {}
Sides = tuple[Any, Any]  # the answer, and the correct formula


def compare(question: Question, answer: Any, right: Any) -> Outcome:
    """Prove that an answer equals the correct formula for all sizes and values, or find a counter-example."""
    answer, right = (insert_net_input(question, formula) for formula in (answer, right))
    if question.net_input and answer.has(w):
        (output,) = question.space.sigmoids  # the output depends on the weights
        names = {output: logistic(question.net_input[0])}
        answer, right = answer.xreplace(names), right.xreplace(names)
    if answer.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
        return Unknown("your formula divides by 0")
    if answer.has(sympy.I, sympy.pi):  # the logarithm of a negative number
        return Unknown("your formula has no real value")
    cases = instances(question)
    ends = [*cases[:1], *cases[-1:]] if len(cases) > 2 else cases  # the whole search follows if there is no proof
    outcome = _search((answer, right), ends, NEARLY)
    if isinstance(outcome, Refuted):
        outcome = _search((answer, right), cases, NEARLY)  # finds the smallest counter-example
    if not isinstance(outcome, Holds):
        return outcome
    is_long = max(*_count_terms(answer), *_count_terms(right)) > MAX_TERMS or any(
        abs(power.exp) > MAX_TERMS // 10 for power in answer.atoms(sympy.Pow) if power.exp.is_number
    )
    if not is_long and subtract(_normalize(answer), _normalize_right(right), question.space.indices) == 0:
        return Holds(
            Scope.ALL,
            "for all sizes and values" if question.space.arrays or question.space.scalars else "the same number",
        )
    outcome = _search((answer, right), cases, NEARLY if is_long else 0)
    why = "the formula is too long for a proof" if is_long else "no proof of equality was found"
    return Unknown(f"no counter-example was found, but {why}") if isinstance(outcome, Holds) else outcome


def _normalize(formula: Any) -> Any:
    return _common_denominator(normalize_sums(formula))


@lru_cache(256)
def _normalize_right(formula: Any) -> Any:
    """Return the normal form of a correct formula, which many answers are compared with."""
    return _normalize(formula)


def _search(sides: Sides, cases: Sequence[tuple[Sizes, Arrays]], tolerance: float) -> Outcome:
    """Search for a counter-example; `Holds` means only that none was found.

    Args:
        sides: The formulas.
        cases: Sizes, indices and arrays, on which they are evaluated.
        tolerance: Relative difference of floats from which a difference is confirmed in exact numbers.
    """
    missing: Refuted | None = None
    has_value = False
    for names, arrays in cases:
        try:
            yours, correct = np.broadcast_arrays(*(evaluate_floats(side, names, arrays) for side in sides))
        except LookupError as error:
            missing = missing or Refuted(_written(names), reason=str(error).replace("$", ""))
            continue
        except OverflowError:
            continue
        valid = np.isfinite(yours) & np.isfinite(correct)
        has_value |= bool(valid.any())
        different = ~(np.abs(yours - correct) <= tolerance * np.maximum(1, np.abs(correct)))
        for instance in np.nonzero(valid & different)[0]:
            own = {name: entries[[min(instance, len(entries) - 1)]] for name, entries in arrays.items()}
            if confirmed := _confirm(sides, names, own):
                return Refuted(_written(names) | _values_read(sides, names, own), confirmed[1], confirmed[0])
    return missing or (
        Holds(Scope.SAMPLES)
        if has_value
        else Unknown("your formula has no value for any of the values that were tried")
    )


def instances(question: Question) -> list[tuple[Sizes, Arrays]]:
    """Return the instances on which the formulas of a question are evaluated; they are drawn once."""
    if id(question) not in _INSTANCES:
        _INSTANCES[id(question)] = question, list(_draw_instances(question))
    return _INSTANCES[id(question)][1]


def _draw_instances(question: Question) -> Iterator[tuple[Sizes, Arrays]]:
    """Yield values for sizes and free indices, with random arrays and scalars, in order of increasing size."""
    random = np.random.default_rng(0)
    space = question.space
    for sizes in sorted(space.shapes(LARGEST_SIZE), key=lambda shape: sum(shape.values())):
        ranges = (range(1, sizes[size] + 1) for size in space.indices.values())
        for places in product(*ranges):
            arrays = space.fill(sizes, lambda array, shape: space.draw(random, array, shape, INSTANCES))
            yield sizes | dict(zip(space.indices, places, strict=True)), arrays


def evaluate_floats(side: Any, names: Sizes, arrays: Arrays) -> Any:
    """Return the values of a formula for all instances; an integer may be too large for a float."""
    known: dict[Any, Any] = {**names, sympy.E: np.e}
    return evaluate(side, known, arrays, {}).astype(float)


def _confirm(sides: Sides, names: Sizes, arrays: Arrays) -> tuple[str, str] | None:
    """Return the exact values of both sides as text, unless they are equal or not real."""
    is_rational = not any(
        side.has(sympy.exp, sympy.log, sympy.E) or any(not power.exp.is_Integer for power in side.atoms(sympy.Pow))
        for side in sides
    )
    convert, arithmetic = (Fraction, Arithmetic(Fraction)) if is_rational else (mpmath.mpf, _DIGITS)
    exact = {name: np.frompyfunc(convert, 1, 1)(entries) for name, entries in arrays.items()}
    with mpmath.workdps(50):
        try:
            known: dict[Any, Any] = {**names, sympy.E: +mpmath.e}
            values = [evaluate(side, known, exact, {}, arithmetic).item() for side in sides]
            yours, correct = map(_number, values)
            if abs(yours - correct) <= CLOSE * max(1, abs(correct)):
                return None
        except (ArithmeticError, TypeError, ValueError):
            return None
        return _show(values[0]), _show(values[1])


def _values_read(sides: Sides, names: Sizes, arrays: Arrays) -> dict[str, str]:
    """Return the entries on which the values of the sides depend: with NaN in their place, the values are NaN."""
    places = [(name, place) for name, entries in arrays.items() for place in np.ndindex(entries.shape[1:])]
    batch = {name: np.repeat(entries, len(places), axis=0) for name, entries in arrays.items()}
    for instance, (name, place) in enumerate(places):
        batch[name][(instance, *place)] = np.nan
    read = np.broadcast_to(np.isnan(sum(evaluate_floats(side, names, batch) for side in sides)), len(places))
    written = Sample(names, arrays).values_of(0).items()
    return {name: value for (name, value), is_read in zip(written, read, strict=True) if is_read}


def _written(names: Sizes) -> dict[str, str]:
    return {name.name: str(value) for name, value in names.items()}


def _number(value: Any) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpmath.mpf(value)


def _show(value: Any) -> str:
    is_short = isinstance(value, int | Fraction) and value.denominator < 10**6
    return show(value) if is_short else str(mpmath.nstr(_number(value), 8))


_DIGITS = Arithmetic(
    lambda p, q: mpmath.mpf(p) / q, {"exp": np.frompyfunc(mpmath.exp, 1, 1), "log": np.frompyfunc(mpmath.log, 1, 1)}
)


def insert_net_input(question: Question, expression: Any) -> Any:
    """Return the expression with the weighted sum of the neuron replaced by its net input."""
    if question.net_input is None:
        return expression
    net, name = question.net_input

    def close(node: Any) -> Any:
        total = sympy.Integer(0)
        for term in sympy.Add.make_args(sympy.expand(node.function)):
            factor, rest = term.as_independent(*node.variables, as_Add=False)
            part = Sum(rest, *node.limits)
            is_net = len(node.limits) == 1 and subtract(part, net, {}) == 0
            total += factor * (name if is_net else part)
        return total

    return expression.replace(lambda node: isinstance(node, Sum), close)


def _count_terms(node: Any) -> tuple[int, int]:
    """Return upper bounds for the number of terms of the expanded numerator and of the denominator."""
    match node:
        case sympy.Add():
            above, below = 0, 1
            for over, under in map(_count_terms, node.args):
                above, below = _capped(above * under + over * below), _capped(below * under)
            return above, below
        case sympy.Mul():
            counts = [_count_terms(part) for part in node.args]
            return _capped(prod(count[0] for count in counts)), _capped(prod(count[1] for count in counts))
        case sympy.Pow() if node.exp.is_Integer:
            over, under = (_capped(count ** min(abs(int(node.exp)), 20)) for count in _count_terms(node.base))
            return (under, over) if node.exp.is_negative else (over, under)
        case Sum():
            return _count_terms(node.function)
        case sympy.exp() | sympy.log():
            return _count_terms(node.args[0])
        case _:
            return 1, 1


def _capped(count: int) -> int:
    return min(count, MAX_TERMS + 1)


def _common_denominator(expression: Any) -> Any:
    """Return the expression with fractions brought to a common denominator, inside and outside of sums."""
    sums = sorted(expression.atoms(Sum), key=str)
    names = {node: sympy.Dummy(f"sum_{place}") for place, node in enumerate(sums)}
    bare = sympy.expand_log(expression.xreplace(names), force=True)  # replaces the outermost sums
    if any(power.exp.is_negative for power in bare.atoms(sympy.Pow)) or bare.has(sympy.exp):
        bare = sympy.cancel(bare)
    closed = {
        name: Sum(_common_denominator(node.function), *node.limits) for node, name in names.items() if bare.has(name)
    }
    return sympy.expand(bare).xreplace(closed)

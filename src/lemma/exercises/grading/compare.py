"""Comparison of an answer with the correct formula: a counter-example, or a proof of equality.

First the formulas are evaluated on small instances, exactly if they are rational. If all values agree, fractions are
brought to a common denominator and `indexed` proves the equality of the sums. A formula that is too large to expand
remains undecided.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from random import Random
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy
from sympy import Sum

from lemma.exercises.claim import REASON, Holds, Outcome, Refuted, Unknown
from lemma.exercises.evaluate import EXACT, Arithmetic
from lemma.exercises.exact import show
from lemma.exercises.grading.question import Question, eta, w
from lemma.exercises.indexed import Instance, Space, index
from lemma.exercises.notation import latex

LARGEST_SIZE = 3
ROUNDS = 3
MAX_TERMS = 400  # of a formula that is expanded
CLOSE = mpmath.mpf(10) ** -30
YOURS, CORRECT = "yours", "correct"
_UNIT_INTERVAL = tuple(Fraction(*pair) for pair in ((1, 2), (1, 4), (3, 4), (1, 3), (2, 3), (1, 5), (2, 5), (3, 5)))
_VALUES = tuple(
    Fraction(*pair) for pair in ((1, 1), (2, 1), (-1, 1), (3, 1), (-2, 1), (1, 2), (-3, 1), (-1, 2), (5, 1))
)


class Proof(Space):
    """A space without instances, in which `equal` only attempts a proof."""

    def instances(self, largest: int, seed: int = 0) -> Iterator[Instance]:
        """Yield nothing."""
        return iter(())


class _RecordedEntries(dict[Any, Any]):
    """Values of array entries that record which entries were read."""

    def __init__(self, entries: dict[Any, Any]) -> None:
        super().__init__(entries)
        self.read_entries: dict[Any, None] = {}

    def __getitem__(self, entry: Any) -> Any:
        self.read_entries[entry] = None
        return super().__getitem__(entry)


def compare(question: Question, answer: Any, right: Any) -> Outcome:
    """Prove that an answer equals the correct formula for all sizes and values, or find a counter-example."""
    with mpmath.workdps(50):
        return _compare(question, *(_insert_net_input(question, formula) for formula in (answer, right)))


def _compare(question: Question, answer: Any, right: Any) -> Outcome:
    if question.net_input and answer.has(w):
        (output,) = question.sigmoid_outputs  # the output depends on the weights
        names = {output: 1 / (1 + sympy.exp(-question.net_input[0]))}
        answer, right = answer.xreplace(names), right.xreplace(names)
    if answer.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
        return Unknown("your formula divides by 0")
    if answer.has(sympy.I, sympy.pi):  # the logarithm of a negative number
        return Unknown("your formula has no real value")
    outcome = _search(question, answer, right)
    if not isinstance(outcome, Holds):
        return outcome
    if max(map(_terms, (answer, right))) > MAX_TERMS or any(
        abs(power.exp) > MAX_TERMS // 10 for power in answer.atoms(sympy.Pow) if power.exp.is_number
    ):
        return Unknown("no counter-example was found, but the formula is too long for a proof")
    free = {index(letter): size for letter, size in question.free_indices.items()}
    space = Proof(question.arrays, free, question.scalars)
    outcome = space.equal(_common_denominator(answer), _common_denominator(right))
    if isinstance(outcome, Holds):
        return Holds("for all sizes and values" if question.sizes else "the same number")
    return Unknown("neither a counter-example nor a proof of equality was found")


def _search(question: Question, answer: Any, right: Any) -> Outcome:
    """Search for a counter-example; `Holds` means only that none was found."""
    missing: Refuted | None = None
    computed = 0
    for integers, entries in _instances(question):
        read = _RecordedEntries(entries)
        names = {**integers, **{name: value for name, value in entries.items() if name.is_Symbol}}
        try:
            actual, wanted = (_value(side, names, read) for side in (answer, right))
        except LookupError as error:
            missing = missing or Refuted({REASON: str(error).replace("$", "")} | _shown(integers, {}))
            continue
        except (ZeroDivisionError, OverflowError, ValueError):
            continue
        computed += 1
        if actual != wanted and not abs(_number(actual) - _number(wanted)) <= CLOSE * max(1, abs(_number(wanted))):
            scalars = [name for name in names if name in answer.free_symbols | right.free_symbols and name in entries]
            given = {name: entries[name] for name in [*scalars, *sorted(read.read_entries, key=str)]}
            return Refuted({YOURS: _written(actual), CORRECT: _written(wanted)} | _shown(integers, given))
    if missing:
        return missing
    return Holds() if computed else Unknown("your formula has no value for any of the values that were tried")


def _instances(question: Question) -> Iterator[tuple[dict[Any, int], dict[Any, Fraction]]]:
    """Yield values for sizes and free indices, and for all entries and scalars, in order of increasing size."""
    random = Random(0)
    sizes = list(
        dict.fromkeys(size for axes in [*question.arrays.values(), question.free_indices.values()] for size in axes)
    )
    shapes = sorted(product(range(1, LARGEST_SIZE + 1), repeat=len(sizes)), key=sum)
    for shape in shapes * ROUNDS if sizes else [()]:
        count = dict(zip(sizes, shape, strict=True))
        places = {index(letter): random.randint(1, count[size]) for letter, size in question.free_indices.items()}
        entries: dict[Any, Fraction] = {
            name: random.choice(_UNIT_INTERVAL if name in (*question.sigmoid_outputs, eta) else _VALUES)
            for name in question.scalars
        }
        for array, axes in question.arrays.items():
            values = _UNIT_INTERVAL if array in question.sigmoid_outputs else _VALUES
            for position in product(*(range(1, count[size] + 1) for size in axes)):
                entries[array[position]] = random.choice(values)
        yield {**count, **places}, entries


def _exponential(argument: Any) -> Any:
    if abs(argument) > 10_000:
        raise OverflowError
    return mpmath.exp(argument)


def _logarithm(argument: Any) -> Any:
    if argument <= 0:
        raise ValueError("no real value")
    return mpmath.log(argument)


_DIGITS = Arithmetic(
    lambda fraction: mpmath.mpf(fraction.numerator) / fraction.denominator,
    {sympy.exp: _exponential, sympy.log: _logarithm},
)


def _value(side: Any, names: Any, entries: Any) -> Any:
    """Return the value as a fraction if the formula is rational, and to 50 digits otherwise."""
    if not side.has(sympy.exp, sympy.log, sympy.E) and all(power.exp.is_Integer for power in side.atoms(sympy.Pow)):
        return Fraction(EXACT.value(side, names, entries))
    digits = {name: _number(value) if isinstance(value, Fraction) else value for name, value in names.items()}
    computed = _DIGITS.value(side, {**digits, sympy.E: mpmath.e}, entries)
    if isinstance(computed, mpmath.mpc) or not mpmath.isfinite(computed):
        raise ValueError("no real value")
    return computed


def _number(value: Any) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpmath.mpf(value)


def _written(value: Any) -> str:
    return show(value) if isinstance(value, Fraction) and value.denominator < 10**6 else mpmath.nstr(_number(value), 8)


def _shown(integers: dict[Any, int], entries: dict[Any, Fraction]) -> dict[str, str]:
    names = {latex(name): show(value) for name, value in entries.items()}
    return {name.name: str(value) for name, value in integers.items()} | names


def _insert_net_input(question: Question, expression: Any) -> Any:
    """Return the expression with the weighted sum of the neuron replaced by its net input."""
    if question.net_input is None:
        return expression
    net, name = question.net_input
    space = Proof(question.arrays, {})

    def close(node: Any) -> Any:
        total = sympy.Integer(0)
        for term in sympy.Add.make_args(sympy.expand(node.function)):
            factor, rest = term.as_independent(*node.variables, as_Add=False)
            part = Sum(rest, *node.limits)
            is_net = len(node.limits) == 1 and isinstance(space.equal(part, net), Holds)
            total += factor * (name if is_net else part)
        return total

    return expression.replace(lambda node: isinstance(node, Sum), close)


def _outermost(expression: Any) -> Iterator[Any]:
    """Yield the outermost sums of an expression."""
    if isinstance(expression, Sum):
        yield expression
    else:
        for part in expression.args:
            yield from _outermost(part)


def _terms(expression: Any) -> int:
    """Return an upper bound for the number of terms of the expanded numerator and denominator."""
    above, below = _count_terms(expression)
    return max(above, below)


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
    if isinstance(expression, Sum):
        return Sum(_common_denominator(expression.function), *expression.limits)
    sums = dict.fromkeys(_outermost(expression))
    names = {node: sympy.Dummy(f"sum_{place}") for place, node in enumerate(sums)}
    bare = sympy.expand_log(expression.xreplace(names), force=True)
    if any(power.exp.is_negative for power in bare.atoms(sympy.Pow)) or bare.has(sympy.exp):
        bare = sympy.cancel(bare)
    return sympy.expand(bare).xreplace({name: _common_denominator(node) for node, name in names.items()})

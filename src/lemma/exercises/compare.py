"""Two formulas of a question held against each other: numbers where they differ, else a proof that they do not.

Numbers come first, as they settle most; they are read off the formulas part by part and are exact where the formulas
are rational. The proof brings fractions to one line and leaves sums to `indexed`. What is too large to expand in
reasonable time is not proved.
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

from lemma.exercises.claim import Holds, Outcome, Refuted, Unknown
from lemma.exercises.evaluate import EXACT, Arithmetic
from lemma.exercises.exact import show
from lemma.exercises.indexed import Instance, Space, index
from lemma.exercises.notation import latex
from lemma.exercises.question import Question, eta, w

LARGEST_SIZE = 3
ROUNDS = 3
TERMS = 400  # of an expanded formula, above which none is expanded
CLOSE = mpmath.mpf(10) ** -30
YOURS, RIGHT = "yours", "right"
_SHARES = tuple(Fraction(*pair) for pair in ((1, 2), (1, 4), (3, 4), (1, 3), (2, 3), (1, 5), (2, 5), (3, 5)))
_OTHERS = tuple(
    Fraction(*pair) for pair in ((1, 1), (2, 1), (-1, 1), (3, 1), (-2, 1), (1, 2), (-3, 1), (-1, 2), (5, 1))
)


class Proof(Space):
    """A space that proves and tries no numbers."""

    def instances(self, largest: int, seed: int = 0) -> Iterator[Instance]:
        """Yield nothing."""
        return iter(())


class _Read(dict[Any, Any]):
    """Entries that remember which of them were asked for."""

    def __init__(self, entries: dict[Any, Any]) -> None:
        super().__init__(entries)
        self.asked: dict[Any, None] = {}

    def __getitem__(self, entry: Any) -> Any:
        self.asked[entry] = None
        return super().__getitem__(entry)


def compare(question: Question, answer: Any, right: Any) -> Outcome:
    """Prove that an answer equals the right one for all sizes and numbers, or find numbers where it does not."""
    with mpmath.workdps(50):
        return _compared(question, *(_with_net(question, each) for each in (answer, right)))


def _compared(question: Question, answer: Any, right: Any) -> Outcome:
    if question.net_input and answer.has(w):
        (output,) = question.sigmoid_outputs  # weights are left, on which the output depends
        names = {output: 1 / (1 + sympy.exp(-question.net_input[0]))}
        answer, right = answer.xreplace(names), right.xreplace(names)
    if answer.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo):
        return Unknown("it has no value, as it divides by 0")
    if answer.has(sympy.I, sympy.pi):  # the logarithm of a negative number
        return Unknown("it has no real value")
    outcome = _tried(question, answer, right)
    if not isinstance(outcome, Holds):
        return outcome
    if max(map(_terms, (answer, right))) > TERMS or any(
        abs(power.exp) > TERMS // 10 for power in answer.atoms(sympy.Pow) if power.exp.is_number
    ):
        return Unknown("no numbers tell the two apart, but the formula is too long to prove that none do")
    free = {index(letter): size for letter, size in question.free_indices.items()}
    space = Proof(question.arrays, free, question.scalars)
    outcome = space.equal(_one_line(answer), _one_line(right))
    if isinstance(outcome, Holds):
        return Holds("for all sizes and numbers" if question.sizes else "the same number")
    return Unknown("no numbers tell the two apart, but no proof was found that none do")


def _tried(question: Question, answer: Any, right: Any) -> Outcome:
    """Look for numbers at which the two differ; `Holds` says only that none were found."""
    missing: Refuted | None = None
    computed = 0
    for integers, entries in _instances(question):
        read = _Read(entries)
        names = {**integers, **{name: value for name, value in entries.items() if name.is_Symbol}}
        try:
            found, wanted = (_value(side, names, read) for side in (answer, right))
        except LookupError as error:
            missing = missing or Refuted({"but": str(error).replace("$", "")} | _shown(integers, {}))
            continue
        except (ZeroDivisionError, OverflowError, ValueError):
            continue
        computed += 1
        if found != wanted and not abs(_number(found) - _number(wanted)) <= CLOSE * max(1, abs(_number(wanted))):
            scalars = [name for name in names if name in answer.free_symbols | right.free_symbols and name in entries]
            given = {name: entries[name] for name in [*scalars, *sorted(read.asked, key=str)]}
            return Refuted({YOURS: _written(found), RIGHT: _written(wanted)} | _shown(integers, given))
    if missing:
        return missing
    return Holds() if computed else Unknown("it has no value at any numbers that were tried")


def _instances(question: Question) -> Iterator[tuple[dict[Any, int], dict[Any, Fraction]]]:
    """Yield sizes, places of the free indices, and numbers for all entries: the smallest sizes first."""
    random = Random(0)
    sizes = list(
        dict.fromkeys(size for axes in [*question.arrays.values(), question.free_indices.values()] for size in axes)
    )
    shapes = sorted(product(range(1, LARGEST_SIZE + 1), repeat=len(sizes)), key=sum)
    for shape in shapes * ROUNDS if sizes else [()]:
        count = dict(zip(sizes, shape, strict=True))
        places = {index(letter): random.randint(1, count[size]) for letter, size in question.free_indices.items()}
        entries: dict[Any, Fraction] = {
            name: random.choice(_SHARES if name in (*question.sigmoid_outputs, eta) else _OTHERS)
            for name in question.scalars
        }
        for array, axes in question.arrays.items():
            values = _SHARES if array in question.sigmoid_outputs else _OTHERS
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
    """Return the value, a fraction where the formula is rational, else to 50 digits."""
    if not side.has(sympy.exp, sympy.log, sympy.E) and all(power.exp.is_Integer for power in side.atoms(sympy.Pow)):
        return Fraction(EXACT.value(side, names, entries))
    digits = {name: _number(value) if isinstance(value, Fraction) else value for name, value in names.items()}
    found = _DIGITS.value(side, {**digits, sympy.E: mpmath.e}, entries)
    if isinstance(found, mpmath.mpc) or not mpmath.isfinite(found):
        raise ValueError("no real value")
    return found


def _number(value: Any) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else mpmath.mpf(value)


def _written(value: Any) -> str:
    return show(value) if isinstance(value, Fraction) and value.denominator < 10**6 else mpmath.nstr(_number(value), 8)


def _shown(integers: dict[Any, int], entries: dict[Any, Fraction]) -> dict[str, str]:
    names = {latex(name): show(value) for name, value in entries.items()}
    return {name.name: str(value) for name, value in integers.items()} | names


def _with_net(question: Question, expression: Any) -> Any:
    """Return the expression with the net input's name for the sum that it is."""
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
    """Yield the sums in an expression, but not those within another sum."""
    if isinstance(expression, Sum):
        yield expression
    else:
        for part in expression.args:
            yield from _outermost(part)


def _terms(expression: Any) -> int:
    """Return a bound for the number of terms of an expression, expanded over one line."""
    above, below = _line(expression)
    return max(above, below)


def _line(node: Any) -> tuple[int, int]:
    match node:
        case sympy.Add():
            above, below = 0, 1
            for over, under in map(_line, node.args):
                above, below = _capped(above * under + over * below), _capped(below * under)
            return above, below
        case sympy.Mul():
            lines = [_line(part) for part in node.args]
            return _capped(prod(line[0] for line in lines)), _capped(prod(line[1] for line in lines))
        case sympy.Pow() if node.exp.is_Integer:
            over, under = (_capped(each ** min(abs(int(node.exp)), 20)) for each in _line(node.base))
            return (under, over) if node.exp.is_negative else (over, under)
        case Sum():
            return _line(node.function)
        case sympy.exp() | sympy.log():
            return _line(node.args[0])
        case _:
            return 1, 1


def _capped(count: int) -> int:
    return min(count, TERMS + 1)


def _one_line(expression: Any) -> Any:
    """Return the expression with fractions brought to one line, within sums and around them."""
    if isinstance(expression, Sum):
        return Sum(_one_line(expression.function), *expression.limits)
    sums = dict.fromkeys(_outermost(expression))
    names = {node: sympy.Dummy(f"sum_{place}") for place, node in enumerate(sums)}
    bare = sympy.expand_log(expression.xreplace(names), force=True)
    if any(power.exp.is_negative for power in bare.atoms(sympy.Pow)) or bare.has(sympy.exp):
        bare = sympy.cancel(bare)
    return sympy.expand(bare).xreplace({name: _one_line(node) for node, name in names.items()})

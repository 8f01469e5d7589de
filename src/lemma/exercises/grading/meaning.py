"""Interpretation of an answer: convert its syntax tree to an expression in the symbols of the question."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import sympy
from sympy import Sum, Symbol

from lemma.errors import InputError
from lemma.exercises.algebra.symbols import index
from lemma.exercises.calculus.functions import logistic
from lemma.exercises.grading.answer import parse
from lemma.exercises.grading.answer_tree import (
    Call,
    Index,
    Name,
    NaryOperation,
    Node,
    Number,
    Power,
    Summation,
    degree,
    formula_error,
    symbols,
)
from lemma.exercises.grading.question import KnownSymbol, Question
from lemma.exercises.grading.unknown import unknown_symbol

MAX_POWER = 12
MAX_DIGITS = 30
MAX_NESTED_SUMS = 3
MAX_SHIFT = 9  # of the bound of a sum from 0 or from a size
MAX_DEGREE = 250
MAX_IN_EXPONENT = 100
FUNCTIONS = {
    **{"sigma": logistic, "sigma'": lambda net: logistic(net) * (1 - logistic(net))},
    **{"exp": sympy.exp, "ln": sympy.log, "log": sympy.log},
}
_STATED = re.compile(r"\s*(?P<left>[^=←<>]*?)\s*(?:=|\\leftarrow|\\gets|<-|←|:=)")
_EQUIVALENT = (  # equivalent notations for the left-hand side
    (r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{(.*)\}", r"\1/\2"),
    (r"\\partial|∂", "d"),
    (r"Δ", "Delta"),
    (r"δ", "delta"),
    (r"\^\{\(\d\)\}|\\|[\s{},$'′]", ""),
)
Scope = Mapping[str, tuple[Any, Symbol | None]]  # symbol and size of each index


class TooLargeError(Exception):
    """The formula is too large to be evaluated in a reasonable time."""


def interpret(question: Question, text: str) -> Any:
    """Parse an answer and return it as a SymPy expression.

    Args:
        question: The question.
        text: A formula, or an equation with the requested symbol on the left.

    Raises:
        InputError: If the formula cannot be parsed, or contains a symbol or an index that the question does not define.
        TooLargeError: If it is too large to be evaluated.
    """
    formula = _right_side(question, text)
    scope = {letter: (index(letter), size) for letter, size in question.free.items()}
    tree = parse(formula, question.phi)
    if degree(tree) > MAX_DEGREE:
        raise TooLargeError
    return _Reader(question, formula).value(tree, scope)


def _right_side(question: Question, text: str) -> str:
    """Return the formula with its left-hand side replaced by spaces, which keeps the positions of errors."""
    equation = _STATED.match(text)
    if not equation or re.search(r"sum|[Σ∑]", equation["left"]):
        return text

    def bare(written: str) -> str:
        for pattern, new in _EQUIVALENT:
            written = re.sub(pattern, new, written)
        return written

    if bare(equation["left"]) != bare(question.asked):
        what = f"'{equation['left']}' is not what is asked for"
        raise formula_error(text, 0, what, f"Write the formula alone, or begin with {question.asked} =.")
    return " " * equation.end() + text[equation.end() :]


@dataclass
class _Reader:
    question: Question
    text: str
    depth: int = 0  # number of enclosing sums
    constants: Mapping[tuple[str, tuple[int, ...]], Any] = field(init=False)

    def __post_init__(self) -> None:
        self.constants = self.question.constants()

    def value(self, node: Node, scope: Scope) -> Any:
        """Return the expression of a tree."""
        match node:
            case Number(value):
                if len(str(value)) > 2 * MAX_DIGITS:
                    raise InputError(f"A number has more than {MAX_DIGITS} digits.", "Use a shorter number.")
                return sympy.Rational(value.numerator, value.denominator)
            case NaryOperation(kind, parts):
                values = [self.value(part, scope) for part in parts]
                return sympy.Add(*values) if kind == "+" else sympy.Mul(*values)
            case Power(base, exponent):
                return self._power(node, base, exponent, scope)
            case Call(function, argument):
                return self._call(node, function, argument, scope)
            case Summation():
                return self._total(node, scope)
            case Name():
                return self._name(node, scope)

    def _power(self, node: Power, base: Node | None, exponent: Node, scope: Scope) -> Any:
        if base is None:
            return self._call(node, "exp", exponent, scope)
        power = cast(Number, exponent).value
        if power.denominator != 1 or abs(power) > MAX_POWER:
            fix = f"Use an integer from -{MAX_POWER} to {MAX_POWER}."
            raise formula_error(self.text, node.at, f"The exponent {power} is not supported", fix)
        return self.value(base, scope) ** int(power)

    def _call(self, node: Call | Power, function: str, argument: Node, scope: Scope) -> Any:
        if function == "phi" and not self.constants:
            if isinstance(argument, Name) and argument.name == "x" and not argument.indices:
                return self._name(Name("phi", "", (), "phi", node.at), scope)
            function = "sigma"
        given = self.value(argument, scope)
        if given.has(sympy.nan, sympy.zoo):  # division by 0
            return sympy.nan
        if function == "phi":
            above = given >= 0 if given.is_real else None  # undecided for a complex number such as ln(-1)
            if above not in (True, False):
                return sympy.nan
            return sympy.Integer(1 if above else -1)
        if any(abs(number) > MAX_IN_EXPONENT for number in given.atoms(sympy.Number)):
            raise TooLargeError  # SymPy would compute the power exactly
        if function not in FUNCTIONS:
            what = f"'{function}' is not a known function"
            raise formula_error(self.text, node.at, what, "The known functions are sigma, exp and ln.")
        return FUNCTIONS[function](given)

    def _total(self, node: Summation, scope: Scope) -> Any:
        if node.of and node.of not in self.question.free:
            asked = ", ".join(self.question.free)
            what = f"Downstream({node.of}) is not defined here"
            raise formula_error(self.text, node.at, what, f"Write Downstream({asked}).")
        if self.depth == MAX_NESTED_SUMS:
            raise TooLargeError
        bound = index(f"{node.letter}_{self.depth}")
        if node.bounds is None:
            size = self.question.sums.get(node.letter) or self._range(node)
            low, high = sympy.Integer(1), cast(Any, size)
        else:
            low, high = (self._bound(node, edge, scope) for edge in node.bounds)
            sizes = [size for size in self.question.sizes.values() if size in high.free_symbols]
            size = sizes[0] if sizes else None
        self.depth += 1
        body = self.value(node.body, {**scope, node.letter: (bound, size)})
        self.depth -= 1
        return Sum(body, (bound, low, high))

    def _bound(self, node: Summation, edge: Index, scope: Scope) -> Any:
        if abs(edge.shift) > MAX_SHIFT:
            what = f"The bound {edge} is too large"
            raise formula_error(self.text, node.at, what, f"Use a number up to {MAX_SHIFT}.")
        if not edge.letter:
            return sympy.Integer(edge.shift)
        if edge.letter in self.question.sizes:
            return self.question.sizes[edge.letter] + edge.shift
        sizes = ", ".join(self.question.sizes)
        what = f"'{edge.letter}' is not a size of this question"
        raise formula_error(
            self.text, node.at, what, f"The sizes are {sizes}; \\sum_{{{node.letter}}} covers the whole range."
        )

    def _range(self, node: Summation) -> Symbol:
        """Return the upper bound of a sum without bounds, inferred from the arrays that have its index."""
        possible: set[Symbol] | None = None
        for symbol in symbols(node.body):
            places = [place for place, index_node in enumerate(symbol.indices) if index_node.letter == node.letter]
            sizes = {self.question.axes(known)[place] for known in self._candidates(symbol) for place in places}
            if places and sizes:
                possible = sizes if possible is None else possible & sizes
        if possible is None or len(possible) != 1:
            letters = " or ".join(rf"\sum_{{{node.letter}=1}}^{{{size}}}" for size in self.question.sizes)
            what = f"The range of {node.letter} is ambiguous"
            raise formula_error(self.text, node.at, what, f"Write {letters}.")
        return possible.pop()

    def _candidates(self, node: Name) -> list[KnownSymbol]:
        return [
            known
            for known in self.question.known
            if (node.name, len(node.indices)) == (known.parsed.name, len(known.parsed.indices))
            and node.layer in ("", known.parsed.layer)
        ]

    def _name(self, node: Name, scope: Scope) -> Any:
        numbers = tuple(index_node.shift for index_node in node.indices)
        if (node.name, numbers) in self.constants and not any(index_node.letter for index_node in node.indices):
            return self.constants[node.name, numbers]
        if self.question.allows_vectors and (vector := self._vector(node)):
            return vector.entry(*(scope[letter][0] for letter in self.question.free))
        candidates = self._candidates(node)
        if not candidates:
            raise unknown_symbol(self.question, self.text, node)
        places = [self._place(node, index_node, scope) for index_node in node.indices]
        sizes = [scope[index_node.letter][1] if index_node.letter else None for index_node in node.indices]

        def misfits(known: KnownSymbol) -> int:
            axes = self.question.axes(known)
            return sum(size not in (None, axis) for size, axis in zip(sizes, axes, strict=True))

        best = min(candidates, key=misfits)
        return best.entry(*places)

    def _vector(self, node: Name) -> KnownSymbol | None:
        """Return the array that is written as a whole vector: `o`, `o^{(2)}`, or `o_2` as on the exercise sheet."""
        for known in self.question.known:
            if known.parsed.name == node.name and len(known.parsed.indices) == 1:
                layer = node.layer or "".join(map(str, node.indices))
                if not (node.layer and node.indices) and layer in ("", known.parsed.layer):
                    return known
        return None

    def _place(self, node: Name, index_node: Index, scope: Scope) -> Any:
        if not index_node.letter:
            return sympy.Integer(index_node.shift)
        if index_node.letter not in scope:
            free = ", ".join(self.question.free) or "none"
            what = f"The index {index_node.letter} of {node.text} is neither free nor bound by a sum"
            fix = f"The free indices of {self.question.asked} are {free}; all others need a \\sum."
            raise formula_error(self.text, node.at, what, fix)
        return scope[index_node.letter][0] + index_node.shift

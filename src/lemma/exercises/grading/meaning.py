"""Interpretation of an answer: convert its syntax tree to an expression in the symbols of the question."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from typing import Any, cast

import sympy
from sympy import Sum, Symbol

from lemma.errors import InputError
from lemma.exercises.algebra.symbols import index
from lemma.exercises.grading.answer_tree import (
    Call,
    Entry,
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
from lemma.exercises.grading.arrays import ONE, Array, ShapeError, add, multiply
from lemma.exercises.grading.functions import FUNCTIONS, TooLargeError, apply_function
from lemma.exercises.grading.question import KnownSymbol, Question
from lemma.exercises.grading.sides import Side, weight_of
from lemma.exercises.grading.unknown import unknown_symbol

MAX_POWER = 12
MAX_DIGITS = 30
MAX_NESTED_SUMS = 3
MAX_SHIFT = 9  # of the bound of a sum from 0 or from a size
MAX_DEGREE = 250
Scope = Mapping[str, tuple[Any, Symbol | None]]  # symbol and size of each index


def interpret(question: Question, side: Side) -> Any:
    """Return a formula of an answer as a SymPy expression.

    Raises:
        InputError: If the formula contains a symbol or an index that the question does not define.
        TooLargeError: If it is too large to be evaluated.
    """
    if degree(side.tree) > MAX_DEGREE:
        raise TooLargeError
    scope = {letter: (index(letter), size) for letter, size in question.free.items()}
    scope |= {written: scope[letter] for written, letter in question.index_letters.items()}
    reader = _Reader(question, side.text)
    value = reader.free_entry(reader.value(side.tree, scope), scope)
    if not side.weights:
        return side.complete(value, 0)
    return side.complete(value, reader.value(weight_of(question), scope))


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
                if not any(isinstance(value, Array) for value in values):
                    return sympy.Add(*values) if kind == "+" else sympy.Mul(*values)
                return add(values) if kind == "+" else reduce(partial(multiply, kind), values)
            case Power(base, exponent):
                return self._power(node, base, exponent, scope)
            case Call(function, argument):
                return self._call(node, function, argument, scope)
            case Summation():
                return self._total(node, scope)
            case Name():
                return self._name(node, scope)
            case Entry(argument, indices, at):
                return self._entry(self.value(argument, scope), indices, at, scope)

    def free_entry(self, value: Any, scope: Scope) -> Any:
        """Return the entry of an array at the free indices; a matrix may be the transposed one of what is asked."""
        if not isinstance(value, Array):
            return value
        free = self.question.free
        sizes, places = tuple(free.values()), [scope[letter][0] for letter in free]
        if value.shape == (sizes[0], ONE if len(sizes) == 1 else sizes[-1]):
            return value.entry(places[0], ONE if len(sizes) == 1 else places[1])
        if len(sizes) == 2 and value.shape == sizes[::-1]:
            return value.entry(places[1], places[0])
        shape = f"{value.shape[0]} x {value.shape[1]}"
        raise ShapeError(f"it is a matrix of {shape}, which is not the shape of what is asked for")

    def _entry(self, value: Any, indices: tuple[Index, ...], at: int, scope: Scope) -> Any:
        if not isinstance(value, Array) or len(indices) != 1 + (value.shape[1] != ONE):
            raise formula_error(self.text, at, "The bracket has no such index", "Write the indices of its symbols.")
        places = [self._place(Name("", "", indices, "the bracket", at), place, scope) for place in indices]
        return value.entry(places[0], places[-1] if len(places) > 1 else ONE)

    def _power(self, node: Power, base: Node | None, exponent: Node, scope: Scope) -> Any:
        if base is None:
            return self._call(node, "exp", exponent, scope)
        power = cast(Number, exponent).value
        if power.denominator != 1 or abs(power) > MAX_POWER:
            fix = f"Use an integer from -{MAX_POWER} to {MAX_POWER}."
            raise formula_error(self.text, node.at, f"The exponent {power} is not supported", fix)
        value = self.value(base, scope)
        return value.apply(lambda entry: entry ** int(power)) if isinstance(value, Array) else value ** int(power)

    def _call(self, node: Call | Power, function: str, argument: Node, scope: Scope) -> Any:
        if function == "phi" and not self.constants:
            if isinstance(argument, Name) and argument.name == "x" and not argument.indices:
                return self._name(Name("phi", "", (), "phi", node.at), scope)
            function = "sigma"
        if function == "phi'" and not self.constants:
            function = "sigma'"
        if function not in (*FUNCTIONS, "phi", "transpose"):
            what = f"'{function}' is not a known function"
            raise formula_error(self.text, node.at, what, "The known functions are sigma, tanh, exp and ln.")
        given = self.value(argument, scope)
        if isinstance(given, Array):
            return (
                given.transposed()
                if function == "transpose"
                else given.apply(lambda entry: apply_function(function, entry))
            )
        return apply_function(function, given)

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
            and node.layer in ("", known.parsed.layer, known.layer)
            and not (known.is_diagonal)
        ]

    def _split_letters(self, node: Name, scope: Scope) -> Name:
        """Return `tj` as t with the index j, if there is no symbol of this name."""
        letters = node.name[1:]
        if node.indices or not letters or not all(letter in scope for letter in letters):
            return node
        return replace(node, name=node.name[0], indices=tuple(map(Index, letters)))

    def _name(self, node: Name, scope: Scope) -> Any:
        numbers = tuple(index_node.shift for index_node in node.indices)
        if (node.name, numbers) in self.constants and not any(index_node.letter for index_node in node.indices):
            return self.constants[node.name, numbers]
        if self.question.allows_vectors and (vector := self._vector(node)):
            rows, columns = (*self.question.axes(vector), ONE)[:2]
            is_matrix = columns != ONE
            return Array(
                (rows, columns),
                lambda row, column: vector.entry(row, column) if is_matrix else vector.entry(row),
                vector.is_diagonal,
            )
        candidates = self._candidates(node) or self._candidates(node := self._split_letters(node, scope))
        if not candidates:
            raise unknown_symbol(self.question, self.text, node)
        places = [self._place(node, index_node, scope) for index_node in node.indices]
        sizes = [scope[index_node.letter][1] if index_node.letter in scope else None for index_node in node.indices]

        def misfits(known: KnownSymbol) -> int:
            axes = self.question.axes(known)
            return sum(size not in (None, axis) for size, axis in zip(sizes, axes, strict=True))

        best = min(candidates, key=misfits)
        return best.entry(*places)

    def _vector(self, node: Name) -> KnownSymbol | None:
        """Return the array that is written as a whole vector: `o`, `o^{(2)}`, or `o_2` as on the exercise sheet."""
        for known in self.question.known:
            if known.parsed.name == node.name and known.parsed.indices:
                layer = node.layer or "".join(map(str, node.indices))
                if not (node.layer and node.indices) and layer in ("", known.parsed.layer, known.layer):
                    if node.indices and not known.parsed.layer:
                        continue
                    return known
        return None

    def _place(self, node: Name, index_node: Index, scope: Scope) -> Any:
        if not index_node.letter:
            return sympy.Integer(index_node.shift)
        if index_node.letter in self.question.sizes and index_node.letter not in scope:
            return self.question.sizes[index_node.letter] + index_node.shift
        if index_node.letter not in scope:
            free = ", ".join(self.question.free) or "none"
            what = f"The index {index_node.letter} of {node.text} is neither free nor bound by a sum"
            fix = f"The free indices of {self.question.asked} are {free}; all others need a \\sum."
            raise formula_error(self.text, node.at, what, fix)
        return scope[index_node.letter][0] + index_node.shift

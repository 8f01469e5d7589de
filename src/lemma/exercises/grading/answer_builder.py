"""Construction of the syntax tree of an answer from the parse of its grammar."""

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any, cast

from lark import Token, Transformer

from lemma.exercises.grading.answer_tree import (
    ENTRY,
    PARTIAL,
    Call,
    Entry,
    Name,
    NaryOperation,
    Node,
    Number,
    Power,
    Summation,
    formula_error,
    parse_indices,
    parse_name,
    plain_name,
    symbols,
)


class Builder(Transformer[Token, Any]):
    """Transforms a parse tree into nodes of `answer_tree`."""

    def __init__(self, text: str, net: frozenset[str]) -> None:
        super().__init__()
        self.text, self.net = text, net

    def expression(self, parts: list[Any]) -> Node:
        terms, negative = [], False
        for part in parts:
            if isinstance(part, Token):
                negative ^= part != "+"
            else:
                terms.append(_negated(part) if negative else part)
                negative = False
        return _join("+", terms)

    def product(self, parts: list[Any]) -> Node:
        factors = [parts[0]]
        divided: Name | None = None  # the divisor, if a following factor could also belong to the denominator
        for tree in parts[1:]:
            kind, (operator, *operand) = tree.data, tree.children
            node = _signed(operand) if operand else operator
            if kind == "over":
                if isinstance(node, NaryOperation) and node.kind == "beside":
                    what = "It is ambiguous whether the bracket belongs to the denominator"
                    raise formula_error(self.text, cast(Name, node.parts[0]).at, what, "Write a/(b c) or (a/b) c.")
                both = isinstance(factors[-1], Number) and isinstance(node, Number)
                divided = node if isinstance(node, Name) and not both else None
                factors.append(self._power(node, Number(Fraction(-1)), 0))
                continue
            if kind == "beside" and divided is not None:
                what = f"It is ambiguous whether the factor after {divided.text} belongs to the denominator"
                raise formula_error(self.text, divided.at, what, "Write a/(b c) or (a/b) c.")
            divided = None
            if kind == "times" and operator in (r"\odot", r"\otimes"):
                factors = [NaryOperation(operator[1:], (_join("*", factors), node))]
            else:
                factors.append(node)
        return _join("*", factors)

    def power(self, parts: list[Any]) -> Node:
        base = parts[0]
        if isinstance(base, Token):
            base = Number(Fraction(base))
        return self._power(base, parts[2], cast(int, parts[1].start_pos)) if len(parts) > 1 else base

    def exponent(self, parts: list[Any]) -> Node:
        return _signed([Number(Fraction(part)) if _is(part, "NUMBER") else part for part in parts])

    def name(self, parts: list[Token]) -> Name:
        written = "".join(part for part in parts if not _is(part, "PRIME"))
        name = self._name(written, cast(int, parts[0].start_pos))
        is_primed = any(_is(part, "PRIME") for part in parts)
        return replace(name, name=f"{name.name}'", text=f"{name.text}'") if is_primed else name

    def entry(self, parts: list[Any]) -> Node:
        if len(parts) == 1:
            return cast(Node, parts[0])
        group, subscript = parts
        indices = self._name(f"x{subscript}", cast(int, subscript.start_pos)).indices
        return Entry(group, indices, cast(int, subscript.start_pos))

    def derivative(self, parts: list[Token]) -> Name:
        (token,) = parts
        above, below = re.findall(
            rf"{PARTIAL}({ENTRY})", token.removeprefix(r"\d")
        )  # the d of \dfrac is not a differential
        at = cast(int, token.start_pos)
        over, under = self._name(above, at), self._name(below, at)
        layer = over.layer + under.layer
        return Name(f"d{over.name}/d{under.name}", layer, over.indices + under.indices, str(token), at)

    def short(self, parts: list[Token]) -> Node:
        above, below = re.findall(r"\d", parts[0])
        return self._over(Number(Fraction(above)), Number(Fraction(below)), parts[0])

    def fraction(self, parts: list[Any]) -> Node:
        above, below = (part for part in parts if not isinstance(part, Token))
        return self._over(above, below, parts[0])

    def call(self, parts: list[Any]) -> Node:
        function, *between, argument = parts
        at = cast(int, function.start_pos)
        name = plain_name(function) + ("'" if any(_is(part, "PRIME") for part in between) else "")
        if name == "phi" and self.net and not {symbol.name for symbol in symbols(argument)} & self.net:
            return NaryOperation("beside", (Name("phi", "", (), str(function), at), argument))
        call = Call(name, argument, at)
        power = [Number(Fraction(part)) for part in between if _is(part, "NUMBER")]
        return self._power(call, power[0], at) if power else call

    def total(self, parts: list[Any]) -> Node:
        head, body = parts[0], _signed(parts[1:])
        at = cast(int, head.start_pos)
        written = re.match(r"[^_]*_\s*(\{(?:[^{}]|\{[^{}]*\})*\}|\w)\s*(?:\^\s*(.*))?$", head)
        below, above = (written[1].strip("{} "), (written[2] or "").strip("{} ")) if written else ("", "")
        if downstream := re.fullmatch(
            r"([A-Za-z])\s*(?:\\in|∈|in)\s*(?:\\\w+\s*\{)?\s*(?:[dD]ownstream|D)\s*\}?\s*\(\s*(\w)\s*\)?", below
        ):
            return Summation(downstream[1], None, downstream[2], body, at)
        if (whole := re.fullmatch(r"([A-Za-z])(?:\s*(?:\\in|in)\s*[oO]utputs)?", below)) and not above:
            return Summation(whole[1], None, "", body, at)
        letter, _, low = below.partition("=")
        try:
            (bound,), (first,), (last,) = parse_indices(letter), parse_indices(low), parse_indices(above)
            if not bound.letter or bound.shift:
                raise ValueError(letter)
        except ValueError:
            fix = r"Write \sum_{k}, \sum_{k=1}^{m} or \sum_{k \in Downstream(j)}."
            raise formula_error(self.text, at, f"'{head}' is not a valid sum", fix) from None
        return Summation(bound.letter, (first, last), "", body, at)

    def _name(self, text: str, at: int) -> Name:
        try:
            return parse_name(text, at)
        except ValueError:
            fix = "Write letters or numbers, as in w_{j,k}, w_jk, o_{k+1} or w_13."
            raise formula_error(self.text, at, f"'{text}' has an invalid index", fix) from None

    def _over(self, above: Node, below: Node, token: Token) -> Node:
        return _join("*", [above, self._power(below, Number(Fraction(-1)), cast(int, token.start_pos))])

    def _power(self, base: Node, exponent: Node, at: int) -> Node:
        if isinstance(base, NaryOperation) and base.kind == "beside":
            return NaryOperation("*", (base.parts[0], self._power(base.parts[1], exponent, at)))
        if isinstance(exponent, Name) and exponent.text == "T":
            return Call("transpose", base, at)
        euler = isinstance(base, Name) and base.name == "e" and not base.indices
        if isinstance(exponent, Number) or euler:
            return Power(None if euler else base, exponent, at)
        raise formula_error(
            self.text, at, "The exponent is not a number", "Powers have whole numbers; only e has formulas."
        )


def _is(part: Any, kind: str) -> bool:
    return isinstance(part, Token) and part.type == kind


def _signed(parts: list[Any]) -> Node:
    """Return the last part, with the sign given by the signs before it."""
    *signs, node = parts
    return _negated(node) if sum(sign != "+" for sign in signs) % 2 else cast(Node, node)


def _negated(node: Node) -> Node:
    return Number(-node.value) if isinstance(node, Number) else _join("*", [Number(Fraction(-1)), node])


def _join(kind: str, parts: list[Any]) -> Node:
    return cast(Node, parts[0]) if len(parts) == 1 else NaryOperation(kind, tuple(parts))

r"""The sides of an answer: `\delta_j = a = b` states what is asked, and two formulas for it.

Each formula is judged. The side that names what is asked may stand first, last or nowhere, in any spelling; `+=`, or
the symbol with Delta, states an increment instead of the new value.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy

from lemma.errors import InputError
from lemma.exercises.grading.answer import parse
from lemma.exercises.grading.answer_tree import Name, NaryOperation, Node, formula_error, symbols
from lemma.exercises.grading.question import Question
from lemma.exercises.grading.spelling import normalize
from lemma.exercises.grading.written import to_latex

_RELATION = re.compile(r"\+=|-=|=|\\gets|\\to")


class OtherLayerError(Exception):
    """The left side is the quantity of another layer."""


@dataclass(frozen=True)
class Side:
    """A formula for what is asked, and what is added to it or subtracted from it (the weight before the update)."""

    text: str
    tree: Node
    sign: int = 1
    weights: int = 0

    def complete(self, value: Any, weight: Any) -> Any:
        """Return the value of what is asked."""
        return value if (self.sign, self.weights) == (1, 0) else sympy.Add(self.sign * value, self.weights * weight)


def split_sides(question: Question, text: str) -> tuple[Side, ...]:
    """Return the formulas of an answer for what is asked.

    Raises:
        InputError: If a formula cannot be parsed, or none is for what is asked.
        OtherLayerError: If the left side has another layer than what is asked.
    """
    pieces = _split(normalize(text, question.has_net_input))
    parsed: list[tuple[str, str, Node]] = []
    for relation, piece in pieces:
        parsed.append((relation, piece, parse(piece, question.phi)))
    names = _names((question.asked, *question.aliases), question.allows_vectors)
    sides: list[Side] = []
    sign, weights = 1, 0
    for place, (_, piece, tree) in enumerate(parsed):
        plain = to_latex(tree, is_plain=True)
        if len(parsed) > 1 and piece[:1] != "(" and (kind := names.get(plain)):
            _check_layer(question, tree)
            if place == 0:
                sign, weights = _increment(kind, parsed[1][0], question)
            continue
        if place == 0 and len(parsed) > 1 and isinstance(tree, Name) and not question.constants():
            what = f"'{piece}' is not what is asked for"
            raise formula_error(piece, 0, what, f"Write the formula alone, or begin with {question.asked} =.")
        sides.append(Side(piece, tree, sign, weights))
    if not sides:
        raise InputError("The answer has no formula.", f"Write a formula for {question.asked}.")
    return tuple(sides)


def _split(text: str) -> list[tuple[str, str]]:
    """Return the sides of a chain, each with the relation before it; relations in brackets do not count."""
    pieces, relation, start, at, depth = [], "", 0, 0, 0
    while at < len(text):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        match = _RELATION.match(text, at) if depth == 0 else None
        if match:
            pieces.append((relation, text[start:at].strip()))
            relation, start, at = match[0], match.end(), match.end()
        else:
            at += 1
    pieces.append((relation, text[start:].strip()))
    if len(pieces) > 1 and not pieces[0][1]:
        pieces = [("", pieces[1][1]), *pieces[2:]]
    return pieces


@cache
def _names(written: tuple[str, ...], allows_vectors: bool) -> dict[str, str]:
    """Return the kind of each way of writing what is asked: asked, weight or increment."""
    names: dict[str, str] = {}
    for name in written:
        asked = to_latex(parse(normalize(name)), is_plain=True)
        names[asked] = "asked"
        if allows_vectors:
            names[re.sub(r"_\{[^{}]*\}", "", asked)] = "asked"
        if asked.startswith("w"):
            names[rf"\Delta {asked}"] = "increment"
        elif asked.startswith(r"\Delta "):
            names[asked.removeprefix(r"\Delta ")] = "weight"
    return names


def _increment(kind: str, relation: str, question: Question) -> tuple[int, int]:
    """Return the sign of the formula and how often the weight is added to it."""
    sign = -1 if relation == "-=" else 1
    is_increment = kind == "increment" or relation in ("+=", "-=") or (kind == "asked" and "Delta" in question.asked)
    asks_increment = "Delta" in question.asked
    return sign, int(is_increment) - int(asks_increment)


def _check_layer(question: Question, tree: Node) -> None:
    asked = {symbol.layer for symbol in symbols(parse(normalize(question.asked)))} | set(question.layers)
    for symbol in symbols(tree):
        if symbol.layer and symbol.layer not in asked and any(asked - {""}):
            raise OtherLayerError(to_latex(symbol))


def weight_of(question: Question) -> Node:
    """Return the weight that a question asks to update."""
    tree = parse(normalize(question.asked))
    return tree.parts[-1] if isinstance(tree, NaryOperation) else tree

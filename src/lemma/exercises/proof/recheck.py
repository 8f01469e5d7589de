r"""An independent check of printed counter-examples, from the printed formulas and the printed numbers alone.

The LaTeX of a claim and of its mutant is parsed and evaluated in exact fractions (in floats where a function occurs).
The check shares no code with the methods: it reads what a reader reads, so that a counter-example whose numbers do not
falsify the printed mutant, or that violates a printed condition, is found.
"""

import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from lemma.exercises.outcome import Refuted
from lemma.exercises.proof.space import Condition

TOLERANCE = 1e-6  # of printed decimals, relative for values above 1
RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": eq, r"\ge": ge, r"\geq": ge, r"\le": le, r"\leq": le, "<": lt, ">": gt, r"\ne": ne,
}  # fmt: skip
FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    r"\sigma": lambda net: 1 / (1 + math.exp(-net)),
    r"\tanh": math.tanh,
    r"\exp": math.exp,
    r"\ln": math.log,
    r"\log": math.log,
    r"\varphi": lambda net: 1 if net >= 0 else -1,
    "H": lambda net: 1 if net >= 0 else 0,
}
_SPACES = re.compile(r"\\left|\\right|\\[,;:! ]|\\q?quad|\\displaystyle|\s+|(?<![A-Za-z])\\limits")
_TOKEN = re.compile(r"\\[A-Za-z]+|[A-Za-z]'?|\d+(?:\.\d+)?|.")
_LAYER = re.compile(r"\^\{\(([^{}]*)\)\}")  # w^{(1)}: a part of the name, not a power


class _Expression:
    """Recursive-descent evaluation of one printed formula at given values."""

    def __init__(self, text: str, values: Mapping[str, Any]) -> None:
        compact = _LAYER.sub(lambda match: f"@{match[1]}@", _SPACES.sub(" ", text))
        self.tokens = [token for token in _TOKEN.findall(compact) if token != " "]
        self.values, self.place = values, 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise ValueError(f"'{expected or 'a factor'}' expected at '{''.join(self.tokens[self.place :])[:20]}'")
        self.place += 1
        return token

    def relation(self) -> Any:
        """Return the truth of a chain of relations, or the value of an expression without one."""
        value, truth = self.sum(), None
        while self.peek() in RELATIONS:
            holds, following = RELATIONS[self.take()], self.sum()
            close = abs(value - following) <= TOLERANCE * max(1, abs(value)) and holds in (eq, ge, le)
            truth = (truth is not False) and bool(close or holds(value, following))
            value = following
        return value if truth is None else truth

    def sum(self) -> Any:
        total = self.product(-1 if self.sign() < 0 else 1)
        while self.peek() in ("+", "-"):
            total += self.product(self.sign())
        return total

    def sign(self) -> int:
        sign = 1
        while self.peek() in ("+", "-"):
            sign = -sign if self.take() == "-" else sign
        return sign

    def product(self, sign: int) -> Any:
        value = Fraction(sign)
        while self.peek() and self.peek() not in ("+", "-", ")", "}", "]", ",", *RELATIONS):
            if self.peek() in (r"\cdot", r"\times"):
                self.take()
            elif self.peek() == "/":
                self.take()
                value = _divide(value, self.power())
            else:
                value = value * self.power()
        return value

    def power(self) -> Any:
        base = self.factor()
        if self.peek() == "^":
            self.take()
            exponent = self.group("{", "}") if self.peek() == "{" else Fraction(self.take())
            base = base ** int(exponent) if exponent == int(exponent) else float(base) ** float(exponent)
        return base

    def group(self, opening: str, closing: str) -> Any:
        self.take(opening)
        value = self.relation()
        self.take(closing)
        return value

    def factor(self) -> Any:
        token = self.peek()
        if token == "(":
            return self.group("(", ")")
        if token == "[":
            return Fraction(int(self.group("[", "]")))  # Kronecker's delta
        if token == "{":
            return self.group("{", "}")
        self.take()
        if token[0].isdigit():
            return Fraction(token)
        if token == r"\frac":
            above = self.group("{", "}")
            return _divide(above, self.group("{", "}"))
        if token == r"\sum":
            return self.total()
        if token in FUNCTIONS and self.peek() in ("(", "{"):
            return FUNCTIONS[token](self.group("(", ")") if self.peek() == "(" else self.group("{", "}"))
        if token == "e" and self.peek() == "^":
            self.take()
            return math.exp(self.group("{", "}"))
        return self.name(token)

    def name(self, token: str) -> Any:
        label = token
        while self.peek() == "@":
            self.take()
            label += "^{(" + self.take() + ")}"
            self.take("@")
        if self.peek() != "_":
            return self.values[label]
        self.take()
        if self.peek() != "{":
            return self.values[f"{label}_{{{self.take()}}}"]
        self.take("{")
        places = [self.sum()]
        while self.peek() == ",":
            self.take()
            places.append(self.sum())
        self.take("}")
        return self.values[f"{label}_{{{','.join(str(place) for place in places)}}}"]

    def total(self) -> Any:
        """Return the value of a sum over the product that follows."""
        self.take("_"), self.take("{")
        variable = self.take()
        self.take("=")
        low = self.sum()
        self.take("}"), self.take("^")
        high = self.group("{", "}") if self.peek() == "{" else self.values.get(self.peek()) or Fraction(self.take())
        start, end, result, outer = self.place, self.place, Fraction(0), self.values
        for number in range(int(low), int(high) + 1):
            self.place, self.values = start, {**outer, variable: Fraction(number)}
            result += self.product(self.sign())
            end = self.place
        if int(high) < int(low):
            end = self.skip_product()
        self.place, self.values = end, outer
        return result

    def skip_product(self) -> int:
        """Return the position after the product of an empty sum, of which no entry needs to exist."""
        depth, place = 0, self.place
        while place < len(self.tokens):
            token = self.tokens[place]
            depth += (token in "({[") - (token in ")}]")
            if depth < 0 or (depth == 0 and place > self.place and token in ("+", "-", *RELATIONS)):
                break
            place += 1
        return place


def _divide(above: Any, below: Any) -> Any:
    if below == 0:
        raise ValueError("division by 0")
    return above / below


def evaluate_printed(formula: str, values: Mapping[str, str]) -> Any:
    """Return the value of a printed formula, or the truth of a printed relation, at printed values.

    Raises:
        ValueError: If the formula cannot be read, or has no value.
        KeyError: If a name has no value.
    """
    numbers = {name.strip("$"): Fraction(value) for name, value in values.items()}
    expression = _Expression(formula, numbers)
    result = expression.relation()
    if expression.peek():
        raise ValueError(f"'{''.join(expression.tokens[expression.place :])}' is left over")
    return result


def recheck(claim: str, mutant: str, conditions: tuple[Condition, ...], counter_example: Refuted) -> str:
    """Return why a printed counter-example does not falsify a printed mutant, or an empty string if it does.

    Args:
        claim: LaTeX of the claim: an expression, or a relation that decides about the values.
        mutant: LaTeX of the mutant.
        conditions: What the values must satisfy.
        counter_example: The printed values, and the printed results of claim and mutant if these are expressions.
    """
    values, computed, stated = counter_example.values, counter_example.computed, counter_example.stated
    try:
        right, wrong = evaluate_printed(claim, values), evaluate_printed(mutant, values)
        for condition in conditions:
            ranges = [range(1, int(values[size]) + 1) for size in condition.indices.values()]
            for places in product(*ranges):
                named = dict(zip(condition.indices, map(str, places), strict=True))
                if evaluate_printed(condition.relation, {**values, **named}) is not True:
                    return f"the values violate {condition.relation}"
    except (KeyError, ValueError, ZeroDivisionError, OverflowError) as error:
        return f"the printed formulas cannot be evaluated at the printed values: {error!r}"
    if isinstance(right, bool):
        return "" if right != wrong else f"claim and mutant are both {'true' if right else 'false'} at these values"
    for side, printed, value in (("computed", computed, right), ("stated", stated, wrong)):
        if abs(Fraction(printed) - Fraction(value)) > TOLERANCE * max(1, abs(value)):
            return f"the {side} value is printed as {printed}, but the printed formula gives {float(value):.9g}"
    return "" if computed != stated else f"claim and mutant have the same value {computed}"

r"""Parser for answers in LaTeX, as on the exercise sheet, or in plain text.

One grammar covers both: `(t_j - o_j)*o_j`, `\left(t_j - o_j\right) o_j` and `(t_j - o_j) \cdot o_{j}` give the same
tree. SymPy's LaTeX parsers silently drop factors in this notation. The interpretation of names, and the range of a sum
without bounds, depend on the question; see `meaning`.
"""

import re
from functools import cache
from typing import cast

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from lemma.errors import InputError
from lemma.exercises.grading.answer_builder import Builder
from lemma.exercises.grading.answer_tree import (
    DEEPEST,
    ENTRY,
    LAYER,
    PARTIAL,
    PHI_LETTER,
    SUBSCRIPT,
    Node,
    formula_error,
    measure_depth,
)
from lemma.exercises.grading.spelling import MAX_CHARACTERS

_BY = PARTIAL + ENTRY
_SUM = (
    r"(?:\\sum|sum|Σ|∑)(?:\\limits)?\s*_\s*(?:\{(?:[^{}]|\{[^{}]*\})*\}|[A-Za-z](?![A-Za-z0-9]))"
    r"(?:\s*\^\s*(?:\{[^{}]*\}|[A-Za-z0-9]))?"
)
_GRAMMAR = rf"""
?start: expression
expression: ADDED* product (ADDED+ product)*
product: power (times | over | beside)*
times: TIMES ADDED* power
over: OVER ADDED* power
beside: bare
?power: NUMBER (RAISED exponent)? -> power
      | bare
?bare: loose (RAISED exponent)? -> power
exponent: ADDED* (NUMBER | name) | "{{" expression "}}" | "(" expression ")"
?loose: name
      | DERIVATIVE -> derivative
      | SHORT -> short
      | group SUBSCRIPT? -> entry
      | FRACTION "{{" expression "}}" "{{" expression "}}" -> fraction
      | FUNCTION (PRIME | RAISED NUMBER | RAISED "{{" NUMBER "}}")? group -> call
      | SUM ADDED* product -> total
?group: "(" expression ")" | "[" expression "]" | "{{" expression "}}"
name: NAME (LAYER | SUBSCRIPT | PRIME)*

SUM.5: /{_SUM}/
DERIVATIVE.5: /\\[dt]?frac\s*\{{\s*{_BY}\s*\}}\s*\{{\s*{_BY}\s*\}}|{_BY}\s*\/\s*{_BY}/
SHORT.4: /\\[dt]?frac\s*\d\s*\d/
FRACTION.3: /\\[dt]?frac(?![A-Za-z])/
FUNCTION.3: /\\?(?:sigma|exp|ln|log|tanh|abs|sqrt)(?![A-Za-z])|σ|{PHI_LETTER}(?=\s*(?:'\s*)?[(\[])/
IGNORED.4: /\\(?:left|right|[bB]igg?[lr]?|displaystyle|q?quad)(?![A-Za-z])|\\[,;:! ]|[\s~$]+/
LAYER.3: /{LAYER}/
SUBSCRIPT: /{SUBSCRIPT}/
TIMES.3: /\*(?!\*)|\\(?:cdot|times|odot|otimes)(?![A-Za-z])|[·×⋅]/
NAME: /\\[A-Za-z]+|[A-Za-z]+\d*|[δηφϕ]/
NUMBER: /\d+(?:\.\d*)?|\.\d+/
OVER: "/"
ADDED: /[+\-−–]/
RAISED: /\^|\*\*/
PRIME: /'|′|\^\s*\\prime|\^\s*\{{\s*\\prime\s*\}}/
%ignore IGNORED
"""
_EXPECTED = {
    "NAME": "a symbol such as o_j",
    "NUMBER": "a number",
    "SUM": r"a sum such as \sum_{k}",
    "LPAR": "(",
    "RPAR": ")",
    "LBRACE": "{",
    "RBRACE": "}",
    "LSQB": "[",
    "RSQB": "]",
    "TIMES": "*",
    "OVER": "/",
    "ADDED": "+ or -",
    "RAISED": "^",
    "SUBSCRIPT": "_",
    "$END": "the end",
}


def parse(text: str, net: frozenset[str] = frozenset()) -> Node:
    r"""Parse a formula.

    Args:
        text: The formula.
        net: Symbols that make `\phi(...)` a function if its argument has one of them, and otherwise a product;
            if there are none, it is always a function.

    Raises:
        InputError: If the formula cannot be parsed; the message shows the position and what was expected there.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"The formula has {len(text)} characters.", f"Shorten it to at most {MAX_CHARACTERS:,} characters."
        )
    text = re.sub(r"\s", " ", text)
    _check_depth(text)
    if not text.strip(" $"):
        raise InputError("The formula is empty.", "Write a formula such as (t_j - o_j)*o_j or \\delta_k w_{j,k}.")
    try:
        tree = cast(Node, Builder(text, net).transform(_grammar().parse(text)))
    except VisitError as error:
        raise error.orig_exc from None
    except UnexpectedInput as error:
        raise _explain(_grammar(), text, error) from None
    if measure_depth(tree) > DEEPEST:
        raise InputError("The formula is nested too deeply.", f"Use at most {DEEPEST} levels.")
    return tree


@cache
def _grammar() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def _check_depth(text: str) -> None:
    """Refuse deeply nested brackets and sums before the parser recurses into them."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if depth > DEEPEST:
            raise formula_error(text, at, "Brackets are nested too deeply", f"Nest at most {DEEPEST} brackets.")
    if len(re.findall(r"sum|[Σ∑]", text)) > DEEPEST:
        raise InputError("The formula has too many sums.", f"Use at most {DEEPEST}.")


def _explain(grammar: Lark, text: str, error: UnexpectedInput) -> InputError:
    """Return the error for a syntax error, with the tokens that were expected at its position."""
    expected: set[str] = set()
    at = len(text.rstrip())
    what = "The formula is incomplete"
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
        if error.token.type != "$END":
            at, what = cast(int, error.token.start_pos), f"Unexpected '{error.token}'"
    elif isinstance(error, UnexpectedCharacters):
        at = cast(int, error.pos_in_stream)
        before = grammar.parse_interactive(text[:at])
        before.exhaust_lexer()
        expected = before.accepts()  # type: ignore[no-untyped-call]
        what = f"Unexpected '{text[at]}'"
    names = [name for terminal, name in _EXPECTED.items() if terminal in expected]
    return formula_error(
        text, at, what, f"Expected there: {', '.join(names)}." if names else "See the formula's notation."
    )

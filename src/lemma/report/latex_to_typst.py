r"""Conversion of LaTeX formulas to Typst, for the subset of LaTeX that claims and derivations use.

A formula is data and must not become Typst code: the grammar lists every command that it accepts, text is quoted, and
brackets, commas and semicolons, which separate arguments in Typst, are written as symbols.
"""

from typing import Any, NoReturn

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from lemma.errors import InputError
from lemma.report.latex_symbols import ACCENTS, DELIMITERS, ENVIRONMENTS, LETTERS, SIGNS, WORDS

_GRAMMAR = r"""
formula: item*
item: nucleus PRIME* script*
script: SCRIPT argument
?nucleus: simple
    | NUMBER -> number
    | "{" item* "}" -> group
?argument: simple
    | NUMBER -> digit
    | "{" item* "}" -> braced
?simple: LETTER -> letter
    | SIGN -> sign
    | COMMAND -> command
    | FRAC argument argument -> fraction
    | SQRT DEGREE? argument -> root
    | ACCENT argument -> accent
    | LETTERS argument -> letters
    | TEXT QUOTED -> text
    | LEFT delimiter item* RIGHT delimiter -> fenced
    | BEGIN row (BREAK row)* END -> environment
row: cell (AMPERSAND cell)*
cell: item*
delimiter: SIGN | COMMAND

SCRIPT: /[_^]/
PRIME: "'"
NUMBER: /[0-9]+(\.[0-9]+)?/
LETTER: /[A-Za-z]/
SIGN: /[-+=<>!*|\/.,:;()\[\]?]/
AMPERSAND: "&"
FRAC.2: /\\[dt]?frac(?![A-Za-z])/
SQRT.2: /\\sqrt(?![A-Za-z])/
DEGREE.2: /\[[0-9A-Za-z]\]/
ACCENT.2: /\\(ACCENTNAMES)(?![A-Za-z])/
LETTERS.2: /\\(LETTERNAMES)(?![A-Za-z])/
TEXT.2: /\\(text|operatorname)(?![A-Za-z])/
QUOTED: /\{[^{}\\$]*\}/
LEFT.2: /\\left(?![A-Za-z])/
RIGHT.2: /\\right(?![A-Za-z])/
BEGIN.2: /\\begin\{(ENVIRONMENTNAMES)\}/
END.2: /\\end\{(ENVIRONMENTNAMES)\}/
BREAK.2: /\\\\/
COMMAND: /\\([A-Za-z]+|[^A-Za-z\\])/
%ignore /\s+/
"""


def typst(formula: str) -> str:
    r"""Convert a LaTeX formula to Typst mathematics, without the dollar signs.

    Raises:
        InputError: a command is not supported, or the formula is malformed; the message gives the position.
    """
    try:
        return str(_Writer(formula).transform(_PARSER.parse(formula)))
    except UnexpectedInput as error:
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":  # its position is the last token's
            _refuse(formula, len(formula), "is unexpected: the formula is incomplete")
        _refuse(formula, error.pos_in_stream or 0, "is unexpected")
    except VisitError as error:
        if isinstance(error.orig_exc, InputError):
            raise error.orig_exc from None
        raise


def _refuse(formula: str, place: int, what: str) -> NoReturn:
    got = f"'{formula[place : place + 12]}'" if place < len(formula) else "the end"
    raise InputError(
        f"Formula {formula!r}: {got} at position {place + 1} {what}.",
        "src/lemma/report/latex_symbols.py lists the supported LaTeX commands; add the command there.",
    )


def _join(parts: list[str]) -> str:
    """Join parts with spaces, which Typst ignores, except next to quoted text, where it would print them."""
    joined = ""
    for part in filter(None, parts):
        glue = joined and not joined.endswith('"') and not part.startswith('"')
        joined += (" " if glue else "") + part
    return joined


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@v_args(inline=True)
class _Writer(Transformer[Token, str]):
    """Convert each node of the parse tree to Typst."""

    def __init__(self, formula: str) -> None:
        super().__init__()
        self._formula = formula

    def formula(self, *items: str) -> str:
        return _join([*items])

    cell = formula

    def row(self, *cells: str) -> list[str]:
        return [cell for cell in cells if not isinstance(cell, Token)]

    def number(self, digits: Token) -> str:
        return str(digits)

    def letter(self, name: Token) -> str:
        return str(name)

    def sign(self, sign: Token) -> str:
        return SIGNS[str(sign)]

    def command(self, name: Token) -> str:
        word = str(name)[1:]
        if word not in WORDS:
            _refuse(self._formula, name.start_pos or 0, "is not a supported command")
        return WORDS[word]

    def digit(self, digit: Token) -> str:
        if len(digit) > 1:
            _refuse(self._formula, digit.start_pos or 0, "has several digits, of which LaTeX takes one: use braces")
        return str(digit)

    def braced(self, *items: str) -> str:
        return _join([*items]) or "zws"

    def group(self, *items: str) -> str:
        return items[0] if len(items) == 1 else f'class("normal", {_join([*items]) or "zws"})'

    def fraction(self, _: Token, above: str, below: str) -> str:
        return f"frac({above}, {below})"

    def root(self, _: Token, *parts: str) -> str:
        *degree, radicand = parts
        return f"root({degree[0][1]}, {radicand})" if degree else f"sqrt({radicand})"

    def accent(self, name: Token, argument: str) -> str:
        return f"{ACCENTS[str(name)[1:]]}({argument})"

    def letters(self, name: Token, argument: str) -> str:
        return LETTERS[str(name)[1:]].format(argument)

    def text(self, name: Token, words: Token) -> str:
        quoted = _quoted(str(words)[1:-1])
        return f"op({quoted})" if name == r"\operatorname" else quoted

    def item(self, nucleus: str, *rest: Any) -> str:
        primes = [part for part in rest if isinstance(part, Token)]
        scripts = [part for part in rest if isinstance(part, tuple)]
        if len({kind for kind, _, _ in scripts}) < len(scripts):
            _refuse(self._formula, scripts[1][1], "is a second script of the same kind: use braces")
        return nucleus + "'" * len(primes) + "".join(f"{kind}({content})" for kind, _, content in scripts)

    def script(self, kind: Token, argument: str) -> tuple[str, int, str]:
        return str(kind), kind.start_pos or 0, argument

    def delimiter(self, sign: Token) -> str:
        if str(sign) not in DELIMITERS:
            _refuse(self._formula, sign.start_pos or 0, "is not a delimiter")
        return DELIMITERS[str(sign)]

    def fenced(self, _: Token, left: str, *rest: Any) -> str:
        *items, _right, right = rest
        return f"lr({_join([left, *items, right])})"

    def environment(self, begin: Token, *rest: Any) -> str:
        rows, end = [part for part in rest if isinstance(part, list)], rest[-1]
        name = str(begin)[len(r"\begin{") : -1]
        if str(end) != rf"\end{{{name}}}":
            _refuse(self._formula, end.start_pos or 0, rf"does not match {begin}")
        before, between_cells, between_rows, after = ENVIRONMENTS[name]
        return before + between_rows.join(between_cells.join(row) for row in rows) + after


def _grammar() -> str:
    """Return the grammar with the names of `latex_symbols` filled in."""
    names = {"ACCENTNAMES": [*ACCENTS], "LETTERNAMES": [*LETTERS], "ENVIRONMENTNAMES": [*ENVIRONMENTS]}
    grammar = _GRAMMAR
    for placeholder, commands in names.items():
        grammar = grammar.replace(placeholder, "|".join(commands))
    return grammar


_PARSER = Lark(_grammar(), start="formula", parser="lalr")

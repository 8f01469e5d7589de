"""The syntax tree of an answer: its nodes, the notation of symbols, and errors with a position."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from lemma.errors import InputError

DEEPEST = 40  # maximal nesting of brackets, sums and powers
CONTEXT = 50  # characters of a formula shown on each side of an error
LAYER = r"\^\s*\{\s*\(\s*\d\s*\)\s*\}"
SUBSCRIPT = r"_\s*(?:\{[^{}]*\}|[A-Za-z0-9]+(?![A-Za-z0-9_])|[A-Za-z0-9])"
ENTRY = rf"(?:\\[A-Za-z]+|[A-Za-z]\d?)(?:{LAYER})?(?:{SUBSCRIPT})?(?:{LAYER})?"
PARTIAL = r"(?:\\partial|∂|d)\s*"
PHI_LETTER = r"(?:\\?(?:var)?phi|[φϕ])"
_GREEK = {"δ": "delta", "η": "eta", "φ": "phi", "ϕ": "phi", "varphi": "phi", "σ": "sigma"}


@dataclass(frozen=True)
class Index:
    """An index: a letter or "", plus an integer shift."""

    letter: str
    shift: int = 0

    def __str__(self) -> str:
        return f"{self.letter}{self.shift:+}" if self.letter and self.shift else self.letter or str(self.shift)


@dataclass(frozen=True)
class Number:
    """An exact number."""

    value: Fraction


@dataclass(frozen=True)
class Name:
    r"""A symbol with its layer, as in `o^{(2)}`, and its indices; a derivative is a symbol called `dE/do`."""

    name: str
    layer: str
    indices: tuple[Index, ...]
    text: str
    at: int


@dataclass(frozen=True)
class NaryOperation:
    """A sum (`kind` is +) or a product: `kind` is *, odot, otimes, or beside if it was written like a call of phi."""

    kind: str
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Power:
    """A power; `base` is None for Euler's number."""

    base: "Node | None"
    exponent: "Node"
    at: int


@dataclass(frozen=True)
class Call:
    """A function applied to a formula."""

    function: str
    argument: "Node"
    at: int


@dataclass(frozen=True)
class Summation:
    """A sum over the index `letter`, with bounds, or over its whole range, or over the neurons downstream of `of`."""

    letter: str
    bounds: tuple[Index, Index] | None
    of: str
    body: "Node"
    at: int


@dataclass(frozen=True)
class Entry:
    """An entry of a product of matrices in brackets, such as `(W^T g)_i`."""

    argument: "Node"
    indices: tuple[Index, ...]
    at: int


Node = Number | Name | NaryOperation | Power | Call | Summation | Entry


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts of a node."""
    match node:
        case NaryOperation(_, parts):
            return parts
        case Power(base, exponent):
            return (exponent,) if base is None else (base, exponent)
        case Call(_, inner) | Summation(body=inner) | Entry(inner):
            return (inner,)
    return ()


def symbols(node: Node) -> Iterator[Name]:
    """Yield all symbols of a tree."""
    if isinstance(node, Name):
        yield node
    for child in children(node):
        yield from symbols(child)


def numbers(node: Node) -> Iterator[Fraction]:
    """Yield the absolute values of the numbers that are written in a tree, without signs and denominators."""
    if isinstance(node, Number):
        yield abs(node.value)
    for child in children(node):
        is_sign = isinstance(child, Number) and child.value == -1 and isinstance(node, NaryOperation | Power)
        if not is_sign:
            yield from numbers(child)


def measure_depth(node: Node) -> int:
    """Return the number of nested nodes."""
    return 1 + max(map(measure_depth, children(node)), default=0)


def degree(node: Node) -> int:
    """Return an upper bound for the number of factors in the largest product, with powers expanded."""
    match node:
        case NaryOperation(kind, parts) if kind != "+":
            return sum(map(degree, parts))
        case Call("phi" | "ln" | "log" | "transpose" | "abs", inner):
            return degree(inner)
        case Power(None, inner) | Call(_, inner):
            return 6 * degree(inner)
        case Power(base, Number(value)) if base is not None:
            return degree(base) * max(1, int(abs(value)))
    return max(map(degree, children(node)), default=1)


def formula_error(text: str, at: int, what: str, fix: str) -> InputError:
    """Return an error for a position in a formula, with the formula and a caret below the position."""
    start = max(0, at - CONTEXT)
    excerpt = text[start : at + CONTEXT]
    return InputError(f"{what}, at character {at + 1}:\n    {excerpt}\n    {' ' * (at - start)}^", fix)


def parse_indices(text: str) -> tuple[Index, ...]:
    """Parse the indices of a subscript such as `_{j,k+1}` or `_jk`.

    Raises:
        ValueError: If a part of the subscript is not an index.
    """
    inner = re.sub(r"\s*([+\-−–])\s*", r"\1", text.strip("_{} ")).replace("−", "-").replace("–", "-")
    results: list[Index] = []
    for piece in re.split(r"\s*,\s*|\s+", inner):
        pieces = list(piece) if re.fullmatch(r"[A-Za-z0-9]{2,6}", piece) else [piece]
        for part in pieces:
            written = re.fullmatch(r"([A-Za-z]?)((?:(?<=[A-Za-z])[+-]|^)\d{1,4})?", part)
            if not part or not written:
                raise ValueError(part)
            results.append(Index(written[1], int(written[2] or 0)))
    return tuple(results)


def parse_name(text: str, at: int) -> Name:
    r"""Parse a symbol such as `W^{(2)}_{j,k}`, `w_jk`, `w13` or `o2_k`, where 2 is the layer."""
    word = cast(re.Match[str], re.match(r"\\?[A-Za-z]+|.", text))[0]
    rest = text[len(word) :]
    digits = cast(re.Match[str], re.match(r"\d*", rest))[0]
    layers, subscripts = re.findall(LAYER, rest), re.findall(SUBSCRIPT, re.sub(LAYER, "", rest))
    layer = re.sub(r"\D", "", "".join(layers)) or (digits if subscripts else "")
    if subscripts:
        places = tuple(index for subscript in subscripts for index in parse_indices(subscript))
    else:
        places = tuple(Index("", int(digit)) for digit in digits)
    return Name(plain_name(word), layer, places, text.strip(), at)


def plain_name(word: str) -> str:
    """Return the plain name of a symbol: delta for the LaTeX command and for the Greek letter."""
    bare = word.removeprefix("\\")
    return _GREEK.get(bare, bare)

r"""LaTeX of the syntax tree of an answer, which shows how it was read."""

from fractions import Fraction

from lemma.exercises.grading.answer_tree import Call, Entry, Name, NaryOperation, Node, Number, Power, Summation

_GREEK = {"delta", "eta", "sigma", "phi", "theta", "Delta"}
_PRODUCTS = {"odot": r" \odot ", "otimes": r" \otimes "}


def to_latex(node: Node, is_plain: bool = False) -> str:
    """Return the LaTeX of a tree.

    Args:
        node: The tree.
        is_plain: Whether layers and primes are left out, which makes two notations of one symbol the same.
    """

    def write(part: Node) -> str:
        return to_latex(part, is_plain)

    match node:
        case Number(value):
            sign, value = "-" if value < 0 else "", abs(value)
            return (
                f"{sign}{value}"
                if value.denominator == 1
                else rf"{sign}\frac{{{value.numerator}}}{{{value.denominator}}}"
            )
        case Name():
            return _write_name(node, is_plain)
        case NaryOperation("+", parts):
            return " + ".join(map(write, parts)).replace("+ -", "- ")
        case NaryOperation(kind, parts):
            return _write_product(kind, parts, is_plain)
        case Power(None, exponent):
            return f"e^{{{write(exponent)}}}"
        case Power(base, Number(Fraction(numerator=-1, denominator=1))) if base is not None:
            return rf"\frac{{1}}{{{write(base)}}}"
        case Power(base, exponent) if base is not None:
            inner = write(base)
            return f"{inner if isinstance(base, Name | Entry) else f'({inner})'}^{{{write(exponent)}}}"
        case Call("transpose", argument):
            inner = write(argument)
            return f"{inner if isinstance(argument, Name) else f'({inner})'}^T"
        case Call("abs", argument):
            return f"|{write(argument)}|"
        case Call(function, argument):
            return rf"\{function}({write(argument)})"
        case Entry(argument, indices):
            return f"({write(argument)})_{{{','.join(map(str, indices))}}}"
        case Summation(letter, bounds, of, body):
            below = f"{letter}={bounds[0]}" if bounds else letter + (rf" \in \mathrm{{Downstream}}({of})" if of else "")
            above = f"^{{{bounds[1]}}}" if bounds else ""
            return rf"\sum_{{{below}}}{above} {_bracket(body, is_plain)}"
    raise TypeError(node)


def _write_name(node: Name, is_plain: bool) -> str:
    name = node.name.rstrip("'") if is_plain else node.name
    subscript = f"_{{{','.join(map(str, node.indices))}}}" if node.indices else ""
    layer = f"^{{({','.join(node.layer)})}}" if node.layer and not is_plain else ""
    if "/" in name:
        above, below = name.split("/")
        first = f"_{{{node.indices[0]}}}" if len(node.indices) > 1 and above != "dE" else ""
        rest = node.indices[1:] if first else node.indices
        last = f"_{{{','.join(map(str, rest))}}}" if rest else ""
        return rf"\frac{{\partial {_word(above[1:])}{first}}}{{\partial {_word(below[1:])}{layer}{last}}}"
    return f"{_word(name)}{layer}{subscript}"


def _word(name: str) -> str:
    bare, primes = name.rstrip("'"), "'" * name.count("'")
    return (f"\\{bare}" if bare in _GREEK else bare) + primes


def _bracket(node: Node, is_plain: bool) -> str:
    text = to_latex(node, is_plain)
    return f"({text})" if isinstance(node, NaryOperation) and node.kind == "+" else text


def _write_product(kind: str, parts: tuple[Node, ...], is_plain: bool) -> str:
    minus = Number(Fraction(-1))
    if kind == "*" and parts[0] == minus and len(parts) > 1:
        rest = parts[1:]
        inner = _write_product("*", rest, is_plain)
        return f"-{inner}" if len(rest) > 1 or not inner.startswith("-") else f"-({inner})"
    below = [
        part.base for part in parts if isinstance(part, Power) and part.exponent == minus and part.base is not None
    ]
    above = [
        part for part in parts if not (isinstance(part, Power) and part.exponent == minus and part.base is not None)
    ]
    if below and kind == "*":
        over = (
            _write_product("*", tuple(above), is_plain)
            if len(above) > 1
            else "".join(to_latex(part, is_plain) for part in above)
        )
        under = _write_product("*", tuple(below), is_plain) if len(below) > 1 else to_latex(below[0], is_plain)
        return rf"\frac{{{over or '1'}}}{{{under}}}"
    texts = [_bracket(part, is_plain) for part in parts]
    texts = [texts[0], *(f"({text})" if text.startswith("-") else text for text in texts[1:])]
    joined = texts[0]
    for before, text in zip(texts, texts[1:], strict=False):
        is_digits = before[-1].isdigit() and text[0].isdigit()
        joined += (_PRODUCTS.get(kind) or (r" \cdot " if is_digits else " ")) + text
    return joined

"""LaTeX to Typst: what the subset holds compiles, the rest is refused with its place, and nothing becomes code."""

import pytest
import typst as engine
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lemma.errors import InputError
from lemma.report.latex_symbols import ACCENTS, DELIMITERS, ENVIRONMENTS, LETTERS, SIGNS, WORDS
from lemma.report.latex_to_typst import typst

FORMULAS = {
    r"\frac{\partial E}{\partial o_i} = o_{i} - t_{i}": "frac(partial E, partial o_(i)) = o_(i) minus t_(i)",
    r"w'_{1,3} + x_i^2": "w'_(1 comma 3) + x_(i)^(2)",
    r"\vec{w}^\top \mathbf{W} \otimes x": "arrow(w)^(top) bold(upright(W)) times.o x",
    r"\sum_{k=1}^{m} [i = k]": "sum_(k = 1)^(m) bracket.l i = k bracket.r",
    r"\left(x\right)^{2}": "lr(paren.l x paren.r)^(2)",
    r"\left. f \right|_{h=0}": "lr(f bar.v)_(h = 0)",
    r"\begin{cases} 1 & x \ge 0 \\ -1 & \text{otherwise} \end{cases}": 'cases(1 & x gt.eq 0, minus 1 & "otherwise")',
    r"\begin{pmatrix} f(a,b) & 0.1 \\ 3 & 4 \end{pmatrix}": 'mat(delim: "(", f paren.l a comma b paren.r, 0.1; 3, 4)',
    r"\text{a & b, c; d}": '"a & b, c; d"',
    r"\varphi \mapsto \phi": "phi arrow.r.bar phi.alt",
    r"\sqrt[3]{x} \sqrt2": "root(3, x) sqrt(2)",
    r"\operatorname{sign}(x)": 'op("sign") paren.l x paren.r',
    "{a+b}_i {o}_j": 'class("normal", a + b)_(i) o_(j)',
    "": "",
}


def compiles(*formulas: str) -> None:
    engine.compile("\n".join(f"$ {formula} $" for formula in formulas).encode(), ignore_system_fonts=True)


@pytest.mark.parametrize(("latex", "expected"), FORMULAS.items())
def test_each_construction_has_its_typst(latex: str, expected: str) -> None:
    assert typst(latex) == expected


def test_all_constructions_compile() -> None:
    compiles(*FORMULAS.values())


def test_every_command_of_the_tables_compiles() -> None:
    commands = [rf"a \{word} b" for word in WORDS]
    commands += [rf"\{name}{{x, y}}" for name in (*ACCENTS, *LETTERS)]
    commands += [rf"\left{sign} \frac{{a}}{{b}} \right{other}" for sign in DELIMITERS for other in (".", sign)]
    commands += [f"a {sign} b" for sign in SIGNS]
    commands += [rf"\begin{{{name}}} a & b \\ c & d \end{{{name}}}" for name in ENVIRONMENTS]
    compiles(*map(typst, commands))


@pytest.mark.parametrize(
    ("latex", "position", "got"),
    [
        (r"a + \foo x", 5, r"\foo x"),
        (r"\input{x}", 1, r"\input{x}"),
        (r"\begin{array} a \end{array}", 1, r"\begin"),
        (r"\begin{cases} a \end{pmatrix}", 17, r"\end"),
        ("#let x", 1, "#let x"),
        ("a $ b", 3, "$ b"),
        ('a "b"', 3, '"b"'),
        ("x_i_j", 4, "_j"),
        ("x^12", 3, "12"),
        ("_a", 1, "_a"),
        ("}", 1, "}"),
        ("{a", 3, "the end"),
        (r"\frac{1}", 9, "the end"),
        (r"\left( x", 9, "the end"),
        (r"\left\alpha x \right)", 6, r"\alpha"),
        (r"\text{a$b}", 6, "{a$b}"),
    ],
)
def test_what_is_beyond_the_subset_is_refused_with_its_place(latex: str, position: int, got: str) -> None:
    with pytest.raises(InputError) as error:
        typst(latex)
    assert f"at position {position} " in error.value.what
    assert got in error.value.what


PIECES = [
    "#",
    "$",
    '"',
    "\\",
    "{",
    "}",
    "_",
    "^",
    "&",
    "(",
    ")",
    ",",
    ";",
    "/",
    "//",
    "/*",
    "x",
    "12",
    " ",
    "'",
    "@",
    "`",
]
PIECES += [r"\frac", r"\text{", r"\left(", r"\right)", r"\\", r"\begin{cases}", r"\end{cases}", r"\sum", "panic()", "é"]


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
@example(r"\text{#panic()}")
@example(r"\text{\"}#panic()")
@example("panic(x, y)")
@example("a // b")
@example("x /* y")
def test_no_formula_becomes_code(latex: str) -> None:
    try:
        formula = typst(latex)
    except InputError:
        return
    compiles(formula)

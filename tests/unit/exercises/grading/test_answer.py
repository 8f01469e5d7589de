"""The parser for answers: LaTeX and plain text give the same tree, and syntax errors have a position."""

from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.errors import InputError
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
    measure_depth,
    parse_name,
)
from lemma.exercises.grading.spelling import MAX_CHARACTERS, normalize


def bare(node: Node | None) -> Any:
    """Return a tree without texts, places and depths, nested products and sums joined."""
    match node:
        case Number(value):
            return value
        case Name():
            return (node.name, node.layer, *map(str, node.indices))
        case NaryOperation(kind, parts):
            flat: list[Any] = []
            for part in map(bare, parts):
                flat += part[1:] if isinstance(part, tuple) and part[0] == kind else [part]
            return (kind, *flat)
        case Power(base, exponent):
            return ("^", bare(base), bare(exponent))
        case Call(function, argument):
            return (function, bare(argument))
        case Summation():
            return ("sum", node.letter, node.bounds and tuple(map(str, node.bounds)), node.of, bare(node.body))
        case _:
            return None


SAME = [
    ["(t_j - o_j)*o_j", r"\left(t_{j} - o_{j}\right) o_j", r"(t_j-o_j) \cdot o_{j}",
     r"$\bigl[t_j - o_j\bigr]\,o_j$", "(t_j − o_j)·o_j"],
    ["w_{j,k}", "w_jk", "w_{jk}", "w_{j, k}", "w_{j k}"],
    ["w_{1,3}", "w_13", "w13", "w_{13}"],
    ["o^{(2)}_k", "o2_k", "o_k^{(2)}", r"o^{ (2) }_{k}"],
    [r"\varphi^2", r"\phi^{2}", "phi**2", "φ^2", "varphi ^ 2"],
    [r"\frac{1}{2}", "1/2", r"\frac12", r"\dfrac{1}{2}", "(1)/(2)"],
    ["e^{-s_j}", "e**(-s_j)", "e^-s_j", "e^(-s_j)"],
    [r"\sigma(s_j)", "sigma(s_j)", r"\sigma\left(s_j\right)", "σ(s_j)"],
    [r"\sigma'(s)", "sigma'(s)", r"\sigma^{\prime}(s)"],
    [r"\sum_{k=1}^{m} \delta_k", r"\sum\limits_{k=1}^m\delta_k", "sum_{k=1}^m delta_k", "Σ_{k=1}^{m} δ_k"],
    [r"\sum_{k} \delta_k", r"\sum_k\delta_k", "sum_k delta_k", "sum_k (delta_k)"],
    [r"\sum_{k \in Downstream(j)} 2", r"\sum_{k\in\text{Downstream}(j)} 2", r"\sum_{k \in \mathrm{downstream}(j)} 2"],
    [r"\frac{\partial E}{\partial o_j}", r"\partial E/\partial o_j", "dE/do_j", r"\frac{dE}{do_j}", "∂E/∂o_j"],
    ["t_j o_j", "t_jo_j", "t_j*o_j"],
    ["o_{k+1}", "o_{k + 1}"],
]  # fmt: skip
BAD = [
    (")", 1, "a symbol"), ("(o_j", 5, ")"), ("o_j o_k)", 8, "the end"), (r"\frac{1}{2", 11, "}"), ("2 3", 3, "*"),
    ("o_j + ", 6, "a number"), ("o_j # 2", 5, "the end"), ("x_{a;b}", 1, "letters or numbers"),
    ("o_j^o_j", 4, "whole numbers"),
    (r"\sum_{k<3} 1", 1, r"\sum_{k}"), ("a/b c", 3, "(a/b) c"), ("σ 2", 3, "("),
]  # fmt: skip


@pytest.mark.parametrize("forms", SAME, ids=lambda forms: forms[0])
def test_every_notation_gives_the_same_tree(forms: list[str]) -> None:
    assert len({repr(bare(parse(form))) for form in forms}) == 1


def test_the_summand_is_the_following_product() -> None:
    computed = bare(parse(r"2 \sum_k \delta_k w_{j,k} - o_j"))
    product = ("*", ("delta", "", "k"), ("w", "", "j", "k"))
    assert computed[:2] == ("+", ("*", Fraction(2), ("sum", "k", None, "", product)))


def test_powers_bind_stronger_than_signs_and_products() -> None:
    o, one = ("o", "", "j"), Fraction(-1)
    assert bare(parse("-o_j^2")) == ("*", one, ("^", o, Fraction(2)))
    assert bare(parse("2 o_j^{-1} o_j")) == ("*", Fraction(2), ("^", o, one), o)


def test_phi_is_a_function_only_of_the_arguments_that_the_question_allows() -> None:
    net = frozenset("x")
    for call in (
        r"\phi(x)",
        r"\phi\left (x\right )",
        r"\phi\!\left(x\right)",
        r"\phi\bigl(x\bigr)",
        r"\phi[x]",
        r"\phi((x))",
    ):
        assert isinstance(parse(normalize(call), net), Call), call
    assert isinstance(parse(r"\phi(1 - \phi)", net), NaryOperation)
    assert bare(parse(r"\phi(1 - \phi)^2", net)) == bare(parse(r"\phi \cdot (1 - \phi)^2"))


@pytest.mark.parametrize(("text", "character", "words"), BAD, ids=[text for text, _, _ in BAD])
def test_a_syntax_error_shows_position_and_expected_tokens(text: str, character: int, words: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text)
    what, formula, caret = error.value.what.splitlines()
    assert f"at character {character}:" in what
    assert formula.strip() == text.strip()
    assert caret.index("^") - (len(formula) - len(formula.lstrip())) == character - 1
    assert words in error.value.fix


def test_an_error_in_a_long_formula_shows_its_context() -> None:
    with pytest.raises(InputError) as error:
        parse("o_j + " * 100 + "?" + " + o_j" * 100)
    _, formula, caret = error.value.what.splitlines()
    assert len(formula) < 120
    assert formula[caret.index("^")] == "?"


def test_a_name_has_a_layer_and_indices() -> None:
    computed = parse_name("W^{(2)}_{j,k-1}", 0)
    assert (computed.name, computed.layer, computed.indices) == ("W", "2", (Index("j"), Index("k", -1)))


@settings(max_examples=300)
@given(
    st.text(max_size=60)
    | st.text("()[]{}^_+-*/\\,=' sumfracdeltoEjk12.", max_size=120)
    | st.binary(max_size=80).map(repr)
)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with suppress(InputError):
        assert measure_depth(parse(text)) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1999,
        "-" * 1999,
        "e^" * 999,
        "o" * 1999,
        "sum_k " * 333,
        "{" * 30 + "}" * 30,
        "x^{(2)}" * 280,
        "o+" * MAX_CHARACTERS,
    ],
)
def test_long_and_deeply_nested_text_is_handled_in_bounded_time(text: str) -> None:
    with pytest.raises(InputError):
        parse(text + "?")

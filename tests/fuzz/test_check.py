"""`lemma check` grades any text in bounded time, or refuses it with the position of the error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.errors import LemmaError
from lemma.exercises.grading.check import Feedback, Grade, check_answer
from lemma.exercises.grading.questions import QUESTIONS
from tests.fuzz.fuzzing import fuzz, mutated, survived
from tests.unit.exercises.grading.answers import RIGHT, WRONG

IDS = sorted(QUESTIONS)
ANSWERS = [*RIGHT, *WRONG]
PIECES = tuple(
    piece.encode()
    for piece in (
        *(
            "^9",
            "^-12",
            "^{12}",
            "**2",
            "^{o_j}",
            "e^",
            "exp(",
            "ln(",
            r"\ln(",
            r"\phi(",
            r"\sigma(",
            "sigma'(",
            "log(",
        ),
        *("(", ")", "{", "}", "[", "]", "_", "_{j,k}", "_{k+1}", "_", ",", "=", "<-", "0", "1/0", "/", "-", "+", "*"),
        *(
            r"\sum_k ",
            r"\sum_{k=1}^{m} ",
            "sum_",
            r"\frac{1}{0}",
            r"\frac{",
            r"\frac12",
            r"\left(",
            r"\right)",
            "$",
            "~",
        ),
        *("∂", "σ", "δ_j", "Σ_k", "٣", "\x00", "\n", "é", "9" * 40, "2.5", ".", "0.1", "t_j", "o_j", "w_{j,k}", "s_j"),
    )
)
ATOMS = [
    *("0", "1", "2", "100", "99.5", "1/3", "e", "o_j", "t_j", "s_j", "x_i", "w_i", r"\eta", r"\varphi", "t", "o_1"),
    *("w_{j,k}", r"\delta_k", "o_k", "w_13", "w36", "o3", "g_j", "dE/ds_j", r"W^{(2)}_{j,k}", "b2_j", "o^{(1)}_j"),
]


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return (
        pair.map(" + ".join)
        | pair.map(" ".join)
        | pair.map(lambda two: f"({two[0]})/({two[1]})")
        | pair.map(lambda two: rf"\frac{{{two[0]}}}{{{two[1]}}}")
        | inner.map(lambda one: f"-({one})")
        | st.tuples(inner, st.integers(-13, 13)).map(lambda two: f"({two[0]})^{{{two[1]}}}")
        | st.tuples(st.sampled_from(["exp", "ln", r"\sigma", "sigma'", r"\phi", "e^", "sqrt"]), inner).map(
            lambda two: f"{two[0]}({two[1]})"
        )
        | st.tuples(st.sampled_from("jklim"), inner).map(lambda two: rf"\sum_{two[0]} ({two[1]})")
        | st.tuples(st.sampled_from("jklim"), st.sampled_from("0129mnp"), inner).map(
            lambda three: rf"\sum_{{{three[0]}=1}}^{{{three[1]}}} ({three[2]})"
        )
    )


formulas = st.recursive(st.sampled_from(ATOMS), _grown, max_leaves=9)


def _check(question: str, answer: str) -> Feedback | LemmaError:
    result = survived("check: answers", lambda: check_answer(question, answer))
    assert isinstance(result, LemmaError) or result.text
    return result


@fuzz()
@given(data=st.data())
def test_a_corrupted_answer_is_graded_or_refused(data: st.DataObject) -> None:
    question, answer = data.draw(st.sampled_from(ANSWERS))
    _check(question, data.draw(mutated(st.just(answer.encode()), *PIECES)).decode("utf-8", "replace"))


@fuzz()
@given(question=st.sampled_from(IDS), answer=formulas)
def test_any_formula_is_graded_or_refused(question: str, answer: str) -> None:
    _check(question, answer)


@fuzz(0.5)
@given(question=st.sampled_from(IDS) | st.text(max_size=20), answer=st.text(max_size=60))
def test_any_text_is_graded_or_refused(question: str, answer: str) -> None:
    _check(question, answer)


HOSTILE = [
    *("9^9^9^9", "9^{9^{9^{9}}}", "((((9^12)^12)^12)^12)^12", "2^{99999999999}", "e^{e^{e^{e^{9}}}}", "exp(99)^12"),
    *("(" * 1000 + "1" + ")" * 1000, "-" * 1999 + "1", "((o_j+1)^12)^12", "(o_j + t_j + s_j)^{12}" * 15),
    *(r"\sum_{k=1}^{9}" * 130 + "1", r"\frac{1}{" * 39 + "2" + "}" * 39, "1/" * 900 + "1", "o_j^" + "9" * 1900),
    *("exp(" * 39 + "o_j" + ")" * 39, "ln(" * 39 + "o_j" + ")" * 39, r"\sigma(" * 39 + "1" + ")" * 39, "{" * 2000),
    *(
        "1" + "+1" * 999,
        "o_j" * 500,
        "o_j " * 490,
        "0." + "9" * 1900,
        "9" * 1999,
        "_" * 2000,
        r"\sum_" * 39,
        "'" * 2000,
    ),
    *(r"\phi(1/0)", r"\phi(ln(0))", r"\phi(ln(-1))", r"\phi(e^{99})", r"\phi(\phi(\phi(2)))", "1/0", "0^0", "0^{-1}"),
    *("1/(exp(o_j) - exp(o_j))", "ln(o_j - o_j)", "o_{j+9999} - o_{j-9999}", r"\dfrac{\partial E}{\partial o_j}" * 60),
    *("d" * 2000, r"\partial" * 200, r"\left" * 300, "\ud800", "o_j\x00", "=" * 2000, "o_j = " * 300, "∂/" * 900),
]


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda answer: ascii(answer[:20]))
@pytest.mark.parametrize("question", ["3.squared-error", "4.o6", "5.weight", "6.hidden", "8.iii"])
def test_a_hostile_formula_is_graded_in_bounded_time_and_not_accepted(question: str, answer: str) -> None:
    result = _check(question, answer)
    correct = question == "4.o6" and answer in (r"\phi(e^{99})", r"\phi(\phi(\phi(2)))", "0^0")
    assert isinstance(result, LemmaError) or (result.grade is Grade.CORRECT) == correct

"""`lemma check`: correct answers are proved, incorrect ones refuted, and invalid ones get an error with a position."""

import json
import random
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import IndexedBase, Sum

from lemma import cli
from lemma.errors import InputError
from lemma.exercises import load
from lemma.exercises.algebra.notation import latex
from lemma.exercises.algebra.symbols import index
from lemma.exercises.grading.check import Grade, check_answer, grade_outcome
from lemma.exercises.grading.compare import compare
from lemma.exercises.grading.question import Question, in_question_symbols
from lemma.exercises.grading.questions import QUESTIONS
from lemma.exercises.outcome import Holds, Unknown
from lemma.exercises.proof.mutants import mutate
from tests.unit.exercises.grading.answers import INVALID, RIGHT, WRONG

FORMULAS = [each for each in QUESTIONS.values() if each.sizes]


@pytest.mark.parametrize(("question", "answer"), RIGHT, ids=" ".join)
def test_a_correct_answer_is_accepted_in_any_form(question: str, answer: str) -> None:
    read, verdict = check_answer(question, answer).text.split("\n", maxsplit=1)
    assert read.startswith("Read as: ")
    assert verdict.startswith("correct: your formula equals")


@pytest.mark.parametrize(("question", "answer"), WRONG, ids=" ".join)
def test_an_incorrect_answer_is_refuted_with_a_counter_example(question: str, answer: str) -> None:
    feedback = check_answer(question, answer)
    assert feedback.grade is Grade.INCORRECT
    lines = dict(line.split(maxsplit=1) for line in feedback.text.splitlines() if line.startswith("    "))
    assert lines["yours"] != lines["correct"]


@pytest.mark.parametrize(("question", "answer", "words"), INVALID, ids=[f"{one} {two[:30]}" for one, two, _ in INVALID])
def test_an_invalid_answer_is_refused_with_position_and_remedy(question: str, answer: str, words: list[str]) -> None:
    with pytest.raises(InputError) as error:
        check_answer(question, answer)
    for word in words:
        assert word in str(error.value)
    assert error.value.fix


@pytest.mark.parametrize(
    "answer",
    ["1/(o_j - o_j)", "((((9^12)^12)^12)^12)^12", "sum_k " * 30 + "0", "(1+o_j+t_j+s_j)^12*0 + o_j - o_j/(1-o_j)^12"],
)
def test_an_answer_without_a_value_is_undecided_or_refuted_with_a_counter_example(answer: str) -> None:
    feedback = check_answer("6.output", answer)
    assert feedback.grade is Grade.UNDECIDED or "yours" in feedback.text


def test_a_long_form_of_the_correct_answer_is_not_graded_incorrect() -> None:
    factor = "(o_j + t_j + s_j)"
    feedback = check_answer(
        "6.output", f"(t_j - o_j)*o_j*(1 - o_j)*{factor}^12*{factor}^-12 + {factor}^12 - {factor}^12"
    )
    assert feedback.grade in (Grade.CORRECT, Grade.UNDECIDED)
    assert grade_outcome(QUESTIONS["6.output"], Unknown("why")).text == "undecided: why"


@pytest.mark.parametrize(
    ("question", "answer"), [("4.s4", "o_4"), ("4.s5", "x_1 + o_6"), ("4.s3", r"\phi(s_6) - w_{56}")]
)
def test_a_formula_with_the_right_value_by_coincidence_is_not_right(question: str, answer: str) -> None:
    assert check_answer(question, answer).verdict == "wrong"


@pytest.mark.parametrize("question", FORMULAS, ids=lambda question: question.id)
def test_each_correct_answer_is_proved_and_its_mutants_are_refuted(question: Question) -> None:
    right = question.answer()
    assert isinstance(compare(question, right, right), Holds)
    free = tuple(index(letter) for letter in question.free)
    stated = question.load_stated()
    ranks = {entry.base: len(entry.indices) for entry in stated.atoms(sympy.Indexed)}
    sample = random.Random(0)
    mutants = mutate(stated, arrays=tuple(stated.atoms(IndexedBase)), indices=free)
    for mutant in sample.sample(mutants, min(12, len(mutants))):
        if any(len(entry.indices) != ranks[entry.base] for entry in mutant.subject.atoms(sympy.Indexed)):
            continue
        mutant_right = in_question_symbols(mutant.subject)
        outcome = compare(question, mutant_right, right)
        assert not isinstance(outcome, Unknown), mutant.mutation
        if isinstance(outcome, Holds):
            assert sympy.simplify(mutant_right.doit() - right.doit()) == 0, mutant.mutation


@pytest.mark.parametrize("question", FORMULAS, ids=lambda question: question.id)
def test_a_rewritten_correct_answer_is_still_correct(question: Question) -> None:
    right = question.answer()
    other = index("z")
    renamed = right.replace(
        lambda node: isinstance(node, Sum),
        lambda node: Sum(node.function.subs(node.variables[0], other), (other, *node.limits[0][1:])),
    )
    for rewritten in (
        sympy.expand(right),
        sympy.factor(right),
        renamed,
        sympy.Rational(1, 3) * right * 3,
        1 - (1 - right),
    ):
        assert isinstance(compare(question, rewritten, right), Holds)


@pytest.mark.parametrize("question", ["6.output", "6.hidden", "6.update", "7", "8.iii", "8.iv"])
def test_printed_solutions_are_graded_correct(question: str) -> None:
    assert check_answer(question, latex(QUESTIONS[question].load_stated())).is_correct


CASES = json.loads((Path(__file__).parent / "cases.json").read_text())


@pytest.mark.parametrize("kind", sorted({case["kind"] for case in CASES}))
def test_answers_as_students_write_them_get_the_expected_verdict(kind: str) -> None:
    others = []
    for case in CASES:
        if case["kind"] == kind:
            try:
                grade = {"correct": "right", "incorrect": "wrong"}.get(
                    check_answer(case["question"], case["answer"]).grade
                )
            except InputError:
                grade = "refuse"
            is_expected = grade != "right" if case["expected"] == "refuse" else grade == case["expected"]
            others += [] if is_expected else [(case["question"], case["answer"], grade)]
    assert not others


MUTATED = [answer for question, answer in (*RIGHT, *WRONG) if question.startswith("6.hidden")]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_corrupted_answer_is_graded_or_refused(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(MUTATED))
    for _ in range(data.draw(st.integers(1, 4))):
        at, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        text = (
            text[:at]
            + data.draw(st.sampled_from(["", *"()^_{}+-*/0129jkomst\\ ,=", "**", r"\sum_k ", "e^", text[at:end] * 2]))
            + text[end:]
        )
    _check("6.hidden", text)


@settings(max_examples=150)
@given(
    st.sampled_from(sorted(QUESTIONS)), st.text(max_size=30) | st.text("tojkwsx_{}()+-*/^12\\ sigmaelh,", max_size=40)
)
def test_any_text_is_graded_or_refused(question: str, text: str) -> None:
    _check(question, text)


def _check(question: str, text: str) -> None:
    start = perf_counter()
    try:
        assert check_answer(question, text).text
    except InputError as error:
        assert error.what  # noqa: PT017 - both outcomes are valid, any other exception is not
    assert perf_counter() - start < 20, text


def test_the_correct_answers_are_the_subjects_of_the_claims() -> None:
    claims = [claim for number in (3, 6, 7, 8) for part in load(number).parts() for claim in part.claims]
    subjects = {claim.id: claim.subject for claim in claims}
    stated = [
        question for question in QUESTIONS.values() if question.source and (question.claim or question.id) in subjects
    ]
    assert len(stated) >= 11
    for question in stated:
        assert question.load_stated() == subjects[question.claim or question.id], question.id


@pytest.mark.parametrize("question", ["6.output", "6.hidden", "6.update", "8.iii", "8.iv", "5.weight"])
def test_printed_mutants_are_graded_incorrect(question: str) -> None:
    stated = QUESTIONS[question].load_stated()
    free = tuple(index(letter) for letter in QUESTIONS[question].free)
    grades = []
    for mutant in random.Random(1).sample(mutate(stated, indices=free), 8):
        with suppress(InputError):  # an unbound index
            grades.append(check_answer(question, mutant.formula).grade)
    assert grades.count(Grade.INCORRECT) >= len(grades) - 1 > 1


@pytest.mark.parametrize(
    ("answer", "code"), [("(t_j - o_j)*o_j*(1 - o_j)", 0), ("t_j - o_j", 1), ("1/0", 3), ("t_j -", 2)]
)
def test_the_exit_code_follows_the_grade(
    answer: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lemma", "check", "6.output", "--answer", answer])
    try:
        cli.main()
        computed: object = 0
    except SystemExit as end:
        computed = end.code or 0
    screen = capsys.readouterr()
    assert computed == code
    assert (screen.out == "") == (code == 2)
    assert ("at character" in screen.err) == (code == 2)

"""Grading of a class and a teacher's own questions: a row for each answer, and the same judgement for all questions."""

import io
import json
from pathlib import Path

import pytest

from lemma.errors import InputError
from lemma.exercises.grading.check import check_answer, check_question
from lemma.exercises.grading.class_list import count_verdicts, grade_answers, read_answers, write_rows
from lemma.exercises.grading.own_questions import find_own, read_questions
from lemma.exercises.grading.questions import QUESTIONS
from lemma.exercises.grading.unknown import describe_question

OWN = r"""
- id: quiz.1
  statement: The delta of output j for the whole squared error
  asked: \delta_j
  answer: 2 (t_j - o_j) o_j (1 - o_j)
  sizes: {j: m}
  symbols:
    - {text: o_j, description: output j, kind: output}
    - {text: s_j, description: its net input, kind: net input, of: o_j}
    - {text: t_j, description: its target}
  slips:
    What is the derivative of a square?: (t_j - o_j) o_j (1 - o_j)
"""
TABLE = """student,question,answer
Ada,6.output,(t_j - o_j) o_j (1 - o_j)
Ben,6.output,(t_j - o_j) o_j
Cem,6.output,(t_j - o_j
Dia,none,1
Eva,4.update.w13,"1,2"
Fay
Gus,6.output,"\x00\ud800"
"""
SLIPS = [
    ("6.output", "-(t_j - o_j) o_j (1 - o_j)", "sign"),
    ("6.output", "(t_j - o_j)(1 - o_j^2)", "tanh"),
    ("6.update", r"w_{ij} + \delta_j x_{ij}", r"\eta missing"),
    ("6.update", r"w_{ij} + \eta \delta_j x_{ji}", "x_{j,i} instead"),
    ("6.hidden", r"o_j (1 - o_j) \sum_{k=1}^{m-1} \delta_k w_{jk}", "m - 1"),
    ("5.bias", r"\sum_k W^{(2)}_{jk} b^{(1)}_k", "b^{(2)}_{j} missing"),
    ("4.update.w13", "0.8", "sign"),
]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(OWN)
    return path


def test_each_answer_of_a_class_gets_a_row_and_none_stops_the_others() -> None:
    rows = list(grade_answers(read_answers(TABLE.splitlines())))
    verdicts = {row.student: row.verdict for row in rows}
    assert verdicts == {
        **{"Ada": "right", "Ben": "wrong", "Eva": "right"},
        **dict.fromkeys(("Cem", "Dia", "Fay", "Gus"), "invalid"),
    }
    assert "1 - o_{j} missing" in next(row.slip for row in rows if row.student == "Ben")
    assert [line.split() for line in count_verdicts(rows).splitlines() if line.startswith("6.output")] == [
        ["6.output", "1", "1", "0", "2"]
    ]


@pytest.mark.parametrize("is_json", [True, False])
def test_the_rows_can_be_read_again(is_json: bool) -> None:
    stream = io.StringIO()
    write_rows(grade_answers(read_answers(TABLE.splitlines())), stream, is_json)
    lines = stream.getvalue().splitlines()
    verdict = json.loads(lines[0])["verdict"] if is_json else read_answers(lines)[0]["question"]
    assert verdict == ("right" if is_json else "6.output")


def test_a_table_without_a_column_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(InputError) as error:
        read_answers(["student,answer", "Ada,1"])
    assert "question" in str(error.value)
    assert "student,question,answer" in error.value.fix


@pytest.mark.parametrize(("question", "answer", "words"), SLIPS)
def test_a_wrong_answer_with_a_known_slip_is_told_so(question: str, answer: str, words: str) -> None:
    feedback = check_answer(question, answer)
    assert words in feedback.slip
    assert "This is the right answer with" in feedback.text


def test_a_chain_is_judged_link_by_link() -> None:
    feedback = check_answer("6.output", r"\delta_j = (t_j - o_j) o_j (1 - o_j) = (t_j - o_j) o_j - o_j^2")
    assert feedback.verdict == "wrong"
    assert "link 2" in feedback.text.splitlines()[0]


def test_the_questions_of_a_teacher_are_graded_like_the_others(own: Path) -> None:
    questions = read_questions(own)
    asked = find_own(questions, "quiz.1")
    assert check_question(asked, r"\delta_j = 2(t_j - o_j)\sigma'(s_j)").is_correct
    feedback = check_question(asked, "(t_j - o_j) o_j (1 - o_j)")
    assert feedback.verdict == "wrong"
    assert feedback.slip == "What is the derivative of a square?"
    assert "o_{j} missing" in check_question(asked, "2 (t_j - o_j) (1 - o_j)").slip
    assert find_own(questions, "6.output").id == "6.output"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("answer: 2 (t_j", "answer: 2 (y_j", "y_j is not defined"),
        ("sizes: {j: m}", "sizes: {}", "index j has no size"),
        ("kind: output", "kind: strange", "kind"),
        ("of: o_j", "of: q_j", "q_j"),
        ("statement:", "statment:", "statment"),
    ],
)
def test_an_invalid_question_is_refused_with_its_name(own: Path, old: str, new: str, words: str) -> None:
    own.write_text(OWN.replace(old, new))
    with pytest.raises(InputError) as error:
        read_questions(own)
    assert "question quiz.1" in error.value.what
    assert words in error.value.what


def test_every_question_is_listed_with_an_example_that_can_be_read_but_is_not_the_answer() -> None:
    for question in QUESTIONS.values():
        row = describe_question(question)
        assert row["statement"]
        assert row["symbols"]
        try:
            assert not check_question(question, row["example"]).is_correct
        except InputError as error:
            pytest.fail(f"{question.id}: {error.what}")

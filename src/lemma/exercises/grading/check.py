"""`lemma check`: grade a formula as correct by proof, as incorrect by a counter-example, or as undecided."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from lemma.exercises.grading.answer_tree import numbers, symbols
from lemma.exercises.grading.arrays import ShapeError
from lemma.exercises.grading.compare import compare
from lemma.exercises.grading.functions import TooLargeError
from lemma.exercises.grading.meaning import interpret
from lemma.exercises.grading.question import Question, artanh
from lemma.exercises.grading.questions import find_question
from lemma.exercises.grading.sides import OtherLayerError, Side, split_sides
from lemma.exercises.grading.slips import find_slip
from lemma.exercises.grading.written import to_latex
from lemma.exercises.outcome import Holds, Outcome, Refuted

MAX_VALUES = 12  # of a counter-example


class Grade(StrEnum):
    """The grade of an answer."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Feedback:
    """A grade with its explanation."""

    grade: Grade
    text: str
    slip: str = ""

    @property
    def is_correct(self) -> bool:
        """Return whether the formula is proved correct."""
        return self.grade is Grade.CORRECT

    @property
    def verdict(self) -> str:
        """Return the verdict in a word: right, wrong or undecided."""
        return {Grade.CORRECT: "right", Grade.INCORRECT: "wrong"}.get(self.grade, "undecided")

    @classmethod
    def invalid(cls, message: str) -> "Feedback":
        """Return the feedback for an answer that was not judged."""
        return cls(Grade.UNDECIDED, message)

    @property
    def exit_code(self) -> int:
        """Return the exit code of `lemma check`."""
        return {Grade.CORRECT: 0, Grade.INCORRECT: 1, Grade.UNDECIDED: 3}[self.grade]


def check_answer(identity: str, answer: str) -> Feedback:
    """Grade an answer to a question.

    Args:
        identity: Id of the question or of its claim, such as 6.output.
        answer: Formula in LaTeX or plain text.

    Raises:
        InputError: If there is no such question, or if the formula cannot be parsed.
    """
    return check_question(find_question(identity), answer)


def check_question(asked: Question, answer: str) -> Feedback:
    """Grade an answer to a question of the exercises or of a teacher.

    Raises:
        InputError: If the formula cannot be parsed.
    """
    try:
        sides = split_sides(asked, answer)
    except OtherLayerError as error:
        return Feedback(Grade.INCORRECT, f"incorrect: {error} belongs to another layer than {asked.asked}")
    read = f"Read as: {' = '.join(to_latex(side.tree) for side in sides)}"
    for place, side in enumerate(sides, start=1):
        feedback = _judge(asked, side)
        if feedback.grade is not Grade.CORRECT:
            where = f" (link {place}: {to_latex(side.tree)})" if len(sides) > 1 else ""
            return replace(feedback, text=f"{read}{where}\n{feedback.text}")
    return replace(feedback, text=f"{read}\n{feedback.text}")


def _judge(asked: Question, side: Side) -> Feedback:
    try:
        formula = interpret(asked, side)
    except TooLargeError:
        return Feedback(Grade.UNDECIDED, "undecided: the formula is too large to evaluate")
    except ShapeError as error:
        return Feedback(Grade.INCORRECT, f"incorrect: your formula has no value: {error}")
    outcome = compare(asked, formula, asked.answer())
    if isinstance(outcome, Holds):
        return _check_formula(asked, side) or grade_outcome(asked, outcome)
    for assumption, right in asked.alternatives().items():
        if isinstance(compare(asked, interpret(_with_tanh(asked), side), right), Holds):
            return Feedback(Grade.CORRECT, f"correct: your formula equals {asked.asked} {assumption}")
    feedback = grade_outcome(asked, outcome)
    is_formula = asked.perturbed is not None and any(True for _ in symbols(side.tree))  # its value may be a coincidence
    if feedback.grade is Grade.INCORRECT and not is_formula and (slip := find_slip(asked, formula)):
        hint = slip if slip in asked.own_slips else f"This is the right answer with {slip}."
        return replace(feedback, text=f"{feedback.text}\n    {hint}", slip=slip)
    return feedback


def _with_tanh(asked: Question) -> Question:
    """Return the question with net inputs of tanh."""
    return replace(asked, known=tuple(replace(known, inverse=artanh) for known in asked.known))


def _check_formula(asked: Question, side: Side) -> Feedback | None:
    """Return the feedback for a formula whose value is right by coincidence."""
    if asked.perturbed is None or not any(True for _ in symbols(side.tree)):
        return None
    literals = frozenset(numbers(side.tree))
    for instances in asked.perturbed(literals):
        others = [(replace(asked, constants=partial(dict, known)), right) for known, right in instances]
        if all(interpret(other, side) == right for other, right in others):
            return None
    text = "the value is right, but the formula gives a wrong one for other weights"
    if literals:
        return Feedback(Grade.UNDECIDED, f"undecided: {text}")
    return Feedback(Grade.INCORRECT, f"incorrect: {text}")


def grade_outcome(asked: Question, outcome: Outcome) -> Feedback:
    """Return the feedback for the outcome of a comparison."""
    match outcome:
        case Holds(detail=detail):
            return Feedback(Grade.CORRECT, f"correct: your formula equals {asked.asked}, {detail}")
        case Refuted():
            return Feedback(Grade.INCORRECT, _describe(asked, outcome))
        case _:
            return Feedback(Grade.UNDECIDED, f"undecided: {outcome.reason}")


def _describe(asked: Question, counter_example: Refuted) -> str:
    """Return the explanation for an incorrect formula, with the values at which it differs."""
    title = f"{asked.title[0].lower()}{asked.title[1:]}"
    assignments = [f"{name} = {value}" for name, value in counter_example.values.items()]
    more = f" and {len(assignments) - MAX_VALUES} more" if len(assignments) > MAX_VALUES else ""
    lines = [f"incorrect: your formula differs from {asked.asked}, {title}"]
    if assignments:
        lines.append(f"    for {', '.join(assignments[:MAX_VALUES])}{more}")
    if counter_example.reason:
        lines.append(f"    your formula has no value: {counter_example.reason}")
    else:
        lines += [f"    yours   {counter_example.stated}", f"    correct {counter_example.computed}"]
    return "\n".join(lines)

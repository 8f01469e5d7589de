"""`lemma check`: grade a formula as correct by proof, as incorrect by a counter-example, or as undecided."""

from dataclasses import dataclass
from enum import StrEnum

from lemma.exercises.grading.compare import compare
from lemma.exercises.grading.meaning import TooLargeError, interpret
from lemma.exercises.grading.question import Question
from lemma.exercises.grading.questions import find_question
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

    @property
    def is_correct(self) -> bool:
        """Return whether the formula is proved correct."""
        return self.grade is Grade.CORRECT


def check_answer(identity: str, answer: str) -> Feedback:
    """Grade an answer to a question.

    Args:
        identity: Id of the question or of its claim, such as 6.output.
        answer: Formula in LaTeX or plain text.

    Raises:
        InputError: If there is no such question, or if the formula cannot be parsed.
    """
    asked = find_question(identity)
    try:
        formula = interpret(asked, answer)
    except TooLargeError:
        return Feedback(Grade.UNDECIDED, "undecided: the formula is too large to evaluate")
    return grade_outcome(asked, compare(asked, formula, asked.answer()))


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

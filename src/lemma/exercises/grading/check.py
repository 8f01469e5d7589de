"""`lemma check`: grade a formula as correct by proof, as incorrect by a counter-example, or as undecided."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sympy import Function, Indexed, Symbol

from lemma.exercises.chain import logistic
from lemma.exercises.claim import REASON, Holds, Outcome, Refuted
from lemma.exercises.grading.compare import CORRECT, YOURS, compare
from lemma.exercises.grading.meaning import TooLargeError, interpret
from lemma.exercises.grading.question import Question, eta, logit, o, phi, target
from lemma.exercises.grading.questions import find_question

MAX_VALUES = 12  # of a counter-example
_SCALARS = {r"\varphi": phi, r"\eta": eta, "t": target}


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
    return grade_outcome(asked, compare(asked, formula, correct_answer(asked)))


def correct_answer(asked: Question) -> Any:
    """Return the correct answer in the symbols of the question."""
    return in_question_symbols(asked.answer())


def in_question_symbols(stated: Any) -> Any:
    """Return the formula of a claim in the symbols of the questions, with net inputs expressed by outputs."""
    names = {symbol: _SCALARS[symbol.name] for symbol in stated.free_symbols if symbol.name in _SCALARS}
    names[Symbol("o", real=True)] = phi  # the output of a single neuron

    def is_sigma(node: Any) -> bool:
        return isinstance(node, Function) and node.func.__name__ == "sigma"

    def is_net(node: Any) -> bool:
        return isinstance(node, Indexed) and str(node.base.label) == "s"

    written = stated.xreplace(names).replace(is_sigma, lambda node: logistic(node.args[0]))
    return written.replace(is_net, lambda node: logit(o[node.indices]))


def grade_outcome(asked: Question, outcome: Outcome) -> Feedback:
    """Return the feedback for the outcome of a comparison."""
    match outcome:
        case Holds(detail):
            return Feedback(Grade.CORRECT, f"correct: your formula equals {asked.asked}, {detail}")
        case Refuted(example):
            return Feedback(Grade.INCORRECT, _describe_counter_example(asked, dict(example)))
        case _:
            return Feedback(Grade.UNDECIDED, f"undecided: {outcome.reason}")


def _describe_counter_example(asked: Question, values: dict[str, str]) -> str:
    """Return the explanation for an incorrect formula, with the values at which it differs."""
    title = f"{asked.title[0].lower()}{asked.title[1:]}"
    yours, correct, reason = (values.pop(name, "") for name in (YOURS, CORRECT, REASON))
    assignments = [f"{name} = {value}" for name, value in values.items()]
    more = f" and {len(assignments) - MAX_VALUES} more" if len(assignments) > MAX_VALUES else ""
    lines = [f"incorrect: your formula differs from {asked.asked}, {title}"]
    if assignments:
        lines.append(f"    for {', '.join(assignments[:MAX_VALUES])}{more}")
    if reason:
        lines.append(f"    your formula has no value: {reason}")
    else:
        lines += [f"    yours   {yours}", f"    correct {correct}"]
    return "\n".join(lines)

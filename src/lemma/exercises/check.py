"""A person's own formula judged: right by proof, wrong by numbers, or undecided; bad input is none of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sympy import Function, Indexed

from lemma.exercises.chain import logistic
from lemma.exercises.claim import Holds, Outcome, Refuted
from lemma.exercises.compare import RIGHT, YOURS, compare
from lemma.exercises.meaning import TooLargeError, meaning
from lemma.exercises.question import Question, eta, logit, o, phi, target
from lemma.exercises.questions import question

SHOWN = 12  # values of an example
_SCALARS = {r"\varphi": phi, r"\eta": eta, "t": target}


class Grade(StrEnum):
    """What came out."""

    CORRECT = "correct"
    INCORRECT = "incorrect"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Feedback:
    """A judgement with the text for a person."""

    grade: Grade
    text: str

    @property
    def is_correct(self) -> bool:
        """Return whether the formula is proved right."""
        return self.grade is Grade.CORRECT


def check_answer(identity: str, answer: str) -> Feedback:
    """Judge the answer to a question.

    Raises:
        InputError: there is no such question, or the formula cannot be read: an unknown symbol, a missing bracket.
    """
    asked = question(identity)
    try:
        formula = meaning(asked, answer)
    except TooLargeError:
        return Feedback(Grade.UNDECIDED, "undecided: the formula is too large to work out")
    return grade_outcome(asked, compare(asked, formula, correct_answer(asked)))


def correct_answer(asked: Question) -> Any:
    """Return the right answer in the question's own symbols."""
    return in_question_symbols(asked.answer())


def in_question_symbols(stated: Any) -> Any:
    """Return a claim's formula in the questions' symbols, with net inputs written through outputs."""
    names = {symbol: _SCALARS[symbol.name] for symbol in stated.free_symbols if symbol.name in _SCALARS}

    def is_sigma(node: Any) -> bool:
        return isinstance(node, Function) and node.func.__name__ == "sigma"

    def is_net(node: Any) -> bool:
        return isinstance(node, Indexed) and str(node.base.label) == "s"

    written = stated.xreplace(names).replace(is_sigma, lambda node: logistic(node.args[0]))
    return written.replace(is_net, lambda node: logit(o[node.indices]))


def grade_outcome(asked: Question, outcome: Outcome) -> Feedback:
    """Return the verdict for what a comparison found."""
    match outcome:
        case Holds(detail):
            return Feedback(Grade.CORRECT, f"right: your formula is equal to {asked.asked}, {detail}")
        case Refuted(example):
            return Feedback(Grade.INCORRECT, _example(asked, dict(example)))
        case _:
            return Feedback(Grade.UNDECIDED, f"undecided: {outcome.reason}")


def _example(asked: Question, values: dict[str, str]) -> str:
    """Return the text for a formula that differs, with the numbers where it does."""
    title = f"{asked.title[0].lower()}{asked.title[1:]}"
    yours, right, missing = (values.pop(name, "") for name in (YOURS, RIGHT, "but"))
    shown = [f"{name} = {value}" for name, value in values.items()]
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    lines = [f"wrong: {asked.asked}, {title}, is something else"]
    if shown:
        lines.append(f"    with  {', '.join(shown[:SHOWN])}{more}")
    if missing:
        lines.append(f"    your formula has no value, as {missing}")
    else:
        lines += [f"    yours {yours}", f"    right {right}"]
    return "\n".join(lines)

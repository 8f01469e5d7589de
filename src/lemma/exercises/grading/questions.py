"""The questions that `lemma check` can grade."""

from collections.abc import Mapping

from lemma.errors import choose
from lemma.exercises.grading.question import Question
from lemma.exercises.grading.questions_gradients import gradients, linear, rules
from lemma.exercises.grading.questions_networks import layers, network, neurons

_PARTS = (neurons, network, layers, rules, gradients, linear)
QUESTIONS: Mapping[str, Question] = {question.id: question for part in _PARTS for question in part()}


def find_question(identity: str) -> Question:
    """Return the question with the given id, or with a claim of this id.

    Raises:
        InputError: If there is no such question; the message lists the existing ones.
    """
    by_claim = {question.claim: question for question in QUESTIONS.values() if question.claim}
    if identity not in QUESTIONS and identity not in by_claim:
        raise choose("question", identity, list(QUESTIONS))
    return QUESTIONS.get(identity) or by_claim[identity]

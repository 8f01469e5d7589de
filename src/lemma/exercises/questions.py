"""Which formulas a person can be asked for."""

from collections.abc import Mapping

from lemma.errors import choose
from lemma.exercises.question import Question
from lemma.exercises.questions_gradients import gradients, linear, rules
from lemma.exercises.questions_networks import layers, network, neurons

_PARTS = (neurons, network, layers, rules, gradients, linear)
QUESTIONS: Mapping[str, Question] = {each.id: each for part in _PARTS for each in part()}


def question(identity: str) -> Question:
    """Return the question with an id, its own or its claim's.

    Raises:
        InputError: there is none; the message lists those there are.
    """
    found = QUESTIONS.get(identity) or next((each for each in QUESTIONS.values() if each.claim == identity), None)
    if found is None:
        raise choose("question", identity, list(QUESTIONS))
    return found

"""Known slips: wrong answers that are the right one with a single mistake, as the mutants of the formulas have them."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from sympy import IndexedBase, Sum

from lemma.errors import InputError
from lemma.exercises.algebra.evaluate import Arrays, Sizes
from lemma.exercises.algebra.symbols import index
from lemma.exercises.grading.compare import INSTANCES, evaluate_floats, insert_net_input, instances
from lemma.exercises.grading.question import Question
from lemma.exercises.proof.mutants import mutate

CLOSE = 1e-9


def find_slip(question: Question, answer: Any) -> str:
    """Return the mistake that turns the right answer into this one, or an empty text."""
    if question.perturbed is not None:
        return next((slip for slip, value in _number_slips(question) if value == answer), "")
    answer = insert_net_input(question, answer)
    given = _fingerprint(answer, _find_cases(question))
    if given is None:
        return ""
    for slip, values in _known_slips(question):
        if np.allclose(given, values, rtol=CLOSE, atol=CLOSE):
            return slip
    return ""


def _number_slips(question: Question) -> Iterator[tuple[str, Any]]:
    right = question.answer()
    yield "the sign flipped", -right
    yield "a factor 2", 2 * right
    yield "a factor 1/2", right / 2
    weight = question.constants().get(_weight(question)) if question.id.startswith("4.update") else None
    if weight is not None:
        change = right - weight
        yield "the sign of the change flipped", weight - change
        yield "the old weight missing", change
        yield r"the learning rate missing", weight + 10 * change
        yield "no change at all", weight
    if question.id.startswith("4.after"):
        from lemma.exercises.grading.questions import find_question

        yield "the weights before the update", find_question(question.id.replace("after.", "")).answer()


def _weight(question: Question) -> tuple[str, tuple[int, ...]]:
    return "w", tuple(map(int, re.findall(r"\d", question.asked)))


_CACHE: dict[int, tuple[Question, list[tuple[str, Any]]]] = {}


def _known_slips(question: Question) -> list[tuple[str, Any]]:
    """Return the values of the known slips of a question on its cases, those of a teacher first."""
    if id(question) not in _CACHE:
        cases = _find_cases(question)
        slips = [*question.own_slips.items(), *_generate(question)]
        values = [(slip, _fingerprint(insert_net_input(question, formula), cases)) for slip, formula in slips]
        known = [(slip, value) for slip, value in values if value is not None and value.any()]
        _CACHE[id(question)] = question, known  # which keeps the question, and with it its identity
    return _CACHE[id(question)][1]


def _generate(question: Question) -> Iterator[tuple[str, Any]]:
    stated = question.load_stated()
    free = tuple(index(letter) for letter in question.free)
    arrays = tuple(sorted(stated.atoms(IndexedBase), key=str))
    right = question.in_symbols(stated)
    outputs = [known for known in question.known if not known.is_net_input and known.description.find("output") >= 0]
    for known in outputs:
        letters = [place.letter for place in known.parsed.indices]
        if set(letters) <= set(question.free) and not known.is_diagonal:
            output = known.entry(*map(index, letters))
            yield "the derivative of tanh in place of that of the sigmoid", right * (1 + output) / output
            yield f"the derivative {known.text} (1 - {known.text}) missing", right / (output * (1 - output))
    yield "a factor 1/2", right / 2
    for letter, size in question.free.items():
        bound = index(f"{letter}'")
        yield f"a sum over {letter}", Sum(right.xreplace({index(letter): bound}), (bound, 1, size))
    for mutant in mutate(stated, arrays=arrays, indices=free):
        yield mutant.mutation.replace("$", "").replace("dropped", "missing"), question.in_symbols(mutant.subject)
    for first in question.free:
        for second in question.ranges:
            if first != second and question.ranges[first] is not None:
                swap = {index(first): index(second), index(second): index(first)}
                yield f"the indices {first} and {second} swapped", right.xreplace(swap)


def _find_cases(question: Question) -> list[tuple[Sizes, Arrays]]:
    """Return values of the arrays at the largest sizes, for the last values of the free indices."""
    return list(instances(question))[-2:]


def _fingerprint(formula: Any, cases: list[tuple[Sizes, Arrays]]) -> Any:
    """Return the values of a formula on the cases, or None if it has none."""
    try:
        values = [np.ravel(evaluate_floats(formula, *case)) for case in cases]
        joined = np.concatenate([np.broadcast_to(value, INSTANCES) for value in values])
    except (LookupError, OverflowError, TypeError, ValueError, InputError, KeyError):
        return None
    return joined if np.isfinite(joined).all() else None

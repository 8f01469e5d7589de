"""The course's exercises as claims that a machine proves.

A claim states one thing, carries several independent methods that check it, and is also tried in falsified forms that
must be refuted: see `claim`. An exercise is one module with a function `claims()`, and one line in `EXERCISES`; it is
imported when it is asked for, so that listing the exercises costs nothing.
"""

import os
from importlib import import_module
from types import MappingProxyType, ModuleType

from lemma.errors import choose

os.environ.setdefault("SYMPY_CACHE_SIZE", "None")  # read on import; its 1000 results are too few for an exercise

EXERCISES = MappingProxyType(
    {
        1: "lemma.exercises.ex01_perceptron",
        2: "lemma.exercises.ex02_circle",
        3: "lemma.exercises.ex03_logistic",
        4: "lemma.exercises.ex04_network",
        5: "lemma.exercises.ex05_collapse",
        6: "lemma.exercises.ex06_backpropagation",
        7: "lemma.exercises.ex07_gradient",
        8: "lemma.exercises.ex08_computation_graph",
        9: "lemma.exercises.ex09_linear_output",
    }
)


def load(exercise: int) -> ModuleType:
    """Import and return the module of an exercise.

    It has `TITLE`, `TASK` (text with LaTeX between dollar signs) and `claims()`.

    Raises:
        InputError: there is no such exercise; the message lists those there are.
    """
    if exercise not in EXERCISES:
        raise choose("exercise", str(exercise), [str(number) for number in EXERCISES])
    return import_module(EXERCISES[exercise])

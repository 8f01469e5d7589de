"""The exercises of the course, stated as claims that are proved by machine.

A claim is one statement with several independent methods that check it and with mutants, falsified statements that
must be refuted: see `claim`. An exercise is a module with a function `claims()` and an entry in `EXERCISES`. It is
imported only when it is needed, since SymPy and torch are slow to import.
"""

import os
from importlib import import_module
from types import MappingProxyType, ModuleType

from lemma.errors import choose

os.environ.setdefault("SYMPY_CACHE_SIZE", "None")  # read on import; the default of 1000 entries is too small

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

    The module defines `TITLE`, `TASK` (text with LaTeX between dollar signs) and `claims()`.

    Raises:
        InputError: If there is no such exercise; the message lists the existing ones.
    """
    if exercise not in EXERCISES:
        raise choose("exercise", str(exercise), [str(number) for number in EXERCISES])
    return import_module(EXERCISES[exercise])

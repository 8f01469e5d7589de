"""The exercises of the course, stated as claims that are proved by machine.

A claim is one statement with several independent methods that check it and with mutants, falsified statements that
must be refuted: see `proof.claim`. An exercise is a package, `ex1` to `ex9`, with a function `parts()`. It is imported
only when it is needed, since SymPy and torch are slow to import.
"""

import os
from importlib import import_module
from types import ModuleType

from lemma.errors import choose

os.environ.setdefault("SYMPY_CACHE_SIZE", "None")  # read on import; the default of 1000 entries is too small

EXERCISES = range(1, 10)


def load(exercise: int) -> ModuleType:
    """Import and return the package of an exercise.

    The package defines `TITLE` and `parts()`, which returns its questions with the claims that answer them.

    Raises:
        InputError: If there is no such exercise; the message lists the existing ones.
    """
    if exercise not in EXERCISES:
        raise choose("exercise", str(exercise), [str(number) for number in EXERCISES])
    return import_module(f"lemma.exercises.ex{exercise}")

"""Formulas over the corners of a cube: vectors whose entries take two values only, 0 and 1 or -1 and 1.

There x^2 = x, or x^2 = 1. So a formula has a reduced form without squares, and two formulas with equal reduced forms
agree on all corners, whatever the size. Counter-examples come from going through the corners of small cubes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import sympy
import z3
from sympy import Indexed
from sympy.core.traversal import bottom_up

from lemma.exercises.batch import Batch
from lemma.exercises.claim import REASON, Holds, Outcome, Refuted, Unknown
from lemma.exercises.indexed import Space
from lemma.exercises.notation import latex
from lemma.exercises.solver import prove, to_z3

NAMES = ("computed", "stated")  # of the two sides in a counter-example
SMALL = 3  # size up to which a counter-example is looked for


@dataclass(frozen=True)
class Cube:
    """A space all of whose arrays hold nothing but `low`, which is 0 or -1, and 1."""

    space: Space
    low: int

    def corners(self, size: int) -> Batch:
        """Return all corners at all places of the indices, with every array of this size."""
        entries = [array for array in self.space.arrays for _ in range(size)]
        rows = product((self.low, 1), repeat=len(entries))
        places = product(range(1, size + 1), repeat=len(self.space.indices))
        cases = np.array([(*row, *place) for row, place in product(rows, list(places))], dtype=np.int64)
        arrays = {name: cases[:, n * size : (n + 1) * size] for n, name in enumerate(self.space.arrays)}
        indices = {name: cases[:, len(entries) + n] for n, name in enumerate(self.space.indices)}
        return Batch(dict.fromkeys(self.space.sizes, size), arrays, indices)

    def reduced(self, expression: Any) -> Any:
        """Return the expression expanded, with x for x^2, or 1 where the corners are -1 and 1."""

        def reduce(power: Any) -> Any:
            return power.base if self.low == 0 else power.base ** (power.exp % 2)

        rebuilt = bottom_up(sympy.sympify(expression), lambda node: node.func(*node.args) if node.args else node)
        return sympy.expand(rebuilt).replace(
            lambda node: node.is_Pow and isinstance(node.base, Indexed) and node.exp.is_Integer and node.exp > 1, reduce
        )

    def equal(self, left: Any, right: Any, names: tuple[str, str] = ("left", "right")) -> Outcome:
        """Prove two expressions equal on all corners of all sizes, or find a corner where they differ."""
        for size in range(1, SMALL + 1):
            outcome = self.differ(size, left, right, names)
            if outcome:
                return outcome
        proof = self.space.equal(self.reduced(left), self.reduced(right))
        if isinstance(proof, Holds):
            return Holds(f"term by term, as x² = {'x' if self.low == 0 else '1'}: {proof.detail}")
        return Unknown("the reduced forms differ, and no small corner tells them apart")

    def differ(self, size: int, left: Any, right: Any, names: tuple[str, str] = NAMES) -> Refuted | None:
        """Return a corner of this size where the expressions differ, if there is one."""
        batch = self.corners(size)
        try:
            first, second = batch.values(left), batch.values(right)
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | {name.name: str(size) for name in self.space.sizes})
        return batch.refute(first != second, **{names[0]: first, names[1]: second})

    def solve(self, left: Any, right: Any) -> Outcome:
        """Let z3 look for a corner where the expressions differ, in fixed small sizes."""
        tried = 0
        for instance in self.space.instances(SMALL):
            entries = {entry: z3.Int(latex(entry)) for entry in instance.entries}
            corner = [z3.Or(entry == self.low, entry == 1) for entry in entries.values()]
            try:
                sides = [_whole(instance.instantiate(side), entries) for side in (left, right)]
            except LookupError as missing:
                return Refuted({REASON: str(missing)} | instance.sizes_and_indices())
            outcome = prove(sides[0] == sides[1], corner, {latex(entry): term for entry, term in entries.items()})
            if isinstance(outcome, Refuted):
                return Refuted(instance.sizes_and_indices() | dict(outcome.counter_example))
            if isinstance(outcome, Unknown):
                return outcome
            tried += 1
        return Holds(f"all corners, sizes 1 to {SMALL}, {tried} questions")


def _whole(expression: Any, entries: dict[Any, Any]) -> Any:
    """Return a z3 expression over whole numbers made real."""
    return to_z3(expression, {entry: z3.ToReal(term) for entry, term in entries.items()})


def rows(n: int, low: int = 0) -> Any:
    """Return the rows of the truth table of n features in the order of counting, (2^n, n)."""
    return np.array([*product((low, 1), repeat=n)], dtype=np.int64).reshape(2**n, n)


def functions(n: int) -> Iterator[Any]:
    """Yield the truth tables, values 0 and 1, of all functions of n features in blocks of (at most 4096, 2^n)."""
    size = 2**n
    for start in range(0, 2**size, 4096):
        numbers = np.arange(start, min(start + 4096, 2**size))
        yield (numbers[:, None] >> np.arange(size)) & 1

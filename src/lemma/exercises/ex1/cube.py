"""Formulas over the vertices of a hypercube: vectors with entries in {0, 1} or in {-1, 1}.

On the vertices x^2 = x, or x^2 = 1, so each formula has a reduced form without squares. Formulas with equal reduced
forms agree on all vertices, for every size. Counter-examples are found by enumerating the vertices of small cubes.
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
SMALL = 3  # largest size for the search of counter-examples


@dataclass(frozen=True)
class Cube:
    """A space whose array entries are `low`, which is 0 or -1, or 1."""

    space: Space
    low: int

    def corners(self, size: int) -> Batch:
        """Return all vertices and all values of the indices, for arrays of the given size."""
        entries = [array for array in self.space.arrays for _ in range(size)]
        rows = product((self.low, 1), repeat=len(entries))
        places = product(range(1, size + 1), repeat=len(self.space.indices))
        cases = np.array([(*row, *place) for row, place in product(rows, list(places))], dtype=np.int64)
        arrays = {name: cases[:, n * size : (n + 1) * size] for n, name in enumerate(self.space.arrays)}
        indices = {name: cases[:, len(entries) + n] for n, name in enumerate(self.space.indices)}
        return Batch(dict.fromkeys(self.space.sizes, size), arrays, indices)

    def reduced(self, expression: Any) -> Any:
        """Return the expanded expression with x^2 replaced by x, or by 1 for entries in {-1, 1}."""

        def reduce(power: Any) -> Any:
            return power.base if self.low == 0 else power.base ** (power.exp % 2)

        rebuilt = bottom_up(sympy.sympify(expression), lambda node: node.func(*node.args) if node.args else node)
        return sympy.expand(rebuilt).replace(
            lambda node: node.is_Pow and isinstance(node.base, Indexed) and node.exp.is_Integer and node.exp > 1, reduce
        )

    def equal(self, left: Any, right: Any, names: tuple[str, str] = ("left", "right")) -> Outcome:
        """Prove that two expressions are equal on all vertices for all sizes, or find a counter-example."""
        for size in range(1, SMALL + 1):
            outcome = self.differ(size, left, right, names)
            if outcome:
                return outcome
        proof = self.space.equal(self.reduced(left), self.reduced(right))
        if isinstance(proof, Holds):
            return Holds(f"term by term, as x² = {'x' if self.low == 0 else '1'}: {proof.detail}")
        return Unknown("the reduced forms differ, and no counter-example of a small size was found")

    def differ(self, size: int, left: Any, right: Any, names: tuple[str, str] = NAMES) -> Refuted | None:
        """Return a vertex of the given size at which the expressions differ, if there is one."""
        batch = self.corners(size)
        try:
            first, second = batch.values(left), batch.values(right)
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | {name.name: str(size) for name in self.space.sizes})
        return batch.refute(first != second, **{names[0]: first, names[1]: second})

    def solve(self, left: Any, right: Any) -> Outcome:
        """Search with z3 for a vertex at which the expressions differ, for small sizes."""
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
        return Holds(f"all vertices, sizes 1 to {SMALL}, {tried} cases")


def _whole(expression: Any, entries: dict[Any, Any]) -> Any:
    """Convert an expression over integer variables to a real z3 expression."""
    return to_z3(expression, {entry: z3.ToReal(term) for entry, term in entries.items()})


def rows(n: int, low: int = 0) -> Any:
    """Return the rows of the truth table of n features in binary order, (2^n, n)."""
    return np.array([*product((low, 1), repeat=n)], dtype=np.int64).reshape(2**n, n)


def functions(n: int) -> Iterator[Any]:
    """Yield the truth tables, values 0 and 1, of all functions of n features in blocks of (at most 4096, 2^n)."""
    size = 2**n
    for start in range(0, 2**size, 4096):
        numbers = np.arange(start, min(start + 4096, 2**size))
        yield (numbers[:, None] >> np.arange(size)) & 1

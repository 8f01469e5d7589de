"""Gates with any number of inputs: proofs by induction, exhaustive tests, and comparison with torch layers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
import torch
import z3
from sympy import Sum

from lemma.exercises.batch import Batch
from lemma.exercises.claim import REASON, Holds, Outcome, Refuted, Unknown
from lemma.exercises.ex1.cube import Cube
from lemma.exercises.solver import prove, to_z3

SMALL, WIDE, CASES = 4, 100, 120  # inputs of counter-examples, inputs of random instances, random instances


@dataclass(frozen=True)
class Induction:
    """The invariant of an induction over the number of inputs.

    Attributes:
        invariant: z3 formula in the net input, the flag (whether the output is to be 1), and the net input for n = 0.
        flag: The flag for n = 0.
        after: Returns the flag after one more input with the given entries.
    """

    invariant: Callable[[Any, Any, Any], Any]
    flag: bool
    after: Callable[[Any, list[Any]], Any]


@dataclass(frozen=True)
class Gate:
    """A type of gate.

    Attributes:
        cube: Values of the inputs.
        largest: Largest number of inputs for exhaustive tests.
        induction: Invariant of the proof.
        wanted: Returns whether the output is to be 1 for each instance of a batch.
        layer: Returns the net inputs of a torch layer.
        spoil: Changes random rows in place so that both outputs occur.
    """

    cube: Cube
    largest: int
    induction: Induction
    wanted: Callable[[Batch], Any]
    layer: Callable[..., torch.Tensor]
    spoil: Callable[[np.random.Generator, list[Any]], None]

    @property
    def size(self) -> sympy.Symbol:
        """Return the symbol of the number of inputs."""
        return self.cube.space.sizes[0]

    def induct(self, subject: Any) -> Outcome:
        """Prove for every number of inputs that the net input is non-negative exactly where the output is to be 1."""
        entries = {array[self.size + 1]: z3.Real(str(array)) for array in self.cube.space.arrays}
        corner = [z3.Or(entry == self.cube.low, entry == 1) for entry in entries.values()]
        try:
            start, growth = to_z3(_without(subject, self.size), {}), to_z3(_growth(subject, self.size), entries)
        except (LookupError, TypeError) as reason:
            return self._first_wrong(subject, SMALL) or Unknown(f"no induction over {self.size} is possible: {reason}")
        net, flag, holds = z3.Real("net"), z3.Bool("flag"), self.induction.invariant
        after = self.induction.after(flag, [*entries.values()])
        proofs = (
            prove(holds(start, z3.BoolVal(self.induction.flag), start), [], {}),
            prove(holds(net + growth, after, start), [*corner, holds(net, flag, start)], {}),
            prove(flag == (net >= 0), [holds(net, flag, start)], {}),
        )
        if all(isinstance(proof, Holds) for proof in proofs):
            return Holds(f"base case {self.size} = 0 and induction step over {self.size}, over the reals")
        return self._first_wrong(subject, SMALL) or Unknown(f"the induction over {self.size} fails")

    def same(self, left: Any, right: Any) -> Outcome:
        """Prove that two net inputs define the same gate, or find a counter-example."""
        if all(isinstance(self.induct(net), Holds) for net in (left, right)):
            return Holds("equal outputs, by the same induction")
        return self._first_wrong(right, SMALL) or Unknown("no counter-example of a small size was found")

    def exhaust(self, subject: Any) -> Outcome:
        """Compare with the definition of the gate in all cases up to `largest` inputs."""
        cases = sum(2 ** (size * len(self.cube.space.arrays)) for size in range(self.largest + 1))
        wrong = self._first_wrong(subject, self.largest)
        return wrong or Holds(f"all {cases} cases up to {self.size} = {self.largest}")

    def compare(self, subject: Any) -> Outcome:
        """Compare with a torch layer, and with the definition, on random instances with many inputs."""
        random = np.random.default_rng(0)
        rows = [random.choice((self.cube.low, 1), (CASES, WIDE)) for _ in self.cube.space.arrays]
        self.spoil(random, rows)
        batch = Batch({self.size: WIDE}, dict(zip(self.cube.space.arrays, rows, strict=True)), {})
        computed = self.layer(*(torch.tensor(part, dtype=torch.float64) for part in rows)).numpy()
        try:
            net = batch.values(subject)
        except LookupError as missing:
            return Refuted({REASON: str(missing), self.size.name: str(WIDE)})
        wanted, fires = self.wanted(batch), np.broadcast_to(net >= 0, (CASES,))
        wrong = batch.refute(
            (fires != wanted) | (fires != (computed >= 0)), output=fires, torch=computed >= 0, wanted=wanted
        )
        return wrong or Holds(f"{CASES} random instances with {WIDE} inputs, {int(wanted.sum())} with output 1")

    def _first_wrong(self, subject: Any, largest: int) -> Refuted | None:
        """Return a case with the fewest inputs in which the output of the gate is wrong."""
        for size in range(largest + 1):
            batch = self.cube.corners(size)
            try:
                fires = np.broadcast_to(batch.values(subject) >= 0, (batch.count,))
            except LookupError as missing:
                return Refuted({REASON: str(missing), self.size.name: str(size)})
            wanted = self.wanted(batch)
            wrong = batch.refute(fires != wanted, output=fires, wanted=wanted)
            if wrong:
                return wrong
        return None


def _without(net: Any, size: sympy.Symbol) -> Any:
    """Return the net input for n = 0, where its sums are empty."""
    return sympy.sympify(net).xreplace({size: sympy.Integer(0)}).doit()


def _growth(net: Any, size: sympy.Symbol) -> Any:
    """Return the increase of the net input with one more input: the last term of each sum."""

    def last(node: Any) -> Any:
        variable, low, high = node.limits[0]
        return Sum(node.function, (variable, low, high - 1)) + node.function.xreplace({variable: high})

    grown = sympy.sympify(net).xreplace({size: size + 1}).replace(lambda node: isinstance(node, Sum), last)
    return sympy.expand((grown - net).doit(deep=False))

"""When a gate fires, for every number of inputs: by induction, by trying all cases, and in wide layers of torch."""

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
from lemma.exercises.ex01_cube import Cube
from lemma.exercises.solver import prove, to_z3

SMALL, WIDE, CASES = 4, 100, 120  # inputs: of counter-examples, of random instances; and how many instances


@dataclass(frozen=True)
class Induction:
    """What is carried from each number of inputs to the next, about the net input and a flag: whether to fire.

    `invariant(net, flag, start)` is a z3 formula, where `start` is the net input without inputs; `flag` is the flag
    without inputs, and `after(flag, entries)` the flag with one input more.
    """

    invariant: Callable[[Any, Any, Any], Any]
    flag: bool
    after: Callable[[Any, list[Any]], Any]


@dataclass(frozen=True)
class Gate:
    """A kind of gate over a cube: when it is to fire in a batch, and its layer in torch.

    `spoil(random, rows)` changes random rows so that both answers occur.
    """

    cube: Cube
    largest: int  # number of inputs up to which all cases are tried
    induction: Induction
    wanted: Callable[[Batch], Any]
    layer: Callable[..., torch.Tensor]
    spoil: Callable[[np.random.Generator, list[Any]], None]

    @property
    def size(self) -> sympy.Symbol:
        """Return the symbol of the number of inputs."""
        return self.cube.space.sizes[0]

    def induct(self, subject: Any) -> Outcome:
        """Prove for every number of inputs that the net input is not below 0 where it is to fire, and only there."""
        entries = {array[self.size + 1]: z3.Real(str(array)) for array in self.cube.space.arrays}
        corner = [z3.Or(entry == self.cube.low, entry == 1) for entry in entries.values()]
        try:
            start, growth = to_z3(_without(subject, self.size), {}), to_z3(_growth(subject, self.size), entries)
        except (LookupError, TypeError) as reason:
            return self._first_wrong(subject, SMALL) or Unknown(f"no induction over {self.size}: {reason}")
        net, flag, holds = z3.Real("net"), z3.Bool("flag"), self.induction.invariant
        after = self.induction.after(flag, [*entries.values()])
        proofs = (
            prove(holds(start, z3.BoolVal(self.induction.flag), start), [], {}),
            prove(holds(net + growth, after, start), [*corner, holds(net, flag, start)], {}),
            prove(flag == (net >= 0), [holds(net, flag, start)], {}),
        )
        if all(isinstance(proof, Holds) for proof in proofs):
            return Holds(f"holds for {self.size} = 0, and with each {self.size} for the next, over the reals")
        return self._first_wrong(subject, SMALL) or Unknown(f"the induction over {self.size} does not go through")

    def same(self, left: Any, right: Any) -> Outcome:
        """Prove that two net inputs make the same gate, or find a case in which they do not."""
        if all(isinstance(self.induct(net), Holds) for net in (left, right)):
            return Holds("fires in the same cases, by the same induction")
        return self._first_wrong(right, SMALL) or Unknown("no small case tells the gates apart")

    def exhaust(self, subject: Any) -> Outcome:
        """Compare with the definition of the gate in all cases up to the largest number of inputs."""
        cases = sum(2 ** (size * len(self.cube.space.arrays)) for size in range(self.largest + 1))
        wrong = self._first_wrong(subject, self.largest)
        return wrong or Holds(f"all {cases} cases up to {self.size} = {self.largest}")

    def compare(self, subject: Any) -> Outcome:
        """Compare with torch's layer, and with the definition, on wide random rows."""
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
            (fires != wanted) | (fires != (computed >= 0)), fires=fires, torch=computed >= 0, should=wanted
        )
        return wrong or Holds(f"{CASES} random rows of {WIDE} inputs, {int(wanted.sum())} of which fire")

    def _first_wrong(self, subject: Any, largest: int) -> Refuted | None:
        """Return a case in which the gate fires and should not, or the reverse, with the fewest inputs."""
        for size in range(largest + 1):
            batch = self.cube.corners(size)
            try:
                fires = np.broadcast_to(batch.values(subject) >= 0, (batch.count,))
            except LookupError as missing:
                return Refuted({REASON: str(missing), self.size.name: str(size)})
            wanted = self.wanted(batch)
            wrong = batch.refute(fires != wanted, fires=fires, should=wanted)
            if wrong:
                return wrong
        return None


def _without(net: Any, size: sympy.Symbol) -> Any:
    """Return the net input without inputs: its sums are empty."""
    return sympy.sympify(net).xreplace({size: sympy.Integer(0)}).doit()


def _growth(net: Any, size: sympy.Symbol) -> Any:
    """Return what one input more adds to the net input: the last term of each sum."""

    def last(node: Any) -> Any:
        variable, low, high = node.limits[0]
        return Sum(node.function, (variable, low, high - 1)) + node.function.xreplace({variable: high})

    grown = sympy.sympify(net).xreplace({size: size + 1}).replace(lambda node: isinstance(node, Sum), last)
    return sympy.expand((grown - net).doit(deep=False))

"""Half-spaces as what a neuron decides: a net input and its relation to 0, compared with neurons for every size.

A subject says which inputs the neuron accepts. Two subjects are the same if their net inputs are positive multiples of
each other and the relation is the same; sampled inputs lie on the boundary as often as beside it.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy
import torch
import z3
from sympy import IndexedBase, Sum, Symbol

from lemma.exercises.batch import Batch
from lemma.exercises.claim import REASON, Holds, Mutant, Outcome, Refuted, Unknown
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.solver import prove, to_z3

i, n = index("i"), index("n")
w, x = IndexedBase("w"), IndexedBase("x")
b = Symbol("b", real=True)
RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    r"\ge": operator.ge,
    ">": operator.gt,
    r"\le": operator.le,
    "<": operator.lt,
}
LARGEST, CASES = 4, 200  # inputs and instances of each number of inputs

WEIGHTED = Sum(w[i] * x[i], (i, 1, n))
with unevaluated():
    NET = WEIGHTED + b


@dataclass(frozen=True)
class HalfSpace:
    """All inputs whose net input has a relation to 0."""

    net: Any
    relation: str = r"\ge"

    def __str__(self) -> str:
        return f"{latex(self.net)} {self.relation} 0"

    def holds(self, net: Any) -> Any:
        """Return whether a net input, or each of an array of them, is on the right side."""
        return RELATIONS[self.relation](net, 0)

    def mutants(self) -> tuple[Mutant[Any], ...]:
        """Return the half-spaces with a falsified net input, and those with another relation."""
        nets = [Mutant(one.mutation, replace(self, net=one.subject)) for one in mutate(self.net, arrays=(w, x))]
        others = [
            Mutant(f"${other}$ for ${self.relation}$", replace(self, relation=other))
            for other in RELATIONS
            if other != self.relation
        ]
        return tuple(replace(mutant, formula=str(mutant.subject)) for mutant in (*others, *nets))


@dataclass(frozen=True)
class Neuron:
    """A neuron and the half-space that it is to accept.

    `scalars` are those of the net input besides b, each from a range of numbers; `accepts(net, scalars)` is the
    decision in torch, and `rules(net, scalars)` are z3's assumptions and the decision.
    """

    stated: HalfSpace
    accepts: Callable[[torch.Tensor, Mapping[str, torch.Tensor]], torch.Tensor]
    rules: Callable[[Any, Mapping[str, Any]], tuple[list[Any], Any]]
    scalars: Mapping[Symbol, tuple[float, ...]]

    @property
    def space(self) -> Space:
        """Return the space of the net input."""
        return Space({w: (n,), x: (n,)}, {}, (b, *self.scalars))

    def compare(self, subject: HalfSpace) -> Outcome:
        """Compare with the neuron in torch, in float64, on random inputs on the boundary and beside it."""
        count = 0
        for batch in self._batches():
            arrays = [torch.tensor(batch.arrays[array], dtype=torch.float64) for array in (w, x)]
            scalars = {name.name: torch.tensor(values, dtype=torch.float64) for name, values in batch.scalars.items()}
            net = torch.linalg.vecdot(*arrays) + scalars.pop("b")
            accepted = self.accepts(net, scalars).numpy()
            outcome = self._against(subject, batch, accepted)
            if outcome:
                return outcome
            count += len(accepted)
        return Holds(f"{count} random inputs, a third of them on the boundary, up to {LARGEST} weights")

    def solve(self, subject: HalfSpace) -> Outcome:
        """Let z3 look for weights and an input, over the reals, on which neuron and half-space differ."""
        for instance in self.space.instances(largest=3):
            variables = {entry: z3.Real(latex(entry)) for entry in instance.entries}
            scalars = {scalar.name: variables[scalar] for scalar in self.scalars}
            net = z3.Real("s")
            assumptions, accepted = self.rules(net, scalars)
            try:
                stated = to_z3(instance.instantiate(subject.net), variables)
            except LookupError as missing:
                return Refuted({REASON: str(missing)} | instance.sizes_and_indices())
            defined = net == to_z3(instance.instantiate(NET), variables)
            shown = {latex(entry): variable for entry, variable in variables.items()}
            outcome = prove(accepted == subject.holds(stated), [defined, *assumptions], shown)
            if isinstance(outcome, Refuted):
                return Refuted(instance.sizes_and_indices() | dict(outcome.counter_example))
            if isinstance(outcome, Unknown):
                return outcome
        return Holds("all real weights and inputs, 1 to 3 of them")

    def prove(self, subject: HalfSpace) -> Outcome:
        """Prove that the subject is the stated half-space, for every number of inputs."""
        return self.same(self.stated, subject)

    def same(self, left: HalfSpace, right: HalfSpace) -> Outcome:
        """Prove that two half-spaces are the same for every number of inputs, or find an input in one of them only."""
        factors: set[Fraction] = set()
        for batch in self._batches():
            outcome = self._against(right, batch, left.holds(batch.values(left.net)))
            if outcome:
                return outcome
            sides = zip(batch.values(left.net), batch.values(right.net))
            factors |= {Fraction(float(other)) / Fraction(float(one)) for one, other in sides if one}
        if left.relation == right.relation and len(factors) == 1 and (factor := factors.pop()) > 0:
            proof = self.space.equal(right.net, sympy.Rational(factor) * left.net)
            if isinstance(proof, Holds):
                return Holds("the same net input" if factor == 1 else f"{factor} times the net input, so the same side")
        return Unknown("no positive multiple, and no random input tells them apart")

    def _against(self, subject: HalfSpace, batch: Batch, accepted: Any) -> Refuted | None:
        try:
            stated = subject.holds(batch.values(subject.net))
        except LookupError as missing:
            return Refuted({REASON: str(missing), "n": str(batch.sizes[n])})
        return batch.refute(stated != accepted, accepted=np.asarray(accepted), stated=stated)

    def _batches(self) -> Iterator[Batch]:
        """Yield random instances in whole numbers; every third lies on the boundary."""
        random = np.random.default_rng(0)
        for size in range(1, LARGEST + 1):
            arrays = {array: random.integers(-5, 6, (CASES, size)).astype(float) for array in (w, x)}
            scalars = {name: random.choice(values, CASES) for name, values in self.scalars.items()}
            bias = random.integers(-5, 6, CASES).astype(float)
            batch = Batch({n: size}, arrays, {b: bias, **scalars})
            bias[::3] -= batch.values(self.stated.net)[::3]
            yield batch

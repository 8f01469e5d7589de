"""Half-spaces as decision regions of neurons: a net input and its relation to 0, for every number of inputs.

A subject states which inputs the neuron accepts. Two subjects are equal if their net inputs are positive multiples of
each other and the relations agree. One third of the sampled inputs lie on the boundary.
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
LARGEST, CASES = 4, 200  # largest number of inputs, instances for each number of inputs

WEIGHTED = Sum(w[i] * x[i], (i, 1, n))
with unevaluated():
    NET = WEIGHTED + b


@dataclass(frozen=True)
class HalfSpace:
    """The set of inputs whose net input is in `relation` to 0."""

    net: Any
    relation: str = r"\ge"

    def __str__(self) -> str:
        return f"{latex(self.net)} {self.relation} 0"

    def holds(self, net: Any) -> Any:
        """Return whether a net input, or each entry of an array of net inputs, satisfies the relation."""
        return RELATIONS[self.relation](net, 0)

    def mutants(self) -> tuple[Mutant[Any], ...]:
        """Return mutants of the net input and of the relation."""
        nets = [Mutant(one.mutation, replace(self, net=one.subject)) for one in mutate(self.net, arrays=(w, x))]
        others = [
            Mutant(f"${other}$ instead of ${self.relation}$", replace(self, relation=other))
            for other in RELATIONS
            if other != self.relation
        ]
        return tuple(replace(mutant, formula=str(mutant.subject)) for mutant in (*others, *nets))


@dataclass(frozen=True)
class Neuron:
    """A neuron and the half-space that it accepts.

    Attributes:
        stated: The half-space.
        accepts: Returns the decision in torch for net inputs and scalars.
        rules: Returns the assumptions and the decision in z3 for a net input and scalars.
        scalars: Sampled values of each scalar of the net input other than b.
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
        """Compare with a torch neuron in float64 on random inputs, of which a third lie on the boundary."""
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
        """Search with z3 for real weights and inputs on which the neuron and the half-space differ."""
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
            named = {latex(entry): variable for entry, variable in variables.items()}
            outcome = prove(accepted == subject.holds(stated), [defined, *assumptions], named)
            if isinstance(outcome, Refuted):
                return Refuted(instance.sizes_and_indices() | dict(outcome.counter_example))
            if isinstance(outcome, Unknown):
                return outcome
        return Holds("all real weights and inputs, 1 to 3 of them")

    def prove(self, subject: HalfSpace) -> Outcome:
        """Prove that the subject equals the stated half-space, for every number of inputs."""
        return self.same(self.stated, subject)

    def same(self, left: HalfSpace, right: HalfSpace) -> Outcome:
        """Prove that two half-spaces are equal for every number of inputs, or find an input in only one of them."""
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
        return Unknown("the net inputs are not positive multiples, and no counter-example was found")

    def _against(self, subject: HalfSpace, batch: Batch, accepted: Any) -> Refuted | None:
        try:
            stated = subject.holds(batch.values(subject.net))
        except LookupError as missing:
            return Refuted({REASON: str(missing), "n": str(batch.sizes[n])})
        return batch.refute(stated != accepted, accepted=np.asarray(accepted), stated=stated)

    def _batches(self) -> Iterator[Batch]:
        """Yield random integer instances; every third lies on the boundary."""
        random = np.random.default_rng(0)
        for size in range(1, LARGEST + 1):
            arrays = {array: random.integers(-5, 6, (CASES, size)).astype(float) for array in (w, x)}
            scalars = {name: random.choice(values, CASES) for name, values in self.scalars.items()}
            bias = random.integers(-5, 6, CASES).astype(float)
            batch = Batch({n: size}, arrays, {b: bias, **scalars})
            bias[::3] -= batch.values(self.stated.net)[::3]
            yield batch

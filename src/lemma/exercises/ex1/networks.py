"""Networks with one AND gate for each of some rows of bits, and an OR gate: what they compute, for every size.

The inputs are the N = 2^n rows of bits; r_{j,i} is bit i of row j, and the input is row l. Gates are neurons with the
step activation H(s) = [s >= 0]. Exercise 1 (iii) has a gate for each true row, (iv) for each training instance.
"""

from functools import cache
from itertools import product
from typing import Any

import numpy as np
import sympy
import torch
import z3
from sympy import Indexed, IndexedBase, KroneckerDelta, Sum
from sympy.core.traversal import bottom_up

from lemma.exercises.algebra.evaluate import Arithmetic, evaluate
from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import i, index, j, l, n
from lemma.exercises.calculus.functions import H
from lemma.exercises.outcome import Holds, IllFormed, Outcome, Refuted, Scope, Unknown, first_failure
from lemma.exercises.proof.claim import Claim, Method, Step
from lemma.exercises.proof.mutants import mutate
from lemma.exercises.proof.solver import prove
from lemma.exercises.proof.space import Condition, Sample, Space

N, r = index("N"), IndexedBase("r")
GATES = Space({r: (N, n)}, {j: N, l: N})
BITS = (Condition("N = 2^{n}"), Condition("r_{j,i} r_{j,i} = r_{j,i}", {"j": "N", "i": "n"}))
SMALL, SOLVED, WIDE, RANDOM = 2, 3, 5, 8  # largest n: to search, for z3, for torch; number of networks in torch
with unevaluated():
    _weighted, SQUARE = (2 * r[j, i] - 1) * r[l, i], (r[j, i] - r[l, i]) ** 2
_sum, _ones, _distance = (Sum(term, (i, 1, n)) for term in (_weighted, r[j, i], SQUARE))
with unevaluated():
    AND_NET, MINUS_DISTANCE = _sum - _ones, -_distance


class Network:
    """Networks of which the gate of row j is connected to the OR gate with a weight of 0 or 1.

    Attributes:
        arrays: Arrays of N bits, of which the weight is the product; a row has a gate where the first is 1.
        net: Formula of the net input of the OR gate for the input row l.
        selected: The same with [j = l] for the output of the gate of row j.
        output: Formula of the output.
        expected: The weight of the gate of row l, which is the expected output.
    """

    def __init__(self, *arrays: IndexedBase) -> None:
        self.arrays = arrays
        self.space = Space({**dict.fromkeys(arrays, (N,)), r: (N, n)}, {l: N})
        weight, self.expected = (sympy.prod(array[row] for array in arrays) for row in (j, l))
        with unevaluated():
            terms = weight * H(AND_NET), weight * KroneckerDelta(j, l)
        computed, matched = (Sum(term, (j, 1, N)) for term in terms)
        with unevaluated():
            self.net, self.selected = computed - 1, matched - 1
            self.value = self.expected - 1
        self.output = H(self.net)

    def claim(self, claim_id: str, title: str, steps: tuple[Step, ...], **details: Any) -> Claim[Any]:
        """Return the claim that the output is the expected one, for every number of features and all weights."""
        return Claim(
            id=claim_id,
            title=title,
            statement=rf"{latex(self.output)} = {latex(self.expected)}, \quad H(s) = [s \ge 0]",
            subject=self.output,
            formula=latex(self.output),
            conditions=BITS,
            equal=self.equal,
            methods=(
                Method("gate by gate, every size", "sympy", lambda subject: self.equal(self.expected, subject)),
                Method("z3 on all weights", "z3", self.solve),
                Method("networks of torch.nn.functional.linear and torch.heaviside", "torch", self.compare_networks),
            ),
            mutants=mutate(self.output, arrays=self.arrays, indices=(l,)),
            steps=steps,
            **details,
        )

    def sample(self, features: int, weights: Any) -> Sample:
        """Return networks with the given bits, (networks, arrays, N), as values of the formulas."""
        rows = truth_table(features)
        return Sample({N: len(rows), n: features}, {**dict(zip(self.arrays, weights.swapaxes(0, 1))), r: rows[None]})

    def compare(self, sample: Sample, outputs: Any, subject: Any) -> Outcome:
        """Compare a formula with outputs, (networks, N); the size N of a counter-example follows from n."""
        outcome = self.space.compare(sample, outputs, subject)
        if isinstance(outcome, Refuted):
            return Refuted(outcome.values, outcome.computed, outcome.stated, {"n": sample.sizes[n]})
        return outcome

    def equal(self, left: Any, right: Any) -> Outcome:
        """Prove that two formulas are equal for every number of features, or find a counter-example."""
        for features in range(1, SMALL + 1):
            sample = self.sample(features, all_bits(len(self.arrays), 2**features))
            computed = evaluate(left, sample.sizes, sample.arrays, {l: N})
            outcome = self.compare(sample, computed, right)
            if not isinstance(outcome, Holds):
                return outcome
        outcome = first_failure(match_own_row(), decide_weight(), self.space.equal(*map(self.simplify, (left, right))))
        if isinstance(outcome, Holds):
            return Holds(outcome.scope, "gate by gate, with x² = x for bits, for every number of features")
        return Unknown("the formulas do not simplify to the same one, and no counter-example was found")

    def simplify(self, formula: Any) -> Any:
        """Return a formula with each gate replaced by its output: [j = l] for an AND gate, the weight for the OR gate.

        The replacements are the statements of `match_own_row` and `decide_weight`.
        """

        def replace(gate: Any) -> Any:
            net = reduce_bits(gate.args[0])
            if j in net.free_symbols:  # an AND gate
                matches = isinstance(GATES.equal(reduce_bits(MINUS_DISTANCE), net), Holds)
                return KroneckerDelta(j, l) if matches else gate
            return self.expected if isinstance(self.space.equal(self.value, net), Holds) else gate

        return reduce_bits(sympy.sympify(formula).replace(lambda node: isinstance(node, H), replace))

    def solve(self, subject: Any) -> Outcome:
        """Search with z3 for bits for which the formula differs from the expected output on some row."""
        step = np.frompyfunc(lambda net: z3.If(net >= 0, z3.RealVal(1), z3.RealVal(0)), 1, 1)
        arithmetic = Arithmetic(lambda p, q: z3.RealVal(f"{p}/{q}"), {"H": step})
        for features in range(1, SOLVED + 1):
            bits = {latex(array[at + 1]): None for array in self.arrays for at in range(2**features)}
            bits = {name: z3.Real(name) for name in bits}
            weights = np.array([*bits.values()], dtype=object).reshape(1, len(self.arrays), -1)
            sample = self.sample(features, weights)
            try:
                stated = evaluate(subject, sample.sizes, sample.arrays, {l: N}, arithmetic)
            except LookupError as missing:
                return IllFormed(str(missing))
            pairs = zip(weights.prod(axis=1).flat, stated.flat, strict=True)
            rules = [z3.Or(bit == 0, bit == 1) for bit in bits.values()]
            outcome = prove(z3.And([wanted == output for wanted, output in pairs]), rules, bits)
            if isinstance(outcome, Refuted):
                model = np.array([int(value) for value in outcome.values.values()]).reshape(weights.shape)
                return self.compare(self.sample(features, model), model.prod(axis=1), subject)
            if not isinstance(outcome, Holds):
                return outcome
        return Holds(Scope.SIZES, f"all weights and inputs, 1 to {SOLVED} features", SOLVED)

    def compare_networks(self, subject: Any) -> Outcome:
        """Compare a formula with networks of torch on all inputs."""
        for features, weights, outputs in network_outputs(len(self.arrays)):
            outcome = self.compare(self.sample(features, weights), outputs, subject)
            if not isinstance(outcome, Holds):
                return outcome
        return Holds(Scope.SAMPLES, f"1 to {WIDE} features, {RANDOM} random networks each, on all inputs", WIDE)


def truth_table(features: int) -> Any:
    """Return all rows of bits in binary order, (2^n, n)."""
    return np.array([*product((0, 1), repeat=features)])


def all_bits(arrays: int, rows: int) -> Any:
    """Return all values of arrays of bits, (2^(arrays * rows), arrays, rows)."""
    return truth_table(arrays * rows).reshape(-1, arrays, rows)


def reduce_bits(formula: Any) -> Any:
    """Return the expanded formula with x in place of the powers of a bit x."""
    rebuilt = bottom_up(sympy.sympify(formula), lambda node: node.func(*node.args) if node.args else node)
    return sympy.expand(rebuilt).replace(
        lambda node: node.is_Pow and isinstance(node.base, Indexed) and node.exp.is_Integer and node.exp > 1,
        lambda power: power.base,
    )


@cache
def match_own_row() -> Outcome:
    """Prove by induction over n that H of minus the distance of two rows is 1 if all their bits agree, and else 0.

    The distance is not negative, and it is 0 if and only if the bits agree: for 0 bits, and with each further bit.
    Each row of bits occurs once, so that all bits agree if and only if j = l.
    """
    distance, first, second = z3.Reals("distance first second")
    agree = z3.Bool("agree")
    bits = [z3.Or(bit == 0, bit == 1) for bit in (first, second)]
    further = sympy.lambdify((r[j, i], r[l, i]), SQUARE)(first, second)

    def invariant(total: Any, same: Any) -> Any:
        return z3.And(total >= 0, (total == 0) == same)

    return first_failure(
        prove(invariant(z3.RealVal(0), z3.BoolVal(True)), [], {}),
        prove(invariant(distance + further, z3.And(agree, first == second)), [invariant(distance, agree), *bits], {}),
        prove((-distance >= 0) == agree, [invariant(distance, agree)], {}),
    )


@cache
def decide_weight() -> Outcome:
    """Prove that H(weight - 1) is the weight, which is 0 or 1."""
    weight = z3.Real("weight")
    return prove(z3.If(weight - 1 >= 0, 1, 0) == weight, [z3.Or(weight == 0, weight == 1)], {})


@cache
def network_outputs(arrays: int) -> list[tuple[int, Any, Any]]:
    """Return numbers of features, bits of random networks, (networks, arrays, N), and the outputs of torch."""
    generator, results = torch.Generator().manual_seed(0), []
    for features in range(1, WIDE + 1):
        rows = torch.cartesian_prod(*[torch.arange(2.0)] * features).reshape(-1, features)
        weights = torch.randint(2, (RANDOM, arrays, len(rows)), generator=generator)
        pairs = [(rows[own[0] == 1], own[None, 1:].prod(1)[:, own[0] == 1]) for own in weights]
        outputs = torch.cat([run_network(rows, *pair) for pair in pairs])
        results.append((features, weights.numpy(), outputs.numpy()))
    return results


def run_network(inputs: torch.Tensor, gates: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the outputs, 0 or 1, of networks of torch with the same AND gates, (networks, inputs).

    Args:
        inputs: Rows of bits, (inputs, n).
        gates: The row of each AND gate, (gates, n).
        weights: Weights from the AND gates to the OR gate, (networks, gates).
    """
    at_zero = torch.ones(())
    net = torch.nn.functional.linear(inputs, torch.where(gates == 1, 1.0, -1.0), -gates.sum(dim=1))
    hidden = torch.heaviside(net, at_zero)
    bias = -torch.ones(len(weights))
    return torch.heaviside(torch.nn.functional.linear(hidden, weights.float(), bias), at_zero).T

"""Exercise 1 (iv): one AND gate for each training instance is a lookup table, with the accuracy on new inputs."""

from functools import cache
from itertools import product
from math import comb
from typing import Any

import numpy as np
import sympy
import torch
import z3
from sympy import Function, IndexedBase, Integer, Rational, Sum, Symbol

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import j, m, n
from lemma.exercises.ex1.networks import N, Network, run_network, truth_table
from lemma.exercises.outcome import Holds, Outcome, Scope, Unknown
from lemma.exercises.proof.claim import Claim, Method, Step
from lemma.exercises.proof.mutants import mutate
from lemma.exercises.proof.solver import prove
from lemma.exercises.proof.space import Sample, Space

z, y, f = IndexedBase("z"), IndexedBase("y"), IndexedBase("f")
p, q = Symbol("p", nonnegative=True), Symbol("q", nonnegative=True)
LARGEST = 3  # features and training instances, of which all training sets are tried
with unevaluated():
    MISSED = 1 - Integer(2) ** (-n)
    UNSEEN = MISSED**m
    ACCURACY = 1 - p * MISSED**m


class Fractions(Space):
    """A space of which the scalars are fractions that occur for every number of inputs: 0, 1/2 and 1."""

    def draw(self, random: np.random.Generator, array: Any, shape: tuple[int, ...], instances: int = 0) -> Any:
        """Return random fractions, (instances, *shape)."""
        return random.integers(0, 3, (instances, *shape)) / 2


SAMPLES = IndexedBase("x")  # m training inputs with n features; the formulas do not contain them
EXPECTED = Fractions({SAMPLES: (m, n)}, scalars=(p,), auxiliary=(SAMPLES,))
FUNCTIONS = Space({f: (N,)}, scalars=(q,))


def lookup() -> Claim[Any]:
    """State the output of the network with one gate for each training instance, seen and unseen inputs alike."""
    network = Network(z, y)
    return network.claim(
        "1.iv.lookup",
        "One gate for each training instance is a lookup table",
        steps=(
            Step(
                "Let $z_j$ be 1 if row $j$ is a training instance and 0 otherwise, and let $y_j$ be its label. Each "
                "instance has an AND gate, which is connected to the OR gate with the label as weight. As in (iii), "
                "the gate of row $j$ outputs $[j = l]$:",
                f"{latex(network.net)} = {latex(network.selected)} = {latex(network.value)}",
                (network.net, network.selected, network.value),
            ),
            Step(
                "For a training instance the output is its label: the network makes no training error, even if the "
                "labels are random. For any other input no gate outputs 1, and the network answers false.",
                rf"H({latex(network.value)}) = y_l \text{{ for }} z_l = 1, \quad "
                rf"H({latex(network.value)}) = 0 \text{{ for }} z_l = 0",
                proof=split_cases(),
            ),
            Step(
                "A training instance that occurs $c$ times has $c$ gates, which changes nothing.",
                r"H(c y_l - 1) = y_l \quad \forall c \ge 1",
                proof=repeat_instance(),
            ),
        ),
    )


def accuracy() -> Claim[Any]:
    """State the expected accuracy after m uniform draws; p is the fraction of inputs on which the function is 1."""
    true = Sum(f[j], (j, 1, N))
    with unevaluated():
        chance, short = f[j] * (1 - q) + (1 - f[j]), N - q * true
    right = Sum(chance, (j, 1, N))
    at_20 = {n: 20, m: 1000, p: Rational(1, 2)}
    return Claim(
        id="1.iv.accuracy",
        title="The expected accuracy on new inputs",
        statement=rf"E[A] = {latex(ACCURACY)}",
        subject=ACCURACY,
        formula=latex(ACCURACY),
        equal=EXPECTED.equal,
        methods=(
            Method("networks of torch for all training sets", "torch", compare_networks),
            Method("recurrence over the draws, every size", "sympy", derive_accuracy),
        ),
        mutants=mutate(ACCURACY),
        steps=(
            Step(
                "The training set consists of $m$ inputs, drawn uniformly and independently from all $N = 2^n$ inputs, "
                "with their labels $f_j$. One draw misses a given input with the probability $1 - 2^{-n}$, and each "
                "draw contributes this factor.",
                rf"q = {latex(UNSEEN)}",
                proof=EXPECTED.equal(probability_unseen(), UNSEEN),
            ),
            Step(
                "On input $j$ the network is right if $f_j = 0$, or if the input is in the training set, which has the "
                "probability $1 - q$. The mean over a new input, drawn in the same way, is",
                rf"E[A] = \frac{{1}}{{N}} {latex(right)} = \frac{{1}}{{N}} \left({latex(short)}\right)",
                proof=FUNCTIONS.equal(right, short),
            ),
            Step(
                "Let $p$ be the fraction of the inputs on which the function is true. The error is the probability "
                "that a new input is unseen and true.",
                rf"= 1 - p q = {latex(ACCURACY)}",
                (1 - p * probability_unseen(), ACCURACY),
            ),
            Step(
                "For parity, which is true on half of the inputs, $n = 20$ features and $m = 1000$ instances, the "
                "accuracy is barely above chance.",
                r"1 - \frac{1}{2} \left(1 - 2^{-20}\right)^{1000} \approx 0.5005",
                proof=round_to(ACCURACY.subs(at_20), "0.5005"),
            ),
        ),
        values=table(),
    )


def split_cases() -> Outcome:
    """Prove that H(z y - 1) is y for z = 1, and 0 for z = 0."""
    seen, label = z3.Reals("z_l y_l")
    bits = [z3.Or(bit == 0, bit == 1) for bit in (seen, label)]
    return prove(z3.If(seen * label - 1 >= 0, 1, 0) == z3.If(seen == 1, label, 0), bits, {})


def repeat_instance() -> Outcome:
    """Prove that H(c y - 1) is y for every c >= 1."""
    copies, label = z3.Reals("c y_l")
    rules = [z3.Or(label == 0, label == 1), copies >= 1]
    return prove(z3.If(copies * label - 1 >= 0, 1, 0) == label, rules, {})


def probability_unseen() -> Any:
    """Return the probability that m draws miss an input, as SymPy solves the recurrence over the draws."""
    missed, draws = Function("missed"), Symbol("m", integer=True)
    chance = Symbol("chance", positive=True)
    solution = sympy.rsolve(missed(draws + 1) - chance * missed(draws), missed(draws), {missed(0): 1})
    return solution.subs({chance: 1 - Integer(2) ** (-n), draws: m})


def derive_accuracy(subject: Any) -> Outcome:
    """Prove the expected accuracy: the mean over all inputs, with the solution of the recurrence for q."""
    true = Sum(f[j], (j, 1, N))
    mean = FUNCTIONS.equal(Sum(f[j] * (1 - q) + (1 - f[j]), (j, 1, N)), N - q * true)
    if not isinstance(mean, Holds):
        return mean
    expected = sympy.expand((N - q * true).xreplace({true: p * N}) / N).xreplace({q: probability_unseen()})
    return EXPECTED.equal(expected, subject)


def compare_networks(subject: Any) -> Outcome:
    """Compare a formula with the mean accuracies of networks of torch."""
    for sample, accuracies in mean_accuracies():
        outcome = EXPECTED.compare(sample, accuracies, subject)
        if not isinstance(outcome, Holds):
            return outcome
    detail = f"all functions and training sets, up to {LARGEST} features and {LARGEST} instances"
    return Holds(Scope.SIZES, detail, LARGEST)


@cache
def mean_accuracies() -> list[tuple[Sample, Any]]:
    """Return the exact mean accuracy of networks of torch over all training sets, for each function."""
    results = []
    for features, draws in product(range(1, LARGEST + 1), repeat=2):
        rows = torch.tensor(truth_table(features), dtype=torch.float32)
        functions = torch.tensor(truth_table(len(rows)))  # (functions, N)
        sets = torch.cartesian_prod(*[torch.arange(len(rows))] * draws).reshape(-1, draws)
        right = [run_network(rows, rows[drawn], functions[:, drawn]) == functions for drawn in sets]
        fractions = functions.double().mean(dim=1).numpy()
        results.append(
            (Sample({m: draws, n: features}, {p: fractions}), torch.stack(right).double().mean((0, 2)).numpy())
        )
    return results


def round_to(value: Any, text: str) -> Outcome:
    """Return whether a number is rounded to this text."""
    rounded = f"{float(sympy.N(value, 20)):.{len(text.partition('.')[2])}f}"
    return Holds(Scope.ALL) if rounded == text else Unknown(f"it is rounded to {rounded}")


def table() -> dict[str, str]:
    """Return the expected accuracy by function and number of instances, for 12 features."""
    at_least_5 = Rational(sum(comb(12, ones) for ones in range(5, 13)), 2**12)
    return {
        f"expected, {name}, {draws}": f"{float(ACCURACY.subs({n: 12, m: draws, p: fraction})):.4f}"
        for name, fraction in (("parity", Rational(1, 2)), ("at least 5 of 12", at_least_5))
        for draws in (500, 2839, 6000)
    }

"""Exercise 2 (i), why averages decide: a net input of an average is the average of the net inputs, in any dimension."""

from functools import partial
from typing import Any

import numpy as np
import sympy
import z3
from sympy import IndexedBase, Rational, Sum, Symbol

from lemma.exercises.batch import batches, equal
from lemma.exercises.claim import REASON, Claim, Holds, Kind, Method, Outcome, Refuted, Step, Unknown
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs
from lemma.exercises.solver import prove, to_z3

i, j, k, n, p, q = (index(name) for name in "ijknpq")
a, b, c, w = (IndexedBase(name) for name in "abcw")
inner, outer = IndexedBase(r"\lambda"), IndexedBase(r"\mu")
bias = Symbol("w_0", real=True)
NAMES, LARGEST, CASES = ("computed", "stated"), 4, 30


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims that forbid neurons."""
    return _opposite(), _certificate()


def net(point: Any) -> Any:
    """Return the net input on a point, whose coordinate k is `point(k)`."""
    total = Sum(w[k] * point(k), (k, 1, n))
    with unevaluated():
        return total + bias


def _opposite() -> Claim[Any]:
    """State that the net input at a centre is the mean of those at two opposite points, for every dimension."""
    space = Space({w: (n,), c: (n,), a: (n,)}, {}, (bias,))
    with unevaluated():
        terms = [w[k] * (c[k] + a[k]), w[k] * (c[k] - a[k])]
    sums = [Sum(term, (k, 1, n)) for term in terms]
    with unevaluated():
        subject = Rational(1, 2) * (sums[0] + bias) + Rational(1, 2) * (sums[1] + bias)
    centre = net(lambda place: c[place])
    return Claim(
        id="2.i.opposite",
        title="A centre between opposite points",
        statement=f"{latex(centre)} = {latex(subject)}",
        subject=subject,
        equal=accept_proofs(partial(equal, space)),
        mutants=mutate(subject, arrays=(w, c, a)),
        methods=(
            Method("term by term, any dimension", Kind.SYMBOLIC, lambda subject: equal(space, centre, subject, NAMES)),
            Method("z3 over the reals", Kind.SOLVER, lambda subject: _solve(space, centre, subject)),
            Method(
                "whole numbers in NumPy",
                Kind.NUMERIC,
                lambda subject: _compare(
                    space, subject, lambda arrays: (arrays[w] * arrays[c]).sum(axis=1) + arrays[bias]
                ),
            ),
        ),
        steps=(
            Step(
                "The net input is a sum of products with the coordinates, so a mean of points gives the mean of the "
                "net inputs. The centre $c$ of a circle is the mean of the opposite points $c + a$ and $c - a$.",
                r"s(c) = \frac{1}{2} s(c + a) + \frac{1}{2} s(c - a)",
                (centre, subject),
            ),
            Step(
                "If a neuron gives the same answer at both, it gives this answer at the centre too. So no neuron "
                "separates a circle's inside from its outside, whatever the centre, the radius and the dimension: "
                r"take $\lvert a \rvert$ larger than the radius.",
                r"s(c + a) < 0,\ s(c - a) < 0 \implies s(c) < 0",
                ("by z3", _same_answer()),
            ),
        ),
    )


def _certificate() -> Claim[Any]:
    """State what is left of the difference of two averages of net inputs: nothing if the averages are one point."""
    space = Space({inner: (p,), outer: (q,), a: (p, n), b: (q, n), w: (n,)}, {}, (bias,), non_negative=(inner, outer))
    mean_inner = Sum(inner[i] * net(lambda place: a[i, place]), (i, 1, p))
    mean_outer = Sum(outer[j] * net(lambda place: b[j, place]), (j, 1, q))
    points = [Sum(inner[i] * a[i, k], (i, 1, p)), Sum(outer[j] * b[j, k], (j, 1, q))]
    shares = [Sum(inner[i], (i, 1, p)), Sum(outer[j], (j, 1, q))]
    with unevaluated():
        along = w[k] * (points[0] - points[1])
    along = Sum(along, (k, 1, n))
    with unevaluated():
        subject = along + bias * (shares[0] - shares[1])
    computed = _exchange(mean_inner, k) - _exchange(mean_outer, k)

    def numbers(arrays: Any) -> Any:
        nets = [np.einsum("sin,sn->si", arrays[points], arrays[w]) + arrays[bias][:, None] for points in (a, b)]
        return (arrays[inner] * nets[0]).sum(axis=1) - (arrays[outer] * nets[1]).sum(axis=1)

    return Claim(
        id="2.i.certificate",
        title="One point that is an average of both sets",
        statement=rf"\sum_{{i=1}}^{{p}} \lambda_{{i}} s(a_i) - \sum_{{j=1}}^{{q}} \mu_{{j}} s(b_j) = {latex(subject)}",
        subject=subject,
        equal=accept_proofs(partial(equal, space)),
        mutants=mutate(subject),
        methods=(
            Method("sums exchanged, any sizes", Kind.SYMBOLIC, lambda subject: equal(space, computed, subject, NAMES)),
            Method(
                "z3 over the reals", Kind.SOLVER, lambda subject: _solve(space, mean_inner - mean_outer, subject, 2)
            ),
            Method("whole numbers in NumPy", Kind.NUMERIC, lambda subject: _compare(space, subject, numbers)),
        ),
        steps=(
            Step(
                "Take any neuron with weights $w$ and bias $w_0$. Add up its net inputs on the inner points $a_i$ with "
                r"factors $\lambda_i \ge 0$, and on the outer points $b_j$ with factors $\mu_j \ge 0$: averages, where "
                "the factors of both are shares that sum to 1. Sum over the points first:",
                rf"\sum_{{i=1}}^{{p}} \lambda_{{i}} s(a_i) - \sum_{{j=1}}^{{q}} \mu_{{j}} s(b_j) = {latex(subject)}",
                (computed, subject),
            ),
            Step(
                "If both averages are the same point, and the shares of both sum to 1, all brackets are 0: then the "
                "average net inputs are equal, whatever the weights.",
                r"\sum_{i=1}^{p} \lambda_i s(a_i) = \sum_{j=1}^{q} \mu_j s(b_j)",
                (subject.xreplace({points[0]: points[1], shares[0]: shares[1]}), sympy.Integer(0)),
            ),
            Step(
                "But if the neuron accepted all inner points and refused all outer ones, the left average would be at "
                "least 0 and the right one below 0; the other way around likewise. So there is no such neuron. "
                "(Averages have no share below 0. By induction over the points, such an average of numbers below 0 is "
                "below 0.)",
                r"\sum_{i=1}^{p} \lambda_i s(a_i) \ge 0 > \sum_{j=1}^{q} \mu_j s(b_j)",
                ("by induction", _averages()),
            ),
        ),
    )


def _exchange(outer_sum: Any, variable: Any) -> Any:
    """Return a sum over points whose terms hold sums over coordinates as a sum over coordinates of sums over points."""
    (point, low, high), term = outer_sum.limits[0], sympy.expand(outer_sum.function)
    total = sympy.Integer(0)
    for part in sympy.Add.make_args(term):
        nested = [factor for factor in sympy.Mul.make_args(part) if isinstance(factor, Sum)]
        rest = part / sympy.Mul(*nested)
        if nested:
            (_, start, end), inside = nested[0].limits[0], nested[0].function
            total += Sum(Sum(rest * inside, (point, low, high)), (variable, start, end))
        else:
            total += Sum(rest, (point, low, high))
    return total


def _solve(space: Space, computed: Any, subject: Any, largest: int = 3) -> Outcome:
    """Let z3 look for numbers at which two expressions differ, in small sizes."""
    for instance in space.instances(largest):
        variables = {entry: z3.Real(latex(entry)) for entry in instance.entries}
        try:
            sides = [to_z3(instance.instantiate(side), variables) for side in (computed, subject)]
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | instance.sizes_and_indices())
        shown = {latex(entry): variable for entry, variable in variables.items()}
        outcome = prove(sides[0] == sides[1], [], dict(zip(NAMES, sides)) | shown)
        if isinstance(outcome, Refuted):
            return Refuted(dict(outcome.counter_example) | instance.sizes_and_indices())
        if isinstance(outcome, Unknown):
            return outcome
    return Holds(f"all real numbers, sizes 1 to {largest}")


def _compare(space: Space, subject: Any, numbers: Any) -> Outcome:
    """Compare with NumPy on random whole numbers."""
    tried = 0
    for batch in batches(space, LARGEST, CASES):
        computed = numbers({**batch.arrays, **batch.scalars})
        try:
            stated = batch.values(subject)
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | {size.name: str(number) for size, number in batch.sizes.items()})
        wrong = batch.refute(computed != stated, computed=computed, stated=stated)
        if wrong:
            return wrong
        tried += CASES
    return Holds(f"{tried} random instances, sizes 1 to {LARGEST}")


def _same_answer() -> Outcome:
    """Prove that the mean of two net inputs is below 0 if both are, and not below 0 if neither is."""
    first, second = z3.Reals("first second")
    middle = (first + second) / 2
    both = z3.And(
        z3.Implies(z3.And(first < 0, second < 0), middle < 0), z3.Implies(z3.And(first >= 0, second >= 0), middle >= 0)
    )
    return prove(both, [], {"first": first, "second": second})


def _averages() -> Outcome:
    """Prove by induction that averages of numbers not below 0 are not below 0, and of numbers below 0 are below 0.

    A sum with shares that sum to S so far is not below 0, or is at most 0 and 0 only if S = 0; at the end S = 1.
    """
    so_far, total, share, number = z3.Reals("sum S share number")

    def below(value: Any, shares: Any) -> Any:
        return z3.And(shares >= 0, value <= 0, z3.Implies(value == 0, shares == 0))

    zero = z3.RealVal(0)
    proofs = [
        prove(so_far + share * number >= 0, [so_far >= 0, share >= 0, number >= 0], {"number": number}),
        prove(below(zero, zero), [], {}),
        prove(
            below(so_far + share * number, total + share),
            [below(so_far, total), share >= 0, number < 0],
            {"share": share},
        ),
        prove(so_far < 0, [below(so_far, total), total == 1], {"sum": so_far}),
    ]
    failed = [proof for proof in proofs if not isinstance(proof, Holds)]
    return failed[0] if failed else Holds("from no point, and from each number of points to the next")

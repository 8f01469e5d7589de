"""Exercise 2 (i): the net input of a convex combination is the convex combination of the net inputs."""

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
    """Return the claims from which inseparability follows."""
    return _opposite(), _certificate()


def net(point: Any) -> Any:
    """Return the net input on a point, whose coordinate k is `point(k)`."""
    total = Sum(w[k] * point(k), (k, 1, n))
    with unevaluated():
        return total + bias


def _opposite() -> Claim[Any]:
    """State that the net input at a centre is the mean of the net inputs at two opposite points."""
    space = Space({w: (n,), c: (n,), a: (n,)}, {}, (bias,))
    with unevaluated():
        terms = [w[k] * (c[k] + a[k]), w[k] * (c[k] - a[k])]
    sums = [Sum(term, (k, 1, n)) for term in terms]
    with unevaluated():
        subject = Rational(1, 2) * (sums[0] + bias) + Rational(1, 2) * (sums[1] + bias)
    centre = net(lambda place: c[place])
    return Claim(
        id="2.i.opposite",
        title="Opposite points and their centre",
        statement=f"{latex(centre)} = {latex(subject)}",
        subject=subject,
        equal=accept_proofs(partial(equal, space)),
        mutants=mutate(subject, arrays=(w, c, a)),
        methods=(
            Method("term by term, any dimension", Kind.SYMBOLIC, lambda subject: equal(space, centre, subject, NAMES)),
            Method("z3 over the reals", Kind.SOLVER, lambda subject: _solve(space, centre, subject)),
            Method(
                "integers in NumPy",
                Kind.NUMERIC,
                lambda subject: _compare(
                    space, subject, lambda arrays: (arrays[w] * arrays[c]).sum(axis=1) + arrays[bias]
                ),
            ),
        ),
        steps=(
            Step(
                "The net input is an affine function of the coordinates, so the net input of a mean of points is the "
                "mean of their net inputs. The centre $c$ of a circle is the mean of the opposite points $c + a$ and "
                "$c - a$.",
                r"s(c) = \frac{1}{2} s(c + a) + \frac{1}{2} s(c - a)",
                (centre, subject),
            ),
            Step(
                "If a neuron has the same output at both points, it has this output at the centre as well. Therefore "
                "no neuron separates the interior of a circle from its exterior, for any centre, radius and dimension: "
                r"choose $\lvert a \rvert$ larger than the radius.",
                r"s(c + a) < 0,\ s(c - a) < 0 \implies s(c) < 0",
                ("by z3", _same_answer()),
            ),
        ),
    )


def _certificate() -> Claim[Any]:
    """State the difference of two weighted sums of net inputs, which is 0 if the averages coincide."""
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
        title="A common point of both convex hulls",
        statement=rf"\sum_{{i=1}}^{{p}} \lambda_{{i}} s(a_i) - \sum_{{j=1}}^{{q}} \mu_{{j}} s(b_j) = {latex(subject)}",
        subject=subject,
        equal=accept_proofs(partial(equal, space)),
        mutants=mutate(subject),
        methods=(
            Method(
                "exchange of sums, any sizes", Kind.SYMBOLIC, lambda subject: equal(space, computed, subject, NAMES)
            ),
            Method(
                "z3 over the reals", Kind.SOLVER, lambda subject: _solve(space, mean_inner - mean_outer, subject, 2)
            ),
            Method("whole numbers in NumPy", Kind.NUMERIC, lambda subject: _compare(space, subject, numbers)),
        ),
        steps=(
            Step(
                "Consider any neuron with weights $w$ and bias $w_0$. Form weighted sums of its net inputs for the "
                r"inner points $a_i$ with coefficients $\lambda_i \ge 0$ and for the outer points $b_j$ with "
                r"coefficients $\mu_j \ge 0$; they are convex combinations if the coefficients sum to 1. Sum over the "
                "points first:",
                rf"\sum_{{i=1}}^{{p}} \lambda_{{i}} s(a_i) - \sum_{{j=1}}^{{q}} \mu_{{j}} s(b_j) = {latex(subject)}",
                (computed, subject),
            ),
            Step(
                "If both convex combinations are the same point and all coefficients sum to 1, every bracket is 0. The "
                "weighted net inputs are then equal for all weights.",
                r"\sum_{i=1}^{p} \lambda_i s(a_i) = \sum_{j=1}^{q} \mu_j s(b_j)",
                (subject.xreplace({points[0]: points[1], shares[0]: shares[1]}), sympy.Integer(0)),
            ),
            Step(
                "But if the neuron accepted all inner points and rejected all outer points, the left-hand side would "
                "be non-negative and the right-hand side negative; the opposite assignment is analogous. Therefore "
                "there is no such neuron. (By induction over the points, a convex combination of negative numbers is "
                "negative.)",
                r"\sum_{i=1}^{p} \lambda_i s(a_i) \ge 0 > \sum_{j=1}^{q} \mu_j s(b_j)",
                ("by induction", _averages()),
            ),
        ),
    )


def _exchange(outer_sum: Any, variable: Any) -> Any:
    """Exchange the order of summation over points and coordinates."""
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
    """Search with z3 for real numbers at which two expressions differ, for small sizes."""
    for instance in space.instances(largest):
        variables = {entry: z3.Real(latex(entry)) for entry in instance.entries}
        try:
            sides = [to_z3(instance.instantiate(side), variables) for side in (computed, subject)]
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | instance.sizes_and_indices())
        named = {latex(entry): variable for entry, variable in variables.items()}
        outcome = prove(sides[0] == sides[1], [], dict(zip(NAMES, sides)) | named)
        if isinstance(outcome, Refuted):
            return Refuted(dict(outcome.counter_example) | instance.sizes_and_indices())
        if isinstance(outcome, Unknown):
            return outcome
    return Holds(f"all real numbers, sizes 1 to {largest}")


def _compare(space: Space, subject: Any, numbers: Any) -> Outcome:
    """Compare with NumPy on random integers."""
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
    """Prove that the mean of two net inputs is negative if both are, and non-negative if neither is negative."""
    first, second = z3.Reals("first second")
    middle = (first + second) / 2
    both = z3.And(
        z3.Implies(z3.And(first < 0, second < 0), middle < 0), z3.Implies(z3.And(first >= 0, second >= 0), middle >= 0)
    )
    return prove(both, [], {"first": first, "second": second})


def _averages() -> Outcome:
    """Prove by induction that convex combinations preserve the sign of non-negative and of negative numbers.

    Invariant for negative numbers: a partial sum with coefficients of sum S is at most 0, and 0 only if S = 0. At the
    end S = 1.
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
    return failed[0] if failed else Holds("by induction over the points")

"""Exercise 1 (i): a neuron with the sign activation accepts a half-space, whose position follows from its weights."""

from typing import Any

import numpy as np
import sympy
import torch
import z3
from sympy import IndexedBase, Sum, Symbol

from lemma.exercises.batch import Batch
from lemma.exercises.claim import REASON, Claim, Holds, Kind, Method, Outcome, Refuted, Step, Unknown
from lemma.exercises.ex1.decision import NET, HalfSpace, Neuron, b, i, n, w, x
from lemma.exercises.indexed import Space
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.solver import prove, to_z3

p = IndexedBase("p")
along, place = Symbol(r"\lambda", real=True), Symbol("c", real=True)
LARGEST, CASES = 6, 40


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims about the neuron with the sign activation."""
    return _decision(), _geometry()


def _decision() -> Claim[Any]:
    """State which inputs the neuron accepts."""
    stated = HalfSpace(NET)
    neuron = Neuron(
        stated,
        accepts=lambda net, scalars: torch.where(net >= 0, 1, -1) == 1,
        rules=lambda net, scalars: ([], z3.If(net >= 0, z3.RealVal(1), z3.RealVal(-1)) == 1),
        scalars={},
    )
    return Claim(
        id="1.i.decision",
        title="Decision region of a neuron with the sign activation",
        statement=rf"\varphi\left({latex(NET)}\right) = 1 \iff {stated}",
        subject=stated,
        equal=neuron.same,
        mutants=stated.mutants(),
        methods=(
            Method("symbolic net input, any size", Kind.SYMBOLIC, neuron.prove),
            Method("z3 over the reals", Kind.SOLVER, neuron.solve),
            Method("torch neuron", Kind.NUMERIC, neuron.compare),
        ),
        steps=(
            Step(
                r"By definition $\varphi(s)$ is 1 if $s \ge 0$ and $-1$ otherwise. A threshold $\vartheta$ for the "
                r"weighted sum corresponds to the bias $b = -\vartheta$. The boundary $s = 0$ belongs to the accepted "
                "region.",
                rf"\varphi(s) = 1 \iff s \ge 0, \quad s = {latex(NET)}",
                (HalfSpace(NET), stated),
            ),
        ),
    )


def _geometry() -> Claim[Any]:
    r"""State the net input at c w + lambda w + p with c = -b / |w|^2 and p perpendicular to w, for every size."""
    square = Sum(w[i] ** 2, (i, 1, n))
    perpendicular, bias = Sum(w[i] * p[i], (i, 1, n)), -place * square
    space = Space({w: (n,), p: (n,), x: (n,)}, {}, (along, place, b))
    point = Sum(w[i] * (place * w[i] + along * w[i] + p[i]), (i, 1, n)) + bias
    with unevaluated():
        shifted = w[i] * (x[i] + p[i])
    shifted = Sum(shifted, (i, 1, n))
    with unevaluated():
        moved = shifted + b
    rest = Sum(w[i] * (x[i] - place * w[i] - along * w[i]), (i, 1, n))
    subject = along * square
    nothing = NET.xreplace({w[i]: sympy.Integer(0)}).doit()
    return Claim(
        id="1.i.half-space",
        title="Position of the half-space",
        statement=r"\sum_{i=1}^{n} w_{i} \left(x^0_i + \lambda w_{i} + p_{i}\right) + b = "
        rf"{latex(subject)},\quad x^0 = -\frac{{b}}{{\lvert w \rvert^2}} w,\ w \ne 0,\quad "
        r"\sum_{i=1}^{n} w_i p_i = 0",
        subject=subject,
        equal=space.equal,
        mutants=mutate(subject, arrays=(w, p)),
        methods=(
            Method(
                "algebra, any size",
                Kind.SYMBOLIC,
                lambda subject: space.equal(point - perpendicular, subject, ("computed", "stated")),
            ),
            Method("z3 over the reals", Kind.SOLVER, lambda subject: _solve(space, point, perpendicular, subject)),
            Method("torch layer", Kind.NUMERIC, _compare),
        ),
        steps=(
            Step(
                r"Let $w \ne 0$ and write $\lvert w \rvert^2 = \sum_{i=1}^{n} w_i^2$. The point $x^0 = c w$ with $c = "
                r"-b / \lvert w \rvert^2$ lies on the boundary, since $b = -c \lvert w \rvert^2$.",
                r"\sum_{i=1}^{n} w_i \left(c w_i\right) - c \sum_{i=1}^{n} w_i^2 = 0",
                (Sum(w[i] * (place * w[i]), (i, 1, n)) + bias, sympy.Integer(0)),
            ),
            Step(
                r"A translation by $p$ changes the net input by $\sum_i w_i p_i$, which is 0 if $p$ is perpendicular "
                "to $w$. Therefore the boundary is the hyperplane through $x^0$ perpendicular to $w$; in two "
                "dimensions it is a line.",
                rf"{latex(moved)} = s + {latex(perpendicular)}",
                (moved, NET + perpendicular),
            ),
            Step(
                r"A further translation by $\lambda w$ changes it by $\lambda \lvert w \rvert^2$, which has the sign "
                r"of $\lambda$. Therefore the neuron accepts the hyperplane and the side to which $w$ points.",
                r"\sum_{i=1}^{n} w_i \left(c w_i + \lambda w_i + p_i\right) - c \lvert w \rvert^2 = " + latex(subject),
                (point - perpendicular, subject),
            ),
            Step(
                r"Every $x$ has this form, with $\lambda = s / \lvert w \rvert^2$ and $p = x - x^0 - \lambda w$, where "
                "$p$ is perpendicular to $w$ because",
                r"\sum_{i=1}^{n} w_i \left(x_i - c w_i - \lambda w_i\right) = \sum_{i=1}^{n} w_i x_i + b - \lambda "
                r"\lvert w \rvert^2 = 0",
                (rest, NET.xreplace({b: bias}) - subject),
            ),
            Step(
                r"Neither side is empty: consider $\lambda = 1$ and $\lambda = -1$. In the degenerate case $w = 0$ "
                r"there is no half-space: the neuron accepts all inputs if $b \ge 0$, and none otherwise.",
                r"w = 0: \quad s = b",
                (nothing, b),
            ),
        ),
    )


def _solve(space: Space, point: Any, perpendicular: Any, subject: Any) -> Outcome:
    """Search with z3 for weights, a perpendicular p and a lambda with another net input."""
    for instance in space.instances(largest=3):
        variables = {entry: z3.Real(latex(entry)) for entry in instance.entries}
        try:
            computed, zero, stated = (
                to_z3(instance.instantiate(side), variables) for side in (point, perpendicular, subject)
            )
        except LookupError as missing:
            return Refuted({REASON: str(missing)} | instance.sizes_and_indices())
        named = {latex(entry): variable for entry, variable in variables.items()}
        outcome = prove(computed == stated, [zero == 0], {"computed": computed, "stated": stated, **named})
        if isinstance(outcome, Refuted):
            return Refuted(dict(outcome.counter_example) | instance.sizes_and_indices())
        if isinstance(outcome, Unknown):
            return outcome
    return Holds("all real weights and perpendicular vectors, sizes 1 to 3")


def _compare(subject: Any) -> Outcome:
    """Compare with a torch layer at points constructed from integer weight vectors."""
    random = np.random.default_rng(1)
    for size in range(1, LARGEST + 1):
        weights, raw = (random.integers(-4, 5, (CASES, size)).astype(float) for _ in range(2))
        scalars = {name: random.integers(-4, 5, CASES).astype(float) for name in (along, place)}
        square = (weights**2).sum(axis=1, keepdims=True)
        across = raw * square - weights * (weights * raw).sum(axis=1, keepdims=True)
        points = (scalars[place] + scalars[along])[:, None] * weights + across
        layer = [torch.nn.functional.linear(*map(torch.tensor, pair)) for pair in zip(points, weights)]
        computed = torch.stack(layer).numpy() - scalars[place] * square[:, 0]
        batch = Batch({n: size}, {w: weights, p: across}, scalars)
        try:
            stated = batch.values(subject)
        except LookupError as missing:
            return Refuted({REASON: str(missing), "n": str(size)})
        wrong = batch.refute(computed != stated, computed=computed, stated=stated)
        if wrong:
            return wrong
    return Holds(f"{LARGEST * CASES} random points, sizes 1 to {LARGEST}")

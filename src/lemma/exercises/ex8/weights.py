"""Exercise 8 (i), (iii), (iv): the gradients with respect to the outputs, and to the inputs and weights of a layer."""

from functools import partial
from typing import Any

from sympy import KroneckerDelta, Rational, Sum

from lemma.exercises.chain import by_induction, induction, undefined
from lemma.exercises.claim import Claim, Step
from lemma.exercises.dual import Dual, doubled_squared_error, sum_duals
from lemma.exercises.ex8.machines import (
    error_samples,
    g,
    i,
    inputs_samples,
    j,
    k,
    m,
    n,
    o,
    q,
    t,
    w,
    weights_samples,
)
from lemma.exercises.indexed import Instance, Space, differentiate
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs
from lemma.exercises.witness import differentiation_methods, solver_method, symbolic_method

ERROR = Space({o: (m,), t: (m,)}, {k: m})
INPUTS = Space({w: (n, m), g: (m,)}, {i: n})
WEIGHTS = Space({o: (n,), g: (m,)}, {i: n, j: m})
with unevaluated():
    NET = w[q, j] * o[q]
NET = Sum(NET, (q, 1, n))
IN = Space({w: (n, m), o: (n,)}, {i: n, j: m})  # space of the derivatives of a net input


def _net_input(place: int) -> Any:
    """Return net input number `place`."""
    return NET.xreplace({j: place})


def _arriving(entry: Any, instance: Instance, names: Any) -> Any:
    """Return the derivative of the error with respect to an entry, by forward-mode differentiation of the layer."""
    moved = instance.instantiate(entry)

    def dual(one: Any) -> Dual:
        return Dual(names.get(one, 0), int(one == moved))

    before, after = (range(1, instance.integers[size] + 1) for size in (n, m))
    nets = [sum_duals(dual(w[start, end]) * dual(o[start]) for start in before) for end in after]
    return sum_duals(Dual(names[g[end]]) * net for end, net in zip(after, nets, strict=True)).derivative


def error() -> Claim[Any]:
    """State the gradient of the error with respect to the outputs of the network."""
    with unevaluated():
        subject = o[k] - t[k]
        chain = Rational(1, 2) * (2 * (t[q] - o[q]) * -KroneckerDelta(q, k))
    chain = Sum(chain, (q, 1, m))
    derivative = differentiate(Rational(1, 2) * Sum((t[q] - o[q]) ** 2, (q, 1, m)), o[k])

    def forward(instance: Instance, names: Any) -> Any:
        places = range(1, instance.integers[m] + 1)
        moved = [Dual(names[o[one]], int(one == instance.integers[k])) for one in places]
        return doubled_squared_error([names[t[one]] for one in places], moved).derivative / 2

    layer = latex(subject).replace("o_", "o^{(2)}_")
    return Claim(
        id="8.i.error",
        title="The gradient with respect to the outputs",
        statement=r"\frac{\partial E}{\partial o^{(2)}} = o^{(2)} - t,\quad "
        rf"\frac{{\partial E}}{{\partial o^{{(2)}}_{{k}}}} = {layer}",
        subject=subject,
        indices=(k,),
        equal=ERROR.equal,
        mutants=mutate(subject, chain, arrays=(o, t), indices=(k,)),
        steps=(
            Step(
                r"Write $o$ for $o^{(2)}$. The error is a sum over the outputs, in which $o_k$ occurs once, as in "
                "exercise 7.",
                rf"\frac{{\partial E}}{{\partial o_k}} = {latex(chain)}",
                (derivative, chain),
            ),
            Step("Only the term with $q = k$ remains.", f"= {latex(subject)}", (chain, subject)),
        ),
        methods=(
            symbolic_method("SymPy's derivative, any size", ERROR, derivative),
            solver_method("z3 with dual numbers", ERROR, forward),
            *differentiation_methods(error_samples, {k: m}),
        ),
    )


def inputs() -> Claim[Any]:
    """State dE/do = W^T dE/ds, entry by entry."""
    computed = Sum(differentiate(NET, o[i]) * g[j], (j, 1, m))
    picked = Sum(w[q, j] * KroneckerDelta(q, i), (q, 1, n))
    with unevaluated():
        subject, picked = w[i, j] * g[j], picked * g[j]
    subject, picked = Sum(subject, (j, 1, m)), Sum(picked, (j, 1, m))
    return Claim(
        id="8.iii",
        title="The gradient with respect to the inputs of a layer",
        statement=r"\frac{\partial E}{\partial o} = W^\top \frac{\partial E}{\partial s},\quad "
        rf"\frac{{\partial E}}{{\partial o_{{i}}}} = {latex(subject)} \quad \text{{with }} g_j = "
        r"\frac{\partial E}{\partial s_j}",
        subject=subject,
        indices=(i,),
        equal=accept_proofs(INPUTS.equal),
        mutants=mutate(subject, picked, arrays=(w, g), indices=(i,)),
        steps=(
            Step(
                r"$o_i$ is an input of all $m$ neurons, so the chain rule gives a sum of $m$ terms. It is proved by "
                r"induction for every $m$ and every error.",
                r"\frac{\partial E}{\partial o_i} = \sum_{j=1}^{m} \frac{\partial E}{\partial s_j} "
                r"\frac{\partial s_j}{\partial o_i}",
                ("the chain rule for every number of values", induction()),
            ),
            Step(
                "One term of $s_j$ contains $o_i$.",
                rf"\frac{{\partial s_j}}{{\partial o_i}} = \frac{{\partial}}{{\partial o_i}} {latex(NET)} = w_{{i,j}}",
                ("the derivative", IN.equal(differentiate(NET, o[i]), w[i, j])),
            ),
            Step(
                r"Combine both: one term of the sum over $q$ remains.",
                rf"\frac{{\partial E}}{{\partial o_i}} = {latex(picked)} = {latex(subject)}",
                (computed, picked, subject),
            ),
            Step(
                r"$w_{i,j}$ is the entry of $W$ at row $j$, column $i$, and of $W^\top$ at row $i$, column $j$; the "
                r"sum over $j$ is the product of row $i$ of $W^\top$ with the vector $g$.",
                r"\frac{\partial E}{\partial o} = W^\top \frac{\partial E}{\partial s}",
            ),
        ),
        methods=(
            by_induction(INPUTS, computed),
            undefined("undefined function E", _net_input, o[i], g, (m, n), {i: n}),
            solver_method("z3 with dual numbers", INPUTS, partial(_arriving, o[i])),
            *differentiation_methods(inputs_samples, {i: n}),
        ),
    )


def weights() -> Claim[Any]:
    """State dE/dW = dE/ds (x) o, entry by entry."""
    passed = differentiate(NET, w[i, j])
    computed = g[j] * passed
    with unevaluated():
        subject = g[j] * o[i]
        picked = g[q] * (o[i] * KroneckerDelta(q, j))
    picked = Sum(picked, (q, 1, m))
    return Claim(
        id="8.iv",
        title="The gradient with respect to the weights",
        statement=r"\frac{\partial E}{\partial W} = \frac{\partial E}{\partial s} \otimes o,\quad "
        rf"\frac{{\partial E}}{{\partial w_{{i,j}}}} = {latex(subject)} \quad \text{{with }} g_j = "
        r"\frac{\partial E}{\partial s_j}",
        subject=subject,
        indices=(i, j),
        equal=accept_proofs(WEIGHTS.equal),
        mutants=mutate(subject, picked, arrays=(o, g), indices=(i, j)),
        steps=(
            Step(
                "The weight $w_{i,j}$ occurs in $s_j$ only, in one term.",
                rf"\frac{{\partial s_q}}{{\partial w_{{i,j}}}} = {latex(o[i] * KroneckerDelta(q, j))}",
                ("the derivative", IN.equal(passed, o[i])),
            ),
            Step(
                "Therefore one term of the sum in the chain rule remains.",
                rf"\frac{{\partial E}}{{\partial w_{{i,j}}}} = {latex(picked)} = {latex(subject)}",
                (picked, subject, computed),
            ),
            Step(
                r"Since $w_{i,j}$ is the entry of $W$ at row $j$, column $i$, the gradient has $g_j o_i$ at this "
                r"position: it is the outer product of $g$ and $o$.",
                r"\frac{\partial E}{\partial W} = \frac{\partial E}{\partial s} \otimes o",
                ("the chain rule for one value", induction()),
            ),
        ),
        methods=(
            by_induction(WEIGHTS, computed),
            undefined("undefined function E", _net_input, w[i, j], g, (m, n), {i: n, j: m}),
            solver_method("z3 with dual numbers", WEIGHTS, partial(_arriving, w[i, j])),
            *differentiation_methods(weights_samples, {i: n, j: m}),
        ),
    )

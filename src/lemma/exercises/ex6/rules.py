"""The rules of backpropagation with sigmoids: the deltas of output and hidden neurons, and the weight update.

All sizes are symbols. The network downstream of a layer is any differentiable function of its net inputs, so the rule
for a hidden neuron holds in every network.
"""

from fractions import Fraction
from functools import cache
from typing import Any

from sympy import KroneckerDelta, Rational, Sum

from lemma.exercises.chain import by_induction, induction, sigma, undefined
from lemma.exercises.claim import Claim, Step
from lemma.exercises.dual import Dual, doubled_squared_error, sigmoid, sum_duals
from lemma.exercises.ex6.machines import (
    delta,
    eta,
    hidden_samples,
    i,
    j,
    k,
    m,
    n,
    o,
    output_samples,
    q,
    s,
    t,
    update_samples,
    w,
    x,
)
from lemma.exercises.exact import show
from lemma.exercises.indexed import Instance, Space, differentiate
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs
from lemma.exercises.witness import differentiation_methods, solver_method, symbolic_method

OUTPUT = Space({o: (m,), t: (m,)}, {j: m}, sigmoids=(o,))
HIDDEN = Space({o: (n,), w: (n, m), delta: (m,)}, {j: n}, sigmoids=(o,))
UPDATE = Space({w: (n, m), x: (n, m), delta: (m,)}, {i: n, j: m}, (eta,))
with unevaluated():
    NET = w[q, k] * o[q]
NET = Sum(NET, (q, 1, n))
DOWNSTREAM = r"k \in \text{Downstream}(j)"
EXAMPLE = {"o_{j}": "1/2", r"\delta_{1}": "0.2", r"\delta_{2}": "-0.1", r"\delta_{3}": "0.4"} | {
    "w_{j,1}": "1", "w_{j,2}": "2", "w_{j,3}": "-1",
}  # fmt: skip


def in_outputs(expression: Any) -> Any:
    """Return the expression with o_k for sigma(s_k)."""
    return expression.replace(sigma, lambda net: o[net.indices])


@cache
def output_found() -> Any:
    """Return -dE/ds_j at the output, derived by SymPy."""
    error = Rational(1, 2) * Sum((t[k] - sigma(s[k])) ** 2, (k, 1, m))
    return in_outputs(-differentiate(error, s[j]))


@cache
def hidden_found() -> Any:
    """Return the delta of a hidden neuron by the chain rule, with SymPy's derivatives of net input and output."""
    weight = differentiate(NET, o[j])
    return in_outputs(sigma(s[j]).diff(s[j])) * Sum(delta[k] * weight, (k, 1, m))


def output() -> Claim[Any]:
    """State the delta of an output neuron."""
    with unevaluated():
        subject = (t[j] - o[j]) * o[j] * (1 - o[j])
        outer = Rational(1, 2) * (2 * (t[k] - o[k]) * (o[k] * (1 - o[k]) * KroneckerDelta(k, j)))
        short = (t[k] - o[k]) * o[k] * (1 - o[k]) * KroneckerDelta(k, j)
    outer, short = Sum(outer, (k, 1, m)), Sum(short, (k, 1, m))
    derivative = output_found()

    def forward(instance: Instance, names: Any) -> Any:
        places = range(1, instance.integers[m] + 1)
        moved = [Dual(0, int(one == instance.integers[j])) for one in places]
        outputs = [sigmoid(net, names[o[one]]) for one, net in zip(places, moved, strict=True)]
        return -doubled_squared_error([names[t[one]] for one in places], outputs).derivative / 2

    return Claim(
        id="6.output",
        title="The delta of an output neuron",
        statement=rf"\delta_{{j}} = {latex(subject)} \quad \text{{at the output}}",
        subject=subject,
        indices=(j,),
        equal=OUTPUT.equal,
        mutants=mutate(subject, short, arrays=(o, t), indices=(j,)),
        steps=(
            Step(
                r"By definition $\delta_j = -\frac{\partial E}{\partial s_j}$. Differentiate each term of the error by "
                r"the chain rule; $o_k = \sigma(s_k)$ has the derivative $o_k (1 - o_k)$ and depends on $s_j$ only for "
                r"$k = j$.",
                rf"\delta_j = -\frac{{\partial E}}{{\partial s_j}} = {latex(outer)}",
                (derivative, outer),
            ),
            Step("The factor 2 cancels $\\frac{1}{2}$.", f"= {latex(short)}", (outer, short)),
            Step("Only the term with $k = j$ remains.", f"= {latex(subject)}", (short, subject)),
        ),
        methods=(
            symbolic_method("SymPy's derivative, any size", OUTPUT, derivative),
            solver_method("z3 with dual numbers", OUTPUT, forward),
            *differentiation_methods(output_samples, {j: m}),
        ),
    )


def hidden() -> Claim[Any]:
    """State the delta of a hidden neuron with any number of downstream neurons."""
    computed = hidden_found()
    inner = Sum(delta[k] * w[j, k], (k, 1, m))
    with unevaluated():
        subject = o[j] * (1 - o[j]) * inner
        split = inner * (o[j] * (1 - o[j]))
    space = Space(dict(HIDDEN.arrays), {j: n, k: m})

    def forward(instance: Instance, names: Any) -> Any:
        here = instance.integers
        moved = sigmoid(Dual(0, 1), names[o[here[j]]])
        nets = [Dual(names[w[here[j], one]]) * moved for one in range(1, here[m] + 1)]
        return sum_duals(Dual(names[delta[one]]) * net for one, net in enumerate(nets, 1)).derivative

    def net_input(place: int) -> Any:
        return Sum(w[q, place] * sigma(s[q]), (q, 1, n))

    named = latex(subject).replace("k=1", DOWNSTREAM).replace("^{m}", "", 1)
    return Claim(
        id="6.hidden",
        title="The delta of a hidden neuron",
        statement=rf"\delta_{{j}} = {named} \quad \text{{in a hidden layer}}",
        subject=subject,
        indices=(j,),
        equal=accept_proofs(HIDDEN.equal),
        mutants=mutate(subject, split, arrays=(o, delta), indices=(j,)),
        values=example(subject),
        steps=(
            Step(
                r"Number the neurons downstream of $j$ from 1 to $m$. The error depends on $o_j$ only through their "
                r"net inputs, so by the chain rule its derivative is a sum of $m$ terms. This is proved by induction "
                r"for every $m$ and every error, also if one of the $m$ neurons is downstream of another: each net "
                r"input contributes the term $\frac{\partial E}{\partial s_k}$ times the weight.",
                r"\frac{\partial E}{\partial o_j} = \sum_{k=1}^{m} \frac{\partial E}{\partial s_k} "
                r"\frac{\partial s_k}{\partial o_j}",
                ("the chain rule for every number of values", induction()),
            ),
            Step(
                r"Only one term of $s_k$ contains $o_j$; its coefficient is $w_{j,k}$.",
                rf"\frac{{\partial s_k}}{{\partial o_j}} = \frac{{\partial}}{{\partial o_j}} {latex(NET)} = w_{{j,k}}",
                ("in the space of one more index", space.equal(differentiate(NET, o[j]), w[j, k])),
            ),
            Step(
                r"Substitute $\frac{\partial E}{\partial s_k} = -\delta_k$ and multiply by the derivative of the "
                r"sigmoid.",
                r"\delta_j = -\frac{\partial E}{\partial o_j} \frac{\partial o_j}{\partial s_j} = " + latex(split),
                (computed, split),
            ),
            Step("Reorder the factors.", f"= {latex(subject)}", (split, subject)),
        ),
        methods=(
            by_induction(HIDDEN, computed),
            undefined("undefined function E", net_input, s[j], delta, (m, n), {j: n}, -1, in_outputs),
            solver_method("z3 with dual numbers", HIDDEN, forward),
            *differentiation_methods(hidden_samples, {j: n}),
        ),
    )


def example(subject: Any) -> dict[str, str]:
    """Return the values of the figure: a neuron with three downstream neurons, and its delta by the rule."""
    given = {name: Fraction(value) for name, value in EXAMPLE.items()}
    entries = {o[1]: given["o_{j}"]}
    for one in (1, 2, 3):
        entries |= {delta[one]: given[rf"\delta_{{{one}}}"], w[1, one]: given[f"w_{{j,{one}}}"]}
    computed = Instance({j: 1, n: 1, m: 3}, entries).value(subject)
    return {name: show(value) for name, value in given.items()} | {r"\delta_{j}": show(computed)}


def update() -> Claim[Any]:
    """State the weight update, which is the same in all layers."""
    with unevaluated():
        term = w[q, j] * x[q, j]
    net = Sum(term, (q, 1, n))
    passed = differentiate(net, w[i, j])
    with unevaluated():
        subject = w[i, j] + eta * delta[j] * x[i, j]
        gradient = w[i, j] - eta * -(delta[j] * x[i, j])
    computed = w[i, j] - eta * (-delta[j] * passed)

    def forward(instance: Instance, names: Any) -> Any:
        row, column = instance.integers[i], instance.integers[j]
        nets = []
        for one in range(1, instance.integers[m] + 1):
            parts = [
                Dual(names[w[at, one]], int((at, one) == (row, column))) * Dual(names[x[at, one]])
                for at in range(1, instance.integers[n] + 1)
            ]
            nets.append(sum_duals(parts))
        derivative = sum_duals(Dual(-names[delta[one]]) * net for one, net in enumerate(nets, 1)).derivative
        return names[w[row, column]] - names[eta] * derivative

    return Claim(
        id="6.update",
        title="The weight update",
        statement=rf"w_{{i,j}} \leftarrow {latex(subject)}",
        subject=subject,
        indices=(i, j),
        equal=accept_proofs(UPDATE.equal),
        mutants=mutate(subject, gradient, arrays=(w, x), indices=(i, j)),
        steps=(
            Step(
                r"The weight $w_{i,j}$ occurs only in $s_j$, in one term, with the coefficient $x_{i,j}$, the output "
                r"of neuron $i$ or an input of the network.",
                rf"\frac{{\partial s_j}}{{\partial w_{{i,j}}}} = \frac{{\partial}}{{\partial w_{{i,j}}}} {latex(net)} "
                "= x_{i,j}",
                (passed, x[i, j]),
            ),
            Step(
                r"Therefore for every error the chain rule gives a single product.",
                r"\frac{\partial E}{\partial w_{i,j}} = \frac{\partial E}{\partial s_j} "
                r"\frac{\partial s_j}{\partial w_{i,j}} = -\delta_j x_{i,j}",
                ("the chain rule for one value", induction()),
            ),
            Step(
                r"Apply a step of gradient descent with the learning rate $\eta$.",
                rf"w_{{i,j}} - \eta \frac{{\partial E}}{{\partial w_{{i,j}}}} = {latex(gradient)}",
                (computed, gradient),
            ),
            Step("The two signs cancel.", f"= {latex(subject)}", (gradient, subject)),
        ),
        methods=(
            by_induction(UPDATE, computed),
            solver_method("z3 with dual numbers", UPDATE, forward, largest=2),
            *differentiation_methods(update_samples, {i: n, j: m}),
        ),
    )

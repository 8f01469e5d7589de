"""Exercise 8 (ii), an application of the general form: softmax, where each output depends on all inputs.

Its Jacobian is not diagonal, and its combination with the cross-entropy gives the gradient used to train classifiers.
"""

from typing import Any

import sympy
from sympy import KroneckerDelta, Sum, exp, log

from lemma.exercises.claim import Claim, Step
from lemma.exercises.ex8.machines import cross_entropy_samples, i, j, n, o, q, s, softmax_samples, t
from lemma.exercises.ex8.spaces import Distributions, Softmax
from lemma.exercises.indexed import differentiate
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.witness import differentiation_methods, symbolic_method

JACOBIAN = Softmax({o: (n,)}, {j: n, i: n})
TOTAL = Sum(exp(s[q]), (q, 1, n))
Z = sympy.Symbol("Z", positive=True)


LOSS = Distributions({o: (n,), t: (n,)}, {i: n})


def in_outputs(expression: Any) -> Any:
    """Substitute o_q for exp(s_q) / Z, where Z is the sum of all exp(s_q)."""
    written = LOSS.close_sums(expression).xreplace({TOTAL: Z})
    return sympy.expand(written.replace(exp, lambda net: Z * o[net.indices]))


def jacobian() -> Claim[Any]:
    """State the Jacobian of softmax, for any number of classes."""
    with unevaluated():
        subject = o[j] * (KroneckerDelta(j, i) - o[i])
        quotient = o[j] * KroneckerDelta(j, i) - o[j] * o[i]
    computed = in_outputs(differentiate(exp(s[j]) / TOTAL, s[i]))
    return Claim(
        id="8.ii.softmax",
        title="The Jacobian of softmax",
        statement=rf"\frac{{\partial o_j}}{{\partial s_i}} = {latex(subject)} \quad \text{{for }} "
        r"o_j = \frac{e^{s_j}}{\sum_{q=1}^{n} e^{s_q}}",
        subject=subject,
        indices=(i, j),
        equal=JACOBIAN.equal,
        mutants=mutate(subject, quotient, indices=(i, j)),
        steps=(
            Step(
                r"Let $Z$ be the sum of all $e^{s_q}$, so that $o_j = \frac{e^{s_j}}{Z}$. It depends on $s_i$ through "
                r"$Z$, and for $i = j$ also through its numerator.",
                r"\frac{\partial o_j}{\partial s_i} = \frac{e^{s_j} [j = i]}{Z} - \frac{e^{s_j} e^{s_i}}{Z^{2}} = "
                + latex(quotient),
                (computed, quotient),
            ),
            Step(
                "Factor out $o_j$. With at least two classes no entry is 0: all outputs depend on all inputs.",
                f"= {latex(subject)}",
                (quotient, subject),
            ),
            Step(
                "In matrix form, with the outputs on the diagonal of the first term:",
                r"J = \text{diag}(o) - o o^\top",
                (subject, quotient),
            ),
        ),
        methods=(
            symbolic_method("SymPy's derivative, any size", JACOBIAN, computed),
            *differentiation_methods(softmax_samples, {j: n, i: n}),
        ),
    )


def cross_entropy() -> Claim[Any]:
    """State the gradient of cross-entropy after softmax."""
    with unevaluated():
        subject = o[i] - t[i]
        through = (-t[j] / o[j]) * (o[j] * (KroneckerDelta(j, i) - o[i]))
        short = -t[j] * (KroneckerDelta(j, i) - o[i])
    through, short, targets = Sum(through, (j, 1, n)), Sum(short, (j, 1, n)), Sum(t[j], (j, 1, n))
    with unevaluated():
        split = -t[i] + o[i] * targets
    gains = differentiate(-log(o[j]) * t[j], o[j])
    direct = in_outputs(differentiate(Sum(t[j] * (log(TOTAL) - s[j]), (j, 1, n)), s[i]))
    return Claim(
        id="8.ii.cross-entropy",
        title="Softmax with cross-entropy",
        statement=rf"\frac{{\partial E}}{{\partial s_i}} = {latex(subject)} \quad \text{{for }} "
        r"E = -\sum_{j=1}^{n} t_j \ln o_j, \; \sum_{j=1}^{n} t_j = 1",
        subject=subject,
        indices=(i,),
        equal=LOSS.equal,
        mutants=mutate(subject, split, short, arrays=(o, t), indices=(i,)),
        steps=(
            Step(
                r"The derivative of the error with respect to $o_j$ is $-\frac{t_j}{o_j}$. Substitute it and the "
                "Jacobian of softmax in the general rule.",
                rf"\frac{{\partial E}}{{\partial s_i}} = \sum_{{j=1}}^{{n}} J_{{j,i}} \frac{{\partial E}}{{\partial "
                rf"o_j}} = {latex(short)}",
                (Sum(gains * o[j] * (KroneckerDelta(j, i) - o[i]), (j, 1, n)), through, short),
            ),
            Step("One term of the first sum remains.", f"= {latex(split)}", (short, split)),
            Step(
                r"The targets sum to 1. Therefore $\delta_i = -\frac{\partial E}{\partial s_i} = t_i - o_i$, without a "
                "factor that vanishes in saturation.",
                f"= {latex(subject)}",
                (split, subject),
            ),
        ),
        methods=(
            symbolic_method("SymPy's derivative of the loss, any size", LOSS, direct),
            *differentiation_methods(cross_entropy_samples, {i: n}),
        ),
    )

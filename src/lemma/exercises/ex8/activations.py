"""Exercise 8 (ii): the gradient before an activation function, vector-valued or element-wise.

The general form on the exercise sheet contains the derivative of the sigmoid instead of that of f.
"""

from typing import Any

from sympy import Function, KroneckerDelta, Sum

from lemma.exercises.chain import by_induction, induction, sigma, undefined
from lemma.exercises.claim import Claim, Step
from lemma.exercises.dual import Dual, sum_duals
from lemma.exercises.ex8.machines import (
    J,
    derivative,
    diagonal_samples,
    elementwise_samples,
    g,
    i,
    j,
    jacobian_samples,
    m,
    n,
    q,
    s,
    sigmoid_samples,
)
from lemma.exercises.ex8.spaces import Square
from lemma.exercises.indexed import Instance, Space, differentiate
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.shown import accept_proofs
from lemma.exercises.witness import differentiation_methods, solver_method, symbolic_method

GENERAL = Space({J: (m, n), g: (m,)}, {i: n})
ALONE = Space({derivative: (n,), g: (n,)}, {i: n})
DIAGONAL = Square({s: (n,)}, {i: n, j: n})
SIGMOID = Space({s: (n,), g: (n,)}, {i: n})
ARRIVED = r"\quad \text{with } g_j = \frac{\partial E}{\partial o_j}"


def general() -> Claim[Any]:
    """State dE/ds = J^T dE/do for any differentiable f."""
    picked = Sum(J[j, q] * KroneckerDelta(q, i), (q, 1, n))
    with unevaluated():
        subject, picked = J[j, i] * g[j], picked * g[j]
    subject, picked = Sum(subject, (j, 1, m)), Sum(picked, (j, 1, m))
    computed = Sum(differentiate(_tangent(j), s[i]) * g[j], (j, 1, m))

    def forward(instance: Instance, names: Any) -> Any:
        places = range(1, instance.integers[m] + 1)
        outputs = [Dual(0, names[J[one, instance.integers[i]]]) for one in places]
        return sum_duals(Dual(names[g[one]]) * output for one, output in zip(places, outputs, strict=True)).derivative

    return Claim(
        id="8.ii.jacobian",
        title="Gradient before any function",
        statement=r"\frac{\partial E}{\partial s} = J^\top \frac{\partial E}{\partial o},\quad "
        rf"\frac{{\partial E}}{{\partial s_{{i}}}} = {latex(subject)} \quad \text{{with }} J_{{j,i}} = "
        r"\frac{\partial o_j}{\partial s_i}, \; g_j = \frac{\partial E}{\partial o_j}",
        subject=subject,
        indices=(i,),
        equal=accept_proofs(GENERAL.equal),
        mutants=mutate(subject, picked, arrays=(J, g), indices=(i,)),
        steps=(
            Step(
                r"Let $o = f(s)$, with $n$ inputs and $m$ outputs. Each $o_j$ may depend on $s_i$, so the chain rule "
                r"gives a sum of $m$ terms. It is proved by induction for every $m$ and every error.",
                r"\frac{\partial E}{\partial s_i} = \sum_{j=1}^{m} \frac{\partial o_j}{\partial s_i} "
                r"\frac{\partial E}{\partial o_j}",
                ("the chain rule for every number of values", induction()),
            ),
            Step(
                r"The Jacobian $J_{j,i} = \frac{\partial o_j}{\partial s_i}$ has one row for each output, and its "
                r"transpose one row for each input: the sum is row $i$ of $J^\top$ times $g$.",
                rf"= {latex(subject)}",
                (computed, picked, subject),
            ),
        ),
        methods=(
            by_induction(GENERAL, computed),
            undefined("undefined function E and linearised f", _tangent, s[i], g, (m, n), {i: n}),
            solver_method("z3 with dual numbers", GENERAL, forward),
            *differentiation_methods(jacobian_samples, {i: n}),
        ),
    )


def _tangent(place: Any) -> Any:
    """Return the linear function with the Jacobian of f."""
    return Sum(J[place, q] * s[q], (q, 1, n))


def elementwise() -> Claim[Any]:
    """State that an element-wise f multiplies the gradient by its derivative."""
    with unevaluated():
        subject = derivative[i] * g[i]
        summed, picked = derivative[j] * KroneckerDelta(j, i) * g[j], KroneckerDelta(j, i) * g[j]
    summed, picked = Sum(summed, (j, 1, n)), Sum(picked, (j, 1, n))
    with unevaluated():
        picked = derivative[i] * picked

    def forward(instance: Instance, names: Any) -> Any:
        places = range(1, instance.integers[n] + 1)
        moved = [Dual(0, names[derivative[one]] * int(one == instance.integers[i])) for one in places]
        return sum_duals(Dual(names[g[one]]) * output for one, output in zip(places, moved, strict=True)).derivative

    return Claim(
        id="8.ii.elementwise",
        title="Gradient before an element-wise function",
        statement=rf"\frac{{\partial E}}{{\partial s_{{i}}}} = {latex(subject)} \quad \text{{with }} f'_j = "
        r"f'(s_j), \; g_j = \frac{\partial E}{\partial o_j}",
        subject=subject,
        indices=(i,),
        equal=ALONE.equal,
        mutants=mutate(subject, summed, picked, arrays=(derivative, g), indices=(i,)),
        steps=(
            Step(
                r"Let $o_j = f(s_j)$. Then $o_j$ does not depend on $s_i$ for $i \ne j$: the Jacobian is diagonal, "
                r"$J_{j,i} = [j = i] f'(s_j)$.",
                rf"\frac{{\partial E}}{{\partial s_i}} = {latex(summed)}",
                (Sum(g[j] * entry_of_jacobian(), (j, 1, n)), summed),
            ),
            Step(
                r"One term remains. Where $f$ is not differentiable, such as ReLU at 0, implementations use a "
                r"conventional value.",
                f"= {latex(picked)} = {latex(subject)}",
                (summed, picked, subject),
            ),
        ),
        methods=(
            by_induction(ALONE, Sum(g[j] * entry_of_jacobian(), (j, 1, n)), "SymPy's derivative of an undefined f"),
            solver_method("z3 with dual numbers", ALONE, forward),
            *differentiation_methods(elementwise_samples, {i: n}),
        ),
    )


class Activation(Function):  # type: ignore[misc]
    """An arbitrary differentiable function of one variable."""

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the derivative f'."""
        return Function("f'")(self.args[0])


def entry_of_jacobian() -> Any:
    """Return SymPy's derivative of f(s_j) with respect to s_i, with f'_j for f'(s_j)."""
    return differentiate(Activation(s[j]), s[i]).replace(Function("f'"), lambda net: derivative[net.indices])


def diagonal() -> Claim[Any]:
    """State the Jacobian of a layer of sigmoids."""
    with unevaluated():
        subject = sigma(s[j]) * (1 - sigma(s[j])) * KroneckerDelta(j, i)
        output = sigma(s[j])
        spread = (sigma(s[j]) - output**2) * KroneckerDelta(j, i)
    computed = differentiate(sigma(s[j]), s[i])
    return Claim(
        id="8.ii.diagonal",
        title="The Jacobian of a layer of sigmoids",
        statement=rf"J_{{j,i}} = \frac{{\partial o_j}}{{\partial s_i}} = {latex(subject)}",
        subject=subject,
        indices=(i, j),
        equal=DIAGONAL.equal,
        mutants=mutate(subject, spread, indices=(i, j)),
        steps=(
            Step(
                r"$o_j = \sigma(s_j)$ depends on $s_j$ only, so the off-diagonal entries of $J$ are 0.",
                r"J_{j,i} = \frac{\partial \sigma(s_j)}{\partial s_i} = \sigma'(s_j) [j = i]",
                (computed, spread),
            ),
            Step(
                r"The derivative of the sigmoid is $\sigma(s_j) (1 - \sigma(s_j))$ by 6.sigmoid; the diagonal entry in "
                r"row and column $i$ is $\sigma(s_i) (1 - \sigma(s_i))$.",
                rf"= {latex(subject)}",
                (spread, subject),
            ),
        ),
        methods=(
            symbolic_method("SymPy's derivative, any size", DIAGONAL, computed),
            *differentiation_methods(diagonal_samples, {j: n, i: n}),
        ),
    )


def sigmoids() -> Claim[Any]:
    """State dE/ds for a layer of sigmoids."""
    with unevaluated():
        subject = sigma(s[i]) * (1 - sigma(s[i])) * g[i]
        summed = sigma(s[j]) * (1 - sigma(s[j])) * KroneckerDelta(j, i) * g[j]
    summed = Sum(summed, (j, 1, n))
    computed = Sum(g[j] * differentiate(sigma(s[j]), s[i]), (j, 1, n))
    return Claim(
        id="8.ii.sigmoid",
        title="Gradient before a layer of sigmoids",
        statement=r"\frac{\partial E}{\partial s} = J^\top \frac{\partial E}{\partial o},\quad "
        rf"\frac{{\partial E}}{{\partial s_{{i}}}} = {latex(subject)} {ARRIVED}",
        subject=subject,
        indices=(i,),
        equal=SIGMOID.equal,
        mutants=mutate(subject, summed, arrays=(s, g), indices=(i,)),
        steps=(
            Step(
                "Substitute the diagonal Jacobian in the general rule.",
                rf"\frac{{\partial E}}{{\partial s_i}} = \sum_{{j=1}}^{{n}} J_{{j,i}} g_j = {latex(summed)}",
                (computed, summed),
            ),
            Step("One term of the sum remains.", f"= {latex(subject)}", (summed, subject)),
            Step(
                r"In vector form, with the element-wise product $\odot$:",
                r"\frac{\partial E}{\partial s} = \sigma'(s) \odot g, \quad \sigma'(s) = \sigma(s) \odot \left(1 - "
                r"\sigma(s)\right)",
                (sigma(s[i]).diff(s[i]) * g[i], subject),
            ),
        ),
        methods=(
            by_induction(SIGMOID, computed),
            undefined("undefined function E", lambda place: sigma(s[place]), s[i], g, (n,), {i: n}),
            *differentiation_methods(sigmoid_samples, {i: n}),
        ),
    )

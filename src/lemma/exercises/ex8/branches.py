"""Exercise 8 (ii): the gradient of a vector that is the input of several nodes is the sum of their gradients."""

from typing import Any

import sympy
from sympy import KroneckerDelta, Sum

from lemma.exercises.chain import by_induction, induction
from lemma.exercises.claim import Claim, Step
from lemma.exercises.dual import Dual, sum_duals
from lemma.exercises.ex8.machines import branch_samples, g, i, n, p, q, r, s
from lemma.exercises.indexed import Instance, Space, differentiate
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex
from lemma.exercises.shown import accept_proofs
from lemma.exercises.witness import differentiation_methods, solver_method

BRANCHES = Space({g: (r, n)}, {i: n})


def branches() -> Claim[Any]:
    """State that the gradient of a vector with several downstream nodes is the sum of their gradients."""
    subject = Sum(g[p, i], (p, 1, r))
    copies = differentiate(s[i], s[i])
    each = Sum(Sum(g[p, q] * KroneckerDelta(q, i), (q, 1, n)), (p, 1, r))
    picked = Sum(subject.xreplace({i: q}) * KroneckerDelta(q, i), (q, 1, n))
    two = subject.xreplace({r: sympy.Integer(2)}).doit()

    def forward(instance: Instance, names: Any) -> Any:
        moved = Dual(0, 1)
        back = [names[g[one, instance.integers[i]]] for one in range(1, instance.integers[r] + 1)]
        return sum_duals(Dual(one) * moved for one in back).derivative

    return Claim(
        id="8.ii.branches",
        title="A vector with several downstream nodes",
        statement=rf"\frac{{\partial E}}{{\partial s_{{i}}}} = {latex(subject)} \quad \text{{with }} g_{{p,i}} "
        r"\text{ from node } p",
        subject=subject,
        indices=(i,),
        equal=accept_proofs(BRANCHES.equal),
        mutants=mutate(subject, each, picked, arrays=(g,), indices=(i,)),
        steps=(
            Step(
                r"Let each of the $r$ nodes have its own copy $u_p = s$. The gradient from node $p$, $g_{p,i}$, is the "
                r"derivative of the error with respect to its copy with the other copies fixed. Each copy has the "
                r"derivative 1 with respect to $s_i$.",
                r"\frac{\partial u_{p,i}}{\partial s_i} = 1",
                (copies, sympy.Integer(1)),
            ),
            Step(
                "By the chain rule, the gradients are summed, for any number of copies.",
                r"\frac{\partial E}{\partial s_i} = \sum_{p=1}^{r} g_{p,i} "
                r"\frac{\partial u_{p,i}}{\partial s_i} = " + latex(subject),
                ("the chain rule for every number of values", induction()),
            ),
            Step(
                "For two nodes, as on the exercise sheet, the sum has two terms.",
                rf"\frac{{\partial E}}{{\partial s_i}} = {latex(two)}",
            ),
        ),
        methods=(
            by_induction(BRANCHES, Sum(g[p, i] * copies, (p, 1, r))),
            solver_method("z3 with dual numbers", BRANCHES, forward),
            *differentiation_methods(branch_samples, {i: n}),
        ),
    )

"""Exercise 8 (iii), (iv): the gradients by the inputs and by the weights of a matrix-vector product."""

from typing import Any

from sympy import KroneckerDelta, Sum
from torch.nn.functional import linear

from lemma.exercises.algebra.equality import differentiate
from lemma.exercises.algebra.matrices import as_matrix
from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import g, i, j, k, m, n, o, q, s, w
from lemma.exercises.calculus.chain_rule import induction
from lemma.exercises.calculus.gradient import AnyLoss, derivative, gradient
from lemma.exercises.calculus.graph import Local
from lemma.exercises.calculus.matrix_form import matrix_form
from lemma.exercises.ex8.rules import compute_any_error, to_inputs, to_weights
from lemma.exercises.proof.claim import Claim, Step
from lemma.exercises.proof.identity import derivation
from lemma.exercises.proof.methods import Draw, Values
from lemma.exercises.proof.space import Space

PRODUCT = Local((w, o), s.__getitem__, g.__getitem__, j, m)
with unevaluated():
    TERM = w[q, k] * o[q]
NET = Sum(TERM, (q, 1, n))
LOSS = AnyLoss(NET, k, m, g[k])
BY_INPUT, BY_WEIGHT = to_inputs(PRODUCT, i), to_weights(PRODUCT, i, j)
AXES = {w: (n, m), o: (n,), g: (m,)}
WITH = r" \quad \text{with } g_j = \frac{\partial E}{\partial s_j}"


def product(draw: Draw, n: int, m: int) -> Values:
    """Return a random error of the net inputs of a random layer."""
    weights, inputs = draw(n, m), draw(n)
    nets = linear(inputs, weights.T)
    return compute_any_error(draw, nets), {w: weights, o: inputs, s: nets}


def inputs() -> tuple[Claim[Any], Claim[Any]]:
    """State dE/do = W^T dE/ds, entry by entry and as a matrix product."""
    by = r"\frac{\partial E}{\partial o_i}"
    entries = gradient(
        claim_id="8.iii",
        title="The gradient by the inputs of a layer",
        statement=rf"{by} = {latex(BY_INPUT)}{WITH}",
        space=Space(AXES, {i: n}, auxiliary=(o,)),
        of=LOSS,
        by=o[i],
        equals=BY_INPUT,
        program=product,
        arriving={g: (s, 1)},
        exchanged=(w, g),
        steps=(
            Step(
                "$o_i$ is an input of all $m$ neurons, so the chain rule gives a sum of $m$ terms.",
                rf"{by} = \sum_{{k=1}}^{{m}} \frac{{\partial E}}{{\partial s_k}} \frac{{\partial s_k}}{{\partial o_i}}",
                proof=induction(),
            ),
            Step(
                "In $s_k$, only the term with $q = i$ contains $o_i$.",
                rf"\frac{{\partial s_k}}{{\partial o_i}} = \frac{{\partial}}{{\partial o_i}} {latex(NET)} = w_{{i,k}}",
                proof=Space(AXES, {i: n, k: m}).equal(differentiate(NET, o[i]), w[i, k]),
            ),
            *derivation(by, derivative(LOSS, o[i]), ("Insert this, with $g$ for the gradient that arrives.", BY_INPUT)),
        ),
    )
    form = matrix_form(
        entries,
        claim_id="8.iii.matrix",
        statement=r"\frac{\partial E}{\partial o}",
        space=Space({w: (n, m), g: (m,)}, {i: n}),
        expression=as_matrix(w, n, m).T * as_matrix(g, m),
        program=product,
        by=o,
        arriving={g: (s, 1)},
        reason=r"The weight $w_{i,j}$ is the entry of $W$ at row $j$, column $i$, hence that of $W^\top$ at row $i$, "
        r"column $j$. Entry $i$ of the product is row $i$ of $W^\top$ times $g$.",
    )
    return entries, form


def weights() -> tuple[Claim[Any], Claim[Any]]:
    """State dE/dW = dE/ds (x) o, entry by entry and as an outer product."""
    by = r"\frac{\partial E}{\partial w_{i,j}}"
    with unevaluated():
        slope, picked = o[i] * KroneckerDelta(k, j), g[k] * (o[i] * KroneckerDelta(k, j))
    picked = Sum(picked, (k, 1, m))
    entries = gradient(
        claim_id="8.iv",
        title="The gradient by the weights of a layer",
        statement=rf"{by} = {latex(BY_WEIGHT)}{WITH}",
        space=Space(AXES, {i: n, j: m}, auxiliary=(w,)),
        of=LOSS,
        by=w[i, j],
        equals=BY_WEIGHT,
        program=product,
        arriving={g: (s, 1)},
        exchanged=(o, g),
        mutated=(picked,),
        steps=(
            Step(
                "The weight $w_{i,j}$ occurs in $s_j$ only, in the term $w_{i,j} o_i$.",
                rf"\frac{{\partial s_k}}{{\partial w_{{i,j}}}} = {latex(slope)}",
                proof=Space(AXES, {i: n, j: m, k: m}).equal(differentiate(NET, w[i, j]), slope),
            ),
            *derivation(
                by,
                derivative(LOSS, w[i, j]),
                ("Insert this in the chain rule, a sum over all net inputs.", picked),
                ("Only the term with $k = j$ is not 0.", BY_WEIGHT),
            ),
        ),
    )
    form = matrix_form(
        entries,
        claim_id="8.iv.matrix",
        statement=r"\frac{\partial E}{\partial W} = \frac{\partial E}{\partial s} \otimes o",
        space=Space({o: (n,), g: (m,)}, {j: m, i: n}),
        expression=as_matrix(g, m) * as_matrix(o, n).T,
        program=product,
        by=w,
        arriving={g: (s, 1)},
        reason=r"The gradient by $w_{i,j}$ has the place of $w_{i,j}$ in $W$, row $j$, column $i$. The outer product "
        r"of the column $g$ with the row $o^\top$ has $g_j o_i$ there.",
    )
    return entries, form

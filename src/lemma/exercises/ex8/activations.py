"""Exercise 8 (ii): the gradient before an activation function, and by a vector that several nodes receive."""

from collections.abc import Callable
from typing import Any

import torch
from sympy import DiagMatrix, HadamardProduct, IndexedBase, Integer, KroneckerDelta, OneMatrix, Sum
from torch.nn.functional import mse_loss

from lemma.exercises.algebra.equality import differentiate
from lemma.exercises.algebra.matrices import as_matrix
from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import J, g, i, j, k, l, m, n, o, p, q, s, t
from lemma.exercises.calculus.chain_rule import induction
from lemma.exercises.calculus.functions import sigma
from lemma.exercises.calculus.gradient import AnyLoss, derivative, gradient
from lemma.exercises.calculus.graph import Entry, Local, Rule
from lemma.exercises.calculus.matrix_form import matrix_form
from lemma.exercises.ex7 import ENTRY, ERROR
from lemma.exercises.ex8.rules import compute_any_error, through_sigmoid
from lemma.exercises.proof.claim import Claim, Step
from lemma.exercises.proof.identity import derivation, identity
from lemma.exercises.proof.methods import Draw, Program, Tensor, Values
from lemma.exercises.proof.space import Space

BY = r"\frac{\partial E}{\partial s_i}"
ARRIVING = {g: (o, 1)}
with unevaluated():
    JACOBIAN_TERM, TANGENT_TERM = J[j, i] * g[j], J[k, q] * s[q]
BY_SIGMOID = through_sigmoid(Local((s,), lambda place: sigma(s[place]), g.__getitem__), i)
BY_NET_INPUT = Sum(JACOBIAN_TERM, (j, 1, m))
TANGENT = AnyLoss(Sum(TANGENT_TERM, (q, 1, n)), k, m, g[k])  # the tangent of a function has its derivatives


def node(draw: Draw, n: int, m: int) -> Values:
    """Return a random error of a node whose outputs depend on all inputs, and its Jacobian."""
    nets, linear, square = draw(n), draw(m, n), draw(m, n)

    def apply(nets: Tensor) -> Tensor:
        return torch.sigmoid(linear @ nets) * (1 + (square @ nets) ** 2)

    outputs = apply(nets)
    return compute_any_error(draw, outputs), {s: nets, o: outputs, J: torch.func.jacrev(apply)(nets)}


def any_function() -> tuple[Claim[Any], Claim[Any]]:
    """State dE/ds = J^T dE/do for any differentiable function, entry by entry and as a matrix product."""
    entries = gradient(
        claim_id="8.ii.jacobian",
        title="The gradient before any function",
        statement=rf"{BY} = {latex(BY_NET_INPUT)} \quad \text{{with }} J_{{j,i}} = "
        r"\frac{\partial o_j}{\partial s_i}, \; g_j = \frac{\partial E}{\partial o_j}",
        space=Space({J: (m, n), g: (m,), s: (n,)}, {i: n}, auxiliary=(s,)),
        of=TANGENT,
        by=s[i],
        equals=BY_NET_INPUT,
        program=node,
        arriving=ARRIVING,
        exchanged=(J, g),
        steps=(
            Step(
                "Let $o = f(s)$ with $n$ inputs and $m$ outputs. Each $o_k$ may depend on $s_i$, so the chain rule "
                "gives a sum of $m$ terms.",
                rf"{BY} = \sum_{{k=1}}^{{m}} \frac{{\partial o_k}}{{\partial s_i}} \frac{{\partial E}}{{\partial o_k}}",
                proof=induction(),
            ),
            *derivation(BY, derivative(TANGENT, s[i]), ("Write $J$ and $g$ for the derivatives.", BY_NET_INPUT)),
        ),
    )
    form = matrix_form(
        entries,
        claim_id="8.ii.matrix",
        statement=r"\frac{\partial E}{\partial s}",
        space=Space({J: (m, n), g: (m,)}, {i: n}),
        expression=as_matrix(J, m, n).T * as_matrix(g, m),
        program=node,
        by=s,
        arriving=ARRIVING,
        reason=r"$J_{j,i} = \frac{\partial o_j}{\partial s_i}$ is the entry of $J$ at row $j$, column $i$, and that of "
        r"$J^\top$ at row $i$, column $j$. Entry $i$ of the product is row $i$ of $J^\top$ times $g$.",
    )
    return entries, form


def error_node() -> Claim[Any]:
    """State that J^T dE/dE at the node of the squared error is the gradient of exercise 7."""
    slope = derivative(ERROR, o[i])
    rule = BY_NET_INPUT.xreplace({m: Integer(1)}).doit().xreplace({J[1, i]: slope, g[1]: Integer(1)})

    def program(draw: Draw, m: int) -> Values:
        outputs, targets = draw(m), draw(m)
        error, pull_back, *_ = torch.func.vjp(lambda given: mse_loss(given, targets, reduction="sum") / 2, outputs)
        return pull_back(torch.ones_like(error))[0], {o: outputs, t: targets}

    return identity(
        claim_id="8.ii.error",
        title="The same rule at the node of the error",
        statement=r"J^\top \frac{\partial E}{\partial E} = o - t \quad \text{with } J_{1,i} = "
        r"\frac{\partial E}{\partial o_i}",
        space=Space({o: (m,), t: (m,)}, {i: m}),
        left=rule,
        right=ENTRY,
        program=program,
        words="torch.func.vjp",
        exchanged=(o, t),
        steps=(
            Step(
                "The squared error is a node with the $m$ inputs $o$ and the single output $E$. Its Jacobian is a row, "
                r"and the gradient that arrives is $\frac{\partial E}{\partial E} = 1$.",
                r"\left(J^\top \frac{\partial E}{\partial E}\right)_i = J_{1,i} \cdot 1 = "
                r"\frac{\partial E}{\partial o_i}",
                (rule, slope),
            ),
            Step("By exercise 7, this is the output minus the target.", f"= {latex(ENTRY)}", (slope, ENTRY)),
        ),
    )


def layer(function: Callable[[Tensor], Tensor]) -> Program:
    """Return the program of a random error of a layer of neurons with an activation function."""

    def run(draw: Draw, n: int) -> Values:
        nets = draw(n)
        outputs = function(nets)
        return compute_any_error(draw, outputs), {s: nets, o: outputs}

    return run


def activation(
    *,
    claim_id: str,
    title: str,
    function: Entry,
    rule: Rule,
    slope: Any,
    program: Callable[[Tensor], Tensor],
    text: str,
) -> Claim[Any]:
    """State the gradient before a layer of neurons with an activation function.

    Args:
        claim_id: Id of the claim.
        title: Short title.
        function: The activation function.
        rule: The backward rule that is asserted.
        slope: The asserted derivative of output k by net input k.
        program: The activation function in torch's words.
        text: What is known of the derivative.
    """
    loss = AnyLoss(function(s[k]), k, n, g[k])
    stated = rule(Local((s,), lambda place: function(s[place]), g.__getitem__), i)
    with unevaluated():
        entry, term = slope * KroneckerDelta(k, i), g[k] * (slope * KroneckerDelta(k, i))
    term = Sum(term, (k, 1, n))
    return gradient(
        claim_id=claim_id,
        title=title,
        statement=rf"{BY} = {latex(stated)} \quad \text{{with }} g_i = \frac{{\partial E}}{{\partial o_i}}",
        space=Space({s: (n,), g: (n,)}, {i: n}),
        of=loss,
        by=s[i],
        equals=stated,
        program=layer(program),
        arriving=ARRIVING,
        exchanged=(s, g),
        mutated=(term,),
        steps=(
            Step(
                f"$o_k$ depends on $s_k$ only, so the Jacobian is diagonal. {text}",
                rf"J_{{k,i}} = \frac{{\partial o_k}}{{\partial s_i}} = {latex(entry)}",
                proof=Space({s: (n,)}, {k: n, i: n}).equal(differentiate(function(s[k]), s[i]), entry),
            ),
            *derivation(
                BY,
                derivative(loss, s[i]),
                ("Insert the Jacobian in the rule for any function.", term),
                ("Only the term with $k = i$ is not 0.", stated),
            ),
        ),
    )


def sigmoid() -> tuple[Claim[Any], Claim[Any]]:
    """State the gradient before a layer of sigmoids, entry by entry and as a matrix product."""
    output = as_matrix(o, n)
    with unevaluated():
        slope = sigma(s[k]) * (1 - sigma(s[k]))
    entries = activation(
        claim_id="8.ii.sigmoid",
        title="The gradient before a layer of sigmoids",
        function=sigma,
        rule=through_sigmoid,
        slope=slope,
        program=torch.sigmoid,
        text="The derivative of the sigmoid is that of exercise 6.",
    )
    form = matrix_form(
        entries,
        claim_id="8.ii.diagonal",
        statement=r"\frac{\partial E}{\partial s} = J^\top \frac{\partial E}{\partial o}",
        space=Space({s: (n,), g: (n,), o: (n,)}, {i: n}, dependent={o: ((k,), sigma(s[k]))}),
        expression=DiagMatrix(HadamardProduct(output, OneMatrix(n, 1) - output)) * as_matrix(g, n),
        program=layer(torch.sigmoid),
        by=s,
        arriving=ARRIVING,
        reason=r"With $o = \sigma(s)$, the Jacobian has $o_i (1 - o_i)$ at row $i$, column $i$, and 0 elsewhere; it is "
        r"its own transpose. $\odot$ is the product entry by entry.",
    )
    return entries, form


def branches() -> Claim[Any]:
    """State that the gradients that arrive from several downstream nodes are added."""
    copies = IndexedBase("u")
    loss, stated = AnyLoss(s[l], q, p, g[q, l], {l: n}), Sum(g[q, i], (q, 1, p))

    def program(draw: Draw, p: int, n: int) -> Values:
        vector = draw(n)
        inputs = torch.stack([vector.clone() for _ in range(p)])
        return compute_any_error(draw, inputs.flatten()), {s: vector, copies: inputs}

    return gradient(
        claim_id="8.ii.branches",
        title="A vector with several downstream nodes",
        statement=rf"{BY} = {latex(stated)} \quad \text{{with }} g_{{q,i}} \text{{ from node }} q",
        space=Space({g: (p, n), s: (n,)}, {i: n}, auxiliary=(s,)),
        of=loss,
        by=s[i],
        equals=stated,
        program=program,
        arriving={g: (copies, 1)},
        steps=(
            Step(
                "Let each of the $p$ nodes have its own copy $u_q = s$. Node $q$ sends back the gradient by its copy, "
                "with the other copies fixed. The chain rule gives a term for each entry of each copy.",
                rf"{BY} = \sum_{{q=1}}^{{p}} \sum_{{l=1}}^{{n}} g_{{q,l}} \frac{{\partial u_{{q,l}}}}{{\partial s_i}}",
                proof=induction(),
            ),
            *derivation(
                BY,
                derivative(loss, s[i]),
                ("Entry $i$ of each copy has the derivative 1, and the others 0: the gradients are added.", stated),
            ),
        ),
    )

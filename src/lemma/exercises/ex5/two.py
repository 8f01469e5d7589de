"""Exercise 5 for two layers: the composition written out, for all sizes."""

from typing import Any

import torch
from sympy import IndexedBase, Sum, Symbol

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import i, j, k, m, n, p, x
from lemma.exercises.proof.claim import Claim, Mutant, Step
from lemma.exercises.proof.identity import derivation, identity
from lemma.exercises.proof.methods import Draw, Values
from lemma.exercises.proof.space import Space

W1, W2 = IndexedBase("W^{(1)}"), IndexedBase("W^{(2)}")  # (neurons, inputs of the layer)
B1, B2 = IndexedBase("b^{(1)}"), IndexedBase("b^{(2)}")
SPACE = Space({W1: (m, n), W2: (p, m), B1: (m,), B2: (p,), x: (n,)}, {j: p})


def total(weight: Any, value: Any, place: Symbol = k, size: Symbol = m) -> Any:
    """Return the weighted sum of the values of the neurons `place` = 1, ..., `size`."""
    with unevaluated():
        product = weight * value
    return Sum(product, (place, 1, size))


def layer(weight: Any, bias: Any) -> Any:
    """Return an output of a layer with the inputs x."""
    weighted = total(weight, x[i], i, n)
    with unevaluated():
        return weighted + bias


def two_layers() -> Claim[Any]:
    """State that two layers are equivalent to one with the product of the matrices, for all sizes."""
    weight, passed = total(W2[j, k], W1[k, i]), total(W2[j, k], B1[k])
    received, weighted = total(W2[j, k], layer(W1[k, i], B1[k])), total(W2[j, k], total(W1[k, i], x[i], i, n))
    with unevaluated():
        nested, expanded = received + B2[j], weighted + passed + B2[j]
        bias, bare = passed + B2[j], B1[j] + B2[j]
    collapsed, swapped = layer(weight, bias), layer(total(W1[j, k], W2[k, i]), bias)
    errors = {"$W_2$ before $b_1$ dropped": layer(weight, bare), "the order of the matrices swapped": swapped}
    return identity(
        claim_id="5.two-layers",
        title="Two layers are equivalent to one layer",
        statement=r"W_2 \left(W_1 x + b_1\right) + b_2 = \left(W_2 W_1\right) x + \left(W_2 b_1 + b_2\right)",
        space=SPACE,
        left=nested,
        right=collapsed,
        program=two_linear_layers,
        words="torch.nn.Sequential",
        exchanged=(B1, B2, x),
        mutants=tuple(Mutant(mutation, wrong, latex(wrong)) for mutation, wrong in errors.items()),
        solved=2,
        steps=(
            Step(
                "Entry $j$ of the output, for $n$ inputs, $m$ neurons in the first layer and any number in the second. "
                "$W^{(2)}_{j,k}$, the entry of $W_2$ at row $j$ and column $k$, is the weight from neuron $k$ to "
                "neuron $j$.",
                f"o_{{j}} = {latex(nested)}",
                defines=True,
            ),
            *derivation(
                "",
                nested,
                ("Expand the product.", expanded),
                (
                    "Exchange the two finite sums and collect the coefficient of $x_i$: it is the entry at row $j$, "
                    "column $i$ of the product $W_2 W_1$. The constant terms are entry $j$ of $W_2 b_1 + b_2$.",
                    collapsed,
                ),
            ),
        ),
    )


def two_linear_layers(draw: Draw, m: int, n: int, p: int) -> Values:
    """Return the outputs of two random layers without activation functions in torch's words."""
    first, second = torch.nn.Linear(n, m, dtype=torch.float64), torch.nn.Linear(m, p, dtype=torch.float64)
    inputs = draw(n)
    arrays = {W1: first.weight, B1: first.bias, W2: second.weight, B2: second.bias}
    with torch.no_grad():
        for parameter in arrays.values():
            parameter.copy_(draw(*parameter.shape))
    return torch.nn.Sequential(first, second)(inputs), {**arrays, x: inputs}

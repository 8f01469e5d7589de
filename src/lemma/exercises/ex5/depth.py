"""Exercise 5 for any number of layers, by induction over their number."""

from functools import cache
from typing import Any

import numpy as np
import torch
from sympy import IndexedBase, Integer, KroneckerDelta, Sum

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import i, index, j, k, l, m, n, p, v, x
from lemma.exercises.ex5.two import layer, total
from lemma.exercises.proof.claim import Claim, Step
from lemma.exercises.proof.identity import derivation
from lemma.exercises.proof.induction import Case, Recursion, Rule, induction
from lemma.exercises.proof.space import Sample, Space

WIDTHS = (3, 4, 3, 2)  # layer sizes of the network in the figure, inputs first
STACKS = ((2, 3, 1, 4, 2, 3, 1), (4, 1, 3, 2, 4, 4, 2), (1, 1, 1, 1, 1, 1, 1), (3, 2, 4, 3, 1, 2, 3))  # tested widths
W, b = IndexedBase("W"), IndexedBase("b")  # the next layer
A, c = IndexedBase("A"), IndexedBase("c")  # the single layer that is equivalent to the layers before it
STEP = Space({W: (p, m), b: (p,), A: (m, n), c: (m,), x: (n,)}, {j: p})

_received, WEIGHT, _passed = total(W[j, k], layer(A[k, i], c[k])), total(W[j, k], A[k, i]), total(W[j, k], c[k])
with unevaluated():
    NESTED, BIAS = _received + b[j], _passed + b[j]
IDENTITY = (KroneckerDelta(j, i), Integer(0))
RULE = Rule(IDENTITY, (WEIGHT, BIAS))
NETWORK = Recursion(Space({x: (n,)}, {j: n}), STEP, x[j], NESTED, layer, {A: (j, i), c: (j,)})


def any_depth() -> Claim[Rule]:
    """State that any number of layers is equivalent to one, by induction over their number."""
    weighted, swapped = total(W[j, k], total(A[k, i], x[i], i, n)), total(A[j, k], W[k, i])
    with unevaluated():
        expanded, bare = weighted + _passed + b[j], c[j] + b[j]
    return induction(
        claim_id="5.any-depth",
        title="Any number of layers is equivalent to one layer",
        statement=(
            r"o_L = W_L \cdots W_1 x + \sum_{l=1}^{L} W_L \cdots W_{l+1} b_l = W x + b \quad \forall L \ge 1, \forall x"
        ),
        recursion=NETWORK,
        rule=RULE,
        cases=stacks,
        programs={("torch.nn.Sequential", "torch"): run_layers, ("matrix products", "numpy"): multiply_matrices},
        exchanged=(b, c),
        falsified={
            "the order of the matrices swapped": Rule(IDENTITY, (swapped, BIAS)),
            "the previous bias not multiplied by the weights": Rule(IDENTITY, (WEIGHT, bare)),
        },
        steps=(
            Step(
                "The proof is by induction over the number of layers. Without layers, the output is the input: the "
                "matrix is the identity matrix, and the vector is 0.",
                rf"L = 0: \quad o_{{j}} = x_{{j}} = {latex(layer(*IDENTITY))}",
                proof=NETWORK.base.equal(x[j], layer(*IDENTITY)),
            ),
            Step(
                r"Assume that the first $L$ layers are equivalent to a layer with the matrix $A$ and the vector $c$, "
                r"of any sizes. The inputs of the next layer, $W$ and $b$, are the outputs of this layer.",
                rf"L + 1: \quad o_{{j}} = {latex(NESTED)}",
                defines=True,
            ),
            *derivation(
                "",
                NESTED,
                ("Expand the product.", expanded),
                (
                    "Exchange the finite sums. The coefficient of $x_i$ does not depend on $x$: it is an entry of the "
                    "new matrix $W A$. The remaining terms are the new vector $W c + b$.",
                    layer(WEIGHT, BIAS),
                ),
            ),
            _unroll(),
        ),
        values={"widths": " ".join(map(str, WIDTHS))},
    )


def _unroll() -> Step:
    """Return the step from the recursion of the bias to its sum."""
    depth = index("L")
    contributions = Sum(v[l, k], (l, 1, depth))
    whole, single = total(W[j, k], contributions), total(W[j, k], v[l, k])
    apart = Sum(single.function, *single.limits, (l, 1, depth))
    with unevaluated():
        whole, apart = whole + b[j], apart + b[j]
    return Step(
        "Therefore a further layer multiplies the matrix by its own matrix from the left. It also multiplies each "
        "contribution $v_l$ of the bias of layer $l$ to the vector, and adds its own bias. By induction "
        r"$v_l = W_L \cdots W_{l+1} b_l$; for $l = L$ the product is empty, and $v_L = b_L$.",
        f"{latex(whole)} = {latex(apart)}",
        proof=Space({W: (p, m), v: (depth, m), b: (p,)}, {j: p}).equal(whole, apart),
    )


@cache
def stacks() -> tuple[Case, ...]:
    """Return random networks of the tested widths, each with four inputs."""
    random = np.random.default_rng(0)
    results = []
    for inputs, *widths in STACKS:
        case = [Sample({n: inputs}, {x: STEP.draw(random, x, (inputs,))})]
        for before, width in zip((inputs, *widths), widths, strict=False):
            parameters = {W: STEP.draw(random, W, (width, before), 1), b: STEP.draw(random, b, (width,), 1)}
            case.append(Sample({p: width, m: before, n: inputs}, parameters))
        results.append(tuple(case))
    return tuple(results)


def run_layers(case: Case) -> list[Any]:
    """Return the outputs after 0, 1, ... layers of a network in torch's words."""
    start, *levels = case
    layers = []
    for level in levels:
        weights, biases = (torch.from_numpy(level.arrays[array][0]) for array in (W, b))
        linear = torch.nn.Linear(weights.shape[1], weights.shape[0], dtype=torch.float64)
        linear.load_state_dict({"weight": weights, "bias": biases})
        layers.append(linear)
    network, inputs = torch.nn.Sequential(*layers), torch.from_numpy(start.arrays[x])
    with torch.no_grad():
        return [network[:depth](inputs).numpy() for depth in range(len(case))]


def multiply_matrices(case: Case) -> list[Any]:
    """Return the outputs after 0, 1, ... layers by the products of matrices in the statement."""
    start, *levels = case
    results = []
    for depth in range(len(case)):
        width = levels[depth - 1].sizes[p] if depth else start.sizes[n]
        product, bias = np.eye(width), np.zeros(width)
        for level in reversed(levels[:depth]):
            bias, product = bias + product @ level.arrays[b][0], product @ level.arrays[W][0]
        results.append(start.arrays[x] @ product.T + bias)
    return results

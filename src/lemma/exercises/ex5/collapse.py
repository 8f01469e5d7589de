"""Exercise 5: without activation functions a network of any depth is equivalent to a single layer.

First for two layers with symbolic sizes, then for any number of layers by induction. The exercise sheet writes the bias
b as a scalar; it is a vector, and `scalar` gives a network for which no scalar suffices.
"""

from typing import Any

from sympy import IndexedBase, Sum

from lemma.exercises.claim import Claim, Mutant, Outcome, Step
from lemma.exercises.ex5 import scalar
from lemma.exercises.ex5.layers import NEXT, RANKS, A, Rule, W, b, c, i, j, k, m, n, p, well_formed, x
from lemma.exercises.ex5.methods import methods, same_rule
from lemma.exercises.ex5.two import two_layers
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated

WIDTHS = (3, 4, 3, 2)  # layer sizes of the network in the figure, inputs first


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 5."""
    return (two_layers(), _any_depth(), scalar.claim())


def _any_depth() -> Claim[Any]:
    """State that any number of layers is equivalent to one, by induction over their number."""
    with unevaluated():
        weight, bias = W[j, k] * A[k, i], W[j, k] * c[k]
    weights, biases = Sum(weight, (k, 1, m)), Sum(bias, (k, 1, m))
    with unevaluated():
        below, line = A[k, i] * x[i], W[j, i] * x[i]
    below, line = Sum(below, (i, 1, n)), Sum(line, (i, 1, n))
    with unevaluated():
        passed, received, column = W[j, k] * below, W[j, k] * (below + c[k]), weights * x[i]
    passed, received, column = Sum(passed, (k, 1, m)), Sum(received, (k, 1, m)), Sum(column, (i, 1, n))
    with unevaluated():
        rule = Rule(W[j, i], b[j], weights, biases + b[j])
        nested, apart = received + b[j], passed + biases + b[j]
        joined, single = column + (biases + b[j]), line + b[j]
    layers, ell, v = index("L"), index("l"), IndexedBase("v")
    unrolled = Space({W: (p, m), v: (layers, m), b: (p,)}, {j: p})
    total = Sum(v[ell, k], (ell, 1, layers))
    with unevaluated():
        whole, part = W[j, k] * total, W[j, k] * v[ell, k]
    whole, parts = Sum(whole, (k, 1, m)), Sum(part, (k, 1, m), (ell, 1, layers))
    with unevaluated():
        earlier, later = whole + b[j], parts + b[j]

    def equal(left: Any, right: Any) -> Outcome:
        if isinstance(left, Rule):
            return same_rule(left, right)
        return (unrolled if left.has(v) else NEXT).equal(left, right)

    return Claim(
        id="5.any-depth",
        title="Any number of layers is equivalent to one layer",
        statement=(
            r"o_L = W_L \cdots W_1 x + \sum_{l=1}^{L} W_L \cdots W_{l+1} b_l = W x + b \quad \forall L \ge 1, \forall x"
        ),
        subject=rule,
        indices=(j,),
        equal=equal,
        mutants=_falsified(rule),
        steps=(
            Step(
                "The proof is by induction over the number of layers. A single layer has the stated form with its own "
                "weights and biases; its output $j$ is",
                rf"L = 1: \quad {latex(single)}",
            ),
            Step(
                r"Assume that the first $L$ layers are equivalent to a layer with the matrix $A$ and the vector $c$, "
                r"of any sizes. The inputs of the next layer are the outputs of this layer.",
                rf"L + 1: \quad {latex(nested)}",
            ),
            Step("Expand the product.", rf"= {latex(apart)}", (nested, apart)),
            Step(
                "Exchange the finite sums. The coefficient of $x_i$ does not depend on $x$: it is an entry of the new "
                "matrix $W A$. The remaining terms are the new vector $W c + b$.",
                rf"= {latex(joined)}",
                (apart, joined),
            ),
            Step(
                "Therefore a further layer multiplies the matrix by its own matrix from the left. It also multiplies "
                "each contribution $v_l$ of the bias of layer $l$ to the vector, and adds its own bias. By induction "
                "$v_l = W_L \\cdots W_{l+1} b_l$; for $l = L$ the product is empty, and $v_L = b_L$.",
                rf"{latex(earlier)} = {latex(later)}",
                (earlier, later),
            ),
        ),
        methods=methods(),
        values={"widths": " ".join(map(str, WIDTHS))},
    )


def _falsified(rule: Rule) -> tuple[Mutant[Rule], ...]:
    """Return mutants of the rule, in which one of its four formulas is falsified."""
    names = ("A^{(1)}_{j,i}", "c^{(1)}_{j}", "A^{(L+1)}_{j,i}", "c^{(L+1)}_{j}")
    groups = (((), (j, i)), ((), (j,)), ((W, A), (j, i)), ((b, c), (j,)))
    results = []
    with unevaluated():
        swapped, bare = A[j, k] * W[k, i], c[j] + b[j]
    by_hand = {
        2: {"the order of the matrices swapped": Sum(swapped, (k, 1, m))},
        3: {"the previous bias not multiplied by the weights": bare},
    }
    for place, (name, formula, (arrays, indices)) in enumerate(zip(names, rule, groups, strict=True)):
        changed = [Mutant(words, new, latex(new)) for words, new in by_hand.get(place, {}).items()]
        automatic = mutate(formula, arrays=arrays, indices=indices)
        for mutant in (*changed, *(mutant for mutant in automatic if well_formed(mutant.subject, RANKS))):
            parts = [*rule[:place], mutant.subject, *rule[place + 1 :]]
            results.append(Mutant(mutant.mutation, Rule(*parts), f"{name} = {mutant.formula}"))
    return tuple(results)

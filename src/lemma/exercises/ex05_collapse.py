"""Exercise 5: without activation functions a network of any depth is one layer.

First two layers, written out with symbolic sizes; then any number of layers, by induction. The sheet writes the bias b
as a scalar: it is a vector, and `ex05_scalar` shows a network for which no scalar would do.
"""

from typing import Any

from sympy import IndexedBase, Sum

from lemma.exercises import ex05_scalar
from lemma.exercises.claim import Claim, Mutant, Outcome, Step
from lemma.exercises.ex05_layers import NEXT, RANKS, A, Rule, W, b, c, i, j, k, m, n, p, well_formed, x
from lemma.exercises.ex05_methods import methods, same_rule
from lemma.exercises.ex05_two import two_layers
from lemma.exercises.indexed import Space, index
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated

TITLE = "Depth without activation functions"
TASK = (
    r"A network has layers $1, \ldots, L$, and no activation functions: layer $l$ computes $o_l = W_l o_{l-1} + b_l$ "
    r"from the outputs of the layer below, where $o_0 = x$ is the input. Show that it computes nothing that one layer "
    r"could not: there are a matrix $W$ and a vector $b$ such that $o_L = W x + b$ for every $x$."
)
WIDTHS = (3, 4, 3, 2)  # of the figure's network, inputs first


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 5."""
    return (two_layers(), _any_depth(), ex05_scalar.claim())


def _any_depth() -> Claim[Any]:
    """State that any number of layers is one, by induction over their number."""
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
        title="Any number of layers are one layer",
        statement=(
            r"o_L = W_L \cdots W_1 x + \sum_{l=1}^{L} W_L \cdots W_{l+1} b_l = W x + b \quad \forall L \ge 1, \forall x"
        ),
        subject=rule,
        indices=(j,),
        equal=equal,
        mutants=_falsified(rule),
        steps=(
            Step(
                "Induction over the number of layers. One layer has this form as it stands, with its own weights and "
                "biases; here is its output $j$.",
                rf"L = 1: \quad {latex(single)}",
            ),
            Step(
                r"Suppose that the first $L$ layers are one, with the matrix $A$ and the vector $c$, whatever their "
                r"sizes. The next layer gets the outputs of this one.",
                rf"L + 1: \quad {latex(nested)}",
            ),
            Step("Multiply out.", rf"= {latex(apart)}", (nested, apart)),
            Step(
                "Finite sums can change places. What stands before $x_i$ no longer depends on $x$: it is the new "
                "matrix, $W A$. The rest does not either: it is the new vector, $W c + b$.",
                rf"= {latex(joined)}",
                (apart, joined),
            ),
            Step(
                "So one more layer multiplies the matrix by its own, from the left. It does so with each part $v_l$ of "
                "the vector, where $v_l$ is what the bias of layer $l$ has become on its way up, and adds its own "
                "bias. Unrolled, $v_l = W_L \\cdots W_{l+1} b_l$; for $l = L$ the product is empty and $v_L$ is $b_L$ "
                "itself.",
                rf"{latex(earlier)} = {latex(later)}",
                (earlier, later),
            ),
        ),
        methods=methods(),
        values={"widths": " ".join(map(str, WIDTHS))},
    )


def _falsified(rule: Rule) -> tuple[Mutant[Rule], ...]:
    """Return the rule with one of its four formulas falsified, automatically and by hand."""
    names = ("A^{(1)}_{j,i}", "c^{(1)}_{j}", "A^{(L+1)}_{j,i}", "c^{(L+1)}_{j}")
    groups = (((), (j, i)), ((), (j,)), ((W, A), (j, i)), ((b, c), (j,)))
    results = []
    with unevaluated():
        swapped, bare = A[j, k] * W[k, i], c[j] + b[j]
    by_hand = {
        2: {"the order of the matrices swapped": Sum(swapped, (k, 1, m))},
        3: {"the bias below passed on without the weights": bare},
    }
    for place, (name, formula, (arrays, indices)) in enumerate(zip(names, rule, groups, strict=True)):
        changed = [Mutant(words, new, latex(new)) for words, new in by_hand.get(place, {}).items()]
        automatic = mutate(formula, arrays=arrays, indices=indices)
        for mutant in (*changed, *(mutant for mutant in automatic if well_formed(mutant.subject, RANKS))):
            parts = [*rule[:place], mutant.subject, *rule[place + 1 :]]
            results.append(Mutant(mutant.mutation, Rule(*parts), f"{name} = {mutant.formula}"))
    return tuple(results)

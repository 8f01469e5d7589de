"""The deltas of whole networks, with any number of layers or any acyclic graph, by induction over the neurons."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import torch
from sympy import IndexedBase, Rational, Sum

from lemma.exercises.algebra.equality import differentiate
from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import delta, j, k, n, o, p, q, s, t, w, x
from lemma.exercises.calculus.chain_rule import by_chain_rule, induction
from lemma.exercises.calculus.functions import sigma
from lemma.exercises.calculus.gradient import by_autograd, derivative, negative
from lemma.exercises.ex6.update_rules import DOWNSTREAM, OUTPUTS
from lemma.exercises.outcome import first_failure
from lemma.exercises.proof.claim import Claim, Step
from lemma.exercises.proof.methods import Draw, Values, sample_method
from lemma.exercises.proof.mutants import mutate
from lemma.exercises.proof.space import Condition, Sample, Space

c = IndexedBase("c")  # 1 for the outputs of the network, otherwise 0
AXES = {s: (n,), o: (n,), t: (n,), c: (n,), w: (n, n), delta: (n,)}
GRAPH = Space(AXES, {j: n}, dependent=OUTPUTS, auxiliary=(s, x))
LATER = Sum(delta[k] * w[j, k], (k, j + 1, n))
with unevaluated():
    SQUARE = c[k] * (t[k] - o[k]) ** 2
    DIRECT = c[j] * (t[j] - o[j])
    DELTA = o[j] * (1 - o[j]) * (DIRECT + LATER)


def deltas_of_graph() -> Claim[Any]:
    """State the delta of any neuron in any acyclic graph."""
    error = Rational(1, 2) * Sum(SQUARE, (k, 1, n))
    net = Sum(w[q, j + p] * sigma(s[q]), (q, 1, j + p - 1))  # of the later neuron k = j + p
    later = Sum(delta[j + p] * differentiate(net, s[j]).doit(), (p, 1, n - j)).change_index(p, p + j, k)
    computed = derivative(error.xreplace({o[k]: sigma(s[k])}), s[j], negative) + later
    return Claim(
        id="6.graph",
        title="Any number of layers, any acyclic graph",
        statement=rf"\delta_{{j}} = {latex(DELTA).replace('k=j + 1', DOWNSTREAM).replace('^{n}', '', 1)}",
        subject=DELTA,
        formula=latex(DELTA),
        conditions=(
            Condition(r"c_{j} (1 - c_{j}) = 0", {"j": "n"}),
            Condition(r"[k \le j] w_{j,k} = 0", {"j": "n", "k": "n"}),
            Condition(rf"\delta_{{j}} = {latex(DELTA)}", {"j": "n"}),
        ),
        equal=GRAPH.equal,
        check_form=GRAPH.check_form,
        methods=(
            sample_method(GRAPH, all_graphs, "tangents in all graphs of up to 4 neurons, without rounding", "numpy"),
            by_autograd(GRAPH, random_graph, x[j], negative, {delta: (x, -1)}, "torch.autograd on random graphs", 7),
            by_chain_rule(GRAPH, computed, "chain rule by induction over the neurons, every graph"),
        ),
        mutants=mutate(DELTA, arrays=(o, t, c), indices=(j,)),
        steps=(
            Step(
                r"A network with layers is a graph, too. Number its neurons from 1 to $n$ in topological order. $x_k$ "
                r"is the external input of neuron $k$; $c_k$ is 1 if $o_k$ is an output of the network, else 0. The "
                "weight of neurons that are not connected is 0.",
                rf"E = {latex(error)},\quad s_{{k}} = x_{{k}} + \sum_{{i=1}}^{{k - 1}} w_{{i,k}} o_{{i}}",
                defines=True,
            ),
            Step(
                r"With all other outputs fixed, only the error of an output of the network depends on $o_j$. Now let "
                r"the later neurons depend on it, from the last one to neuron $j + 1$. By the chain rule "
                r"each adds a term, for its net input. By induction the sum is the derivative in the network.",
                rf"-\frac{{d E}}{{d o_j}} = {latex(DIRECT)} + "
                r"\sum_{k=j + 1}^{n} \delta_k \frac{\partial s_k}{\partial o_j}",
                proof=first_failure(GRAPH.equal(derivative(error, o[j], negative), DIRECT), induction()),
            ),
            Step(
                r"The coefficient of $o_j$ in $s_k$ is $w_{j,k}$, which is 0 unless $k$ is downstream of $j$. Multiply "
                r"by the derivative $o_j (1 - o_j)$ of the sigmoid. Later deltas give that of neuron $j$, "
                r"by the rule for outputs if none is downstream, and by that for hidden neurons if $c_j = 0$.",
                rf"\delta_{{j}} = {latex(DELTA)}",
                (computed, DELTA),
            ),
        ),
    )


def random_graph(draw: Draw, n: int) -> Values:
    """Return the error of a random graph, and its external inputs: the derivative by x_j is that by s_j."""
    inputs, targets = draw(n), draw(n)
    weights = (draw(n, n) * (draw(n, n) > 0)).triu(1)
    is_output = (draw(n) > 0).double()
    outputs = torch.zeros(n, dtype=torch.float64)
    for _ in range(n):  # after k sweeps the first k outputs have their values
        outputs = torch.sigmoid(inputs + outputs @ weights)
    error = (is_output * (targets - outputs) ** 2).sum() / 2
    return error, {x: inputs, o: outputs, t: targets, c: is_output, w: weights}


def all_graphs() -> Iterator[tuple[Sample, Any]]:
    """Yield every graph of up to 4 neurons with every choice of outputs, and its deltas by forward differentiation.

    Weights and outputs are random: with a suitable external input, the output of a neuron has any value.
    """
    random = np.random.default_rng(6)
    for size in range(1, 5):
        above = np.triu_indices(size, 1)
        cases = np.array(list(product((0, 1), repeat=size + len(above[0]))))
        is_output, edges = cases[:, :size], cases[:, size:]
        weights = np.zeros((len(cases), size, size))
        weights[:, *above] = edges * random.choice((-2.25, -1.5, -0.5, 0.75, 1.25, 2), edges.shape)
        outputs, targets = random.integers(1, 8, is_output.shape) / 8, random.integers(-8, 9, is_output.shape) / 4
        tangents = np.zeros_like(weights)  # of output k by net input j
        for place, unit in enumerate(np.eye(size)):
            net = unit + np.einsum("gq,gqj->gj", weights[:, :, place], tangents)
            tangents[:, place] = (outputs * (1 - outputs))[:, [place]] * net
        deltas = np.einsum("gk,gkj->gj", is_output * (targets - outputs), tangents)
        yield Sample({n: size}, {o: outputs, t: targets, c: is_output, w: weights, delta: deltas}), deltas

"""The rules of exercise 6 for whole networks: any number of hidden layers, and any acyclic graph.

The rule for a hidden neuron uses only the deltas of its downstream neurons, which are known after the next layer, or in
a graph after all later neurons. Both proofs are inductions whose step is the claim 6.hidden.
"""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from sympy import Rational, Sum

from lemma.exercises.chain import by_induction, induction, sigma
from lemma.exercises.claim import Claim, Holds, Kind, Method, Outcome, Refuted, Step
from lemma.exercises.ex6 import rules as rules
from lemma.exercises.ex6.machines import delta, j, k, m, n, o, q, s, t, w
from lemma.exercises.ex6.nets import Layers, all_graphs, c, layered, random_graphs
from lemma.exercises.ex6.whole import equal_in_two_layers
from lemma.exercises.indexed import Space, differentiate
from lemma.exercises.machines import Differentiator, autograd, complex_step
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.parts import Formulas, compare_by_name, mutate_formula
from lemma.exercises.shown import accept_proofs
from lemma.exercises.tensors import Floats, Tensors, logistic
from lemma.exercises.witness import NAMES, Sample, compare, sample_method

GRAPH = Space({o: (n,), t: (n,), c: (n,), delta: (n,), w: (n, n)}, {j: n}, sigmoids=(o,))


def layers() -> Claim[Formulas]:
    """State that the two rules, applied backwards layer by layer, give the deltas of all neurons."""
    first, second = rules.output(), rules.hidden()
    subject = {"output": first.subject, "hidden": second.subject}
    top = latex(first.subject).replace("o_", "o^{(L)}_")
    below = latex(second.subject).replace("o_", "o^{(l)}_").replace("w_", "w^{(l+1)}_")
    below = below.replace(r"\delta_", r"\delta^{(l+1)}_")
    return Claim(
        id="6.layers",
        title="Any number of hidden layers",
        statement=rf"\delta^{{(L)}}_{{j}} = {top},\quad \delta^{{(l)}}_{{j}} = {below} \quad \forall \, l < L",
        subject=subject,
        indices=(j,),
        equal=accept_proofs(compare_by_name({"output": rules.OUTPUT.equal, "hidden": rules.HIDDEN.equal})),
        mutants=(
            *mutate_formula(subject, "output", mutate(subject["output"], arrays=(o, t), indices=(j,))),
            *mutate_formula(subject, "hidden", mutate(subject["hidden"], arrays=(o, delta), indices=(j,))),
        ),
        steps=(
            Step(
                "The base case of the induction is the last layer $L$, by claim 6.output.",
                rf"\delta^{{(L)}}_{{j}} = {top}",
                ("6.output", rules.OUTPUT.equal(rules.output_found(), subject["output"])),
            ),
            Step(
                r"Assume that the deltas of layer $l + 1$ are known. The downstream network is a function "
                r"$E(s^{(l+1)}_1, \ldots, s^{(l+1)}_m)$, and $\delta^{(l+1)}_k = -\frac{\partial E}{\partial "
                r"s^{(l+1)}_k}$. Claim 6.hidden holds for every such function, so it gives the deltas of layer $l$, "
                r"and by induction those of all layers.",
                rf"\delta^{{(l)}}_{{j}} = {below}",
                ("6.hidden", rules.HIDDEN.equal(rules.hidden_found(), subject["hidden"])),
            ),
        ),
        methods=(
            Method("induction over the layers", Kind.SYMBOLIC, _induction),
            Method("derivative of a network with two hidden layers, any sizes", Kind.SYMBOLIC, equal_in_two_layers),
            _recursion("comparison of all layers with torch.autograd", Kind.AUTOGRAD, autograd),
            _recursion("comparison of all layers with the complex-step method", Kind.FINITE_DIFFERENCES, complex_step),
        ),
    )


def _induction(subject: Formulas) -> Outcome:
    """Prove base case and induction step, for every size."""
    for outcome in (induction(), _prove_base(subject["output"]), _prove_step(subject["hidden"])):
        if not isinstance(outcome, Holds):
            return outcome
    return Holds("every number of layers, every size")


@cache
def _prove_base(formula: Any) -> Outcome:
    return rules.OUTPUT.equal(rules.output_found(), formula, NAMES)


@cache
def _prove_step(formula: Any) -> Outcome:
    return rules.HIDDEN.equal(rules.hidden_found(), formula, NAMES)


def _recursion(name: str, kind: Kind, gradient_of: Differentiator) -> Method[Formulas]:
    """Return the method that applies the rules to whole networks, and compares the deltas of every layer."""

    @cache
    def networks() -> list[tuple[Layers, list[Floats], list[Floats]]]:
        results = []
        for network in layered():
            nets = network.nets()
            truth = [-gradient_of(partial(network.error, layer=layer), net) for layer, net in enumerate(nets)]
            results.append((network, nets, truth))
        return results

    def check(subject: Formulas) -> Outcome:
        for network, nets, wanted in networks():
            outputs, known = [logistic(net) for net in nets], None
            for layer in reversed(range(len(nets))):
                if known is None:
                    formula, indices = subject["output"], {j: m}
                    tensors = Tensors({m: nets[layer].shape[1]}, {o: outputs[layer], t: network.targets})
                else:
                    formula, indices = subject["hidden"], {j: n}
                    sizes = dict(zip((n, m), network.weights[layer].shape[1:], strict=True))
                    tensors = Tensors(sizes, {o: outputs[layer], delta: known, w: network.weights[layer]})
                outcome = compare(Sample(tensors, wanted[layer]), formula, indices)
                if isinstance(outcome, Refuted):
                    return outcome
                known = tensors.evaluate(formula, indices)
        return Holds(f"{len(networks())} networks with 0 to 3 hidden layers of 1 to 4 neurons")

    return Method(name, kind, check)


def graph() -> Claim[Any]:
    """State the delta of any neuron in any acyclic graph."""
    later = Sum(delta[k] * w[j, k], (k, j + 1, n))
    with unevaluated():
        subject = o[j] * (1 - o[j]) * (c[j] * (t[j] - o[j]) + later)
        term = c[k] * (t[k] - o[k]) ** 2
    error = Sum(term, (k, 1, n))
    direct = -differentiate(Rational(1, 2) * error, o[j])
    weight = differentiate(Sum(w[q, k] * o[q], (q, 1, n)), o[j])
    space = Space(dict(GRAPH.arrays), {j: n, k: n})
    computed = rules.in_outputs(sigma(s[j]).diff(s[j])) * (direct + Sum(delta[k] * w[j, k], (k, j + 1, n)))
    named = latex(subject).replace("k=j + 1", rules.DOWNSTREAM).replace("^{n}", "", 1)
    return Claim(
        id="6.graph",
        title="Any acyclic graph",
        statement=rf"\delta_{{j}} = {named}",
        subject=subject,
        indices=(j,),
        equal=accept_proofs(GRAPH.equal),
        mutants=mutate(subject, arrays=(o, t, c), indices=(j,)),
        steps=(
            Step(
                "Layers are not required. Number the neurons from 1 to $n$ in topological order, and let $c_j$ be 1 if "
                r"neuron $j$ is an output of the network, and 0 otherwise. If $j$ is not connected to $k$, the weight "
                r"$w_{j,k}$ is 0.",
                rf"E = \frac{{1}}{{2}} {latex(error)},\quad "
                r"s_{k} = x_{k} + \sum_{i=1}^{k - 1} w_{i,k} o_{i}",
            ),
            Step(
                r"With the outputs of all other neurons fixed, $E$ depends on $o_j$ only if $j$ is an output neuron.",
                r"-\frac{\partial E}{\partial o_j} = c_{j} (t_{j} - o_{j})",
                (direct, c[j] * (t[j] - o[j])),
            ),
            Step(
                r"Now release the later neurons one by one, starting with the last: fix only the neurons up to $k - "
                r"1$, and compute neuron $k$ and its successors as the network does. This adds the term for the "
                r"dependence through $s_k$ with the weight $w_{j,k}$. After neuron $j + 1$ the derivative is that of "
                r"the network, with one term for each later neuron, for any $n$.",
                r"-\frac{d E}{d o_j} = c_{j} (t_{j} - o_{j}) + \sum_{k=j + 1}^{n} \delta_{k} w_{j,k}",
                ("the chain rule for every number of values", induction()),
            ),
            Step(
                r"The weight is the derivative of $s_k$ with respect to $o_j$; it is 0 unless $k$ is downstream of "
                r"$j$.",
                r"\frac{\partial s_k}{\partial o_j} = w_{j,k}",
                ("with one more index", space.equal(weight, w[j, k])),
            ),
            Step(
                r"Multiply by the derivative $o_j (1 - o_j)$. Without downstream neurons this is the rule for the "
                r"output layer, and with $c_j = 0$ the rule for a hidden layer.",
                rf"\delta_{{j}} = {latex(subject)}",
                (computed, subject),
            ),
        ),
        methods=(
            # Graph methods come first: in the others delta, w and c are arbitrary, and so are counter-examples.
            sample_method("torch.autograd on random graphs", Kind.AUTOGRAD, _random_graphs, {j: n}),
            sample_method("all graphs of up to 4 neurons", Kind.EXHAUSTIVE, _all_graphs, {j: n}),
            by_induction(GRAPH, computed, "induction over the neurons, any number of them"),
        ),
    )


def _random_graphs() -> Iterator[Sample]:
    return (graphs.sample(autograd) for graphs in random_graphs())


def _all_graphs() -> Iterator[Sample]:
    return (graphs.sample(complex_step) for graphs in all_graphs())

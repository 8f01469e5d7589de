"""Exercise 9: the derivation for linear outputs; the exercise sheet gives no answer.

Only the factor o (1 - o) at the output disappears; all other formulas are those of exercises 6 and 8.
"""

from collections.abc import Mapping
from typing import Any

from sympy import KroneckerDelta, Rational, Sum

from lemma.exercises.chain import by_induction, induction, sigma
from lemma.exercises.claim import Claim, Step
from lemma.exercises.computation import ERROR, PRODUCT, SIGMOID, Graph
from lemma.exercises.dual import Dual, doubled_squared_error, sigmoid
from lemma.exercises.ex6 import machines as six
from lemma.exercises.ex6 import rules
from lemma.exercises.ex8 import graph as ex8_graph
from lemma.exercises.ex8 import update, weights
from lemma.exercises.ex8.activations import sigmoids
from lemma.exercises.ex9.machines import hidden_samples, nets, output_samples
from lemma.exercises.indexed import Instance, Space, differentiate
from lemma.exercises.mutants import mutate
from lemma.exercises.notation import latex, unevaluated
from lemma.exercises.parts import substitute
from lemma.exercises.shown import accept_proofs
from lemma.exercises.two_layers import AXES, h, hidden, high, j, k, m, outputs, q, r, t
from lemma.exercises.witness import differentiation_methods, solver_method, symbolic_method

GRAPH: Graph = {
    "s^{(1)}": (PRODUCT, ("W^{(1)}", "x")),
    "o^{(1)}": (SIGMOID, ("s^{(1)}",)),
    "o^{(2)}": (PRODUCT, ("W^{(2)}", "o^{(1)}")),
    "E": (ERROR, ("t", "o^{(2)}")),
}
TEXTS = ex8_graph.TEXTS | {
    "o^{(2)}": "The outputs are the net inputs of the second layer: $o^{(2)} = s^{(2)}$.",
    "E": "The error is unchanged. The graph has one node less, and the backward pass one factor less.",
}
OUTPUT = Space({outputs: (m,), t: (m,)}, {k: m})
HIDDEN = Space({one: AXES[one] for one in (hidden, high, outputs, t)}, {j: h}, sigmoids=(hidden,))
NET = Sum(high[q, r] * hidden[q], (q, 1, h))


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 9."""
    graph = ex8_graph.claim("9.graph", GRAPH, TEXTS, ex8_graph.methods(_linear, ()), {})
    last = output()
    return graph, last, below(last.subject), *updates(last.subject)


def output() -> Claim[Any]:
    """State the delta of a linear output."""
    with unevaluated():
        subject = t[k] - outputs[k]
        chain = Rational(1, 2) * (2 * (t[r] - outputs[r]) * KroneckerDelta(r, k))
        short = (t[r] - outputs[r]) * KroneckerDelta(r, k)
    chain, short = Sum(chain, (r, 1, m)), Sum(short, (r, 1, m))
    computed = -differentiate(Rational(1, 2) * Sum((t[r] - outputs[r]) ** 2, (r, 1, m)), outputs[k])

    def forward(instance: Instance, names: Any) -> Any:
        places = range(1, instance.integers[m] + 1)
        moved = [Dual(names[outputs[one]], int(one == instance.integers[k])) for one in places]
        return -doubled_squared_error([names[t[one]] for one in places], moved).derivative / 2

    return Claim(
        id="9.output",
        title="The delta of a linear output",
        statement=r"\frac{\partial E}{\partial s^{(2)}} = o^{(2)} - t,\quad "
        rf"\delta_{{k}} = {latex(subject)} \quad \text{{at the output}}",
        subject=subject,
        indices=(k,),
        equal=OUTPUT.equal,
        mutants=mutate(subject, short, chain, arrays=(outputs, t), indices=(k,)),
        steps=(
            Step(
                r"Now $o^{(2)}_k = s^{(2)}_k$, with the derivative 1 instead of $o_k (1 - o_k)$.",
                rf"\delta_{{k}} = -\frac{{\partial E}}{{\partial s^{{(2)}}_{{k}}}} = {latex(chain)}",
                (computed, chain),
            ),
            Step("The factor 2 cancels $\\frac{1}{2}$.", f"= {latex(short)}", (chain, short)),
            Step(
                "One term remains, the difference between target and output. With the sigmoid it has a factor of at "
                "most one quarter, which vanishes in saturation.",
                f"= {latex(subject)}",
                (short, subject),
            ),
        ),
        methods=(
            symbolic_method("SymPy's derivative, any size", OUTPUT, computed),
            solver_method("z3 with dual numbers", OUTPUT, forward),
            *differentiation_methods(output_samples, {k: m}),
        ),
    )


def below(delta: Any) -> Claim[Any]:
    """State the delta of a hidden neuron in terms of the linear outputs."""
    with unevaluated():
        term = delta * high[j, k]
    inner = Sum(term, (k, 1, m))
    with unevaluated():
        subject = hidden[j] * (1 - hidden[j]) * inner
    whole = Rational(1, 2) * Sum((t[r] - NET.xreplace({hidden[q]: sigma(nets[q])})) ** 2, (r, 1, m))
    computed = _in_outputs(-differentiate(whole, nets[j]))

    def forward(instance: Instance, names: Any) -> Any:
        here = instance.integers
        moved = sigmoid(Dual(0, 1), names[hidden[here[j]]])
        ends = range(1, here[m] + 1)
        outs = [Dual(names[outputs[end]], (Dual(names[high[here[j], end]]) * moved).derivative) for end in ends]
        return -doubled_squared_error([names[t[end]] for end in ends], outs).derivative / 2

    return Claim(
        id="9.hidden",
        title="The delta of a hidden neuron",
        statement=rf"\delta_{{j}} = {latex(subject)} \quad \text{{in the hidden layer}}",
        subject=subject,
        indices=(j,),
        equal=accept_proofs(HIDDEN.equal),
        mutants=mutate(subject, arrays=(outputs, t, hidden), indices=(j,)),
        steps=(
            Step(
                "The rule for a hidden neuron is unchanged, since 6.hidden holds for every downstream network.",
                r"\delta_{j} = o^{(1)}_{j} \left(1 - o^{(1)}_{j}\right) \sum_{k=1}^{m} \delta_{k} w^{(2)}_{j,k}",
                ("the chain rule for every number of values", induction()),
            ),
            Step("Substitute the deltas of the outputs.", f"= {latex(subject)}", (_by_rule(delta), subject)),
        ),
        methods=(
            symbolic_method("SymPy's derivative of the network, any sizes", HIDDEN, computed),
            by_induction(HIDDEN, _by_rule(delta), "substitution in 6.hidden, any sizes"),
            solver_method("z3 with dual numbers", HIDDEN, forward, largest=2),
            *differentiation_methods(hidden_samples, {j: h}),
        ),
    )


def _by_rule(delta: Any) -> Any:
    """Return the delta of a hidden neuron by 6.hidden."""
    _, at_hidden = update.deltas(_in_six(delta), rules.hidden().subject)
    return at_hidden(j)


def _in_six(delta: Any) -> Any:
    """Return the rule for the output in the notation of exercise 6."""
    return substitute(delta, {k: six.j}, {outputs: lambda one: six.o[one], t: lambda one: six.t[one]})


def _in_outputs(expression: Any) -> Any:
    """Substitute outputs for net inputs."""
    written = expression.replace(sigma, lambda net: hidden[net.indices])
    return written.xreplace({NET: outputs[r]})


def _linear(net: Any) -> Any:
    """Return the net input, as the identity activation."""
    return net


def updates(delta: Any) -> tuple[Claim[Any], ...]:
    """State the weight updates of both layers by the gradients of exercise 8."""
    nodes = (weights.error(), weights.inputs(), weights.weights(), sigmoids())
    formulas: Mapping[str, Any] = {claim.id: claim.subject for claim in nodes}
    return (
        update.second_layer(
            "9.update-output",
            formulas,
            "",
            _linear,
            _in_six(delta),
            (
                "There is no output activation: the gradient with respect to the outputs is that with respect to the "
                "net inputs.",
                "The gradient with respect to the weights is the outer product with their inputs (8.iv).",
                r"A step of gradient descent gives 6.update with $\delta_k = t_k - o_k$.",
            ),
        ),
        update.first_layer(
            "9.update-hidden",
            formulas,
            "",
            _linear,
            _in_six(delta),
            (
                "Propagate the gradient through the weights (8.iii).",
                "Apply the rule for the sigmoids of the hidden layer (8.ii).",
                r"The outer product with the inputs (8.iv) and a step of gradient descent, with $\delta_j$ of "
                r"9.hidden.",
            ),
        ),
    )

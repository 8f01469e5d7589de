"""Exercise 5, erratum: the bias of the single layer is a vector, even if the bias of every layer is a scalar."""

from typing import Any, NamedTuple

import z3
from sympy import Sum, symbols

from lemma.exercises.algebra.notation import latex, unevaluated
from lemma.exercises.algebra.symbols import j, k, l, m, p
from lemma.exercises.ex5.depth import W
from lemma.exercises.outcome import Holds, Outcome, Refuted, Scope
from lemma.exercises.proof.claim import Claim, Method, Mutant, Step
from lemma.exercises.proof.solver import prove
from lemma.exercises.proof.space import Space


class Network(NamedTuple):
    """One input, a hidden neuron of weight 1, two outputs; and the biases that are stated for the single layer."""

    hidden_bias: int
    output_bias: int
    weights: tuple[int, int]
    single: tuple[int, int]

    def __str__(self) -> str:
        low, high = (rf"{weight} \cdot {self.hidden_bias} + {self.output_bias}" for weight in self.weights)
        return rf"{low} = {self.single[0]} \ne {self.single[1]} = {high}"


NETWORK = Network(1, 0, (1, 2), (1, 2))
MUTANTS = {
    "both outputs have the same weight": Network(1, 0, (1, 1), (1, 1)),
    "the hidden neuron has no bias": Network(0, 0, (1, 2), (0, 0)),
    "the bias of the hidden neuron not multiplied by the weights": Network(1, 0, (1, 2), (1, 1)),
}


def vector_bias() -> Claim[Network]:
    """State that a network with scalar biases may require a vector as the bias of the single layer."""
    first, second = symbols(r"\beta_1 \beta_2", real=True)
    bias = Sum(W[j, k] * first, (k, 1, m)) + second
    with unevaluated():
        difference = first * (Sum(W[j, k], (k, 1, m)) - Sum(W[l, k], (k, 1, m)))
    space = Space({W: (p, m)}, {j: p, l: p}, (first, second))
    return Claim(
        id="5.vector-bias",
        title="The bias is a vector: a scalar does not suffice",
        statement=r"\begin{pmatrix} 1 \\ 2 \end{pmatrix} \left(1 \cdot x + 1\right) = \begin{pmatrix} 1 \\ 2 "
        r"\end{pmatrix} x + \begin{pmatrix} 1 \\ 2 \end{pmatrix} \ne W x + \beta \begin{pmatrix} 1 \\ 1 \end{pmatrix} "
        r"\quad \forall W, \forall \beta",
        subject=NETWORK,
        formula=str(NETWORK),
        equal=lambda left, right: Holds(Scope.ALL, "the same numbers") if left == right else Refuted(),
        methods=(
            Method("outputs at 0 in exact numbers", "python", compare_outputs),
            Method("z3 over the reals", "z3", search_scalar),
        ),
        mutants=tuple(Mutant(mutation, network, str(network)) for mutation, network in MUTANTS.items()),
        steps=(
            Step(
                r"The exercise sheet writes $b$ as a scalar. Let the biases of two layers be scalars, $\beta_1$ for "
                r"all neurons of the first layer and $\beta_2$ for all of the second. Two entries of the collapsed "
                r"bias differ unless $\beta_1 = 0$ or the corresponding rows of $W$ have the same sum.",
                rf"b_{{j}} = {latex(bias)}, \qquad b_{{j}} - b_{{l}} = {latex(difference)}",
                proof=space.equal(bias - bias.subs(j, l), difference),
            ),
            Step(
                "Example: one input, a hidden neuron with weight 1 and bias 1, two outputs with the weights 1 and 2 "
                "and bias 0. The outputs at $x = 0$ differ; a scalar bias would make them equal for every $W$.",
                str(NETWORK),
                proof=search_scalar(NETWORK),
            ),
        ),
    )


def compare_outputs(network: Network) -> Outcome:
    """Compare the outputs at x = 0 with the stated biases, and with each other: a scalar bias would be both."""
    first, second = outputs = tuple(weight * network.hidden_bias + network.output_bias for weight in network.weights)
    if outputs != network.single:
        return Refuted({"b_{1}": str(first), "b_{2}": str(second)}, reason="other biases")
    if first == second:
        return Refuted({r"\beta": str(first)}, reason="a scalar bias suffices")
    return Holds(Scope.ALL, "the outputs at 0 differ: no scalar bias fits, for any weights")


def search_scalar(network: Network) -> Outcome:
    """Search with z3 for an input at which the stated biases are wrong, then for weights and a scalar that fit."""
    x, scalar, *unknown = z3.Reals(r"x \beta W_{1} W_{2}")
    outputs = [weight * (x + network.hidden_bias) + network.output_bias for weight in network.weights]

    def fits(weights: Any, biases: Any) -> Any:
        single = zip(weights, biases, outputs, strict=True)
        return z3.And(*(weight * x + bias == output for weight, bias, output in single))

    outcome = prove(fits(network.weights, network.single), [], {"x": x})
    if not isinstance(outcome, Holds):
        return outcome
    return prove(z3.Not(z3.ForAll([x], fits(unknown, (scalar, scalar)))), [], {r"\beta": scalar})

"""Exercise 4: a step of backpropagation by hand, in a network of six neurons with sign activations."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy
import torch
from sympy import Symbol

from lemma.exercises.algebra.notation import unevaluated
from lemma.exercises.algebra.numbers import show
from lemma.exercises.calculus.functions import varphi
from lemma.exercises.proof.claim import Claim, Part
from lemma.exercises.proof.computation import Rules, computation
from lemma.exercises.proof.mutants import Numbers
from lemma.exercises.tracing.activation import Activation
from lemma.exercises.tracing.backpropagation import train
from lemma.exercises.tracing.network import Network, Neuron

TITLE = "A training step by hand"
INPUTS, HIDDEN, OUTPUT = (1, 2), (3, 4, 5), 6
NEURONS = (*INPUTS, *HIDDEN, OUTPUT)
EDGES = tuple((i, j) for i in INPUTS for j in HIDDEN) + tuple((j, OUTPUT) for j in HIDDEN)
ETA = r"\eta"


def label(letter: str, *neurons: int) -> str:
    """Return the LaTeX name of a number of a neuron, or of a weight; the output of neuron 6 is y.

    A prime marks the numbers after the step.
    """
    if letter[0] == "o" and neurons == (OUTPUT,):
        return letter.replace("o", "y")
    return f"{letter}_{{{','.join(map(str, neurons))}}}"


def _of_neurons(letter: str, neurons: Iterable[int], values: Iterable[Any]) -> dict[str, Any]:
    return {label(letter, j): value for j, value in zip(neurons, values, strict=True)}


def _of_edges(letter: str, values: Iterable[Any]) -> dict[str, Any]:
    return {label(letter, *edge): value for edge, value in zip(EDGES, values, strict=True)}


def _read(written: str) -> Iterable[Fraction]:
    return map(Fraction, written.split())


GIVEN: Numbers = {
    **_of_edges("w", _read("1 -2 1  -2 1 1  -1 1 2")),
    **_of_neurons("x", INPUTS, _read("1 1")),
    **{"t": Fraction(-1), ETA: Fraction(1, 10)},
}
FORWARD: Numbers = {
    **_of_neurons("s", (*HIDDEN, OUTPUT), _read("-1 -1 2 2")),
    **_of_neurons("o", NEURONS, _read("1 1 -1 -1 1 1")),
}
DELTAS: Numbers = _of_neurons(r"\delta", NEURONS, _read("2 -10 2 -2 -4 -2"))
UPDATE: Numbers = _of_edges("w'", _read("1.2 -2.2 0.6  -1.8 0.8 0.6  -0.8 1.2 1.8"))
AFTER: Numbers = {
    **_of_neurons("s'", (*HIDDEN, OUTPUT), _read("-0.6 -1.4 1.2 1.4")),
    **_of_neurons("o'", (*HIDDEN, OUTPUT), _read("-1 -1 1 1")),
}
FORWARD_TEXTS = {
    "o_{1}": r"The net inputs of neurons 1 and 2 are $x_1$ and $x_2$.",
    "s_{3}": "Each hidden neuron receives these two outputs.",
    "s_{4}": "",
    "s_{5}": "",
    "s_{6}": "The output neuron receives the outputs of the three hidden neurons.",
}
DELTA_TEXTS = {
    r"\delta_{6}": r"At the output, $\delta$ is the difference between target and output.",
    r"\delta_{5}": "The output of each hidden neuron is an input of neuron 6 only.",
    r"\delta_{2}": "The outputs of neurons 1 and 2 feed all hidden neurons; no weight depends on these deltas.",
    r"\delta_{1}": "",
}
UPDATE_TEXTS = dict.fromkeys(UPDATE, "") | {
    "w'_{1,3}": "Each weight changes by the learning rate times its input times the delta of its target neuron.",
    "w'_{3,6}": "The inputs of the weights of the output neuron are the outputs of the hidden neurons.",
}
AFTER_TEXTS = {
    "s'_{3}": "With the new weights, the net inputs of the hidden neurons keep their signs.",
    "s'_{4}": "",
    "s'_{5}": "",
    "s'_{6}": "The net input of the output neuron falls, but stays above 0.",
}


def parts() -> tuple[Part, ...]:
    """Return the two parts of the exercise, and one about the effect of the step."""
    before, after = show(FORWARD[label("s", OUTPUT)]), show(AFTER[label("s'", OUTPUT)])
    return (
        Part(
            number="i",
            question=r"Every neuron of a network applies $\varphi$ to its net input, where $\varphi(s) = 1$ for "
            r"$s \ge 0$ and $\varphi(s) = -1$ for $s < 0$. The net inputs of neurons 1 and 2 are the inputs $x_1$ and "
            r"$x_2$. Neurons 3, 4 and 5 receive the outputs $o_1$ and $o_2$, and neuron 6 receives $o_3$, $o_4$ and "
            r"$o_5$; the net input of neuron $j$ is $s_j = \sum_i w_{i,j} o_i$. What is the output $y$ of neuron 6 for "
            f"{_list(GIVEN, 'x', 'w')}?",
            answer=r"The output is $y = 1$.",
            claims=(_claim("forward", "The forward pass", FORWARD, FORWARD_TEXTS),),
        ),
        Part(
            number="ii",
            question=r"The target of this instance is $t = -1$. A step of backpropagation replaces each weight by "
            r"$w'_{i,j} = w_{i,j} + \eta o_i \delta_j$ with $\eta = 0.1$, where $\delta_6 = t - y$ and $\delta_i = "
            r"\sum_k w_{i,k} \delta_k$ for every other neuron. What are the new weights?",
            answer=f"The new weights are {_list(UPDATE)}.",
            claims=(
                _claim("deltas", "The backward pass", DELTAS, DELTA_TEXTS),
                _claim("update", "The updated weights", UPDATE, UPDATE_TEXTS),
            ),
        ),
        Part(
            number="",
            question=r"What is the output $y'$ for the same inputs with the new weights $w'_{i,j}$?",
            answer=f"It is $y' = 1$ as before: the step decreases the net input of neuron 6 from "
            f"${before}$ to ${after}$ only.",
            claims=(_claim("after-step", "The network after the step", AFTER, AFTER_TEXTS),),
            beyond="This tests the new weights: the step moves the network towards the target.",
        ),
    )


def _list(numbers: Numbers, *letters: str) -> str:
    """Return numbers as text; `letters` selects some of them."""
    return ", ".join(f"${name} = {show(value)}$" for name, value in numbers.items() if name.startswith(letters or ""))


def _claim(suffix: str, title: str, answers: Numbers, texts: Mapping[str, str]) -> Claim[Numbers]:
    """Return the claim about some of the numbers, with the rules up to these."""
    rules = _rules()
    last = max(place for place, name in enumerate(rules) if name in answers)
    return computation(
        claim_id=f"4.{suffix}",
        title=title,
        given=GIVEN,
        rules=dict([*rules.items()][: last + 1]),
        answers=answers,
        texts=texts,
        programs=(
            ("the engine of lemma trace, in fractions", "python", by_tracing),
            ("torch.autograd with a straight-through estimator", "torch", by_autograd),
        ),
    )


def _rules() -> Rules:
    """Return the rule of each number, in the order of computation."""

    def total(*products: tuple[Any, ...]) -> Any:
        return sympy.Add(*(sympy.Mul(*(Symbol(name) for name in names)) for names in products))

    with unevaluated():
        rules: dict[str, Any] = {label("o", i): varphi(Symbol(label("x", i))) for i in INPUTS}
        for j in (*HIDDEN, OUTPUT):
            rules[label("s", j)] = total(*((label("w", i, k), label("o", i)) for i, k in EDGES if k == j))
            rules[label("o", j)] = varphi(Symbol(label("s", j)))
        rules[label(r"\delta", OUTPUT)] = Symbol("t") - Symbol("y")
        for i in (*reversed(HIDDEN), *reversed(INPUTS)):
            rules[label(r"\delta", i)] = total(*((label("w", k, j), label(r"\delta", j)) for k, j in EDGES if k == i))
        for i, j in EDGES:
            rules[label("w'", i, j)] = total((label("w", i, j),), (ETA, label("o", i), label(r"\delta", j)))
        for j in (*HIDDEN, OUTPUT):
            inputs = ((i, label("o" if i in INPUTS else "o'", i)) for i, k in EDGES if k == j)
            rules[label("s'", j)] = total(*((label("w'", i, j), name) for i, name in inputs))
            rules[label("o'", j)] = varphi(Symbol(label("s'", j)))
    return rules


def by_tracing(given: Numbers) -> Mapping[str, Fraction]:
    """Compute all numbers as `lemma trace` does."""
    neurons = {str(i): Neuron(activation=Activation.SIGN, input=given[label("x", i)]) for i in INPUTS}
    for j in (*HIDDEN, OUTPUT):
        weights = {str(i): given[label("w", i, k)] for i, k in EDGES if k == j}
        neurons[str(j)] = Neuron(
            activation=Activation.SIGN, weights=weights, target=given["t"] if j == OUTPUT else None
        )
    step, after = train(Network(eta=given[ETA], neurons=neurons, steps=2))
    before = step.forward
    return {
        **_of_neurons("s", NEURONS, (before.net[str(j)] for j in NEURONS)),
        **_of_neurons("o", NEURONS, (before.out[str(j)] for j in NEURONS)),
        **_of_neurons("s'", NEURONS, (after.forward.net[str(j)] for j in NEURONS)),
        **_of_neurons("o'", NEURONS, (after.forward.out[str(j)] for j in NEURONS)),
        **_of_neurons(r"\delta", NEURONS, (step.delta[str(j)] for j in NEURONS)),
        **_of_edges("w'", (step.after[str(i), str(j)] for i, j in EDGES)),
    }


def by_autograd(given: Numbers) -> Mapping[str, float]:
    """Compute all numbers with a step of gradient descent on E = (t - y)^2 / 2 in torch.

    The gradient of the sign activation is that of the identity, as in the rule of the exercise for the deltas.
    """

    def read(names: Iterable[str]) -> torch.Tensor:
        return torch.tensor([float(given[name]) for name in names], dtype=torch.float64, requires_grad=True)

    def propagate(layers: Iterable[torch.Tensor]) -> list[torch.Tensor]:
        nets = [read(label("x", i) for i in INPUTS)]
        for weights in layers:
            nets.append(_sign(nets[-1]) @ weights.reshape(len(nets[-1]), -1))  # row i, column j
        return nets

    layers = [read(label("w", i, j) for i, j in EDGES if i in neurons) for neurons in (INPUTS, HIDDEN)]
    nets = propagate(layers)
    error = (float(given["t"]) - _sign(nets[-1])).square().sum() / 2
    gradients = torch.autograd.grad(error, (*nets, *layers))
    slopes, changes = gradients[: len(nets)], gradients[len(nets) :]
    updated = [weights - float(given[ETA]) * change for weights, change in zip(layers, changes, strict=True)]
    after = propagate(updated)
    return {
        **_of_neurons("s", NEURONS, torch.cat(nets).tolist()),
        **_of_neurons("o", NEURONS, _sign(torch.cat(nets)).tolist()),
        **_of_neurons("s'", NEURONS, torch.cat(after).tolist()),
        **_of_neurons("o'", NEURONS, _sign(torch.cat(after)).tolist()),
        **_of_neurons(r"\delta", NEURONS, (-torch.cat(slopes)).tolist()),
        **_of_edges("w'", torch.cat(updated).tolist()),
    }


def _sign(net: torch.Tensor) -> torch.Tensor:
    """Return the sign activation with the gradient of the identity (a straight-through estimator)."""
    return net + (torch.where(net >= 0, 1.0, -1.0) - net).detach()

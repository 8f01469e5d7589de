"""The questions of exercises 1, 2 and 3.i, and the update rules that exercises 8 and 9 end with."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import sympy
from sympy import Sum, Symbol

from lemma.exercises.algebra.symbols import O1, O2, W1, W2, eta, h, index, m, n, q, t, theta, w, x
from lemma.exercises.grading.question import OUTPUT, KnownSymbol, Question, logit

X1, X2 = Symbol("x_1", real=True), Symbol("x_2", real=True)  # the features of exercise 2
I, J, K = index("i"), index("j"), index("k")  # noqa: E741 - indices
RATE = KnownSymbol(r"\eta", "the learning rate", eta)


def single_neurons() -> Iterator[Question]:
    """Yield the questions about a single neuron: where it separates, a feature for it, and what it computes."""
    threshold = KnownSymbol(r"\theta", "the threshold of the output, between 0 and 1", theta)
    title = "The net input s at which the output of a sigmoid neuron is its threshold"
    yield Question(
        "1.ii", title, "s", "", (threshold,), stated=logit(theta), outputs=(theta,), example=r"1 - \ln(\theta)"
    )
    squared = X1**2 + X2**2
    yield Question(
        "2.ii",
        "A feature z of a point that separates the inside of a circle around 0 from its outside",
        "z",
        "",
        constants=lambda: {("x", (1,)): X1, ("x", (2,)): X2},
        scalars=(X1, X2),
        stated=squared,
        alternatives=lambda: {"as the distance in place of its square": sympy.sqrt(squared)},
        example="x_1 x_2",
    )
    known = (
        KnownSymbol("s", r"the net input, \sum_i w_i x_i", OUTPUT, is_net_input=True),
        KnownSymbol("x_i", "input i", x),
        KnownSymbol("w_i", "its weight", w),
    )
    yield Question(
        "3.i",
        "The output of a sigmoid neuron, which is the probability of the positive class in logistic regression",
        "o",
        "",
        known,
        dict.fromkeys("ijkl", n),
        net_input=(Sum(w[q] * x[q], (q, 1, n)), logit(OUTPUT)),
        stated=OUTPUT,
        scalars=(OUTPUT,),
        aliases=(r"\varphi", r"\phi(s)", r"\phi(x)"),
        example=r"1 - e^{-s}",
    )


def updates() -> Iterator[Question]:
    """Yield the update rules of both layers: with sigmoid outputs (8.v), and with linear ones (9)."""
    slopes = {("8.v", "sigmoid"): lambda k: O2[k] * (1 - O2[k]), ("9.update", "linear"): lambda k: sympy.Integer(1)}
    for (exercise, name), slope in slopes.items():
        yield _output_update(exercise, name, slope)
        yield _hidden_update(exercise, name, slope)


def _output_update(exercise: str, name: str, slope: Any) -> Question:
    known = (
        RATE,
        KnownSymbol("w^{(2)}_{i,j}", "the weight from hidden neuron i to output j, before the update", W2),
        KnownSymbol("o^{(1)}_i", "the output of hidden neuron i", O1),
        KnownSymbol("o^{(2)}_j", "output j of the network", O2),
        *([KnownSymbol("s^{(2)}_j", "its net input", O2, is_net_input=True)] if name == "sigmoid" else []),
        KnownSymbol("t_j", "its target", t),
        KnownSymbol(r"\delta_j", "the delta of output j", lambda j: (t[j] - O2[j]) * slope(j), layer="2"),
    )
    return Question(
        f"{exercise}.output",
        f"The updated weight from hidden neuron i to {name} output j",
        "w^{(2)}_{i,j}",
        "",
        known,
        {"i": h, "j": m},
        stated=W2[I, J] + eta * (t[J] - O2[J]) * slope(J) * O1[I],
        example=r"w^{(2)}_{i,j} + \eta \delta_j",
    )


def _hidden_update(exercise: str, name: str, slope: Any) -> Question:
    known = (
        RATE,
        KnownSymbol("w^{(1)}_{i,j}", "the weight from input i to hidden neuron j, before the update", W1),
        KnownSymbol("w^{(2)}_{j,k}", "the weight from hidden neuron j to output k, before the update", W2),
        KnownSymbol("x_i", "input i", x),
        KnownSymbol("o^{(1)}_j", "the output of hidden neuron j", O1),
        KnownSymbol("s^{(1)}_j", "its net input", O1, is_net_input=True),
        KnownSymbol("o^{(2)}_k", "output k of the network", O2),
        KnownSymbol("t_k", "its target", t),
        KnownSymbol(r"\delta_k", "the delta of output k", lambda k: (t[k] - O2[k]) * slope(k), layer="2"),
    )
    return Question(
        f"{exercise}.hidden",
        f"The updated weight from input i to sigmoid neuron j, in a network with {name} outputs k",
        "w^{(1)}_{i,j}",
        "",
        known,
        {"i": n, "j": h, "k": m},
        stated=_hidden_rule(O1[J] * (1 - O1[J]), slope),
        alternatives=partial(_with_tanh, slope) if name == "linear" else dict,
        example=r"w^{(1)}_{i,j} + \eta o^{(1)}_j x_i",
    )


def _hidden_rule(derivative: Any, slope: Any) -> Any:
    total = Sum((t[K] - O2[K]) * slope(K) * W2[J, K], (K, 1, m))
    return W1[I, J] + eta * derivative * total * x[I]


def _with_tanh(slope: Any) -> Mapping[str, Any]:
    return {"for tanh, whose derivative is 1 - o_j^2": _hidden_rule(1 - O1[J] ** 2, slope)}

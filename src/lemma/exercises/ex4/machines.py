r"""Independent computations of the network of exercise 4: by hand, by matrices, on the graph, by paths, by autograd.

Each function takes the given values by LaTeX name (`w_{1,3}`, `x_{1}`, `t`, `\eta`) and returns all values of the first
rounds. A round is a forward pass and a backward pass, with the weights before its update.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy
import torch

from lemma.exercises.tracing.network import Activation, Network, Neuron

Numbers = Mapping[str, Fraction]
Values = Mapping[str, Any]  # fractions, or floats if computed in float64
HIDDEN, INPUTS, OUTPUT = (3, 4, 5), (1, 2), 6
EDGES = tuple((i, j) for i in INPUTS for j in HIDDEN) + tuple((j, OUTPUT) for j in HIDDEN)


def weight(i: int, j: int) -> str:
    """Return the name of the weight from neuron i to neuron j."""
    return f"w_{{{i},{j}}}"


def phi(net: Any) -> Fraction:
    """Return the sign activation: 1 for net inputs >= 0, otherwise -1."""
    return Fraction(1 if net >= 0 else -1)


def on_paper(given: Numbers, rounds: int) -> list[Values]:
    """Compute every value by hand."""
    w13, w14, w15, w23, w24, w25, w36, w46, w56 = (given[weight(i, j)] for i, j in EDGES)
    eta, results = given[r"\eta"], []
    for _ in range(rounds):
        o1, o2 = phi(given["x_{1}"]), phi(given["x_{2}"])
        s3, s4, s5 = w13 * o1 + w23 * o2, w14 * o1 + w24 * o2, w15 * o1 + w25 * o2
        o3, o4, o5 = phi(s3), phi(s4), phi(s5)
        s6 = w36 * o3 + w46 * o4 + w56 * o5
        y = phi(s6)
        d6 = given["t"] - y
        d3, d4, d5 = w36 * d6, w46 * d6, w56 * d6
        d1, d2 = w13 * d3 + w14 * d4 + w15 * d5, w23 * d3 + w24 * d4 + w25 * d5
        weights = (w13, w14, w15, w23, w24, w25, w36, w46, w56)
        results.append(_round((o1, o2, o3, o4, o5, y), (s3, s4, s5, s6), (d1, d2, d3, d4, d5, d6), weights))
        w13, w14, w15 = w13 + eta * o1 * d3, w14 + eta * o1 * d4, w15 + eta * o1 * d5
        w23, w24, w25 = w23 + eta * o2 * d3, w24 + eta * o2 * d4, w25 + eta * o2 * d5
        w36, w46, w56 = w36 + eta * o3 * d6, w46 + eta * o4 * d6, w56 + eta * o5 * d6
    return results


def by_matrices(given: Numbers, rounds: int) -> list[Values]:
    """Compute s = W o, delta = W^T delta, W + eta delta (x) o, with w_ij at row j, column i."""
    exact = {name: sympy.Rational(value) for name, value in given.items()}
    hidden = sympy.Matrix([[exact[weight(i, j)] for i in INPUTS] for j in HIDDEN])  # (3, 2)
    output = sympy.Matrix([[exact[weight(j, OUTPUT)] for j in HIDDEN]])  # (1, 3)
    inputs = sympy.Matrix([phi(exact["x_{1}"]), phi(exact["x_{2}"])])  # (2, 1)
    results = []
    for _ in range(rounds):
        net = hidden * inputs
        out = net.applyfunc(phi)
        last = output * out
        y = last.applyfunc(phi)
        delta_output = sympy.Matrix([exact["t"]]) - y
        delta_hidden = output.T * delta_output
        weights = [hidden[row, column] for column in range(2) for row in range(3)] + list(output)
        deltas = (*(hidden.T * delta_hidden), *delta_hidden, *delta_output)
        results.append(_round((*inputs, *out, *y), (*net, *last), deltas, weights))
        hidden += exact[r"\eta"] * delta_hidden * inputs.T
        output += exact[r"\eta"] * delta_output * out.T
    return [{name: Fraction(int(value.p), int(value.q)) for name, value in each.items()} for each in results]


def over_the_graph(given: Numbers, rounds: int) -> list[Values]:
    """Compute the values with `network.Network`, as `lemma trace` does."""
    neurons = {str(i): Neuron(activation=Activation.SIGN, input=given[f"x_{{{i}}}"]) for i in INPUTS}
    for j in (*HIDDEN, OUTPUT):
        weights = {str(i): given[weight(i, to)] for i, to in EDGES if to == j}
        target = given["t"] if j == OUTPUT else None
        neurons[str(j)] = Neuron(activation=Activation.SIGN, weights=weights, target=target)
    network, results = Network(eta=given[r"\eta"], neurons=neurons), []
    for _ in range(rounds):
        values = network.step()
        outs, nets, deltas = (
            list(dict(sorted(part.items())).values()) for part in (values.out, values.net, values.delta)
        )
        weights_now = [network.neurons[str(j)].weights[str(i)] for i, j in EDGES]
        results.append(_round(outs, nets[len(INPUTS) :], deltas, weights_now))
        network = network.updated()
    return results


def along_paths(given: Numbers, rounds: int) -> list[Values]:
    """Compute delta_i as delta_6 times the sum, over all paths to the output, of the products of weights."""
    now, results = dict(given), []
    neurons = (*INPUTS, *HIDDEN, OUTPUT)
    for _ in range(rounds):
        nets = {j: _net(now, j) for j in neurons}
        outs = {j: phi(net) for j, net in nets.items()}
        deltas = {j: _paths(now, j) * (now["t"] - outs[OUTPUT]) for j in neurons}
        weights = [now[weight(i, j)] for i, j in EDGES]
        results.append(_round(outs.values(), list(nets.values())[len(INPUTS) :], deltas.values(), weights))
        now |= {weight(i, j): now[weight(i, j)] + now[r"\eta"] * outs[i] * deltas[j] for i, j in EDGES}
    return results


def _net(now: Numbers, j: int) -> Fraction:
    """Return the net input of a neuron, recursively from its predecessors."""
    if j in INPUTS:
        return now[f"x_{{{j}}}"]
    return sum((now[weight(i, to)] * phi(_net(now, i)) for i, to in EDGES if to == j), Fraction(0))


def _paths(now: Numbers, i: int) -> Fraction:
    """Return the sum, over all paths from neuron i to the output, of the products of their weights."""
    if i == OUTPUT:
        return Fraction(1)
    return sum((now[weight(start, to)] * _paths(now, to) for start, to in EDGES if start == i), Fraction(0))


class _StraightThrough(torch.autograd.Function):
    """The sign function with the gradient of the identity, which corresponds to the rule for delta in the exercise."""

    @staticmethod
    def forward(context: Any, net: torch.Tensor) -> torch.Tensor:
        return torch.where(net >= 0, 1.0, -1.0).to(net.dtype)

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> torch.Tensor:
        return gradients[0]


def by_autograd(given: Numbers, rounds: int) -> list[Values]:
    """Apply gradient descent on E = (t - y)^2 / 2 with torch.autograd in float64."""

    def tensor(values: Any) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float64, requires_grad=True)

    def sign(net: torch.Tensor) -> torch.Tensor:
        return _StraightThrough.apply(net)  # type: ignore[no-any-return, no-untyped-call]

    hidden = tensor([[float(given[weight(i, j)]) for i in INPUTS] for j in HIDDEN])  # (3, 2)
    output = tensor([[float(given[weight(j, OUTPUT)]) for j in HIDDEN]])  # (1, 3)
    eta, results = float(given[r"\eta"]), []
    for _ in range(rounds):
        inputs = tensor([float(given["x_{1}"]), float(given["x_{2}"])])
        first = sign(inputs)
        net = hidden @ first
        out = sign(net)
        last = output @ out
        y = sign(last)
        error = ((float(given["t"]) - y) ** 2 / 2).sum()
        d_in, d_hidden, d_last, g_hidden, g_output = torch.autograd.grad(error, (inputs, net, last, hidden, output))
        deltas = [-value for part in (d_in, d_hidden, d_last) for value in part.tolist()]
        weights = [*hidden.T.flatten().tolist(), *output.flatten().tolist()]
        results.append(
            _round([*first.tolist(), *out.tolist(), *y.tolist()], [*net.tolist(), *last.tolist()], deltas, weights)
        )
        hidden, output = tensor((hidden - eta * g_hidden).tolist()), tensor((output - eta * g_output).tolist())
    return results


def _round(out: Any, net: Any, delta: Any, weights: Any) -> Values:
    """Return the values of a round by name: outputs and deltas of neurons 1 to 6, net inputs of 3 to 6, weights."""
    *outs, y = out
    named = {f"o_{{{j}}}": value for j, value in enumerate(outs, 1)} | {"y": y}
    named |= {f"s_{{{j}}}": value for j, value in zip((*HIDDEN, OUTPUT), net, strict=True)}
    named |= {rf"\delta_{{{j}}}": value for j, value in enumerate(delta, 1)}
    return named | {weight(i, j): value for (i, j), value in zip(EDGES, weights, strict=True)}

"""`lemma trace`: print every intermediate value of one training step, as in a calculation by hand."""

from fractions import Fraction
from pathlib import Path

from lemma.exercises.algebra.numbers import show
from lemma.exercises.tracing.backpropagation import Step, compute_step, update_weights
from lemma.exercises.tracing.network import Network, read_network


def trace_network(path: Path) -> str:
    """Return the forward pass, the deltas, the new weights and the outputs after the step, one value per line.

    Args:
        path: YAML file of a network; see `network`.

    Raises:
        InputError: If the file does not describe a feed-forward network.
    """
    network = read_network(path)
    values = compute_step(network)
    after = compute_step(update_weights(network, values))
    sections = (
        ("Forward pass: net input and output of each neuron", _forward(network, values)),
        (
            "Backward pass: delta of each neuron, t - o at an output plus the weighted deltas downstream",
            _backward(network, values),
        ),
        (f"Weight update: w + eta * o * delta, with eta = {show(network.eta)}", _update(network, values)),
        ("Outputs before and after the update", _after(network, values, after)),
    )
    return "\n\n".join("\n".join([title, *_align(rows)]) for title, rows in sections)


def _forward(network: Network, values: Step) -> list[list[str]]:
    rows = []
    for name in network.order:
        neuron, net = network.neurons[name], show(values.net[name])
        terms = [f"{_factor(weight)}·{_factor(values.out[source])}" for source, weight in neuron.weights.items()]
        worked = f"net = {' + '.join(terms)} = {net}" if terms else f"net = {net}"
        rows.append([f"neuron {name}", worked, f"o = {neuron.activation}({net}) = {show(values.out[name])}"])
    return rows


def _backward(network: Network, values: Step) -> list[list[str]]:
    rows = []
    for name in reversed(network.order):
        target = network.neurons[name].target
        terms = [] if target is None else [f"({show(target)} - {_factor(values.out[name])})"]
        for to in network.targets_of(name):
            terms.append(f"{_factor(network.neurons[to].weights[name])}·{_factor(values.delta[to])}")
        rows.append([f"neuron {name}", f"delta = {' + '.join(terms)} = {show(values.delta[name])}"])
    return rows


def _update(network: Network, values: Step) -> list[list[str]]:
    rows = []
    for (source, name), new in values.weight.items():
        old, change = network.neurons[name].weights[source], (network.eta, values.out[source], values.delta[name])
        rows.append([f"w {source} -> {name}", f"{show(old)} + {'·'.join(map(_factor, change))} = {show(new)}"])
    return rows


def _after(network: Network, before: Step, after: Step) -> list[list[str]]:
    rows = []
    for name in network.order:
        target = network.neurons[name].target
        if target is not None:
            nets, outs = (
                f"{show(old)} -> {show(new)}"
                for old, new in ((before.net[name], after.net[name]), (before.out[name], after.out[name]))
            )
            rows.append([f"neuron {name}", f"net {nets}", f"o {outs}", f"target {show(target)}"])
    return rows


def _factor(value: Fraction) -> str:
    return f"({show(value)})" if value < 0 else show(value)


def _align(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return [
        "  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]

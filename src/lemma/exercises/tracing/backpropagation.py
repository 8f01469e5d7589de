"""One step of backpropagation in a network: forward pass, deltas and weight update in exact fractions.

The rules are those of exercise 4: delta_j = (t_j - o_j) + sum_k w_jk delta_k, where missing terms are 0, and
w_ij <- w_ij + eta o_i delta_j. The derivative of a step activation is 0 almost everywhere; as in the exercise, it is
replaced by 1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

from lemma.errors import InputError
from lemma.exercises.tracing.network import Network

MAX_BITS = 10_000  # of the numerator or denominator of a computed value


@dataclass(frozen=True)
class Step:
    """All values of one training step: net input, output and delta by neuron; new weights by (source, target)."""

    net: Mapping[str, Fraction]
    out: Mapping[str, Fraction]
    delta: Mapping[str, Fraction]
    weight: Mapping[tuple[str, str], Fraction]


def compute_step(network: Network) -> Step:
    """Return the values of the forward pass, all deltas and all new weights.

    Raises:
        InputError: If a value has too many digits.
    """
    net, out = _propagate_forward(network)
    delta = _propagate_back(network, out)
    weight = {
        (source, name): _sum(name, (old, network.eta * out[source] * delta[name]))
        for name, neuron in network.neurons.items()
        for source, old in neuron.weights.items()
    }
    return Step(net, out, delta, weight)


def _propagate_forward(network: Network) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Return the net input and the output of each neuron."""
    net: dict[str, Fraction] = {}
    out: dict[str, Fraction] = {}
    for name in network.order:
        neuron = network.neurons[name]
        weighted = _sum(name, (weight * out[source] for source, weight in neuron.weights.items()))
        net[name] = weighted if neuron.input is None else neuron.input
        out[name] = neuron.activation(net[name])
    return net, out


def _propagate_back(network: Network, out: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Return the delta of each neuron."""
    delta: dict[str, Fraction] = {}
    for name in reversed(network.order):
        target = network.neurons[name].target
        own = Fraction(0) if target is None else target - out[name]
        propagated = (network.neurons[to].weights[name] * delta[to] for to in network.targets_of(name))
        delta[name] = _sum(name, chain([own], propagated))
    return delta


def update_weights(network: Network, step: Step) -> Network:
    """Return the network with the new weights of a step."""
    neurons = {
        name: neuron.model_copy(update={"weights": {source: step.weight[source, name] for source in neuron.weights}})
        for name, neuron in network.neurons.items()
    }
    return network.model_copy(update={"neurons": neurons})


def _sum(name: str, terms: Iterable[Fraction]) -> Fraction:
    """Return the sum of the terms, and name the neuron in the error if it has too many digits."""
    total = Fraction(0)
    for term in terms:
        total += term
        if max(total.numerator.bit_length(), total.denominator.bit_length()) > MAX_BITS:
            raise InputError(f"neuron {name}: a value has too many digits.", "Use shorter numbers.")
    return total

"""Steps of backpropagation in a network: forward pass, deltas and weight update.

delta_j = (t_j - o_j + sum_k w_jk delta_k) f'_j, where terms that do not exist are 0. `Network.delta` says what f' is;
it is 1 in exercise 4, and at an output with the cross-entropy. A weight changes by v_ij = eta o_i delta_j plus the
momentum times its previous change.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import cycle, islice

from lemma.errors import InputError
from lemma.exercises.tracing.activation import CONSTANT, PLACES, exp_of_minus, ln_of_1_plus
from lemma.exercises.tracing.network import BIAS, Edge, Instance, Network

MAX_BITS = 10_000  # of the numerator or denominator of a computed value
ZERO, ONE = Fraction(0), Fraction(1)

Values = Mapping[str, Fraction]  # by neuron
Weights = Mapping[Edge, Fraction]


@dataclass(frozen=True)
class Forward:
    """The net input and the output of each neuron for an instance, and the error; the output of `BIAS` is 1."""

    net: Values
    out: Values
    error: Fraction


@dataclass(frozen=True)
class Step:
    """All values of one update; `previous` and `change` are the changes of the weights by the last and this step."""

    instance: Instance
    forward: Forward
    slope: Values
    delta: Values
    before: Weights
    previous: Weights
    change: Weights
    after: Weights


def train(network: Network) -> Iterator[Step]:
    """Yield the steps, each for the next instance.

    Raises:
        InputError: If a value has too many digits.
    """
    weights: Weights = network.weights
    changes: Weights = dict.fromkeys(weights, ZERO)
    for instance in islice(cycle(network.samples), network.updates):
        step = _update(network, instance, weights, changes)
        yield step
        weights, changes = step.after, step.change


def propagate(network: Network, instance: Instance, weights: Weights) -> Forward:
    """Return the values of the forward pass.

    Raises:
        InputError: If a value has too many digits.
    """
    net: dict[str, Fraction] = {}
    out = {BIAS: ONE}
    for name in network.order:
        neuron = network.neurons[name]
        products = (weights[source, name] * out[source] for source in neuron.incoming)
        net[name] = _sum(network, name, products) if neuron.weights else instance.inputs[name]
        out[name] = neuron.activation(net[name] - neuron.threshold)
    errors = []
    for name, target in instance.targets.items():
        s = net[name] - network.neurons[name].threshold
        if network.loss == "squared":
            errors.append((target - out[name]) ** 2 / 2)
        else:  # -t ln o - (1 - t) ln(1 - o), written without the logarithm of 0
            errors.append(max(s, ZERO) - s * target + ln_of_1_plus(exp_of_minus(abs(s))))
    return Forward(net, out, _sum(network, ", ".join(instance.targets), errors))


def add_errors(network: Network, weights: Weights) -> Fraction:
    """Return the sum of the errors of all instances."""
    return _sum(network, "error", (propagate(network, instance, weights).error for instance in network.samples))


def _update(network: Network, instance: Instance, before: Weights, previous: Weights) -> Step:
    """Return all values of the step for an instance."""
    forward = propagate(network, instance, before)
    slope = {name: _slope(network, name, forward.out[name]) for name in network.order}
    delta = _propagate_back(network, instance, before, forward.out, slope)
    change, after = {}, {}
    for (source, name), weight in before.items():
        terms = network.eta * forward.out[source] * delta[name], network.momentum * previous[source, name]
        change[source, name] = _sum(network, name, terms)
        after[source, name] = _sum(network, name, [weight, change[source, name]])
    return Step(instance, forward, slope, delta, before, previous, change, after)


def _propagate_back(network: Network, instance: Instance, weights: Weights, out: Values, slope: Values) -> Values:
    """Return the delta of each neuron."""
    delta: dict[str, Fraction] = {}
    for name in reversed(network.order):
        own = [(instance.targets[name] - out[name]) * slope[name]] if name in instance.targets else []
        fed = (weights[name, to] * delta[to] * slope[name] for to in network.downstream[name])
        delta[name] = _sum(network, name, [*own, *fed])
    return delta


def _slope(network: Network, name: str, out: Fraction) -> Fraction:
    """Return the factor of a delta in place of the derivative of the activation."""
    activation = network.neurons[name].activation
    is_replaced = network.delta == "simplified" or (network.delta == "sheet" and activation in CONSTANT)
    has_cross_entropy = network.loss == "cross-entropy" and not network.downstream[name]  # the derivatives cancel
    return ONE if is_replaced or has_cross_entropy else activation.differentiate(out)


def _sum(network: Network, name: str, terms: Iterable[Fraction]) -> Fraction:
    """Return the sum of the terms, exact or rounded to `PLACES`, and name the neuron if it has too many digits."""
    total = ZERO
    for term in terms:
        total += term
        if max(total.numerator.bit_length(), total.denominator.bit_length()) > MAX_BITS:
            raise InputError(f"neuron {name}: a value has too many digits.", "Use shorter numbers, or the key digits.")
    return total if network.is_exact else round(total, PLACES)

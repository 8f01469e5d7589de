"""Feed-forward networks for training steps by hand (see `backpropagation`); docs/teaching.md lists all keys.

    eta: 1/10                     # learning rate
    neurons:
      x: {input: 1}
      h: {activation: sigmoid, weights: {x: -2}, bias: 0.5}
      y: {activation: sigmoid, weights: {h: 1/3, x: 1}, target: 0}

Numbers are exact: 0.1 equals 1/10.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, Literal, Self
from unicodedata import normalize

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from lemma.exercises.algebra.numbers import parse_number
from lemma.exercises.tracing.activation import INEXACT, Activation

MAX_CHARACTERS = 60  # of a number
MAX_LINES = 100_000  # of a trace
BIAS = ""  # the source of a bias, in place of a neuron
TARGET_KEYS = ("t", "target")  # in an instance, the target of the only output


def _exact(value: Any) -> Any:
    if isinstance(value, Fraction | int):
        return Fraction(value)
    if not isinstance(value, str):
        raise ValueError("expected a number: write it as -2, 0.1 or 1/10")
    if len(value) > MAX_CHARACTERS:
        raise ValueError(f"has {len(value)} characters: a number has at most {MAX_CHARACTERS}")
    return parse_number(value)


Edge = tuple[str, str]  # source and target neuron of a weight
Exact = Annotated[Fraction, BeforeValidator(_exact)]
Composed = BeforeValidator(lambda value: normalize("NFC", value) if isinstance(value, str) else value)
Name = Annotated[str, Composed, Field(pattern=r"^\w([\w₀-₉ .'′-]*[\w₀-₉'′])?$", max_length=40)]


class Neuron(BaseModel, frozen=True, extra="forbid", arbitrary_types_allowed=True):
    """A neuron that is an input or has weights from other neurons, by name.

    The activation is applied to the net input minus the threshold. A bias is trained, a threshold is not.
    """

    activation: Annotated[Activation, BeforeValidator(lambda value: str(value).lower())] = Activation.IDENTITY
    input: Exact | None = None
    weights: dict[Name, Exact] = {}
    bias: Exact | None = None
    threshold: Exact = Fraction(0)
    target: Exact | None = None

    @property
    def incoming(self) -> dict[str, Fraction]:
        """Return the weights and the bias by source."""
        return self.weights if self.bias is None else {**self.weights, BIAS: self.bias}


@dataclass(frozen=True)
class Instance:
    """A training instance: the net inputs of input neurons, and the targets."""

    inputs: Mapping[str, Fraction]
    targets: Mapping[str, Fraction]


class Network(BaseModel, frozen=True, extra="forbid", arbitrary_types_allowed=True):
    """A network with its training instances and the options of training.

    Attributes:
        instances: inputs and targets by neuron; they precede those that the neurons have.
        loss: squared: the sum of (t - o)^2 / 2; cross-entropy: the sum of -t ln o - (1 - t) ln(1 - o), for sigmoids.
        delta: the factor in the deltas for the derivative of the activation; sheet: the derivative, but 1 for step and
            sign, as in exercise 4; gradient: the derivative, 0 for step and sign; simplified: 1 for all neurons.
        steps: number of updates, each for the next instance; by default one for each instance.
        digits: decimals to print; if given, no value is exact.
    """

    eta: Annotated[Exact, Field(gt=0)]
    neurons: dict[Name, Neuron] = Field(min_length=1)
    instances: Annotated[list[dict[Name, Exact]], Field(min_length=1)] = [{}]
    loss: Literal["squared", "cross-entropy"] = "squared"
    delta: Literal["sheet", "gradient", "simplified"] = "sheet"
    momentum: Annotated[Exact, Field(ge=0, lt=1)] = Fraction(0)
    steps: Annotated[int, Field(ge=1)] | None = None
    digits: Annotated[int, Field(ge=1, le=40)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if mistake := next(_find_mistakes(self), ""):
            raise ValueError(mistake)
        return self

    @property
    def updates(self) -> int:
        """Return the number of updates."""
        return self.steps or len(self.instances)

    @cached_property
    def is_exact(self) -> bool:
        """Tell whether all values are exact fractions."""
        return self.digits is None and INEXACT.isdisjoint(neuron.activation for neuron in self.neurons.values())

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Return the neurons in topological order."""
        return tuple(
            TopologicalSorter({name: [*neuron.weights] for name, neuron in self.neurons.items()}).static_order()
        )

    @cached_property
    def weights(self) -> dict[Edge, Fraction]:
        """Return all weights and biases."""
        neurons = self.neurons.items()
        return {(source, name): weight for name, neuron in neurons for source, weight in neuron.incoming.items()}

    @cached_property
    def downstream(self) -> dict[str, list[str]]:
        """Return for each neuron those that have a weight from it."""
        downstream: dict[str, list[str]] = {name: [] for name in self.neurons}
        for name, neuron in self.neurons.items():
            for source in neuron.weights:
                downstream[source].append(name)
        return downstream

    @cached_property
    def samples(self) -> tuple[Instance, ...]:
        """Return the instances, completed by the inputs and targets of the neurons."""
        return tuple(map(self._complete, self.instances))

    def _complete(self, values: Mapping[str, Fraction]) -> Instance:
        inputs = {name: neuron.input for name, neuron in self.neurons.items() if neuron.input is not None}
        targets = {name: neuron.target for name, neuron in self.neurons.items() if neuron.target is not None}
        output, *others = (name for name, following in self.downstream.items() if not following)
        for key, value in values.items():
            name = output if key in TARGET_KEYS and key not in self.neurons and not others else key
            is_input = name in self.neurons and not self.neurons[name].weights
            (inputs if is_input else targets)[name] = value
        return Instance(inputs, targets)


def _find_mistakes(network: Network) -> Iterator[str]:
    """Yield contradictions and gaps of a network; each is found under the condition that there are none before."""
    neurons = network.neurons
    for name, neuron in neurons.items():
        if missing := neuron.weights.keys() - neurons.keys():
            source, known = min(missing), ", ".join(neurons)
            yield f"neuron {name} has a weight from {source}, but there is no neuron {source}; there are {known}"
        if neuron.weights and neuron.input is not None:
            yield f"neuron {name} has an input and weights: give one of them"
        if neuron.weights and "activation" not in neuron.model_fields_set:
            yield f"neuron {name} has no activation: choose one of {', '.join(Activation)}"
        if not neuron.weights and neuron.bias is not None:
            yield f"neuron {name} has a bias, but no weights"
    try:
        network.order  # noqa: B018 - evaluated for its error
    except CycleError as error:
        yield f"{' -> '.join(error.args[1])} is a cycle, and the network must be feed-forward"
    for number, instance in enumerate(network.samples, 1):
        place = f"instance {number}" if "instances" in network.model_fields_set else "the network"
        for name, neuron in neurons.items():
            if not neuron.weights and name not in instance.inputs:
                yield f"neuron {name} has no weights, and {place} has no input for it"
            if not network.downstream[name] and name not in instance.targets:
                yield f"neuron {name} feeds no other neuron, and {place} has no target for it"
        for name, target in instance.targets.items():
            if name not in neurons:
                yield f"{place} has a value of {name}, but there is no neuron {name}; there are {', '.join(neurons)}"
            is_output = neurons[name].activation is Activation.SIGMOID and not network.downstream[name]
            if network.loss == "cross-entropy" and not (is_output and 0 <= target <= 1):
                yield f"the cross-entropy needs sigmoid outputs with targets from 0 to 1; neuron {name} is not one"
    if network.updates * (len(neurons) + len(network.weights)) > MAX_LINES:
        yield f"{network.updates} steps fill more than {MAX_LINES:,} lines: ask for fewer steps"

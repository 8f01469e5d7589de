"""A feed-forward network described in YAML, and its forward pass, errors and update in exact numbers.

    eta: 1/10                     # step size
    neurons:
      1: {activation: sign, input: 1}
      2: {activation: sign, input: 1}
      3: {activation: sign, weights: {1: 1, 2: -2}}        # weights from neurons 1 and 2
      4: {activation: sign, weights: {3: -1}, target: -1}

Numbers are exact: 0.1 and 1/10 are the same tenth. A bias is an input that is always 1. The rules are exercise 4's:
delta_j = (t_j - o_j) + sum_k w_jk delta_k, where a part that does not exist is 0, and w_ij <- w_ij + eta o_i delta_j.
The step activations have no useful derivative; like the exercise they pass delta on as the identity does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from lemma.errors import InputError
from lemma.exercises.exact import parse_number
from lemma.params import yaml_reader

LONGEST = 60  # characters of a number
BITS = 10_000  # of a value that is worked out, above or below the line: nobody writes down more


def _exact(value: Any) -> Any:
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str):
        raise ValueError("expected a number: write it as -2, 0.1 or 1/10")
    if len(value) > LONGEST:
        raise ValueError(f"has {len(value)} characters: a number has at most {LONGEST}")
    return parse_number(value)


def _positive(value: Fraction) -> Fraction:
    if value <= 0:
        raise ValueError("must be above 0")
    return value


Exact = Annotated[Fraction, BeforeValidator(_exact)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]


class Activation(StrEnum):
    """What a neuron makes of its net input."""

    IDENTITY = "identity"
    STEP = "step"  # 1 from 0 upward, else 0
    SIGN = "sign"  # 1 from 0 upward, else -1

    def __call__(self, net: Fraction) -> Fraction:
        """Return the neuron's output."""
        if self is Activation.IDENTITY:
            return net
        return Fraction(1 if net >= 0 else 0 if self is Activation.STEP else -1)


class Neuron(BaseModel):
    """A neuron: either it is given an input, or it has weights from other neurons."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    activation: Activation
    input: Exact | None = None
    weights: dict[Name, Exact] = {}
    target: Exact | None = None

    @model_validator(mode="after")
    def _fed(self) -> Self:
        if self.input is None and not self.weights:
            raise ValueError("needs an `input` or `weights` from other neurons")
        if self.input is not None and self.weights:
            raise ValueError("has an `input` and `weights`: give one of them")
        return self


@dataclass(frozen=True)
class Pass:
    """All values of one step: net input, output and delta by neuron; new weight by (from, to)."""

    net: Mapping[str, Fraction]
    out: Mapping[str, Fraction]
    delta: Mapping[str, Fraction]
    weight: Mapping[tuple[str, str], Fraction]


class Network(BaseModel):
    """A network with its input, target and step size."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    eta: Annotated[Exact, AfterValidator(_positive)]
    neurons: dict[Name, Neuron] = Field(min_length=1)

    @model_validator(mode="after")
    def _connected(self) -> Self:
        known = ", ".join(self.neurons)
        for name, neuron in self.neurons.items():
            for source in neuron.weights:
                if source not in self.neurons:
                    raise ValueError(f"neurons.{name}.weights.{source}: there is no neuron {source}; there are {known}")
        try:
            self.order  # noqa: B018 - computed here for its error
        except CycleError as error:
            path = " -> ".join(error.args[1])
            raise ValueError(f"neurons: {path} is a cycle, and the network must be feed-forward") from None
        for name, neuron in self.neurons.items():
            if neuron.target is None and not self.targets_of(name):
                raise ValueError(f"neurons.{name}: feeds no other neuron and has no `target`, so nothing trains it")
        return self

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Return the neurons, each after those that feed it."""
        return tuple(
            TopologicalSorter({name: list(each.weights) for name, each in self.neurons.items()}).static_order()
        )

    def targets_of(self, source: str) -> list[str]:
        """Return the neurons that a neuron feeds."""
        return self._fed[source]

    @cached_property
    def _fed(self) -> dict[str, list[str]]:
        fed: dict[str, list[str]] = {name: [] for name in self.neurons}
        for name, neuron in self.neurons.items():
            for source in neuron.weights:
                fed[source].append(name)
        return fed

    def step(self) -> Pass:
        """Compute the forward pass, every delta and every new weight.

        Raises:
            InputError: a value has too many digits.
        """
        net: dict[str, Fraction] = {}
        out: dict[str, Fraction] = {}
        delta: dict[str, Fraction] = {}
        for name in self.order:
            neuron = self.neurons[name]
            fed = _total(name, (weight * out[source] for source, weight in neuron.weights.items()))
            net[name] = fed if neuron.input is None else neuron.input
            out[name] = neuron.activation(net[name])
        for name in reversed(self.order):
            target = self.neurons[name].target
            own = Fraction(0) if target is None else target - out[name]
            fed_back = (self.neurons[to].weights[name] * delta[to] for to in self.targets_of(name))
            delta[name] = _total(name, chain([own], fed_back))
        weight = {
            (source, name): _total(name, (old, self.eta * out[source] * delta[name]))
            for name, neuron in self.neurons.items()
            for source, old in neuron.weights.items()
        }
        return Pass(net, out, delta, weight)

    def updated(self) -> Self:
        """Return the network with the weights after one step."""
        new = self.step().weight
        neurons = {
            name: neuron.model_copy(update={"weights": {source: new[source, name] for source in neuron.weights}})
            for name, neuron in self.neurons.items()
        }
        return self.model_copy(update={"neurons": neurons})


def _total(name: str, terms: Iterable[Fraction]) -> Fraction:
    """Return the sum of what comes together at a neuron."""
    total = Fraction(0)
    for term in terms:
        total += term
        if max(total.numerator.bit_length(), total.denominator.bit_length()) > BITS:
            raise InputError(f"neuron {name}: a value has more digits than can be written.", "Write shorter numbers.")
    return total


def read_network(path: Path) -> Network:
    """Return the network described in a YAML file.

    Raises:
        InputError: the file is missing, is not YAML, or does not describe a feed-forward network; the message names
            the file and the key.
    """
    fix = "See resources/networks/exercise4.yaml for a network that works."
    try:
        return Network.model_validate(yaml_reader.read(path, yaml_reader.Strings))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", fix) from None
    except yaml_reader.PlainError as error:
        raise InputError(f"{path} is not YAML: {error}.", fix) from None
    except ValidationError as error:
        raise InputError("\n".join(f"{path}: {_complaint(each)}" for each in error.errors()), fix) from None


def _complaint(error: Any) -> str:
    """Return one mistake with its key, without pydantic's ornaments."""
    keys = [str(key) for key in error["loc"] if key != "[key]"]
    message = str(error["ctx"]["error"]) if "error" in error.get("ctx", {}) else error["msg"]
    return f"{'.'.join(keys)}: {message}" if keys else message

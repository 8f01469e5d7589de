"""Feed-forward networks described in YAML, for one step of backpropagation (see `backpropagation`).

    eta: 1/10                     # step size
    neurons:
      1: {activation: sign, input: 1}
      2: {activation: sign, input: 1}
      3: {activation: sign, weights: {1: 1, 2: -2}}        # weights from neurons 1 and 2
      4: {activation: sign, weights: {3: -1}, target: -1}

Numbers are exact: 0.1 equals 1/10. A bias is the weight of an input that is always 1.
"""

from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from lemma.errors import InputError
from lemma.exercises.algebra.numbers import parse_number
from lemma.params import yaml_reader

MAX_CHARACTERS = 60  # of a number


def _exact(value: Any) -> Any:
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str):
        raise ValueError("expected a number: write it as -2, 0.1 or 1/10")
    if len(value) > MAX_CHARACTERS:
        raise ValueError(f"has {len(value)} characters: a number has at most {MAX_CHARACTERS}")
    return parse_number(value)


def _positive(value: Fraction) -> Fraction:
    if value <= 0:
        raise ValueError("must be above 0")
    return value


Exact = Annotated[Fraction, BeforeValidator(_exact)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]


class Activation(StrEnum):
    """The activation function of a neuron."""

    IDENTITY = "identity"
    STEP = "step"  # 1 for net inputs >= 0, otherwise 0
    SIGN = "sign"  # 1 for net inputs >= 0, otherwise -1

    def __call__(self, net: Fraction) -> Fraction:
        """Return the output for a net input."""
        if self is Activation.IDENTITY:
            return net
        return Fraction(1 if net >= 0 else 0 if self is Activation.STEP else -1)


class Neuron(BaseModel):
    """A neuron with either an input or weights from other neurons."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    activation: Activation
    input: Exact | None = None
    weights: dict[Name, Exact] = {}
    target: Exact | None = None

    @model_validator(mode="after")
    def _check_inputs(self) -> Self:
        if self.input is None and not self.weights:
            raise ValueError("needs an `input` or `weights` from other neurons")
        if self.input is not None and self.weights:
            raise ValueError("has an `input` and `weights`: give one of them")
        return self


class Network(BaseModel):
    """A network with its inputs, targets and learning rate `eta`."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    eta: Annotated[Exact, AfterValidator(_positive)]
    neurons: dict[Name, Neuron] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_connections(self) -> Self:
        known = ", ".join(self.neurons)
        for name, neuron in self.neurons.items():
            for source in neuron.weights:
                if source not in self.neurons:
                    raise ValueError(f"neurons.{name}.weights.{source}: there is no neuron {source}; there are {known}")
        try:
            self.order  # noqa: B018 - evaluated for its error
        except CycleError as error:
            path = " -> ".join(error.args[1])
            raise ValueError(f"neurons: {path} is a cycle, and the network must be feed-forward") from None
        for name, neuron in self.neurons.items():
            if neuron.target is None and not self.targets_of(name):
                raise ValueError(
                    f"neurons.{name}: is connected to no other neuron and has no `target`, so it cannot be trained"
                )
        return self

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Return the neurons in topological order."""
        return tuple(
            TopologicalSorter({name: list(neuron.weights) for name, neuron in self.neurons.items()}).static_order()
        )

    def targets_of(self, source: str) -> list[str]:
        """Return the neurons directly downstream of a neuron."""
        return self._downstream[source]

    @cached_property
    def _downstream(self) -> dict[str, list[str]]:
        downstream: dict[str, list[str]] = {name: [] for name in self.neurons}
        for name, neuron in self.neurons.items():
            for source in neuron.weights:
                downstream[source].append(name)
        return downstream


def read_network(path: Path) -> Network:
    """Read a network from a YAML file.

    Raises:
        InputError: If the file is missing, is not YAML, or does not describe a feed-forward network; the message gives
            the file and the key.
    """
    fix = "See resources/networks/exercise4.yaml for a valid example."
    try:
        return Network.model_validate(yaml_reader.read(path, yaml_reader.Strings))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", fix) from None
    except yaml_reader.InvalidYamlError as error:
        raise InputError(f"{path} is not YAML: {error}.", fix) from None
    except ValidationError as error:
        raise InputError("\n".join(f"{path}: {_complaint(mistake)}" for mistake in error.errors()), fix) from None


def _complaint(error: Any) -> str:
    """Return one mistake with its key, without pydantic's ornaments."""
    keys = [str(key) for key in error["loc"] if key != "[key]"]
    message = str(error["ctx"]["error"]) if "error" in error.get("ctx", {}) else error["msg"]
    return f"{'.'.join(keys)}: {message}" if keys else message

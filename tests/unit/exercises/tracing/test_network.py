"""Training steps of networks: the values of exercise 4, and those of torch for random networks, units and losses."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.exercises.tracing.activation import Activation
from lemma.exercises.tracing.backpropagation import Step, train
from lemma.exercises.tracing.network import BIAS, Network
from lemma.exercises.tracing.network_file import read_network
from lemma.exercises.tracing.trace import format_trace

NETWORKS = Path(__file__).parents[4] / "resources" / "networks"
DIGITS = 1e-12
MODULES: dict[Activation, Any] = {
    Activation.LINEAR: lambda net: net,
    Activation.RELU: torch.relu,
    Activation.SIGMOID: torch.sigmoid,
    Activation.TANH: torch.tanh,
}
numbers = st.fractions(-2, 2, max_denominator=50)


def test_the_trace_shows_every_intermediate_value_of_exercise_4() -> None:
    lines = format_trace(read_network(NETWORKS / "exercise4.yaml")).splitlines()
    for expected in (
        "  neuron 6   net = (-1)·(-1) + 1·(-1) + 2·1 = 2   o = sign(2) = 1",
        "  neuron 6   delta = (-1 - 1) = -2",
        "  neuron 2   delta = (-2)·2 + 1·(-2) + 1·(-4) = -10",
        "  w 1 -> 4   -2 + 0.1·1·(-2) = -2.2",
        "  w 5 -> 6   2 + 0.1·1·(-2) = 1.8",
        "  neuron 6   net 2 -> 1.4   o 1 -> 1   target -1",
    ):
        assert expected in lines


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Draw inputs x0 and x1, layers of neurons with all weights, and several instances; the outputs are the last."""
    loss = draw(st.sampled_from(["squared", "cross-entropy"]))
    sizes = [2, *draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)), draw(st.integers(1, 2))]
    names = [[f"n{layer}-{place}" for place in range(size)] for layer, size in enumerate(sizes)]
    neurons: dict[str, Any] = {name: {} for name in names[0]}
    for sources, layer in pairwise(names):
        for name in layer:
            is_sigmoid = loss == "cross-entropy" and layer is names[-1]
            neurons[name] = {
                "activation": Activation.SIGMOID if is_sigmoid else draw(st.sampled_from([*MODULES])),
                "weights": {source: draw(numbers) for source in sources},
                "bias": draw(st.none() | numbers),
                "threshold": draw(numbers),
            }
    instance = st.fixed_dictionaries(
        dict.fromkeys(names[0], numbers) | {name: st.fractions(0, 1, max_denominator=9) for name in names[-1]}
    )
    return Network.model_validate(
        {
            "eta": draw(st.fractions(Fraction(1, 100), 1, max_denominator=100)),
            "momentum": draw(st.sampled_from(["0", "0.5", "0.9"])),
            "loss": loss,
            "steps": draw(st.integers(1, 5)),
            "instances": draw(st.lists(instance, min_size=1, max_size=3)),
            "neurons": neurons,
        }
    )


def train_in_torch(network: Network) -> list[dict[str, Any]]:
    """Return outputs, the error, deltas and new weights of each step, by torch.autograd and torch.optim.SGD."""
    weights = {
        edge: torch.tensor(float(value), dtype=torch.float64, requires_grad=True)
        for edge, value in network.weights.items()
    }
    optimizer = torch.optim.SGD(weights.values(), lr=float(network.eta), momentum=float(network.momentum))
    steps = []
    for number in range(network.updates):
        instance = network.instances[number % len(network.instances)]
        nets: dict[str, torch.Tensor] = {}
        outs: dict[str, torch.Tensor] = {}
        for name, neuron in network.neurons.items():  # they are drawn layer by layer
            net = torch.tensor(float(instance.get(name, 0)), dtype=torch.float64, requires_grad=True)
            if neuron.weights:
                net = sum((weights[source, name] * outs[source] for source in neuron.weights), torch.zeros(()))
                net = net + weights[BIAS, name] if neuron.bias is not None else net
            nets[name] = net
            net.retain_grad()
            outs[name] = MODULES.get(neuron.activation, MODULES[Activation.LINEAR])(net - float(neuron.threshold))
        losses = []
        for name in instance.keys() - {"n0-0", "n0-1"}:
            target = torch.tensor(float(instance[name]), dtype=torch.float64)
            if network.loss == "squared":
                losses.append((target - outs[name]) ** 2 / 2)
            else:
                losses.append(torch.nn.functional.binary_cross_entropy(outs[name], target))
        error = torch.stack(losses).sum()
        optimizer.zero_grad()
        error.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        steps.append(
            {
                "out": {name: out.item() for name, out in outs.items()},
                "delta": {name: 0.0 if net.grad is None else -net.grad.item() for name, net in nets.items()},
                "after": {edge: weight.item() for edge, weight in weights.items()},
                "error": error.item(),
            }
        )
    return steps


@settings(max_examples=60, deadline=None)
@given(networks())
def test_every_value_is_that_of_autograd_and_sgd_to_12_digits(network: Network) -> None:
    for step, expected in zip(train(network), train_in_torch(network), strict=True):
        out = {name: value for name, value in step.forward.out.items() if name != BIAS}
        for values, reference in ((out, "out"), (step.delta, "delta"), (step.after, "after")):
            computed = {key: float(value) for key, value in values.items()}
            assert computed == pytest.approx(expected[reference], rel=DIGITS, abs=DIGITS)
        assert float(step.forward.error) == pytest.approx(expected["error"], rel=DIGITS, abs=DIGITS)


def step_of(activation: str, **options: Any) -> Step:
    """Return the first step of a chain x -> h -> y of one activation, with the target 1 and weights 2 and 3."""
    neurons = {
        "x": {"input": "0.5"},
        "h": {"activation": activation, "weights": {"x": "2"}},
        "y": {"activation": activation, "weights": {"h": "3"}, "target": "1"},
    }
    return next(train(Network.model_validate({"eta": "0.1", "neurons": neurons, **options})))


def test_the_simplified_rule_takes_every_derivative_as_1() -> None:
    for activation in Activation:
        step = step_of(activation, delta="simplified")
        assert step.delta["y"] == 1 - step.forward.out["y"]
        assert step.delta["h"] == 3 * step.delta["y"]


@pytest.mark.parametrize("activation", ["step", "sign"])
def test_step_and_sign_learn_by_the_rule_of_the_sheet_and_not_by_the_gradient(activation: str) -> None:
    target = {"instances": [{"y": "-1"}]}
    assert step_of(activation, **target).delta["h"] == 3 * (-1 - 1)
    assert step_of(activation, delta="gradient", **target).delta["h"] == 0


def test_a_saturated_sigmoid_has_a_finite_error() -> None:
    step = step_of("sigmoid", instances=[{"x": "1000", "y": "0"}], loss="cross-entropy")
    assert 3 < step.forward.error < 4  # the output is sigmoid(3)
    assert step.slope["h"] == 0


def test_a_threshold_is_subtracted_from_the_net_input_and_not_trained() -> None:
    neurons = {
        "x": {"input": "1"},
        "y": {"activation": "step", "weights": {"x": "1"}, "threshold": "1.5", "target": "1"},
    }
    network = Network.model_validate({"eta": "1", "neurons": neurons, "steps": 2})
    first, second = train(network)
    assert [first.forward.net["y"], first.forward.out["y"], second.forward.net["y"]] == [1, 0, 2]
    assert "o = step(1 - 1.5) = 0" in format_trace(network)


def test_steps_take_the_instances_in_turn_and_by_default_once() -> None:
    network = read_network(NETWORKS / "xor.yaml")
    assert [step.instance for step in train(network)] == [*network.samples]
    text = format_trace(network)
    for number in range(1, 5):
        assert f"Step {number} of 4: instance {number}, x1 = " in text
    assert "Values are computed to 50 decimals and printed to 6." in text


def test_training_on_the_truth_table_of_xor_learns_it() -> None:
    network = read_network(NETWORKS / "xor.yaml", {"steps": "400"})
    last = [*train(network)][-4:]
    assert all(abs(step.forward.out["y"] - step.instance.targets["y"]) < Fraction(1, 10) for step in last)

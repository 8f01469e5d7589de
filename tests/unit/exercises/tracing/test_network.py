"""Networks in YAML: exact numbers, validation, and the rules of exercise 4 for any feed-forward network."""

from fractions import Fraction
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.errors import InputError
from lemma.exercises import ex4
from lemma.exercises.tracing.backpropagation import compute_step
from lemma.exercises.tracing.network import Network, read_network
from lemma.exercises.tracing.trace import trace_network

EXAMPLE = Path(__file__).parents[4] / "resources" / "networks" / "exercise4.yaml"


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_the_shipped_network_is_that_of_exercise_4() -> None:
    network = read_network(EXAMPLE)
    weights = {
        f"w_{{{source},{name}}}": weight
        for name, neuron in network.neurons.items()
        for source, weight in neuron.weights.items()
    }
    inputs = {f"x_{{{name}}}": network.neurons[name].input for name in ("1", "2")}
    assert weights | inputs | {"t": network.neurons["6"].target, r"\eta": network.eta} == ex4.GIVEN


def test_the_trace_shows_every_intermediate_value_of_exercise_4() -> None:
    lines = trace_network(EXAMPLE).splitlines()
    for expected in (
        "  neuron 6   net = (-1)·(-1) + 1·(-1) + 2·1 = 2   o = sign(2) = 1",
        "  neuron 6   delta = (-1 - 1) = -2",
        "  neuron 2   delta = (-2)·2 + 1·(-2) + 1·(-4) = -10",
        "  w 1 -> 4   -2 + 0.1·1·(-2) = -2.2",
        "  w 5 -> 6   2 + 0.1·1·(-2) = 1.8",
        "  neuron 6   net 2 -> 1.4   o 1 -> 1   target -1",
    ):
        assert expected in lines


def test_decimals_and_fractions_are_read_exactly(tmp_path: Path) -> None:
    first, second = "{activation: identity, input: 0.3}", "{activation: identity, weights: {1: 1/3}, target: 1}"
    texts = (f"eta: {eta}\nneurons: {{1: {first}, 2: {second}}}" for eta in ("0.1", "1/10"))
    decimal, fraction = (read_network(write(tmp_path / "network.yaml", text)) for text in texts)
    assert decimal == fraction
    assert compute_step(decimal).net["2"] == Fraction(1, 10)


INPUT = "1: {activation: sign, input: 1}"


@pytest.mark.parametrize(
    ("text", "key", "what"),
    [
        ("eta: 1", "neurons", "Field required"),
        (f"neurons: {{{INPUT}}}", "eta", "Field required"),
        (f"eta: 0\nneurons: {{{INPUT}}}", "eta", "above 0"),
        (f"eta: soon\nneurons: {{{INPUT}}}", "eta", "not a number"),
        (f"eta: 1\nrate: 1\nneurons: {{{INPUT}}}", "rate", "not permitted"),
        ("eta: 1\nneurons: {1: {activation: relu, input: 1}}", "neurons.1.activation", "'identity', 'step' or 'sign'"),
        ("eta: 1\nneurons: {1: {activation: sign, input: [1]}}", "neurons.1.input", "expected a number"),
        ("eta: 1\nneurons: {1: {activation: sign}}", "neurons.1", "needs an `input` or `weights`"),
        ("eta: 1\nneurons: {1: {activation: sign, input: 1, weights: {1: 1}}}", "neurons.1", "give one of them"),
        (
            f"eta: 1\nneurons: {{{INPUT}, 2: {{activation: sign, weights: {{7: 1}}, target: 0}}}}",
            "neurons.2.weights.7",
            "there are 1, 2",
        ),
        (
            f"eta: 1\nneurons: {{{INPUT}, 2: {{activation: sign, weights: {{1: x}}, target: 0}}}}",
            "neurons.2.weights.1",
            "not a number",
        ),
        (f"eta: 1\nneurons: {{{INPUT}}}", "neurons.1", "no `target`"),
        (f"eta: 1\nneurons: {{{INPUT}, {INPUT}}}", "'1' is given twice", "line 2"),
        ("eta: 1\nneurons: {? [1] : 2}", "a key must be a string or number", "line 2"),
        ("eta: [1", "not YAML", "line 1"),
        ("", "", "valid dictionary"),
    ],
)
def test_an_invalid_network_is_refused_with_file_and_key(tmp_path: Path, text: str, key: str, what: str) -> None:
    path = write(tmp_path / "network.yaml", text)
    with pytest.raises(InputError) as error:
        read_network(path)
    assert error.value.exit_code == 2
    line = next(line for line in (error.value.what + "\n").split("\n\n") if key in line)
    assert str(path) in line
    assert what in line


def test_a_cycle_is_shown_in_forward_direction(tmp_path: Path) -> None:
    ring = ", ".join(f"{a}: {{activation: sign, weights: {{{b}: 1}}, target: 1}}" for a, b in ("ba", "cb", "ac"))
    turns = "a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c"
    with pytest.raises(InputError, match=f"({turns}) is a cycle"):
        read_network(write(tmp_path / "ring.yaml", f"eta: 1\nneurons: {{{ring}}}"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_network(tmp_path / "absent.yaml")


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(-3, 3), min_size=6, max_size=6), min_size=1, max_size=1), st.integers(1, 5))
def test_deltas_of_identity_neurons_are_negative_gradients(weights: list[list[int]], target: int) -> None:
    """Compare with torch.autograd: inputs a and b, hidden neuron c, outputs d (inputs a, c) and e (inputs b, c)."""
    ac, bc, ad, cd, be, ce = weights[0]
    neurons = {
        "a": {"activation": "identity", "input": "2"},
        "b": {"activation": "identity", "input": "-3"},
        "c": {"activation": "identity", "weights": {"a": str(ac), "b": str(bc)}},
        "d": {"activation": "identity", "weights": {"a": str(ad), "c": str(cd)}, "target": str(target)},
        "e": {"activation": "identity", "weights": {"b": str(be), "c": str(ce)}, "target": "1/2"},
    }
    values = compute_step(Network.model_validate({"eta": "1", "neurons": neurons}))
    w = torch.tensor(weights[0], dtype=torch.float64, requires_grad=True)
    c = w[0] * 2 - w[1] * 3
    error = (target - (w[2] * 2 + w[3] * c)) ** 2 / 2 + (0.5 - (w[4] * -3 + w[5] * c)) ** 2 / 2
    (gradient,) = torch.autograd.grad(error, w)
    edges = [("a", "c"), ("b", "c"), ("a", "d"), ("c", "d"), ("b", "e"), ("c", "e")]
    moved = [float(values.weight[edge]) - old for edge, old in zip(edges, weights[0], strict=True)]
    assert moved == [-value for value in gradient.tolist()]

"""Network files: exact numbers, names in any script, and messages in the words of networks."""

import io
import sys
from fractions import Fraction
from pathlib import Path
from unicodedata import normalize

import pytest

from lemma.errors import InputError
from lemma.exercises import ex4
from lemma.exercises.tracing.backpropagation import train
from lemma.exercises.tracing.network import Network
from lemma.exercises.tracing.network_file import read_network
from lemma.exercises.tracing.notation import Text
from lemma.exercises.tracing.trace import compute_trace

EXAMPLE = Path(__file__).parents[4] / "resources" / "networks" / "exercise4.yaml"
INPUT = "1: {activation: sign, input: 1}"


def read(folder: Path, text: str, **options: str) -> Network:
    path = folder / "network.yaml"
    path.write_text(text, "utf-8")
    return read_network(path, options)


def test_the_shipped_network_is_that_of_exercise_4() -> None:
    network = read_network(EXAMPLE)
    weights = {f"w_{{{source},{name}}}": weight for (source, name), weight in network.weights.items()}
    inputs = {f"x_{{{name}}}": network.neurons[name].input for name in ("1", "2")}
    assert weights | inputs | {"t": network.neurons["6"].target, r"\eta": network.eta} == ex4.GIVEN


@pytest.mark.parametrize("third", ["1/3", "1 / 3", "+1/3", "10e-1/3"])
@pytest.mark.parametrize("tenth", ["0.1", "1/10", "1e-1", ".1", "1E-1"])
def test_numbers_are_read_exactly_in_any_usual_form(tmp_path: Path, third: str, tenth: str) -> None:
    first, second = "{input: 0.3}", f"{{activation: identity, weights: {{1: {third}}}, target: 1}}"
    network = read(tmp_path, f"eta: {tenth}\nneurons: {{1: {first}, 2: {second}}}")
    (step,) = train(network)
    assert network.eta == Fraction(1, 10)
    assert step.forward.net["2"] == Fraction(1, 10)


def test_names_may_be_greek_hyphenated_or_of_several_words(tmp_path: Path) -> None:
    composed = "έξοδος"
    decomposed = normalize("NFD", composed)
    assert composed != decomposed
    units = f"h-1: {{activation: sign, weights: {{x 1: 1}}}}, {composed}: {{activation: sign, weights: {{h-1: 1}}}}"
    network = read(tmp_path, f"eta: 1\ninstances: [{{x 1: 2, {decomposed}: 1}}]\nneurons: {{x 1: {{}}, {units}}}")
    assert network.order == ("x 1", "h-1", composed)
    assert network.samples[0].targets == {composed: 1}


def test_a_dash_stands_for_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(EXAMPLE.read_bytes())))
    assert read_network(Path("-")) == read_network(EXAMPLE)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"eta: 1")))
    with pytest.raises(InputError, match="standard input: the network has no neurons"):
        read_network(Path("-"))


def test_options_precede_the_file(tmp_path: Path) -> None:
    text = "eta: 1\nmomentum: 0.5\nneurons: {1: {input: 1, target: 1}}"
    assert read(tmp_path, text, momentum="0.9", steps="3").momentum == Fraction(9, 10)
    with pytest.raises(InputError, match=r"the network, loss: .*'squared' or 'cross-entropy'"):
        read(tmp_path, text, loss="hinge")


def test_an_instance_may_name_the_target_of_the_only_output_t(tmp_path: Path) -> None:
    neurons = "neurons: {x: {}, y: {activation: step, weights: {x: 1}}}"
    by_letter, by_name = (read(tmp_path, f"eta: 1\ninstances: [{{x: 2, {key}: 1}}]\n{neurons}") for key in "ty")
    assert by_letter.samples == by_name.samples


UNIT = "activation: sign, weights: {1: 1}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("eta: 1", "the network has no neurons"),
        ("eta: 1\nneurons: {}", "the network has no neurons"),
        (f"neurons: {{{INPUT}}}", "the network has no learning rate eta"),
        (f"eta: 0\nneurons: {{{INPUT}}}", "learning rate eta: it must be greater than 0"),
        (f"eta: soon\nneurons: {{{INPUT}}}", "learning rate eta: 'soon' is not a number"),
        (f"eta: 1\nrate: 1\nneurons: {{{INPUT}}}", "the network: Unknown key 'rate'"),
        (f"eta: 1\ndelta: x\nneurons: {{{INPUT}}}", "delta: it must be 'sheet', 'gradient' or 'simplified'."),
        (f"eta: 1\nsteps: two\nneurons: {{{INPUT}}}", "the network, steps: it must be a valid integer."),
        (f"eta: 1\nsteps: 0\nneurons: {{{INPUT}}}", "steps: it must be greater than or equal to 1"),
        (
            "eta: 1\nneurons: {1: {actvation: sign, input: 1}}",
            "neuron 1: Unknown key 'actvation'. Did you mean 'activa",
        ),
        ("eta: 1\nneurons: {1: {activation: softmax, input: 1}}", "neuron 1, activation: 'softmax' is unknown; choose"),
        ("eta: 1\nneurons: {1: {input: [1]}}", "neuron 1, input: expected a number"),
        ("eta: 1\nneurons: {1: 5}", "neuron 1: expected keys and values, such as {x1: 1}, got '5'"),
        ("eta: 1\nneurons: {$x: {input: 1}}", "'$x' is no name of a neuron"),
        ("eta: 1\nneurons: {1: {activation: sign}}", "neuron 1 has no weights, and the network has no input for it"),
        ("eta: 1\nneurons: {1: {input: 1, bias: 1}}", "neuron 1 has a bias, but no weights"),
        (f"eta: 1\nneurons: {{{INPUT}, 2: {{{UNIT}, input: 1}}}}", "neuron 2 has an input and weights"),
        (f"eta: 1\nneurons: {{{INPUT}, 2: {{weights: {{1: 1}}, target: 1}}}}", "neuron 2 has no activation"),
        (f"eta: 1\nneurons: {{{INPUT}, 2: {{{UNIT}}}}}", "neuron 2 feeds no other neuron, and the network has no targ"),
        (f"eta: 1\nneurons: {{{INPUT}, h: {{activation: sign, weights: {{1:}}}}}}", "neuron h has no weight from 1."),
        (
            f"eta: 1\nneurons: {{{INPUT}, h: {{activation: sign, weights: {{1: x}}}}}}",
            "neuron h, weight from 1: 'x' is",
        ),
        (
            f"eta: 1\nneurons: {{{INPUT}, h: {{activation: sign, weights: {{7: 1}}}}}}",
            "neuron h has a weight from 7, but there is no neuron 7; there are 1, h",
        ),
        (
            f"eta: 1\ninstances: [{{2: 1}}, {{}}]\nneurons: {{{INPUT}, 2: {{{UNIT}}}}}",
            "neuron 2 feeds no other neuron, and instance 2 has no target for it",
        ),
        (
            f"eta: 1\ninstances: [{{z: 1, 2: 1}}]\nneurons: {{{INPUT}, 2: {{{UNIT}}}}}",
            "instance 1 has a value of z, but there is no neuron z; there are 1, 2",
        ),
        (f"eta: 1\ninstances: [{{2: x}}]\nneurons: {{{INPUT}, 2: {{{UNIT}}}}}", "instance 1, value of 2: 'x' is not"),
        (
            f"eta: 1\nloss: cross-entropy\nneurons: {{{INPUT}, 2: {{{UNIT}, target: 1}}}}",
            "the cross-entropy needs sigmoid outputs with targets from 0 to 1; neuron 2 is not one",
        ),
        (f"eta: 1\nsteps: 99999\nneurons: {{{INPUT}, 2: {{{UNIT}, target: 1}}}}", "99999 steps fill more than"),
        (f"eta: 1\nneurons: {{{INPUT}, {INPUT}}}", "the key '1' is given twice, line 2"),
        ("eta: 1\nneurons: {? [1] : 2}", "a key must be a string or number, line 2"),
        (
            "eta: [1",
            "not YAML: while parsing a flow sequence: expected ',' or ']', but got '<stream end>', line 1",
        ),
        ("", "describes no network"),
    ],
)
def test_a_mistake_is_told_in_the_words_of_a_network(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert error.value.exit_code == 2
    assert message in error.value.what
    assert str(tmp_path / "network.yaml") in error.value.what
    assert "unicode string" not in error.value.what


def test_all_mistakes_of_single_values_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, "eta: x\nneurons: {1: {input: y}, 2: {activation: sine}}")
    assert len(error.value.what.splitlines()) == 3


def test_a_cycle_is_shown_in_forward_direction(tmp_path: Path) -> None:
    ring = ", ".join(f"{a}: {{activation: sign, weights: {{{b}: 1}}, target: 1}}" for a, b in ("ba", "cb", "ac"))
    turns = "a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c"
    with pytest.raises(InputError, match=f"({turns}) is a cycle"):
        read(tmp_path, f"eta: 1\nneurons: {{{ring}}}")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_network(tmp_path / "absent.yaml")


def test_inexact_values_are_printed_with_the_given_decimals(tmp_path: Path) -> None:
    text = "eta: 1/3\nneurons: {x: {input: 1}, y: {activation: linear, weights: {x: 1/3}, target: 1}}"
    exact, decimal = (compute_trace(read(tmp_path, text, **options), Text) for options in ({}, {"digits": "3"}))
    assert exact.steps[0][1][2].rows == [["w x -> y", "1/3 + 1/3·1·2/3 = 5/9"]]
    assert decimal.steps[0][1][2].rows == [["w x -> y", "0.333 + 0.333·1·0.667 = 0.556"]]
    assert "printed to 3" in decimal.precision
    assert Text(3).number(Fraction(-1, 12345)) == "-8.100e-5"

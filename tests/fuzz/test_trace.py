"""`lemma trace` computes a network from any file, or refuses it with a reason."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lemma.errors import LemmaError
from lemma.exercises.tracing.network_file import read_network
from lemma.exercises.tracing.trace import format_trace
from tests.fuzz.fuzzing import fuzz, mutated, survived

GOOD = (Path(__file__).parents[2] / "resources" / "networks" / "exercise4.yaml").read_bytes()
PIECES = (
    b"&a ",
    b"*a",
    b"<<: *a",
    b"1/0",
    b"-",
    b"{",
    b"[",
    b"? ",
    b"!!int x",
    b": ",
    b"9" * 50,
    b"1/3",
    b"\xff",
    b'"',
)
numbers = st.sampled_from(["1", "-2", "0.1", "1/3", "1/0", "1e5", "", "٣", "9" * 59, "9" * 5000, "0." + "9" * 50, "x"])
names = st.sampled_from(["1", "2", "3", "4", "a_b", "é", "", "a b", "$(x)"])


def _neuron() -> st.SearchStrategy[dict[str, Any]]:
    kinds = {
        "activation": st.sampled_from(["identity", "step", "sign", "relu", "Sigmoid", "tanh", "sine"]) | st.none(),
        "input": numbers,
        "weights": st.dictionaries(names, numbers, max_size=3),
        "target": numbers,
        "bias": numbers,
        "threshold": numbers,
        "other": st.none(),
    }
    return st.lists(st.sampled_from(sorted(kinds)), unique=True).flatmap(
        lambda chosen: st.fixed_dictionaries({"activation": kinds["activation"]} | {key: kinds[key] for key in chosen})
    )


def _trace(folder: Path, content: bytes) -> str | LemmaError:
    path = folder / "network.yaml"
    path.write_bytes(content)
    return survived("trace: network files", lambda: format_trace(read_network(path)))


@fuzz()
@given(content=mutated(st.just(GOOD), *PIECES))
def test_a_corrupted_network_is_computed_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    _trace(tmp_path_factory.getbasetemp(), content)


@fuzz()
@given(
    eta=numbers,
    neurons=st.dictionaries(names, _neuron(), max_size=5),
    options=st.fixed_dictionaries(
        {},
        optional={
            "momentum": numbers,
            "steps": numbers,
            "digits": numbers,
            "loss": st.sampled_from(["squared", "cross-entropy", "x"]),
            "delta": st.sampled_from(["sheet", "gradient", "simplified", ""]),
            "instances": st.lists(st.dictionaries(names, numbers, max_size=4), max_size=3),
        },
    ),
)
def test_any_neurons_are_computed_or_refused(
    tmp_path_factory: pytest.TempPathFactory, eta: str, neurons: dict[str, Any], options: dict[str, Any]
) -> None:
    content = yaml.safe_dump({"eta": eta, "neurons": neurons, **options}, allow_unicode=True).encode()
    _trace(tmp_path_factory.getbasetemp(), content)


@fuzz(0.5)
@given(content=st.binary(max_size=200) | st.text("{}[]:,-&*!?|>#%@`'\"\n 01ab<~/", max_size=80).map(str.encode))
def test_any_bytes_are_computed_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    _trace(tmp_path_factory.getbasetemp(), content)


def _chain(length: int, weight: str, activation: str = "identity") -> bytes:
    lines = ["eta: 1", "neurons:", f"  n0: {{activation: {activation}, input: 3}}"]
    lines += [
        f"  n{at}: {{activation: {activation}, weights: {{n{at - 1}: {weight}}}, target: 1}}" for at in range(1, length)
    ]
    return "\n".join(lines).encode()


HOSTILE = {
    "values that grow": (_chain(300, "9" * 59), "too many digits"),
    "fractions that grow": (_chain(300, "1/" + "7" * 50), "too many digits"),
    "a number of many digits": (_chain(3, "9" * 5000), "5000 characters"),
    "a cycle": (b"eta: 1\nneurons: {a: {activation: sign, weights: {a: 1}, target: 1}}", "is a cycle"),
    "50,000 brackets": (b"[" * 50_000, "nested too deeply"),
    "a megabyte": (b"#" * (1 << 20), "bytes"),
    "an alias in itself": (b"eta: &a [*a]", "a value that contains it"),
    "aliases of aliases": (
        "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9))]).encode(),
        "expand to too many values",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_network_is_refused_with_the_reason(tmp_path: Path, case: str) -> None:
    content, reason = HOSTILE[case]
    error = _trace(tmp_path, content)
    assert isinstance(error, LemmaError)
    assert reason in error.what


def test_a_long_chain_of_small_numbers_is_computed(tmp_path: Path) -> None:
    output = _trace(tmp_path, _chain(1500, "1", "sign"))
    assert isinstance(output, str)
    assert "neuron n1499" in output

"""Tests that the code in the docstrings of models computes the same as the fast implementation."""

import inspect
import textwrap
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d

from tests.unit.models.conftest import Build, pad_documents

DOCUMENTS = [[1], [5, 2, 9, 9, 4], [7, 3], [8, 1, 6, 2, 4, 3, 5, 11, 8]]
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("cnn", "cnn", {}),
    ("cnn", "cnn", {"kernel_sizes": [4]}),
    ("mlp", "mlp", {}),
    ("mlp", "mlp", {"hidden_sizes": []}),
    ("rnn", "rnn", {}),
    ("rnn", "rnn-gru", {}),
]


def docstring_function(owner: Any) -> Callable[..., Any]:
    """Return the function that the docstring of a module or class defines, after a line that ends in `::`."""
    documentation = inspect.getdoc(owner)
    assert documentation is not None
    start = documentation.index("::\n\n") + 4
    lines = documentation[start:].splitlines()
    end = next((number for number, line in enumerate(lines) if line and not line.startswith(" ")), len(lines))
    scope: dict[str, Any] = {"torch": torch, "conv1d": conv1d}
    exec(textwrap.dedent("\n".join(lines[:end])), scope)
    (name,) = scope.keys() - {"torch", "conv1d", "__builtins__"}
    function: Callable[..., Any] = scope[name]
    return function


@pytest.mark.parametrize(("module", "model", "changed"), CASES, ids=str)
def test_the_forward_pass_in_a_docstring_equals_the_network(
    checked: dict[str, ModuleType], build: Build, module: str, model: str, changed: dict[str, Any]
) -> None:
    forward, network = docstring_function(checked[module]), build(model, **changed)
    expected = torch.stack([forward(network, torch.tensor(document)) for document in DOCUMENTS])
    torch.testing.assert_close(network(*pad_documents(DOCUMENTS, extra=2)), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_the_step_in_a_cells_docstring_equals_the_cell(checked: dict[str, ModuleType], cell: str) -> None:
    torch.manual_seed(0)
    units, dim, gates = 3, 4, {"LSTM": 4, "GRU": 3}[cell]
    fast: Any = getattr(checked["cells"], cell)
    step = docstring_function(fast)
    input_weight, weight = (torch.randn(gates * units, size, dtype=torch.float64) for size in (dim, units))
    b, d = (torch.randn(size, dtype=torch.float64) for size in (gates * units, units))
    documents = [torch.randn(length, dim, dtype=torch.float64) for length in (5, 2)]
    vectors = nn.utils.rnn.pad_sequence(documents)  # (T, B, D)
    mask = nn.utils.rnn.pad_sequence([torch.ones(len(document), 1, dtype=torch.float64) for document in documents])
    biases = () if cell == "LSTM" else (d[None, None],)
    states = fast.apply((vectors @ input_weight.T + b)[None], weight[None], *biases, mask[None])[0]  # (T, B, H)
    for number, document in enumerate(documents):
        h, c = torch.zeros(2, units, dtype=torch.float64)
        for time, x in enumerate(document):
            if cell == "LSTM":
                h, c = step(x, h, c, input_weight, weight, b)
            else:
                h = step(x, h, input_weight, weight, b, d)
            torch.testing.assert_close(states[time, number], h, rtol=0, atol=1e-12)
        assert not states[len(document) :, number].any()


def test_an_incorrect_forward_pass_is_detected(checked: dict[str, ModuleType], build: Build) -> None:
    """A negative control: without padding, a filter is not applied at all offsets."""
    network = build("cnn")

    def forward(tokens: Tensor) -> Tensor:
        vectors = network.get_parameter("embedding.weight")[tokens].T
        maps: Any = network.get_submodule("filters")
        features = torch.cat([conv1d(vectors, conv.weight, conv.bias).amax(1).relu() for conv in maps])
        return network.get_submodule("output")(features)  # type: ignore[no-any-return]

    document = [5, 2, 9, 9, 4]
    assert not torch.allclose(network(*pad_documents([document]))[0], forward(torch.tensor(document)))

"""Comparison of the networks with independent implementations of the formulas in their papers."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from lemma.models.rnn import recurrence
from tests.unit.models.conftest import WORDS, Build, pad_documents

Array = NDArray[np.float64]
DOCUMENT = st.lists(st.integers(1, WORDS - 1), min_size=1, max_size=9)
REPEATED = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


def assert_close(actual: object, expected: object) -> None:
    torch.testing.assert_close(torch.as_tensor(actual), torch.as_tensor(expected), rtol=0, atol=1e-12)


def read_weights(network: nn.Module) -> dict[str, Array]:
    return {name: value.detach().numpy() for name, value in network.named_parameters()}


@REPEATED
@given(document=DOCUMENT)
def test_the_cnn_equals_the_formula_of_kim_2014(build: Build, document: list[int]) -> None:
    """Compare with c_i = f(w . x_(i:i+h-1) + b), pooled to max c_i, with h - 1 zero vectors at both ends."""
    network = build("cnn", kernel_sizes=[1, 3, 4])
    weights = read_weights(network)
    words = [weights["embedding.weight"][word] for word in document]
    pooled = []
    for index, width in enumerate((1, 3, 4)):
        zeros = [np.zeros(6)] * (width - 1)
        sentence = zeros + words + zeros
        for w, b in zip(weights[f"filters.{index}.weight"], weights[f"filters.{index}.bias"], strict=True):
            features = []
            for start in range(len(sentence) - width + 1):
                total = b
                for offset in range(width):
                    total = total + sum(w[d, offset] * sentence[start + offset][d] for d in range(6))
                features.append(max(total, 0.0))
            pooled.append(max(features))
    expected = weights["output.weight"] @ np.array(pooled) + weights["output.bias"]
    assert_close(network(*pad_documents([document], extra=3))[0], expected)


@REPEATED
@given(document=DOCUMENT)
def test_the_mlp_equals_its_layers_on_the_mean_word_vector(build: Build, document: list[int]) -> None:
    network = build("mlp", hidden_sizes=[7, 5])
    weights = read_weights(network)
    state = np.mean([weights["embedding.weight"][word] for word in document], axis=0)
    for layer in (0, 3):
        state = np.maximum(weights[f"head.{layer}.weight"] @ state + weights[f"head.{layer}.bias"], 0)
    expected = weights["head.6.weight"] @ state + weights["head.6.bias"]
    assert_close(network(*pad_documents([document], extra=2))[0], expected)


def test_an_mlp_without_hidden_layers_is_linear_in_the_mean(build: Build) -> None:
    network = build("mlp", hidden_sizes=[])
    weights = read_weights(network)
    mean = weights["embedding.weight"][[3, 3, 8]].mean(0)
    expected = weights["head.0.weight"] @ mean + weights["head.0.bias"]
    assert_close(network(*pad_documents([[3, 3, 8]]))[0], expected)


@REPEATED
@given(document=DOCUMENT)
def test_the_rnn_equals_lstm_cells_in_both_directions_without_padding(build: Build, document: list[int]) -> None:
    """Compute each direction with a unidirectional LSTM cell over the document without padding."""
    network = build("rnn", num_layers=1)
    weights = {name: value.detach() for name, value in network.named_parameters()}
    vectors = weights["embedding.weight"][document]
    pooled = []
    for suffix, sentence in (("", vectors), ("_reverse", vectors.flip(0))):
        cell = nn.LSTMCell(6, 5)
        cell.load_state_dict(
            {n: weights[f"recurrent.{n}_l0{suffix}"] for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        )
        state = torch.zeros(1, 5), torch.zeros(1, 5)
        states = []
        for vector in sentence:
            state = cell(vector[None], state)
            states.append(state[0][0])
        pooled.append(torch.stack(states).amax(0))
    expected = weights["output.weight"] @ torch.cat(pooled) + weights["output.bias"]
    longer = [*document, 1, 2, 3]
    assert_close(network(*pad_documents([document, longer], extra=2))[0], expected)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@REPEATED
@given(document=DOCUMENT)
def test_a_padded_multilayer_rnn_equals_torch_without_padding(build: Build, cell: str, document: list[int]) -> None:
    network = build("rnn", num_layers=2, cell=cell)
    states, _ = network.get_submodule("recurrent")(network.get_parameter("embedding.weight")[document][None])
    expected = network.get_submodule("output")(states[0].amax(0))
    assert_close(network(*pad_documents([document, [1] * 12]))[0], expected)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_gradients_of_a_recurrence_equal_those_of_torch(build: Build, cell: str) -> None:
    network = build("rnn", num_layers=2, cell=cell, dropout=0.0, embedding_dropout=0.0).train()
    batch, directions = [[1, 2, 3], [4], [5, 6, 7, 8, 1]], torch.randn(3, 10)
    layers = network.get_submodule("recurrent")
    vectors = network.get_parameter("embedding.weight")
    for document, direction in zip(batch, directions):
        states, _ = layers(vectors[document][None])
        (states[0].amax(0) @ direction).backward()
    parameters = dict(layers.named_parameters()) | {"vectors": vectors}
    expected = {name: weight.grad.clone() for name, weight in parameters.items() if weight.grad is not None}
    network.zero_grad()
    network.output = nn.Identity()
    pooled = network(*pad_documents(batch, extra=2))
    (pooled * directions).sum().backward()
    assert expected.keys() == parameters.keys()
    for name, weight in parameters.items():
        assert_close(weight.grad, expected[name])


@pytest.mark.parametrize("pooling", ["max", "attention"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_cuda_implementation_gives_the_same_states(
    build: Build, cell: str, pooling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = build("rnn", num_layers=2, cell=cell, pooling=pooling)
    batch = pad_documents([[1, 2, 3], [4], [5, 6, 7, 8, 1]], extra=2)
    expected = network(*batch)
    monkeypatch.setattr(recurrence, "_run_fused", recurrence._run_torch)
    assert_close(network(*batch), expected)


def test_attention_is_a_softmax_over_the_tokens_without_padding(build: Build) -> None:
    network = build("rnn", num_layers=1, pooling="attention")
    documents = [[1, 2, 3], [4], [5, 6, 7, 8, 1]]
    expected = []
    for document in documents:
        states, _ = network.get_submodule("recurrent")(network.get_parameter("embedding.weight")[document][None])
        attention = torch.softmax(network.get_submodule("score")(states[0])[:, 0], 0)
        expected.append(network.get_submodule("output")(attention @ states[0]))
    assert_close(network(*pad_documents(documents, extra=2)), torch.stack(expected))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_second_backward_pass_is_refused_as_gates_are_overwritten(build: Build, cell: str) -> None:
    loss = build("rnn", cell=cell)(*pad_documents([[1, 2, 3]])).sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()

"""The networks, computed once more from their papers' formulas by other means."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import nn

from lemma.models.rnn import recurrence
from tests.unit.models.conftest import WORDS, Build, padded

Array = NDArray[np.float64]
ONE = st.lists(st.integers(1, WORDS - 1), min_size=1, max_size=9)
REPEATED = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


def close(found: object, expected: object) -> None:
    torch.testing.assert_close(torch.as_tensor(found), torch.as_tensor(expected), rtol=0, atol=1e-12)


def weights(network: nn.Module) -> dict[str, Array]:
    return {name: value.detach().numpy() for name, value in network.named_parameters()}


@REPEATED
@given(document=ONE)
def test_the_cnn_is_kims_formula_window_by_window(build: Build, document: list[int]) -> None:
    """c_i = f(w . x_(i:i+h-1) + b), pooled to max c_i, over a sentence with h - 1 zero vectors at either end."""
    network = build("cnn", kernel_sizes=[1, 3, 4])
    held = weights(network)
    words = [held["embedding.weight"][word] for word in document]
    pooled = []
    for index, width in enumerate((1, 3, 4)):
        zeros = [np.zeros(6)] * (width - 1)
        sentence = zeros + words + zeros
        for w, b in zip(held[f"filters.{index}.weight"], held[f"filters.{index}.bias"], strict=True):
            features = []
            for start in range(len(sentence) - width + 1):
                total = b
                for place in range(width):
                    total = total + sum(w[d, place] * sentence[start + place][d] for d in range(6))
                features.append(max(total, 0.0))
            pooled.append(max(features))
    expected = held["output.weight"] @ np.array(pooled) + held["output.bias"]
    close(network(*padded([document], more=3))[0], expected)


@REPEATED
@given(document=ONE)
def test_the_mlp_is_the_mean_of_the_word_vectors_through_its_layers(build: Build, document: list[int]) -> None:
    network = build("mlp", hidden_sizes=[7, 5])
    held = weights(network)
    state = np.mean([held["embedding.weight"][word] for word in document], axis=0)
    for layer in (0, 3):
        state = np.maximum(held[f"head.{layer}.weight"] @ state + held[f"head.{layer}.bias"], 0)
    expected = held["head.6.weight"] @ state + held["head.6.bias"]
    close(network(*padded([document], more=2))[0], expected)


def test_an_mlp_without_hidden_layers_is_linear_in_the_mean(build: Build) -> None:
    network = build("mlp", hidden_sizes=[])
    held = weights(network)
    mean = held["embedding.weight"][[3, 3, 8]].mean(0)
    expected = held["head.0.weight"] @ mean + held["head.0.bias"]
    close(network(*padded([[3, 3, 8]]))[0], expected)


@REPEATED
@given(document=ONE)
def test_the_rnn_reads_backwards_from_the_last_word_and_not_from_padding(build: Build, document: list[int]) -> None:
    """Each direction by a one-directional LSTM cell, over the document alone, turned round by hand."""
    network = build("rnn", num_layers=1)
    held = {name: value.detach() for name, value in network.named_parameters()}
    vectors = held["embedding.weight"][document]
    pooled = []
    for suffix, sentence in (("", vectors), ("_reverse", vectors.flip(0))):
        cell = nn.LSTMCell(6, 5)
        cell.load_state_dict(
            {n: held[f"recurrent.{n}_l0{suffix}"] for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        )
        state = torch.zeros(1, 5), torch.zeros(1, 5)
        states = []
        for vector in sentence:
            state = cell(vector[None], state)
            states.append(state[0][0])
        pooled.append(torch.stack(states).amax(0))
    expected = held["output.weight"] @ torch.cat(pooled) + held["output.bias"]
    longer = [*document, 1, 2, 3]
    close(network(*padded([document, longer], more=2))[0], expected)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@REPEATED
@given(document=ONE)
def test_a_stacked_rnn_on_padding_is_the_librarys_on_the_document_alone(
    build: Build, cell: str, document: list[int]
) -> None:
    network = build("rnn", num_layers=2, cell=cell)
    alone, _ = network.get_submodule("recurrent")(network.get_parameter("embedding.weight")[document][None])
    expected = network.get_submodule("output")(alone[0].amax(0))
    close(network(*padded([document, [1] * 12]))[0], expected)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_gradients_of_a_recurrence_are_the_librarys(build: Build, cell: str) -> None:
    network = build("rnn", num_layers=2, cell=cell, dropout=0.0, embedding_dropout=0.0).train()
    batch, wanted = [[1, 2, 3], [4], [5, 6, 7, 8, 1]], torch.randn(3, 10)
    layers = network.get_submodule("recurrent")
    vectors = network.get_parameter("embedding.weight")
    for document, direction in zip(batch, wanted):
        states, _ = layers(vectors[document][None])
        (states[0].amax(0) @ direction).backward()
    weights = dict(layers.named_parameters()) | {"vectors": vectors}
    expected = {name: weight.grad.clone() for name, weight in weights.items() if weight.grad is not None}
    network.zero_grad()
    network.output = nn.Identity()
    found = network(*padded(batch, more=2))
    (found * wanted).sum().backward()
    assert expected.keys() == weights.keys()
    for name, weight in weights.items():
        close(weight.grad, expected[name])


@pytest.mark.parametrize("pooling", ["max", "attention"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_way_of_cuda_gives_the_same_states(
    build: Build, cell: str, pooling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = build("rnn", num_layers=2, cell=cell, pooling=pooling)
    batch = padded([[1, 2, 3], [4], [5, 6, 7, 8, 1]], more=2)
    own = network(*batch)
    monkeypatch.setattr(recurrence, "_run_fused", recurrence._run_torch)
    close(network(*batch), own)


def test_attention_is_the_softmax_of_scores_over_the_words_of_the_document_alone(build: Build) -> None:
    network = build("rnn", num_layers=1, pooling="attention")
    documents = [[1, 2, 3], [4], [5, 6, 7, 8, 1]]
    expected = []
    for document in documents:
        states, _ = network.get_submodule("recurrent")(network.get_parameter("embedding.weight")[document][None])
        weights = torch.softmax(network.get_submodule("score")(states[0])[:, 0], 0)
        expected.append(network.get_submodule("output")(weights @ states[0]))
    close(network(*padded(documents, more=2)), torch.stack(expected))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_second_backward_pass_is_refused_as_the_first_has_overwritten_the_gates(build: Build, cell: str) -> None:
    loss = build("rnn", cell=cell)(*padded([[1, 2, 3]])).sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()

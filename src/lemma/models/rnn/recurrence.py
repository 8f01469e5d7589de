"""Run bidirectional LSTM and GRU layers over a batch, with the weights and the results of `nn.LSTM` and `nn.GRU`.

On a CPU torch processes one document after another and multiplies every token with the input weights. Here the input
weights are multiplied with the distinct tokens of the batch once, and both directions take a time step together.

Shapes: T tokens of the longest document, B documents, H units of one direction, G gates, U distinct tokens,
D embedding dimension. Index 0 of dimension 2 is the forward direction, index 1 the backward direction.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import embedding, linear, pad

from lemma.models.rnn.cells import GRU, LSTM, StackedGRU, StackedLSTM

DIRECTION_SUFFIXES = ("", "_reverse")  # of the parameter names of `nn.LSTM` and `nn.GRU`
Rows = tuple[Int[Tensor, "T B"], Int[Tensor, "T B"]]  # row of the input vectors at each step, forward and backward


def reverse_time(lengths: Int[Tensor, "B"], mask: Bool[Tensor, "B T"]) -> Int[Tensor, "B T"]:
    """Return for each document its time steps in reverse order, then the padding in order."""
    time = torch.arange(mask.shape[1], device=mask.device)
    return torch.where(mask, lengths[:, None] - 1 - time, time)


def run_layers(
    layers: nn.LSTM | nn.GRU,
    vectors: Float[Tensor, "U D"],
    positions: Int[Tensor, "B T"],
    reversed_time: Int[Tensor, "B T"],
    mask: Bool[Tensor, "B T"],
    stacked: bool = False,
) -> Float[Tensor, "2 T B H"]:
    """Return the states of the last layer; 0 at padding.

    The backward states are in the order in which they are computed, from the last token of a document to its first.

    Args:
        layers: bidirectional, with biases.
        vectors: word vectors of the distinct tokens of the batch.
        positions: row of `vectors` for each token.
        reversed_time: from `reverse_time`.
        mask: True at tokens, False at padding.
        stacked: whether this runs under vmap.
    """
    step_mask = mask.T[None, ..., None].to(vectors.dtype)  # (1, T, B, 1)
    run_layer = _run_stacked if stacked else _run_torch if vectors.is_cuda else _run_fused
    states = run_layer(layers, 0, vectors, (positions.T, positions.gather(1, reversed_time).T), step_mask)
    for number in range(1, layers.num_layers):
        outputs = concatenate_directions(states, reversed_time)
        outputs = torch.dropout(outputs, layers.dropout, layers.training).flatten(0, 1)
        rows = torch.arange(len(outputs), device=positions.device).view(positions.T.shape)
        states = run_layer(layers, number, outputs, (rows, rows.gather(0, reversed_time.T)), step_mask)
    return states


def concatenate_directions(
    states: Float[Tensor, "2 T B H"], reversed_time: Int[Tensor, "B T"]
) -> Float[Tensor, "T B H2"]:
    """Return the forward and backward states of each token side by side, in the order of the document."""
    forward, backward = states.unbind(0)
    steps, batch, _ = forward.shape
    rows = reversed_time.T * batch + torch.arange(batch, device=reversed_time.device)
    in_order = backward.flatten(0, 1).index_select(0, rows.flatten()).view(steps, batch, -1)
    return torch.cat([forward, in_order], 2)


def _run_fused(
    layers: nn.LSTM | nn.GRU, number: int, vectors: Tensor, rows: Rows, step_mask: Tensor, stacked: bool = False
) -> Tensor:
    """Return the states of one layer, both directions in one pass: (2, T, B, H)."""
    is_lstm = isinstance(layers, nn.LSTM)
    weights = [_parameters(layers, number, suffix) for suffix in DIRECTION_SUFFIXES]
    units = layers.hidden_size
    input_weights = torch.cat([w_input for w_input, *_ in weights])
    # The biases of input and state are added once. Only the GRU's candidate applies that of the state separately.
    state_biases = [b_state if is_lstm else pad(b_state[: 2 * units], (0, units)) for *_, b_state in weights]
    biases = torch.cat([b_input + b_state for (_, _, b_input, _), b_state in zip(weights, state_biases)])
    products = linear(vectors, input_weights, biases).view(2 * len(vectors), -1)  # rows: forward, backward, forward, ..
    inputs = products.index_select(0, torch.stack([2 * rows[0], 2 * rows[1] + 1]).flatten())
    inputs = inputs.view(2, *rows[0].shape, -1).to(vectors.dtype)  # (2, T, B, GH)
    state_weights = torch.stack([w_state for _, w_state, *_ in weights])
    candidate_bias = () if is_lstm else (torch.stack([b_state[2 * units :] for *_, b_state in weights])[:, None],)
    cell = (StackedLSTM if is_lstm else StackedGRU) if stacked else LSTM if is_lstm else GRU
    states: Tensor = cell.apply(inputs, state_weights, *candidate_bias, step_mask)  # type: ignore[no-untyped-call]
    return states


def _run_stacked(layers: nn.LSTM | nn.GRU, number: int, vectors: Tensor, rows: Rows, step_mask: Tensor) -> Tensor:
    """Return the states of one layer for several runs, also on CUDA: cuDNN supports one set of weights at a time."""
    return _run_fused(layers, number, vectors, rows, step_mask, stacked=True)


def _run_torch(layers: nn.LSTM | nn.GRU, number: int, vectors: Tensor, rows: Rows, step_mask: Tensor) -> Tensor:
    """Return the states of one layer by `torch.lstm` or `torch.gru`, which is faster on CUDA.

    Each direction starts at step 0 and the padding comes last. A packed sequence would copy the lengths to the host
    and wait for them.
    """
    states = []
    for suffix, direction_rows in zip(DIRECTION_SUFFIXES, rows):
        weights = _parameters(layers, number, suffix)
        start = vectors.new_zeros(1, direction_rows.shape[1], weights[1].shape[1])
        # has_biases, num_layers, dropout, train, bidirectional, batch_first
        options = (weights, True, 1, 0.0, layers.training, False, False)
        if isinstance(layers, nn.LSTM):
            states.append(torch.lstm(embedding(direction_rows, vectors), (start, start), *options)[0])
        else:
            states.append(torch.gru(embedding(direction_rows, vectors), start, *options)[0])
    return torch.stack(states) * step_mask


def _parameters(layers: nn.LSTM | nn.GRU, number: int, suffix: str) -> list[Tensor]:
    """Return input weights, state weights, input biases and state biases of one direction of a layer."""
    return [getattr(layers, f"{name}_l{number}{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]

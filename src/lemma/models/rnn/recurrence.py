"""Recurrent layers on a CPU: LSTM and GRU in both directions at once.

The library's kernels take a document at a time and multiply every word with the input weights; here the products of a
batch's distinct words are made once, and both directions advance together. Weights are those of `nn.LSTM` and `nn.GRU`,
and so are the results.

Shapes: T words of the longest, B documents, H units of one direction, G gates, U distinct words.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import embedding, linear, pad

from lemma.models.rnn.cells import GRU, LSTM, StackedGRU, StackedLSTM

SUFFIXES = ("", "_reverse")  # of the names of the library's weights


def turned(lengths: Int[Tensor, "B"], mask: Bool[Tensor, "B T"]) -> Int[Tensor, "B T"]:
    """Return the places of each document in reverse; those past its end stay."""
    time = torch.arange(mask.shape[1], device=mask.device)
    return torch.where(mask, lengths[:, None] - 1 - time, time)


def run(
    layers: nn.LSTM | nn.GRU,
    vectors: Float[Tensor, "U D"],
    places: Int[Tensor, "B T"],
    reverse: Int[Tensor, "B T"],
    mask: Bool[Tensor, "B T"],
    stacked: bool = False,
) -> Float[Tensor, "2 T B H"]:
    """Return the states of the last layer, ahead and, from each document's last word on, behind; 0 past its end.

    Args:
        layers: bidirectional, with biases.
        vectors: of the distinct words of the batch.
        places: which of them stands where.
        reverse: the places in reverse order, as `turned` gives them.
        mask: where a document holds words.
        stacked: whether this is under vmap.
    """
    keep = mask.T[None, ..., None].to(vectors.dtype)  # (1, T, B, 1)
    layer = _stacked if stacked else _library if vectors.is_cuda else _own
    found = layer(layers, 0, vectors, (places.T, places.gather(1, reverse).T), keep)
    for number in range(1, layers.num_layers):
        states = torch.dropout(joined(found, reverse), layers.dropout, layers.training).flatten(0, 1)
        own = torch.arange(len(states), device=places.device).view(places.T.shape)
        found = layer(layers, number, states, (own, own.gather(0, reverse.T)), keep)
    return found


Ways = tuple[Int[Tensor, "T B"], Int[Tensor, "T B"]]  # which vectors stand where, ahead and behind


def _own(
    layers: nn.LSTM | nn.GRU, number: int, vectors: Tensor, ways: Ways, keep: Tensor, stacked: bool = False
) -> Tensor:
    """Return the states of a layer: (2, T, B, H)."""
    lstm = isinstance(layers, nn.LSTM)
    both = [_weights(layers, number, suffix) for suffix in SUFFIXES]
    units = layers.hidden_size
    w_in = torch.cat([w_in for w_in, *_ in both])
    biases = torch.cat(
        [b_in + (b_state if lstm else pad(b_state[: 2 * units], (0, units))) for _, _, b_in, b_state in both]
    )
    products = linear(vectors, w_in, biases).view(2 * len(vectors), -1)  # ahead and behind in turns
    inputs = products.index_select(0, torch.stack([2 * ways[0], 2 * ways[1] + 1]).flatten())
    inputs = inputs.view(2, *ways[0].shape, -1).to(vectors.dtype)  # (2, T, B, GH)
    weight = torch.stack([w_state for _, w_state, *_ in both])
    rest = () if lstm else (torch.stack([b_state[2 * units :] for *_, b_state in both])[:, None],)
    kind = (StackedLSTM if lstm else StackedGRU) if stacked else LSTM if lstm else GRU
    found: Tensor = kind.apply(inputs, weight, *rest, keep)  # type: ignore[no-untyped-call]
    return found


def _stacked(layers: nn.LSTM | nn.GRU, number: int, vectors: Tensor, ways: Ways, keep: Tensor) -> Tensor:
    """Return the same for several runs, on CUDA too: the library's kernels know one set of weights at a time."""
    return _own(layers, number, vectors, ways, keep, stacked=True)


def _library(layers: nn.LSTM | nn.GRU, number: int, vectors: Tensor, ways: Ways, keep: Tensor) -> Tensor:
    """Return the same by the library's kernels, one direction at a time: on CUDA they are the faster ones.

    Both directions start at a document's first step, so that padding comes after all that counts; a packed sequence
    would wait for the lengths on the host.
    """
    found = []
    for suffix, way in zip(SUFFIXES, ways):
        weights = _weights(layers, number, suffix)
        start = vectors.new_zeros(1, way.shape[1], weights[1].shape[1])
        how = (weights, True, 1, 0.0, layers.training, False, False)  # biases, layers, dropout, ..., batch first
        if isinstance(layers, nn.LSTM):
            found.append(torch.lstm(embedding(way, vectors), (start, start), *how)[0])
        else:
            found.append(torch.gru(embedding(way, vectors), start, *how)[0])
    return torch.stack(found) * keep


def _weights(layers: nn.LSTM | nn.GRU, number: int, suffix: str) -> list[Tensor]:
    return [getattr(layers, f"{name}_l{number}{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


def joined(found: Float[Tensor, "2 T B H"], reverse: Int[Tensor, "B T"]) -> Float[Tensor, "T B H2"]:
    """Return the states of both directions side by side, in the order of the words."""
    ahead, behind = found.unbind(0)
    size, batch, _ = ahead.shape
    rows = reverse.T * batch + torch.arange(batch, device=reverse.device)
    return torch.cat([ahead, behind.flatten(0, 1).index_select(0, rows.flatten()).view(size, batch, -1)], 2)

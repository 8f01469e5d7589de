"""Recurrent layers on a CPU: LSTM and GRU in both directions at once, with their gradients written out.

The library's kernels take a document at a time and multiply every word with the input weights; here the products of a
batch's distinct words are made once, both directions advance together, and the gradient of the recurrent weights is one
product for the whole batch. Weights are those of `nn.LSTM` and `nn.GRU`, and so are the results.

Shapes: T words of the longest, B documents, H units of one direction, G gates, U distinct words, W ways: the
directions, of each run if there are several. They come first, so that all products of one are one matrix.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.functional import embedding, linear

from lemma.models.layers import unstacked

SUFFIXES = ("", "_reverse")  # of the names of the library's weights


class LSTM(Function):
    """Hochreiter & Schmidhuber 1997, with forget gates."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, keep: Tensor) -> Tensor:
        """Return the states: (W, T, B, H); 0 past a document's end.

        Args:
            ctx: of autograd.
            inputs: (W, T, B, 4H) products with the input weights, and all biases, in the order i, f, g, o. The gates
                take their place: it must be nobody else's.
            weight: (W, H, 4H) recurrent weights.
            keep: (1 or W, T, B, 1) 1 where a document holds a word, else 0.
        """
        ways, size, batch, _ = inputs.shape
        units = weight.shape[1]
        states, cells = (inputs.new_zeros(ways, size + 1, batch, units) for _ in range(2))
        squashed = inputs.new_empty(ways, size, batch, units)
        state, cell = states.unbind(1), cells.unbind(1)
        each = (inputs, *inputs.chunk(4, -1), keep, squashed)
        for time, (now, i, f, g, o, kept, tanh) in enumerate(zip(*(part.unbind(1) for part in each))):
            now.baddbmm_(state[time], weight)
            g.mul_(2.0)  # tanh x = 2 sigmoid(2x) - 1, and a sigmoid takes a fifth of its time
            now.sigmoid_()
            g.mul_(2.0).sub_(1.0)
            torch.mul(f, cell[time], out=cell[time + 1]).addcmul_(i, g).mul_(kept)
            torch.mul(cell[time + 1], 2.0, out=tanh).sigmoid_().mul_(2.0).sub_(1.0)
            torch.mul(o, tanh, out=state[time + 1])
        ctx.save_for_backward(inputs, states, cells, squashed, weight, keep)
        return states[:, 1:]

    @staticmethod
    def backward(ctx: Any, wanted: Tensor) -> tuple[Tensor, Tensor, None]:
        """Return the gradients of inputs and recurrent weights."""
        gates, states, cells, squashed, weight, keep = ctx.saved_tensors
        i, f, g, o = gates.chunk(4, -1)
        through = torch.ops.aten.tanh_backward(o, squashed)  # of a state, to its cell
        grad = torch.empty_like(gates)  # before the walk back, what a cell or, in the last quarter, a state passes on
        of_i, of_f, of_g, of_o = grad.chunk(4, -1)
        torch.ops.aten.sigmoid_backward(g, i, grad_input=of_i)
        torch.ops.aten.sigmoid_backward(cells[:, :-1], f, grad_input=of_f)
        torch.ops.aten.tanh_backward(i, g, grad_input=of_g)
        torch.ops.aten.sigmoid_backward(squashed, o, grad_input=of_o)
        of_cell = grad.view(*grad.shape[:-1], 4, o.shape[-1])[..., :3, :]
        back = weight.transpose(1, 2).contiguous()
        state, cell = torch.zeros_like(states[:, 0]), torch.zeros_like(states[:, 0])
        each = (grad, of_cell, of_o, wanted, through, f, keep)
        parts = list(zip(*(part.unbind(1) for part in each)))
        for whole, from_cell, from_state, asked, way, forget, kept in reversed(parts):
            state = state.add_(asked)
            cell = cell.addcmul_(state, way).mul_(kept)
            from_cell.mul_(cell[:, :, None])
            from_state.mul_(state)
            cell = cell.mul_(forget)
            state = torch.bmm(whole, back)
        return grad, _recurrent(states[:, :-1], grad), None


class GRU(Function):
    """Cho et al. 2014, with the reset gate after the product, as in cuDNN."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, keep: Tensor) -> Tensor:
        """Return the states: (W, T, B, H); 0 past a document's end.

        Args:
            ctx: of autograd.
            inputs: (W, T, B, 3H) products with the input weights, in the order r, z, n.
            weight: (W, H, 3H) recurrent weights.
            bias: (W, 1, 3H) of the recurrent weights.
            keep: (1 or W, T, B, 1) 1 where a document holds a word, else 0.
        """
        ways, size, batch, _ = inputs.shape
        units = weight.shape[1]
        gates = torch.empty_like(inputs)
        products = inputs.new_empty(ways, size, batch, units)  # of the candidate, before the reset gate
        states = inputs.new_zeros(ways, size + 1, batch, units)
        for time in range(size):
            product = torch.baddbmm(bias, states[:, time], weight)
            now = gates[:, time]
            torch.add(inputs[:, time], product, out=now)
            now[..., : 2 * units].sigmoid_()
            r, z, n = now.chunk(3, -1)
            products[:, time] = product[..., 2 * units :]
            torch.addcmul(inputs[:, time, :, 2 * units :], r, products[:, time], out=n)
            n.tanh_()
            torch.lerp(n, states[:, time], z, out=states[:, time + 1]).mul_(keep[:, time])
        ctx.save_for_backward(gates, products, states, weight, keep)
        return states[:, 1:]

    @staticmethod
    def backward(ctx: Any, wanted: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return the gradients of inputs, recurrent weights and their bias."""
        gates, products, states, weight, keep = ctx.saved_tensors
        r, z, n = gates.chunk(3, -1)
        units = r.shape[-1]
        of_inputs, of_products = torch.empty_like(gates), torch.empty_like(gates)
        of_n, of_z, of_r = (1 - z) * (1 - n * n), (states[:, :-1] - n) * z * (1 - z), products * r * (1 - r)
        back = weight.transpose(1, 2).contiguous()
        state = torch.zeros_like(states[:, 0])
        for time in reversed(range(gates.shape[1])):
            state = (state + wanted[:, time]) * keep[:, time]
            d_r, d_z, d_n = of_inputs[:, time].chunk(3, -1)
            torch.mul(state, of_n[:, time], out=d_n)
            torch.mul(state, of_z[:, time], out=d_z)
            torch.mul(d_n, of_r[:, time], out=d_r)
            of_products[:, time, :, : 2 * units] = of_inputs[:, time, :, : 2 * units]
            torch.mul(d_n, r[:, time], out=of_products[:, time, :, 2 * units :])
            state = torch.baddbmm(state * z[:, time], of_products[:, time], back)
        return of_inputs, _recurrent(states[:, :-1], of_products), of_products.sum((1, 2))[:, None], None


class _Stacked(Function):
    """The layers of several runs as further ways of one; gradients take the way of what `vmap` calls."""

    alone: type[Function]

    @staticmethod
    def forward(*operands: Tensor) -> Tensor:
        raise NotImplementedError("only under vmap")

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @classmethod
    def vmap(cls, info: Any, in_dims: Any, *operands: Tensor) -> tuple[Tensor, int]:
        """Return the states of all runs, their dimension first."""
        inputs, *rest, keep = (found for found in unstacked(info.batch_size, in_dims, operands) if found is not None)
        runs, ways = inputs.shape[:2]
        flat = [operand.flatten(0, 1) for operand in (inputs, *rest, keep.expand(-1, ways, -1, -1, -1))]
        found: Tensor = cls.alone.apply(*flat)  # type: ignore[no-untyped-call]
        return found.view(runs, ways, *found.shape[1:]), 0


class StackedLSTM(_Stacked):
    """LSTMs of several runs, under vmap."""

    alone = LSTM


class StackedGRU(_Stacked):
    """GRUs of several runs, under vmap."""

    alone = GRU


def _recurrent(states: Tensor, grad: Tensor) -> Tensor:
    """Return the gradients of the recurrent weights: (W, H, GH)."""
    return states.flatten(1, 2).transpose(1, 2) @ grad.flatten(1, 2)


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
        each = torch.arange(places.numel(), device=places.device).view(places.shape)
        found = layer(layers, number, states, (each.T, each.gather(1, reverse).T), keep)
    return found


Ways = tuple[Int[Tensor, "T B"], Int[Tensor, "T B"]]  # which vectors stand where, ahead and behind


def _own(
    layers: nn.LSTM | nn.GRU, number: int, vectors: Tensor, ways: Ways, keep: Tensor, stacked: bool = False
) -> Tensor:
    """Return the states of a layer: (2, T, B, H)."""
    lstm = isinstance(layers, nn.LSTM)
    both = [_weights(layers, number, suffix) for suffix in SUFFIXES]
    products = [linear(vectors, w_in, b_in + b_state if lstm else b_in) for w_in, _, b_in, b_state in both]
    inputs = embedding(torch.stack([ways[0], ways[1] + len(vectors)]), torch.cat(products)).to(
        vectors.dtype
    )  # (2, T, B, GH)
    weight = torch.stack([w_state.T for _, w_state, _, _ in both])
    rest = () if lstm else (torch.stack([b_state for _, _, _, b_state in both])[:, None],)
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


def joined(found: Float[Tensor, "2 T B H"], reverse: Int[Tensor, "B T"]) -> Float[Tensor, "B T H2"]:
    """Return the states of both directions side by side, in the order of the words."""
    ahead, behind = found.transpose(1, 2)
    return torch.cat([ahead, behind.gather(1, reverse[..., None].expand_as(behind))], 2)

"""Recurrent layers on a CPU: LSTM and GRU in both directions at once, with their gradients written out.

The library's kernels take a document at a time and multiply every word with the input weights; here the products of a
batch's distinct words are made once, both directions advance together, and the gradient of the recurrent weights is one
product for the whole batch. Weights are those of `nn.LSTM` and `nn.GRU`, and so are the results.

Shapes: T words of the longest, B documents, H units of one direction, G gates, U distinct words.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.functional import embedding


class LSTM(Function):
    """Hochreiter & Schmidhuber 1997, with forget gates."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, keep: Tensor) -> Tensor:
        """Return the states: (T, 2, B, H).

        Args:
            ctx: of autograd.
            inputs: (T, 2, B, 4H) products with the input weights, in the order i, f, g, o.
            weight: (2, H, 4H) recurrent weights.
            bias: (2, 1, 4H) of the recurrent weights.
            keep: (T, 1, B, 1) 1 where a document holds a word, else 0.
        """
        size, batch, units = len(inputs), inputs.shape[2], weight.shape[1]
        gates = inputs + bias
        states, cells = (inputs.new_zeros(size + 1, 2, batch, units) for _ in range(2))
        squashed = inputs.new_empty(size, 2, batch, units)
        for time in range(size):
            now = gates[time]
            torch.baddbmm(now, states[time], weight, out=now)
            now[..., : 2 * units].sigmoid_()
            now[..., 2 * units : 3 * units].tanh_()
            now[..., 3 * units :].sigmoid_()
            i, f, g, o = now.chunk(4, -1)
            cell = torch.mul(f, cells[time], out=cells[time + 1])
            cell.addcmul_(i, g).mul_(keep[time])
            torch.mul(o, torch.tanh(cell, out=squashed[time]), out=states[time + 1])
        ctx.save_for_backward(gates, states, cells, squashed, weight, keep)
        return states[1:]

    @staticmethod
    def backward(ctx: Any, wanted: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return the gradients of inputs, recurrent weights and their bias."""
        gates, states, cells, squashed, weight, keep = ctx.saved_tensors
        i, f, g, o = gates.chunk(4, -1)
        grad = torch.empty_like(gates)
        through = o * (1 - squashed * squashed)  # of a state, to its cell
        of_i, of_f, of_g = g * i * (1 - i), cells[:-1] * f * (1 - f), i * (1 - g * g)
        of_o = squashed * o * (1 - o)
        back = weight.transpose(1, 2).contiguous()
        state, cell = torch.zeros_like(states[0]), torch.zeros_like(states[0])
        for time in reversed(range(len(gates))):
            state = state + wanted[time]
            cell = torch.addcmul(cell, state, through[time]).mul_(keep[time])
            d_i, d_f, d_g, d_o = grad[time].chunk(4, -1)
            torch.mul(cell, of_i[time], out=d_i)
            torch.mul(cell, of_f[time], out=d_f)
            torch.mul(cell, of_g[time], out=d_g)
            torch.mul(state, of_o[time], out=d_o)
            cell = cell * f[time]
            state = torch.bmm(grad[time], back)
        return grad, *_recurrent(states[:-1], grad), None


class GRU(Function):
    """Cho et al. 2014, with the reset gate after the product, as in cuDNN."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, keep: Tensor) -> Tensor:
        """Return the states: (T, 2, B, H).

        Args:
            ctx: of autograd.
            inputs: (T, 2, B, 3H) products with the input weights, in the order r, z, n.
            weight: (2, H, 3H) recurrent weights.
            bias: (2, 1, 3H) of the recurrent weights.
            keep: (T, 1, B, 1) 1 where a document holds a word, else 0.
        """
        size, batch, units = len(inputs), inputs.shape[2], weight.shape[1]
        gates = torch.empty_like(inputs)
        products = inputs.new_empty(size, 2, batch, units)  # of the candidate, before the reset gate
        states = inputs.new_zeros(size + 1, 2, batch, units)
        for time in range(size):
            product = torch.baddbmm(bias, states[time], weight)
            now = gates[time]
            torch.add(inputs[time], product, out=now)
            now[..., : 2 * units].sigmoid_()
            r, z, n = now.chunk(3, -1)
            products[time] = product[..., 2 * units :]
            torch.addcmul(inputs[time, ..., 2 * units :], r, products[time], out=n)
            n.tanh_()
            torch.lerp(n, states[time], z, out=states[time + 1]).mul_(keep[time])
        ctx.save_for_backward(gates, products, states, weight, keep)
        return states[1:]

    @staticmethod
    def backward(ctx: Any, wanted: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return the gradients of inputs, recurrent weights and their bias."""
        gates, products, states, weight, keep = ctx.saved_tensors
        r, z, n = gates.chunk(3, -1)
        units = r.shape[-1]
        of_inputs, of_products = torch.empty_like(gates), torch.empty_like(gates)
        of_n, of_z, of_r = (1 - z) * (1 - n * n), (states[:-1] - n) * z * (1 - z), products * r * (1 - r)
        back = weight.transpose(1, 2).contiguous()
        state = torch.zeros_like(states[0])
        for time in reversed(range(len(gates))):
            state = (state + wanted[time]) * keep[time]
            d_r, d_z, d_n = of_inputs[time].chunk(3, -1)
            torch.mul(state, of_n[time], out=d_n)
            torch.mul(state, of_z[time], out=d_z)
            torch.mul(d_n, of_r[time], out=d_r)
            of_products[time, ..., : 2 * units] = of_inputs[time, ..., : 2 * units]
            torch.mul(d_n, r[time], out=of_products[time, ..., 2 * units :])
            state = torch.baddbmm(state * z[time], of_products[time], back)
        return of_inputs, *_recurrent(states[:-1], of_products), None


def _recurrent(states: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of the recurrent weights, (2, H, GH), and of their bias, (2, 1, GH)."""
    flat = grad.transpose(0, 1).flatten(1, 2)  # (2, T * B, GH)
    return states.permute(1, 3, 0, 2).flatten(2) @ flat, flat.sum(1, keepdim=True)


CELLS = {"LSTM": LSTM, "GRU": GRU}


def run(
    layers: nn.LSTM | nn.GRU,
    vectors: Float[Tensor, "U D"],
    places: Int[Tensor, "B T"],
    lengths: Int[Tensor, "B"],
    mask: Bool[Tensor, "B T"],
) -> Float[Tensor, "B T H2"]:
    """Return the states of both directions, side by side, of the last layer; what stands past a document's end is 0.

    Args:
        layers: bidirectional, with biases.
        vectors: of the distinct words of the batch.
        places: which of them stands where.
        lengths: words of each document.
        mask: where a document holds words.
    """
    longest = places.shape[1]
    time = torch.arange(longest, device=places.device)
    turned = torch.where(mask, lengths[:, None] - 1 - time, time)  # (B, T): the reverse of each document, in place
    keep = mask.T[:, None, :, None].to(vectors.dtype)
    cell = CELLS[type(layers).__name__]
    states = vectors  # of the layer below
    for layer in range(layers.num_layers):
        ahead, behind = (
            [getattr(layers, f"{name}_l{layer}{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            for suffix in ("", "_reverse")
        )
        into = [states @ weights[0].T + weights[2] for weights in (ahead, behind)]
        if layer == 0:
            both = torch.stack(into, 1).flatten(0, 1)  # (U * 2, GH)
            order = torch.stack([2 * places, 2 * places.gather(1, turned) + 1])  # (2, B, T)
            inputs = embedding(order.permute(2, 0, 1), both)
        else:
            back = into[1].gather(1, turned[..., None].expand_as(into[1]))
            inputs = torch.stack([into[0], back], 1).permute(2, 1, 0, 3)
        weight = torch.stack([ahead[1].T, behind[1].T])
        bias = torch.stack([ahead[3], behind[3]])[:, None]
        found: Tensor = cell.apply(inputs, weight, bias, keep)  # type: ignore[no-untyped-call]
        first, second = (found * keep).permute(1, 2, 0, 3)  # (B, T, H) each
        second = second.gather(1, turned[..., None].expand_as(second))
        states = torch.cat([first, second], 2)
        if layer + 1 < layers.num_layers:
            states = torch.dropout(states, layers.dropout, layers.training)
    return states

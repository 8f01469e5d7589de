"""LSTM and GRU from word to word, all ways in one, with their gradients written out.

The gradient of the recurrent weights is one product for the whole batch.

Shapes: T words of the longest, B documents, H units of one direction, G gates, W ways: the directions, of each run if
there are several. They come first, so that all products of one are one matrix.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from lemma.models.layers import unstacked


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

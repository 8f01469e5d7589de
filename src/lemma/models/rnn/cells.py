"""LSTM and GRU from word to word, all ways in one, with their gradients written out.

The gradient of the recurrent weights is one product for the whole batch.

Shapes: T words of the longest, B documents, H units of one direction, G gates, W ways: the directions, of each run if
there are several. They come first, so that all products of one are one matrix.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from lemma.models.shared.layers import unstacked

sigmoid_backward, tanh_backward = torch.ops.aten.sigmoid_backward.grad_input, torch.ops.aten.tanh_backward.grad_input


class LSTM(Function):
    """Hochreiter & Schmidhuber 1997, with forget gates."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, keep: Tensor) -> Tensor:
        """Return the states: (W, T, B, H); 0 past a document's end.

        Args:
            ctx: of autograd.
            inputs: (W, T, B, 4H) products with the input weights, and all biases, in the order i, f, g, o. Overwritten
                by the gates.
            weight: (W, 4H, H) recurrent weights.
            keep: (1 or W, T, B, 1) 1 where a document holds a word, else 0.
        """
        ways, size, batch, _ = inputs.shape
        units, forward = weight.shape[2], _transposed(weight)
        states, cells = (_allocate_states(inputs, ways, size, batch, units) for _ in range(2))
        squashed = inputs.new_empty(ways, size, batch, units)
        shortest = _shortest(keep)
        state, cell = states.unbind(1), cells.unbind(1)
        input_forget, (i, f, g, o) = inputs[..., : 2 * units], inputs.chunk(4, -1)
        steps = (inputs, input_forget, i, f, g, o, keep, squashed)
        for time, (now, i_f, i, f, g, o, kept, tanh) in enumerate(zip(*(part.unbind(1) for part in steps))):
            now.baddbmm_(state[time], forward)
            i_f.sigmoid_()
            o.sigmoid_()
            g.tanh_()
            torch.mul(f, cell[time], out=cell[time + 1]).addcmul_(i, g)
            if time >= shortest:
                cell[time + 1].mul_(kept)
            torch.tanh(cell[time + 1], out=tanh)
            torch.mul(o, tanh, out=state[time + 1])
        ctx.save_for_backward(inputs, states, cells, squashed, weight, keep)
        ctx.shortest = shortest
        return states[:, 1:]

    @staticmethod
    def backward(ctx: Any, grad_outputs: Tensor) -> tuple[Tensor, Tensor, None]:
        """Return the gradients of inputs and recurrent weights; the former overwrite the gates."""
        gates, states, cells, squashed, weight, keep = ctx.saved_tensors
        # Per step and in place: a pass over all steps leaves the cache.
        cell, next_cell, scratch = (torch.zeros_like(states[:, 0]) for _ in range(3))
        grad = None
        steps = (gates, *gates.chunk(4, -1), cells[:, :-1], squashed, grad_outputs, keep)
        parts = list(zip(*(part.unbind(1) for part in steps)))
        for time, (now, i, f, g, o, before, tanh, grad_output, kept) in reversed(list(enumerate(parts))):
            state = grad_output if grad is None else torch.baddbmm(grad_output, grad, weight)
            tanh_backward(torch.mul(state, o, out=scratch), tanh, grad_input=scratch)
            cell.add_(scratch)
            if time >= ctx.shortest:
                cell.mul_(kept)
            sigmoid_backward(torch.mul(state, tanh, out=scratch), o, grad_input=o)
            torch.mul(cell, f, out=next_cell)
            sigmoid_backward(torch.mul(cell, before, out=scratch), f, grad_input=f)
            torch.mul(cell, i, out=scratch)
            sigmoid_backward(cell.mul_(g), i, grad_input=i)
            tanh_backward(scratch, g, grad_input=g)
            cell, next_cell, grad = next_cell, cell, now
        return gates, _recurrent(states[:, :-1], gates), None


class GRU(Function):
    """Cho et al. 2014, with the reset gate after the product, as in cuDNN."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, keep: Tensor) -> Tensor:
        """Return the states: (W, T, B, H); 0 past a document's end.

        Args:
            ctx: of autograd.
            inputs: (W, T, B, 3H) products with the input weights, and the biases of r and z and the input's of n, in
                the order r, z, n. Overwritten by the gates.
            weight: (W, 3H, H) recurrent weights.
            bias: (W, 1, H) of the recurrent weights of n.
            keep: (1 or W, T, B, 1) 1 where a document holds a word, else 0.
        """
        ways, size, batch, _ = inputs.shape
        units, forward = weight.shape[2], _transposed(weight)
        to_gates, to_candidate = forward[..., : 2 * units], forward[..., 2 * units :]
        states = _allocate_states(inputs, ways, size, batch, units)
        products = inputs.new_empty(ways, size, batch, units)  # of the candidate, before the reset gate
        shortest = _shortest(keep)
        state = states.unbind(1)
        reset_update, (r, z, n) = inputs[..., : 2 * units], inputs.chunk(3, -1)
        steps = (reset_update, r, z, n, products, keep)
        for time, (gates, r, z, n, product, kept) in enumerate(zip(*(part.unbind(1) for part in steps))):
            gates.baddbmm_(state[time], to_gates).sigmoid_()
            torch.baddbmm(bias, state[time], to_candidate, out=product)
            n.addcmul_(r, product).tanh_()
            torch.lerp(n, state[time], z, out=state[time + 1])
            if time >= shortest:
                state[time + 1].mul_(kept)
        ctx.save_for_backward(inputs, products, states, weight, keep)
        ctx.shortest = shortest
        return states[:, 1:]

    @staticmethod
    def backward(ctx: Any, grad_outputs: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return the gradients of inputs, recurrent weights and their bias; the first overwrite the gates."""
        gates, products, states, weight, keep = ctx.saved_tensors
        units = weight.shape[2]
        of_gates, of_candidate = weight[:, : 2 * units], weight[:, 2 * units :]
        reset_update = gates[..., : 2 * units]
        state, carried, scratch = (torch.zeros_like(states[:, 0]) for _ in range(3))
        steps = (reset_update, *gates.chunk(3, -1), products, states[:, :-1], grad_outputs, keep)
        parts = list(zip(*(part.unbind(1) for part in steps)))
        for time, (now, r, z, n, product, before, grad_output, kept) in reversed(list(enumerate(parts))):
            state.add_(grad_output)
            if time >= ctx.shortest:
                state.mul_(kept)
            torch.mul(state, z, out=carried)
            sigmoid_backward(torch.sub(before, n, out=scratch).mul_(state), z, grad_input=z)
            tanh_backward(state.sub_(carried), n, grad_input=n)
            torch.mul(n, product, out=scratch)
            torch.mul(n, r, out=product)
            sigmoid_backward(scratch, r, grad_input=r)
            carried.baddbmm_(now, of_gates).baddbmm_(product, of_candidate)
            state, carried = carried, state
        before = states[:, :-1]
        of_weight = torch.cat([_recurrent(before, reset_update), _recurrent(before, products)], 1)
        return gates, of_weight, products.sum((1, 2))[:, None], None


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


def _transposed(weight: Tensor) -> Tensor:
    """Return the recurrent weights as a state is multiplied with them: (W, H, GH)."""
    return torch.stack([way.T.contiguous() for way in weight])


def _recurrent(states: Tensor, grad: Tensor) -> Tensor:
    """Return the gradients of the recurrent weights: (W, GH, H)."""
    return grad.flatten(1, 2).transpose(1, 2) @ states.flatten(1, 2)


def _allocate_states(like: Tensor, ways: int, size: int, batch: int, units: int) -> Tensor:
    """Return memory for the states before and after each step, (W, T + 1, B, H), of which the first is set to 0."""
    states = like.new_empty(ways, size + 1, batch, units)
    states[:, 0] = 0
    return states


def _shortest(keep: Tensor) -> int:
    """Return the number of steps before the first document ends; 0 on CUDA, where reading it would synchronise."""
    return 0 if keep.is_cuda else int(keep.amin((0, 2, 3)).sum())

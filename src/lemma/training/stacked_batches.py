"""Batches of several runs, of equal number and shape, so that one step can be made of all.

Shapes: R runs, B documents of a batch, T words of the longest, U distinct words, C classes.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from lemma.training.batches import POOL, Batch
from lemma.training.task import Indices


class Stack(NamedTuple):
    """A batch of each run, padded to the same shape.

    `real`: where, in `rows` end to end, stands no padding. `shares`: of a document in its run's mean loss, 0 for one
    that pads the batch.
    """

    rows: Int[Tensor, "R U"]
    real: Int[Tensor, "N"]
    places: Int[Tensor, "R B T"]
    lengths: Int[Tensor, "R B"]
    labels: Int[Tensor, "R B"]
    shares: Float[Tensor, "R B"]

    @classmethod
    def of(cls, batches: list[Batch], balances: list[Tensor | None]) -> "Stack":
        """Return the stack of one batch a run; `balances`: (C,) the weights of its classes, where they differ."""
        shares = [
            torch.ones(len(batch.labels)) if balance is None else balance[batch.labels]
            for batch, balance in zip(batches, balances)
        ]
        rows = padded([batch.rows for batch in batches])
        inside = torch.arange(rows.shape[1]) < torch.tensor([[len(batch.rows)] for batch in batches])
        return cls(
            rows,
            inside.flatten().nonzero().flatten(),
            padded([batch.places for batch in batches]),
            padded([batch.lengths for batch in batches]),
            padded([batch.labels for batch in batches]),
            padded([share / share.sum() for share in shares]),
        )

    def to(self, device: torch.device) -> "Stack":
        """Return the stack on a device, without waiting for it."""
        if device.type == "cpu":
            return self
        return Stack(*(tensor.pin_memory().to(device, non_blocking=True) for tensor in self))

    def pieces(self, words: int) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Yield places, lengths, labels and shares of some documents of each run: at most `words` places, or one."""
        runs, count, longest = self.places.shape
        size = max(1, words // (runs * longest))
        for start in range(0, count, size):
            places, lengths, labels, shares = (tensor[:, start : start + size] for tensor in self[2:])
            yield places, lengths, labels, shares


def padded(tensors: list[Tensor]) -> Tensor:
    """Return tensors of one rank as one, with 0 where a smaller one has nothing."""
    shape = [max(sizes) for sizes in zip(*(tensor.shape for tensor in tensors))]
    found = tensors[0].new_zeros(len(tensors), *shape)
    for at, tensor in enumerate(tensors):
        found[at][tuple(slice(size) for size in tensor.shape)] = tensor
    return found


def aligned(
    lengths: list[Indices],
    members: list[Indices],
    size: int,
    own: list[np.random.Generator],
    common: np.random.Generator,
) -> Iterator[list[Indices]]:
    """Yield a batch of each run at a time, until each has had all its members once.

    Batches hold at most `size` documents of similar length. All runs have equally many, in the same order by length.

    Args:
        lengths: of the documents, by run.
        members: documents to draw, by run.
        size: documents a batch, at most.
        own: the generators of the runs' orders.
        common: generator of the order of the batches.
    """
    number = max(-(-len(drawn) // size) for drawn in members)
    batches: list[list[Indices]] = []
    for run, (drawn, generator) in enumerate(zip(members, own)):
        order = generator.permutation(drawn)
        bounds = np.arange(number + 1) * len(order) // number
        cut: list[Indices] = []
        for start in range(0, number, POOL):
            held = bounds[start : start + POOL + 1]
            pool = order[held[0] : held[-1]]
            pool = pool[np.argsort(lengths[run][pool], kind="stable")]
            cut += np.split(pool, held[1:-1] - held[0])
        batches.append(cut)
    for at in common.permutation(number):
        yield [cut[at] for cut in batches]

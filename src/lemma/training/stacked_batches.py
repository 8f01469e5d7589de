"""Batches of several runs with equal shapes, such that one training step computes with all of them.

Shapes: R runs, B documents of a batch, T tokens of the longest document, U distinct tokens, C classes.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from lemma.training.batches import POOL, Batch
from lemma.training.task import Indices


class StackedBatch(NamedTuple):
    """One batch of each run, padded to equal shapes.

    Attributes:
        token_ids, positions, lengths, labels: as in `Batch`, with the runs as dimension 0.
        real_tokens: indices into the flattened `token_ids` of those that are no padding.
        loss_weights: weight of each document in the mean loss of its run; 0 for padding.
    """

    token_ids: Int[Tensor, "R U"]
    real_tokens: Int[Tensor, "N"]
    positions: Int[Tensor, "R B T"]
    lengths: Int[Tensor, "R B"]
    labels: Int[Tensor, "R B"]
    loss_weights: Float[Tensor, "R B"]

    @classmethod
    def from_batches(cls, batches: list[Batch], class_weights: list[Tensor | None]) -> "StackedBatch":
        """Stack one batch of each run.

        Args:
            batches: by run.
            class_weights: (C,) by run; None if all classes have weight 1.
        """
        weights = [
            torch.ones(len(batch.labels)) if weight is None else weight[batch.labels]
            for batch, weight in zip(batches, class_weights)
        ]
        token_ids = pad_and_stack([batch.token_ids for batch in batches])
        is_real = torch.arange(token_ids.shape[1]) < torch.tensor([[len(batch.token_ids)] for batch in batches])
        return cls(
            token_ids,
            is_real.flatten().nonzero().flatten(),
            pad_and_stack([batch.positions for batch in batches]),
            pad_and_stack([batch.lengths for batch in batches]),
            pad_and_stack([batch.labels for batch in batches]),
            pad_and_stack([weight / weight.sum() for weight in weights]),
        )

    def to(self, device: torch.device) -> "StackedBatch":
        """Copy the batch to a device, asynchronously."""
        if device.type == "cpu":
            return self
        return StackedBatch(*(tensor.pin_memory().to(device, non_blocking=True) for tensor in self))

    def split(self, max_positions: int) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Yield positions, lengths, labels and loss weights of parts of the batch, to bound the memory.

        A part has at most `max_positions` positions in all runs, or one document of each run.
        """
        runs, count, longest = self.positions.shape
        size = max(1, max_positions // (runs * longest))
        for start in range(0, count, size):
            positions, lengths, labels, loss_weights = (tensor[:, start : start + size] for tensor in self[2:])
            yield positions, lengths, labels, loss_weights


def pad_and_stack(tensors: list[Tensor]) -> Tensor:
    """Stack tensors of equal rank, each padded with 0 to the largest size of every dimension."""
    shape = [max(sizes) for sizes in zip(*(tensor.shape for tensor in tensors))]
    stacked = tensors[0].new_zeros(len(tensors), *shape)
    for index, tensor in enumerate(tensors):
        stacked[index][tuple(slice(size) for size in tensor.shape)] = tensor
    return stacked


def draw_aligned_batches(
    lengths: list[Indices],
    documents: list[Indices],
    batch_size: int,
    generators: list[np.random.Generator],
    common_generator: np.random.Generator,
) -> Iterator[list[Indices]]:
    """Yield one batch of each run at a time, until each run has had all its documents once.

    A batch has documents of similar length, and at each step the batches of all runs have similar lengths: all runs
    have equally many batches, and their order by length is the same.

    Args:
        lengths: number of tokens of every document of the corpus, by run.
        documents: indices of the documents to draw from, by run.
        batch_size: maximum number of documents in a batch.
        generators: source of each run's assignment of documents to batches.
        common_generator: source of the order of the batches.
    """
    num_batches = max(-(-len(run_documents) // batch_size) for run_documents in documents)
    batches_by_run: list[list[Indices]] = []
    for run, (run_documents, generator) in enumerate(zip(documents, generators)):
        order = generator.permutation(run_documents)
        bounds = np.arange(num_batches + 1) * len(order) // num_batches
        batches: list[Indices] = []
        for start in range(0, num_batches, POOL):
            pool_bounds = bounds[start : start + POOL + 1]
            pool = order[pool_bounds[0] : pool_bounds[-1]]
            pool = pool[np.argsort(lengths[run][pool], kind="stable")]
            batches += np.split(pool, pool_bounds[1:-1] - pool_bounds[0])
        batches_by_run.append(batches)
    for index in common_generator.permutation(num_batches):
        yield [batches[index] for batches in batches_by_run]

"""Layers and functions that the networks share: word vectors, masks, dropout and pooling.

A network computes with each distinct token of a batch once: it gets the word vectors of the distinct tokens, and the
index of the distinct token at each position of each document. `stacked` says that the code runs under
`torch.func.vmap`, for several runs at once (`lemma.training.stacked`).

Shapes: U distinct tokens, B documents, T tokens of the longest document, D embedding dimension, F features, C classes.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.functional import dropout, embedding_bag

from lemma.corpus.special_tokens import PAD

RANGE = 0.25  # Kim (2014) draws random word vectors from U(-0.25, 0.25), which has the variance of word2vec's vectors


class Classifier(nn.Module):
    """Base class of the networks.

    Attributes:
        embedding: the word vectors.
        stacked: whether the network runs under `torch.func.vmap`.
    """

    embedding: nn.Embedding
    stacked: bool = False

    def forward(self, token_ids: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]) -> Float[Tensor, "B C"]:
        """Return the logits of each document.

        Args:
            token_ids: token ids, padded with any id.
            lengths: number of tokens of each document.
        """
        distinct, positions = torch.unique(token_ids, return_inverse=True)
        return self.classify(self.embedding.weight.index_select(0, distinct), positions, lengths)

    def classify(
        self, vectors: Float[Tensor, "U D"], positions: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]
    ) -> Float[Tensor, "B C"]:
        """Return the logits of each document.

        Args:
            vectors: word vectors of the distinct tokens of the batch.
            positions: `positions[b, t]` is the row of `vectors` for token t of document b; any row for padding.
            lengths: number of tokens of each document.
        """
        raise NotImplementedError


class Dropout(nn.Module):
    """Dropout (Srivastava et al., 2014) with a probability that is rounded to a multiple of 1/256.

    0.5 is exact; 0.3 acts as 77/256 = 0.3008. One random byte per entry takes a fifth of the time of
    `torch.nn.functional.dropout`, which took a third of the training of a small network on a CPU.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.threshold = min(round(p * 256), 255)  # an entry is zeroed if its random byte is below
        self.stacked = False  # whether it runs under vmap, where random bytes cannot be drawn in place

    def forward(self, features: Float[Tensor, "*S"]) -> Float[Tensor, "*S"]:
        """Return the features; in training mode with random zeros, and the rest scaled so that the mean stays."""
        if not self.training or not self.threshold:
            return features
        if features.is_cuda or self.stacked:
            return dropout(features, self.threshold / 256)
        count = features.numel()
        random_words = torch.empty(-(-count // 8), dtype=torch.int64).random_(-(2**63), None)  # None: all 64 bits
        # NumPy compares bytes 20 times as fast as torch, and converts the result to float32 five times as fast.
        random_bytes = random_words.numpy().view(np.uint8)[:count].reshape(features.shape)
        scale = np.float32(256 / (256 - self.threshold))
        factors = np.multiply(random_bytes >= self.threshold, scale, dtype=np.float32)
        return features * torch.from_numpy(factors).to(features.dtype)


def build_embedding(vocabulary_size: int, embedding_dim: int) -> nn.Embedding:
    """Build random word vectors; that of the padding token is zero and gets no gradient."""
    embedding = nn.Embedding(vocabulary_size, embedding_dim, padding_idx=PAD)
    nn.init.uniform_(embedding.weight, -RANGE, RANGE)
    with torch.no_grad():
        embedding.weight[PAD].zero_()
    return embedding


def token_mask(lengths: Int[Tensor, "B"], longest: int) -> Bool[Tensor, "B T"]:
    """Return True at the tokens of a padded batch and False at its padding."""
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


def drop_tokens(mask: Bool[Tensor, "B T"], p: float) -> Bool[Tensor, "B T"]:
    """Return the mask without each token with probability p (word dropout; Iyyer et al., 2015).

    A document that would lose all its tokens keeps them all.
    """
    kept = mask & (torch.rand(mask.shape, device=mask.device) >= p)
    return torch.where(kept.any(1, keepdim=True), kept, mask)


def max_over_time(
    states: Float[Tensor, "W T B F"], mask: Bool[Tensor, "B T"], stacked: bool = False
) -> Float[Tensor, "B WF"]:
    """Return the maximum over the tokens of each document, the W directions side by side; 0 if it has no token."""
    penalty = torch.where(mask, 0.0, -torch.inf).T[:, :, None]  # added: masked_fill takes three times as long
    maxima = torch.cat(reduce_max(states + penalty, 1, stacked).unbind(), 1)
    return torch.where(mask.any(1, keepdim=True), maxima, 0)


def attention_pooling(
    features: Float[Tensor, "T B F"], scores: Float[Tensor, "T B"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, "B F"]:
    """Return the mean of each document's features, weighted by the softmax of the scores; 0 if it has no token."""
    lowest = torch.finfo(scores.dtype).min
    weights = torch.softmax(scores.T.masked_fill(~mask, lowest), 1) * mask
    return torch.bmm(weights[:, None], features.transpose(0, 1))[:, 0]


def sum_bags(
    vectors: Float[Tensor, "U D"], rows: Int[Tensor, "M N"], weights: Float[Tensor, "M N"] | None, stacked: bool
) -> Float[Tensor, "M D"]:
    """Return M sums of N rows of `vectors` each, weighted if `weights` are given."""
    sums: Tensor = (_StackedSumBags.apply if stacked else _sum_bags)(vectors, rows, weights)
    return sums


def _sum_bags(vectors: Tensor, rows: Tensor, weights: Tensor | None) -> Tensor:
    return embedding_bag(rows, vectors, mode="sum", per_sample_weights=weights)


class _StackedSumBags(Function):
    """`embedding_bag` under vmap, for which torch has no rule: one call over the concatenated vectors of all runs.

    Autograd differentiates the call within `vmap`, so no backward pass is defined here.
    """

    @staticmethod
    def forward(vectors: Tensor, rows: Tensor, weights: Tensor | None) -> Tensor:
        return _sum_bags(vectors, rows, weights)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def vmap(info: Any, in_dims: Any, *operands: Tensor | None) -> tuple[Tensor, int]:
        vectors, rows, weights = move_runs_first(info.batch_size, in_dims, operands)
        assert vectors is not None
        assert rows is not None
        runs, count, _ = vectors.shape
        first = torch.arange(0, runs * count, count, device=vectors.device)[:, None, None]  # row 0 of each run
        flat_weights = None if weights is None else weights.flatten(0, 1)
        sums = _sum_bags(vectors.flatten(0, 1), (rows + first).flatten(0, 1), flat_weights)
        return sums.view(runs, -1, vectors.shape[2]), 0


def move_runs_first(runs: int, in_dims: Any, operands: tuple[Tensor | None, ...]) -> list[Tensor | None]:
    """Return the operands of a vmap rule with the runs as dimension 0, also those that all runs share."""
    moved: list[Tensor | None] = []
    for dim, operand in zip(in_dims, operands):
        if operand is None:
            moved.append(None)
        else:
            moved.append(operand.expand(runs, *operand.shape) if dim is None else operand.movedim(dim, 0))
    return moved


def reduce_max(values: Tensor, dim: int, stacked: bool) -> Tensor:
    """Return `torch.amax(values, dim)`, with a faster gradient where the code does not run under vmap."""
    maxima: Tensor = values.amax(dim) if stacked else _ReduceMax.apply(values, dim)  # type: ignore[no-untyped-call]
    return maxima


class _ReduceMax(Function):
    """`torch.amax` with a gradient that counts ties only if there are any."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, dim: int) -> Tensor:
        ctx.dim, maxima = dim, values.amax(dim)
        ctx.save_for_backward(values, maxima)
        return maxima

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        values, maxima = ctx.saved_tensors
        grad, maxima = grad_output.unsqueeze(ctx.dim), maxima.unsqueeze(ctx.dim)
        if values.is_cuda or values.dtype == torch.bfloat16:  # NumPy supports neither
            is_maximum = values == maxima
            return grad / is_maximum.sum(ctx.dim, keepdim=True) * is_maximum, None
        is_equal = values.numpy() == maxima.numpy()  # ten times as fast as torch
        if np.count_nonzero(is_equal) > maxima.numel():  # ties share the gradient equally
            grad = grad / torch.from_numpy(is_equal.sum(ctx.dim, keepdims=True))
        factors = grad.numpy()
        return torch.from_numpy(np.multiply(is_equal, factors, dtype=factors.dtype)), None

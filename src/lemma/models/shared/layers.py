"""What the networks share: word vectors, padding that changes nothing, dropout of whole words.

A word that stands several times in a batch is computed with once: a network gets the vectors of the distinct words of
a batch, and where they stand. Shapes: U distinct words, B documents, T words of the longest, D dimensions, F features,
C classes.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.functional import dropout, embedding_bag

from lemma.corpus.special_tokens import PAD

RANGE = 0.25  # Kim 2014 draws unknown word vectors from U(-0.25, 0.25), the spread of word2vec's


class Classifier(nn.Module):
    """A network over word vectors.

    `stacked`: it computes for several runs at once, under `torch.func.vmap`.
    """

    embedding: nn.Embedding
    stacked: bool = False

    def forward(self, tokens: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]) -> Float[Tensor, "B C"]:
        """Return the logits of each document."""
        rows, places = torch.unique(tokens, return_inverse=True)
        return self.classify(self.embedding.weight.index_select(0, rows), places, lengths)

    def classify(
        self, vectors: Float[Tensor, "U D"], places: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]
    ) -> Float[Tensor, "B C"]:
        """Return the logits of each document.

        Args:
            vectors: of the distinct words of the batch.
            places: which of them stands where; past the end of a document any of them.
            lengths: words of each document.
        """
        raise NotImplementedError


class Dropout(nn.Module):
    """Dropout (Srivastava et al. 2014) whose share is one of 256ths.

    A random byte an entry takes a fifth of the time of the library's random number an entry, which was a third of all
    that a small network takes on a CPU.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.dropped = min(round(share * 256), 255)  # of 256 values of a byte
        self.stacked = False  # as of a Classifier: then a byte an entry could not be drawn in place

    def forward(self, features: Float[Tensor, "*S"]) -> Float[Tensor, "*S"]:
        """Return the features, in training with a random share at 0 and the others grown by as much."""
        if not self.training or not self.dropped:
            return features
        if features.is_cuda or self.stacked:
            return dropout(features, self.dropped / 256)
        count = features.numel()
        drawn = torch.empty(-(-count // 8), dtype=torch.int64).random_(-(2**63), None)  # None: all of the 64 bits
        # NumPy compares bytes in a twentieth of torch's time, and turns the result into factors in a fifth.
        kept = drawn.numpy().view(np.uint8)[:count].reshape(features.shape) >= self.dropped
        grown = np.multiply(kept, np.float32(256 / (256 - self.dropped)), dtype=np.float32)
        return features * torch.from_numpy(grown).to(features.dtype)


def embedding(words: int, dimensions: int) -> nn.Embedding:
    """Return a table of `words` random vectors in which padding is zero and stays so."""
    table = nn.Embedding(words, dimensions, padding_idx=PAD)
    nn.init.uniform_(table.weight, -RANGE, RANGE)
    with torch.no_grad():
        table.weight[PAD].zero_()
    return table


def bags(
    vectors: Float[Tensor, "U D"], places: Int[Tensor, "M N"], weights: Float[Tensor, "M N"] | None, stacked: bool
) -> Float[Tensor, "M D"]:
    """Return M sums of N vectors each, those at `places`, by `weights` if there are any."""
    found: Tensor = (_Bags.apply if stacked else _bags)(vectors, places, weights)
    return found


def _bags(vectors: Tensor, places: Tensor, weights: Tensor | None) -> Tensor:
    return embedding_bag(places, vectors, mode="sum", per_sample_weights=weights)


class _Bags(Function):
    """The sums of several runs as those of one: their vectors end to end.

    The library has no rule for embedding_bag under vmap. Gradients take the way of what `vmap` calls.
    """

    @staticmethod
    def forward(vectors: Tensor, places: Tensor, weights: Tensor | None) -> Tensor:
        return _bags(vectors, places, weights)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def vmap(info: Any, in_dims: Any, *operands: Tensor | None) -> tuple[Tensor, int]:
        vectors, places, weights = unstacked(info.batch_size, in_dims, operands)
        assert vectors is not None
        assert places is not None
        runs, count, _ = vectors.shape
        first = torch.arange(0, runs * count, count, device=vectors.device)[:, None, None]
        flat = None if weights is None else weights.flatten(0, 1)
        return _bags(vectors.flatten(0, 1), (places + first).flatten(0, 1), flat).view(runs, -1, vectors.shape[2]), 0


def reduce_max(values: Tensor, dim: int, stacked: bool) -> Tensor:
    """Return the maxima over a dimension, as `torch.amax`; `stacked`: under vmap."""
    maxima: Tensor = values.amax(dim) if stacked else _ReduceMax.apply(values, dim)  # type: ignore[no-untyped-call]
    return maxima


class _ReduceMax(Function):
    """`torch.amax` with a faster gradient: ties are counted only where there are any."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, dim: int) -> Tensor:
        ctx.dim, maxima = dim, values.amax(dim)
        ctx.save_for_backward(values, maxima)
        return maxima

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        values, maxima = ctx.saved_tensors
        grad, maxima = grad_output.unsqueeze(ctx.dim), maxima.unsqueeze(ctx.dim)
        if values.is_cuda or values.dtype == torch.bfloat16:  # NumPy has neither
            is_maximum = values == maxima
            return grad / is_maximum.sum(ctx.dim, keepdim=True) * is_maximum, None
        equal = values.numpy() == maxima.numpy()  # in a tenth of torch's time
        if np.count_nonzero(equal) > maxima.numel():  # ties share the gradient
            grad = grad / torch.from_numpy(equal.sum(ctx.dim, keepdims=True))
        factors = grad.numpy()
        return torch.from_numpy(np.multiply(equal, factors, dtype=factors.dtype)), None


def unstacked(runs: int, in_dims: Any, operands: tuple[Tensor | None, ...]) -> list[Tensor | None]:
    """Return what a rule for vmap got with the dimension of the runs first, in those too that had none."""
    found: list[Tensor | None] = []
    for at, operand in zip(in_dims, operands):
        if operand is None:
            found.append(None)
        else:
            found.append(operand.expand(runs, *operand.shape) if at is None else operand.movedim(at, 0))
    return found


def present(lengths: Int[Tensor, "B"], longest: int) -> Bool[Tensor, "B T"]:
    """Return where a padded document holds words."""
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


def drop_words(mask: Bool[Tensor, "B T"], share: float) -> Bool[Tensor, "B T"]:
    """Return the mask without a random share of the words; a document never loses all of them (Iyyer 2015)."""
    kept = mask & (torch.rand(mask.shape, device=mask.device) >= share)
    return torch.where(kept.any(1, keepdim=True), kept, mask)


def maximum(
    states: Float[Tensor, "W T B F"], mask: Bool[Tensor, "B T"], stacked: bool = False
) -> Float[Tensor, "B WF"]:
    """Return the maxima over the words, of each direction W, side by side; 0 for a document with none."""
    outside = torch.where(mask, 0.0, -torch.inf).T[:, :, None]  # added: masked_fill takes thrice the time
    found = torch.cat(reduce_max(states + outside, 1, stacked).unbind(), 1)
    return torch.where(mask.any(1, keepdim=True), found, 0)


def attention(
    features: Float[Tensor, "T B F"], scores: Float[Tensor, "T B"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, "B F"]:
    """Return the mean of the features weighted by the softmax of their scores; 0 for a document with none."""
    lowest = torch.finfo(scores.dtype).min
    weights = torch.softmax(scores.T.masked_fill(~mask, lowest), 1) * mask
    return torch.bmm(weights[:, None], features.transpose(0, 1))[:, 0]

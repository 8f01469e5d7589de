"""What the networks share: word vectors, padding that changes nothing, dropout of whole words.

A word that stands several times in a batch is computed with once: a network gets the vectors of the distinct words of
a batch, and where they stand. Shapes: U distinct words, B documents, T words of the longest, D dimensions, F features,
C classes.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import dropout

from lemma.models.rows import PAD

RANGE = 0.25  # Kim 2014 draws unknown word vectors from U(-0.25, 0.25), the spread of word2vec's


class Classifier(nn.Module):
    """A network over word vectors."""

    embedding: nn.Embedding

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

    def forward(self, features: Float[Tensor, "*S"]) -> Float[Tensor, "*S"]:
        """Return the features, in training with a random share at 0 and the others grown by as much."""
        if not self.training or not self.dropped:
            return features
        if features.is_cuda:
            return dropout(features, self.dropped / 256)
        count = features.numel()
        drawn = torch.empty(-(-count // 8), dtype=torch.int64).random_(-(2**63), None)  # None: all of the 64 bits
        kept = drawn.view(torch.uint8)[:count].view(features.shape) >= self.dropped
        return features * kept.to(features.dtype).mul_(256 / (256 - self.dropped))


def embedding(words: int, dimensions: int) -> nn.Embedding:
    """Return a table of `words` random vectors in which padding is zero and stays so."""
    table = nn.Embedding(words, dimensions, padding_idx=PAD)
    nn.init.uniform_(table.weight, -RANGE, RANGE)
    with torch.no_grad():
        table.weight[PAD].zero_()
    return table


def present(lengths: Int[Tensor, "B"], longest: int) -> Bool[Tensor, "B T"]:
    """Return where a padded document holds words."""
    return torch.arange(longest, device=lengths.device) < lengths[:, None]


def drop_words(mask: Bool[Tensor, "B T"], share: float) -> Bool[Tensor, "B T"]:
    """Return the mask without a random share of the words; a document never loses all of them (Iyyer 2015)."""
    kept = mask & (torch.rand(mask.shape, device=mask.device) >= share)
    return torch.where(kept.any(1, keepdim=True), kept, mask)


def maximum(states: Float[Tensor, "W T B F"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, "B WF"]:
    """Return the maxima over the words, of each direction W, side by side; 0 for a document with none."""
    outside = torch.where(mask, 0.0, -torch.inf).T[:, :, None]  # added: masked_fill takes thrice the time
    found = torch.cat((states + outside).amax(1).unbind(), 1)
    return torch.where(mask.any(1, keepdim=True), found, 0)


def attention(
    features: Float[Tensor, "B T F"], scores: Float[Tensor, "B T"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, "B F"]:
    """Return the mean of the features weighted by the softmax of their scores; 0 for a document with none."""
    lowest = torch.finfo(scores.dtype).min
    weights = torch.softmax(scores.masked_fill(~mask, lowest), 1) * mask
    return (features * weights[..., None]).sum(1)

"""What the networks share: word vectors, padding that changes nothing, dropout of whole words.

A word that stands several times in a batch is computed with once: a network gets the vectors of the distinct words of
a batch, and where they stand. Shapes: U distinct words, B documents, T words of the longest, D dimensions, F features,
C classes.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lemma.models.rows import PAD

RANGE = 0.25  # Kim 2014 draws unknown word vectors from U(-0.25, 0.25), the spread of word2vec's


class Classifier(nn.Module):
    """A network over word vectors."""

    embedding: nn.Embedding

    def forward(self, tokens: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]) -> Float[Tensor, "B C"]:
        """Return the logits of each document."""
        rows, places = torch.unique(tokens, return_inverse=True)
        return self.classify(self.embedding(rows), places, lengths)

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


def maximum(features: Float[Tensor, "B T F"], mask: Bool[Tensor, "B T"]) -> Float[Tensor, "B F"]:
    """Return the maximum over the places where the mask is true; 0 for a document with none."""
    masked = features.masked_fill(~mask[..., None], -torch.inf).amax(1)
    return torch.where(mask.any(1, keepdim=True), masked, 0)


def attention(
    features: Float[Tensor, "B T F"], scores: Float[Tensor, "B T"], mask: Bool[Tensor, "B T"]
) -> Float[Tensor, "B F"]:
    """Return the mean of the features weighted by the softmax of their scores; 0 for a document with none."""
    lowest = torch.finfo(scores.dtype).min
    weights = torch.softmax(scores.masked_fill(~mask, lowest), 1) * mask
    return (features * weights[..., None]).sum(1)

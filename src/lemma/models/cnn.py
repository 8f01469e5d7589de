"""Convolutional network for sentence classification, from random word vectors (Kim 2014, CNN-rand)."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lemma.models.layers import embedding, maximum, present
from lemma.params import CNN


class Network(nn.Module):
    """Filters of several widths over word vectors, ReLU, maximum over time, dropout, linear output."""

    def __init__(self, settings: CNN, words: int, classes: int) -> None:
        super().__init__()
        self.embedding = embedding(words, settings.dimensions)
        self.embedding_dropout = nn.Dropout(settings.embedding_dropout)
        # Padding by width - 1 on both sides lets every filter see every word at each of its places, as Kim does, and
        # makes a document of one word as good as any.
        self.filters = nn.ModuleList(
            nn.Conv1d(settings.dimensions, settings.maps, width, padding=width - 1) for width in settings.widths
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.maps * len(settings.widths), classes)

    def forward(self, tokens: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]) -> Float[Tensor, "B C"]:
        """Return the logits of each document."""
        vectors = self.embedding_dropout(self.embedding(tokens)).transpose(1, 2)  # (B, D, T)
        pooled = []
        for convolve in self.filters:
            features = convolve(vectors).relu().transpose(1, 2)  # (B, T + width - 1, F)
            reach = present(lengths + features.shape[1] - tokens.shape[1], features.shape[1])
            pooled.append(maximum(features, reach))
        logits: Tensor = self.output(self.dropout(torch.cat(pooled, 1)))
        return logits

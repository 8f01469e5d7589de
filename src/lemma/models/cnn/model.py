"""Convolutional network for sentence classification (Kim 2014), from random word vectors or from given ones."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import pad

from lemma.models.shared.layers import Classifier, Dropout, bags, embedding, present, reduce_max
from lemma.params import CNN


class Network(Classifier):
    """Filters of several widths over word vectors, ReLU, maximum over time, dropout, linear output."""

    def __init__(self, settings: CNN, words: int, classes: int) -> None:
        super().__init__()
        self.embedding = embedding(words, settings.dimensions)
        self.embedding_dropout = Dropout(settings.embedding_dropout)
        self.filters = nn.ModuleList(nn.Conv1d(settings.dimensions, settings.maps, width) for width in settings.widths)
        self.dropout = Dropout(settings.dropout)
        self.output = nn.Linear(settings.maps * len(settings.widths), classes)

    def classify(
        self, vectors: Float[Tensor, "U D"], places: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]
    ) -> Float[Tensor, "B C"]:
        """Return the logits of each document.

        The product of a word's vector with a filter at one of its offsets is the same wherever the word stands: it is
        computed once for a distinct word, and a window's feature is the sum of as many products as the filter is wide.
        """
        vectors = self.embedding_dropout(vectors)
        words, longest = len(vectors), places.shape[1]
        places = places.masked_fill(~present(lengths, longest), words)
        pooled = []
        for convolve in self.filters:
            assert isinstance(convolve, nn.Conv1d)
            assert convolve.bias is not None
            maps, _, width = convolve.weight.shape
            products = vectors @ convolve.weight.permute(1, 2, 0).flatten(1)  # (U, width * F)
            # Rows after those of the words: padding, which adds nothing, and a window past the end, never a maximum.
            past = products.new_full((1, products.shape[1]), -torch.inf)
            products = torch.cat([products, torch.zeros_like(past), past])
            # Padding by width - 1 on both sides lets every filter see every word at each of its places, as Kim does,
            # and makes a document of one word as good as any.
            windows = pad(places, (width - 1, width - 1), value=words).unfold(1, width, 1)  # (B, T + width - 1, width)
            ends = lengths.clamp(min=1) + width - 1
            windows = windows.masked_fill(~present(ends, windows.shape[1])[..., None], words + 1)
            held = (windows * width + torch.arange(width, device=places.device)).flatten(0, 1)
            features = bags(products.reshape(-1, maps), held, None, self.stacked)
            pooled.append(reduce_max(features.view(*windows.shape[:2], -1), 1, self.stacked) + convolve.bias)
        logits: Tensor = self.output(self.dropout(torch.cat(pooled, 1).relu()))
        return logits

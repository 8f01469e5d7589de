"""Convolutional network for sentence classification (Kim, 2014).

The textbook form, for the token ids (T,) of one document with T >= 1, in eval mode::

    def forward(network, token_ids):
        vectors = network.embedding(token_ids).T                                        # (D, T)
        feature_maps = [conv1d(vectors, conv.weight, conv.bias, padding=conv.kernel_size[0] - 1)
                        for conv in network.filters]                                    # (F, T + width - 1) each
        features = torch.cat([feature_map.amax(1).relu() for feature_map in feature_maps])
        return network.output(features)                                                 # (C,)

`Network.classify` returns the same logits for a batch. It is faster because it multiplies each distinct token of the
batch with the filters once, however often the token occurs: the feature of a window of `width` tokens is the sum of
`width` precomputed products.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import pad

from lemma.models.shared.layers import Classifier, Dropout, build_embedding, reduce_max, sum_bags, token_mask
from lemma.params import CNN


class Network(Classifier):
    """Filters of several widths over word vectors, maximum over time, ReLU, dropout and a linear output layer."""

    def __init__(self, params: CNN, vocabulary_size: int, num_classes: int) -> None:
        super().__init__()
        self.embedding = build_embedding(vocabulary_size, params.embedding_dim)
        self.embedding_dropout = Dropout(params.embedding_dropout)
        self.filters = nn.ModuleList(
            nn.Conv1d(params.embedding_dim, params.filters, width) for width in params.kernel_sizes
        )
        self.dropout = Dropout(params.dropout)
        self.output = nn.Linear(params.filters * len(params.kernel_sizes), num_classes)

    def classify(
        self, vectors: Float[Tensor, "U D"], positions: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]
    ) -> Float[Tensor, "B C"]:
        """Return the logits of each document; see `Classifier.classify`."""
        vectors = self.embedding_dropout(vectors)
        num_tokens, longest = len(vectors), positions.shape[1]
        padding, outside = num_tokens, num_tokens + 1  # two further rows of `products`, see below
        positions = positions.masked_fill(~token_mask(lengths, longest), padding)
        pooled = []
        for convolution in self.filters:
            assert isinstance(convolution, nn.Conv1d)
            assert convolution.bias is not None
            num_filters, _, width = convolution.weight.shape
            products = vectors @ convolution.weight.permute(1, 2, 0).flatten(1)  # (U, width * F)
            # Padding adds 0 to a window. A window that starts behind the document is -inf, so it is never the maximum.
            behind = products.new_full((1, products.shape[1]), -torch.inf)
            products = torch.cat([products, torch.zeros_like(behind), behind])
            # Zero padding of width - 1 on both sides, as in Kim's code: each filter sees each token at all of its
            # offsets, and a document of one token has windows too.
            windows = pad(positions, (width - 1, width - 1), value=padding).unfold(1, width, 1)  # (B, T + w - 1, w)
            num_windows = lengths.clamp(min=1) + width - 1
            windows = windows.masked_fill(~token_mask(num_windows, windows.shape[1])[..., None], outside)
            rows = (windows * width + torch.arange(width, device=positions.device)).flatten(0, 1)
            features = sum_bags(products.reshape(-1, num_filters), rows, None, self.stacked)  # (B * (T + w - 1), F)
            features = features.view(*windows.shape[:2], -1)
            pooled.append(reduce_max(features, 1, self.stacked) + convolution.bias)
        logits: Tensor = self.output(self.dropout(torch.cat(pooled, 1).relu()))
        return logits

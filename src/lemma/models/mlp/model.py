"""Deep averaging network: hidden layers over the mean of a document's word vectors (Iyyer et al., 2015).

The textbook form, for the token ids (T,) of one document with T >= 1, in eval mode::

    def forward(network, token_ids):
        mean = network.embedding(token_ids).mean(0)   # (D,)
        return network.head(mean)                     # (C,)

`Network.classify` returns the same logits for a batch. With hashed n-grams as further tokens and without hidden layers
the model is the classifier of fastText (Joulin et al., 2016).
"""

from itertools import pairwise

from jaxtyping import Float, Int
from torch import Tensor, nn

from lemma.models.shared.layers import Classifier, Dropout, build_embedding, drop_tokens, sum_bags, token_mask
from lemma.params import MLP


class Network(Classifier):
    """The mean of the word vectors, hidden layers with ReLU and dropout, and a linear output layer."""

    def __init__(self, params: MLP, vocabulary_size: int, num_classes: int) -> None:
        super().__init__()
        self.word_dropout = params.word_dropout
        self.embedding = build_embedding(vocabulary_size, params.embedding_dim)
        self.embedding_dropout = Dropout(params.embedding_dropout)
        sizes = [params.embedding_dim, *params.hidden_sizes]
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise(sizes):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU(), Dropout(params.dropout)]
        self.head = nn.Sequential(*layers, nn.Linear(sizes[-1], num_classes))

    def classify(
        self, vectors: Float[Tensor, "U D"], positions: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]
    ) -> Float[Tensor, "B C"]:
        """Return the logits of each document; see `Classifier.classify`."""
        mask = token_mask(lengths, positions.shape[1])
        if self.training and self.word_dropout:
            mask = drop_tokens(mask, self.word_dropout)
        weights = (mask / mask.sum(1, keepdim=True).clamp(min=1)).to(vectors.dtype)  # (B, T): 1 / length, or 0
        mean = sum_bags(self.embedding_dropout(vectors), positions, weights, self.stacked)  # (B, D)
        logits: Tensor = self.head(mean)
        return logits

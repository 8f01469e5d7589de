"""Deep averaging network: the mean of a document's word vectors into hidden layers (Iyyer et al. 2015).

With n-grams of two words and more, hashed into buckets, and no hidden layer it is the classifier of Joulin et al. 2016.
"""

from itertools import pairwise

from jaxtyping import Float, Int
from torch import Tensor, nn

from lemma.models.shared.layers import Classifier, Dropout, bags, drop_words, embedding, present
from lemma.params import MLP


class Network(Classifier):
    """Word vectors, averaged, into hidden layers with ReLU and a linear output."""

    def __init__(self, settings: MLP, words: int, classes: int) -> None:
        super().__init__()
        self.word_dropout = settings.word_dropout
        self.embedding = embedding(words, settings.dimensions)
        self.embedding_dropout = Dropout(settings.embedding_dropout)
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise([settings.dimensions, *settings.hidden]):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU(), Dropout(settings.dropout)]
        self.head = nn.Sequential(*layers, nn.Linear([settings.dimensions, *settings.hidden][-1], classes))

    def classify(
        self, vectors: Float[Tensor, "U D"], places: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]
    ) -> Float[Tensor, "B C"]:
        """Return the logits of each document."""
        mask = present(lengths, places.shape[1])
        if self.training and self.word_dropout:
            mask = drop_words(mask, self.word_dropout)
        weights = (mask / mask.sum(1, keepdim=True).clamp(min=1)).to(vectors.dtype)  # (B, T)
        mean = bags(self.embedding_dropout(vectors), places, weights, self.stacked)  # (B, D)
        logits: Tensor = self.head(mean)
        return logits

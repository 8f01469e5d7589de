"""Deep averaging network: the mean of a document's word vectors into hidden layers (Iyyer et al. 2015)."""

from itertools import pairwise

from jaxtyping import Float, Int
from torch import Tensor, nn

from lemma.models.layers import drop_words, embedding, present
from lemma.params import MLP


class Network(nn.Module):
    """Word vectors, averaged, into hidden layers with ReLU and a linear output."""

    def __init__(self, settings: MLP, words: int, classes: int) -> None:
        super().__init__()
        self.word_dropout = settings.word_dropout
        self.embedding = embedding(words, settings.dimensions)
        layers: list[nn.Module] = []
        for fan_in, fan_out in pairwise([settings.dimensions, *settings.hidden]):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU(), nn.Dropout(settings.dropout)]
        self.head = nn.Sequential(*layers, nn.Linear([settings.dimensions, *settings.hidden][-1], classes))

    def forward(self, tokens: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]) -> Float[Tensor, "B C"]:
        """Return the logits of each document."""
        mask = present(lengths, tokens.shape[1])
        if self.training and self.word_dropout:
            mask = drop_words(mask, self.word_dropout)
        weights = mask / mask.sum(1, keepdim=True).clamp(min=1)  # (B, T)
        mean = (self.embedding(tokens) * weights[..., None]).sum(1)  # (B, D)
        logits: Tensor = self.head(mean)
        return logits

"""Bidirectional LSTM or GRU over word vectors, pooled over time.

Hochreiter & Schmidhuber 1997; Cho et al. 2014; the maximum over time after Conneau et al. 2017, attention after Yang et
al. 2016.
"""

from jaxtyping import Float, Int
from torch import Tensor, nn

from lemma.models.rnn import recurrence
from lemma.models.shared.layers import Classifier, Dropout, attention, embedding, maximum, present
from lemma.params import RNN

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}


class Network(Classifier):
    """Word vectors into a bidirectional recurrent network, its states pooled over time, dropout, linear output."""

    def __init__(self, settings: RNN, words: int, classes: int) -> None:
        super().__init__()
        self.embedding = embedding(words, settings.dimensions)
        self.embedding_dropout = Dropout(settings.embedding_dropout)
        self.recurrent: nn.LSTM | nn.GRU = CELLS[settings.cell](
            settings.dimensions,
            settings.hidden,
            num_layers=settings.layers,
            dropout=settings.dropout if settings.layers > 1 else 0.0,
            bidirectional=True,
            batch_first=True,
        )
        width = 2 * settings.hidden
        self.score = (
            nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1, bias=False))
            if settings.pool == "attention"
            else None
        )
        self.dropout = Dropout(settings.dropout)
        self.output = nn.Linear(width, classes)

    def classify(
        self, vectors: Float[Tensor, "U D"], places: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]
    ) -> Float[Tensor, "B C"]:
        """Return the logits of each document."""
        vectors = self.embedding_dropout(vectors)
        mask = present(lengths, places.shape[1])
        reverse = recurrence.turned(lengths, mask)
        states = recurrence.run(self.recurrent, vectors, places, reverse, mask, self.stacked)  # (2, T, B, hidden)
        if self.score is None:
            pooled = maximum(states, mask, self.stacked)
        else:
            side = recurrence.joined(states, reverse)
            pooled = attention(side, self.score(side)[..., 0], mask)
        logits: Tensor = self.output(self.dropout(pooled))
        return logits

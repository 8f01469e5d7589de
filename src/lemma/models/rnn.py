"""Bidirectional LSTM or GRU over word vectors, pooled over time.

Hochreiter & Schmidhuber 1997; Cho et al. 2014; the maximum over time after Conneau et al. 2017, attention after Yang et
al. 2016.
"""

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lemma.models import recurrence
from lemma.models.layers import Classifier, attention, embedding, maximum, present
from lemma.params import RNN

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}


class Network(Classifier):
    """Word vectors into a bidirectional recurrent network, its states pooled over time, dropout, linear output."""

    def __init__(self, settings: RNN, words: int, classes: int) -> None:
        super().__init__()
        self.embedding = embedding(words, settings.dimensions)
        self.embedding_dropout = nn.Dropout(settings.embedding_dropout)
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
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(width, classes)

    def classify(
        self, vectors: Float[Tensor, "U D"], places: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]
    ) -> Float[Tensor, "B C"]:
        """Return the logits of each document."""
        vectors = self.embedding_dropout(vectors)
        mask = present(lengths, places.shape[1])
        if vectors.is_cuda:
            # Packed, so that the backward direction starts at a document's last word and not at its padding.
            packed = pack_padded_sequence(
                vectors[places], lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
            )
            states, _ = pad_packed_sequence(self.recurrent(packed)[0], batch_first=True, total_length=places.shape[1])
        else:
            states = recurrence.run(self.recurrent, vectors, places, lengths, mask)  # (B, T, 2 * hidden)
        pooled = maximum(states, mask) if self.score is None else attention(states, self.score(states)[..., 0], mask)
        logits: Tensor = self.output(self.dropout(pooled))
        return logits

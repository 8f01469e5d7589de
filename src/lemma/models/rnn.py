"""Bidirectional LSTM over word vectors, maximum over time (Hochreiter & Schmidhuber 1997; Conneau et al. 2017)."""

from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lemma.models.layers import embedding, maximum, present
from lemma.params import RNN


class Network(nn.Module):
    """Word vectors into a bidirectional LSTM, maximum of its states over time, dropout, linear output."""

    def __init__(self, settings: RNN, words: int, classes: int) -> None:
        super().__init__()
        self.embedding = embedding(words, settings.dimensions)
        self.embedding_dropout = nn.Dropout(settings.embedding_dropout)
        self.lstm = nn.LSTM(
            settings.dimensions,
            settings.hidden,
            num_layers=settings.layers,
            dropout=settings.dropout if settings.layers > 1 else 0.0,
            bidirectional=True,
            batch_first=True,
        )
        self.dropout = nn.Dropout(settings.dropout)
        self.output = nn.Linear(2 * settings.hidden, classes)

    def forward(self, tokens: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]) -> Float[Tensor, "B C"]:
        """Return the logits of each document."""
        vectors = self.embedding_dropout(self.embedding(tokens))  # (B, T, D)
        # Packed, so that the backward direction starts at a document's last word and not at its padding.
        packed = pack_padded_sequence(vectors, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=tokens.shape[1])
        pooled = maximum(states, present(lengths, tokens.shape[1]))  # (B, 2 * hidden)
        logits: Tensor = self.output(self.dropout(pooled))
        return logits

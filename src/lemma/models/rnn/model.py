"""Bidirectional LSTM or GRU over word vectors, pooled over time.

LSTM: Hochreiter and Schmidhuber (1997); GRU: Cho et al. (2014); maximum over time: Conneau et al. (2017); attention:
Yang et al. (2016). The textbook form with max pooling, for the token ids (T,) of one document with T >= 1, in eval
mode::

    def forward(network, token_ids):
        states, _ = network.recurrent(network.embedding(token_ids)[None])   # (1, T, 2H), forward and backward
        return network.output(states[0].amax(0))                            # (C,)

`Network.classify` returns the same logits for a batch; `lemma.models.rnn.recurrence` says why it is faster.
"""

from jaxtyping import Float, Int
from torch import Tensor, nn

from lemma.models.rnn import recurrence
from lemma.models.shared.layers import (
    Classifier,
    Dropout,
    attention_pooling,
    build_embedding,
    max_over_time,
    token_mask,
)
from lemma.params import RNN

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU}


class Network(Classifier):
    """A bidirectional recurrent network over word vectors, pooling over time, dropout and a linear output layer."""

    def __init__(self, params: RNN, vocabulary_size: int, num_classes: int) -> None:
        super().__init__()
        self.embedding = build_embedding(vocabulary_size, params.embedding_dim)
        self.embedding_dropout = Dropout(params.embedding_dropout)
        self.recurrent: nn.LSTM | nn.GRU = CELLS[params.cell](
            params.embedding_dim,
            params.hidden_size,
            num_layers=params.num_layers,
            dropout=params.dropout if params.num_layers > 1 else 0.0,
            bidirectional=True,
            batch_first=True,
        )
        width = 2 * params.hidden_size
        self.score = (
            nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1, bias=False))
            if params.pooling == "attention"
            else None
        )
        self.dropout = Dropout(params.dropout)
        self.output = nn.Linear(width, num_classes)

    def classify(
        self, vectors: Float[Tensor, "U D"], positions: Int[Tensor, "B T"], lengths: Int[Tensor, "B"]
    ) -> Float[Tensor, "B C"]:
        """Return the logits of each document; see `Classifier.classify`."""
        vectors = self.embedding_dropout(vectors)
        mask = token_mask(lengths, positions.shape[1])
        reversed_time = recurrence.reverse_time(lengths, mask)
        states = recurrence.run_layers(self.recurrent, vectors, positions, reversed_time, mask, self.stacked)
        if self.score is None:
            pooled = max_over_time(states, mask, self.stacked)
        else:
            features = recurrence.concatenate_directions(states, reversed_time)  # (T, B, 2H)
            pooled = attention_pooling(features, self.score(features)[..., 0], mask)
        logits: Tensor = self.output(self.dropout(pooled))
        return logits

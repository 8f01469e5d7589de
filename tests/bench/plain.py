"""Plain PyTorch for comparison: modules of torch.nn, a DataLoader, padding, dense gradients, Adam."""

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

if TYPE_CHECKING:  # the script of a plain process imports nothing of lemma
    from lemma.params import CNN, MLP, RNN


class PlainCNN(nn.Module):
    """The CNN of Kim (2014) with Conv1d over the padded batch."""

    def __init__(self, settings: "CNN", words: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, settings.embedding_dim, padding_idx=0)
        self.filters = nn.ModuleList(
            nn.Conv1d(settings.embedding_dim, settings.filters, width, padding=width - 1)
            for width in settings.kernel_sizes
        )
        self.before, self.dropout = nn.Dropout(settings.embedding_dropout), nn.Dropout(settings.dropout)
        self.output = nn.Linear(settings.filters * len(settings.kernel_sizes), classes)

    def forward(self, tokens: Tensor) -> Any:
        vectors = self.before(self.embedding(tokens)).transpose(1, 2)
        pooled = [convolve(vectors).relu().amax(2) for convolve in self.filters]
        return self.output(self.dropout(torch.cat(pooled, 1)))


class PlainRNN(nn.Module):
    """A bidirectional LSTM over the padded batch, with max-over-time pooling."""

    def __init__(self, settings: "RNN", words: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, settings.embedding_dim, padding_idx=0)
        self.recurrent = nn.LSTM(settings.embedding_dim, settings.hidden_size, bidirectional=True, batch_first=True)
        self.before, self.dropout = nn.Dropout(settings.embedding_dropout), nn.Dropout(settings.dropout)
        self.output = nn.Linear(2 * settings.hidden_size, classes)

    def forward(self, tokens: Tensor) -> Any:
        states, _ = self.recurrent(self.before(self.embedding(tokens)))
        return self.output(self.dropout(states.amax(1)))


class PlainMLP(nn.Module):
    """The mean word vector, followed by one hidden layer."""

    def __init__(self, settings: "MLP", words: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, settings.embedding_dim, padding_idx=0)
        hidden = settings.hidden_sizes[0]
        self.head = nn.Sequential(
            nn.Linear(settings.embedding_dim, hidden),
            nn.ReLU(),
            nn.Dropout(settings.dropout),
            nn.Linear(hidden, classes),
        )

    def forward(self, tokens: Tensor) -> Any:
        mask = (tokens != 0).float()
        mean = (self.embedding(tokens) * mask[..., None]).sum(1) / mask.sum(1, keepdim=True).clamp(min=1)
        return self.head(mean)


PLAIN = {"mlp": PlainMLP, "cnn": PlainCNN, "rnn": PlainRNN}


def collate(members: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Return token ids padded to the longest document, and labels."""
    documents, labels = zip(*members)
    return pad_sequence(list(documents), batch_first=True), torch.stack(labels)


def epoch(network: nn.Module, documents: list[Tensor], labels: Tensor, batch: int, rate: float) -> None:
    """Train for one epoch."""
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    data: Any = list(zip(documents, labels, strict=True))
    loader = DataLoader(data, batch_size=batch, shuffle=True, collate_fn=collate)
    train(network, loader, optimizer)


def train(network: nn.Module, loader: Any, optimizer: torch.optim.Optimizer) -> None:
    """Make one pass over the batches of the loader."""
    network.train()
    for tokens, truth in loader:
        loss = cross_entropy(network(tokens), truth)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

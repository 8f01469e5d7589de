"""Networks whose signatures are executed: jaxtyping checks every shape, beartype every type.

The modules are imported once more for this, beside those that the rest of lemma has, which stay as they are.
"""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
import torch
from jaxtyping import install_import_hook
from torch import Tensor, nn

from lemma import params

Build = Callable[..., nn.Module]
SHAPED = {
    "layers": "shared.layers",
    "cells": "rnn.cells",
    "recurrence": "rnn.recurrence",
    "mlp": "mlp.model",
    "cnn": "cnn.model",
    "rnn": "rnn.model",
}
WORDS, CLASSES = 30, 3
NEURAL: dict[str, Any] = {
    "min_count": 1,
    "embedding_dim": 6,
    "embedding_dropout": 0.5,
    "dropout": 0.5,
    "learning_rate": 0.01,
    "embedding_learning_rate": 0.01,
    "weight_decay": 0.01,
}
RECURRENT: dict[str, Any] = {**NEURAL, "hidden_size": 5, "num_layers": 2}
SETTINGS: dict[str, params.Neural] = {
    "mlp": params.MLP(**NEURAL, ngrams=1, buckets=10, hidden_sizes=[7, 5], word_dropout=0.3),
    "cnn": params.CNN(**NEURAL, kernel_sizes=[1, 3, 5], filters=4),
    "rnn": params.RNN(**RECURRENT, cell="lstm", pooling="max"),
    "rnn-gru": params.RNN(**RECURRENT, cell="gru", pooling="max"),
    "rnn-attention": params.RNN(**RECURRENT, cell="lstm", pooling="attention"),
}


@pytest.fixture(scope="session")
def checked() -> dict[str, ModuleType]:
    """The modules of SHAPED, their signatures executed at every call."""
    names = [f"lemma.models.{name}" for name in SHAPED.values()]
    loaded = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    try:
        with install_import_hook(names, "beartype.beartype"):
            return {short: import_module(name) for short, name in zip(SHAPED, names, strict=True)}
    finally:
        for name in names:
            sys.modules.pop(name, None)
            package, _, attribute = name.rpartition(".")
            if name in loaded:
                setattr(import_module(package), attribute, loaded[name])
        sys.modules.update(loaded)


@pytest.fixture
def build(checked: dict[str, ModuleType]) -> Iterator[Build]:
    """Return what makes a network: `build("cnn", filters=2)` gives the same at each call, in float64 and eval mode."""

    def network(model: str, **changed: object) -> nn.Module:
        torch.manual_seed(0)
        settings = SETTINGS[model].model_copy(update=changed)
        made: nn.Module = checked[model.split("-")[0]].Network(settings, WORDS, CLASSES)
        return made.eval()

    before, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    yield network
    torch.set_default_dtype(before)
    torch.set_num_threads(threads)


def padded(documents: list[list[int]], more: int = 0) -> tuple[Tensor, Tensor]:
    """Return words, padded to the longest and `more`, and lengths."""
    longest = max(1, *map(len, documents), 0) + more
    rows = [document + [0] * (longest - len(document)) for document in documents]
    return torch.tensor(rows), torch.tensor([len(document) for document in documents])

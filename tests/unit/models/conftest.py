"""Networks with checked signatures: jaxtyping checks every shape, beartype every type.

The modules are imported a second time for this; the modules that other tests have imported do not change.
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
    """The modules of SHAPED, with signatures that are checked at every call."""
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
    """Return a function that builds a network: `build("cnn", filters=2)`, in float64 and eval mode, always the same."""

    def build_network(model: str, **changed: object) -> nn.Module:
        torch.manual_seed(0)
        settings = SETTINGS[model].model_copy(update=changed)
        network: nn.Module = checked[model.split("-")[0]].Network(settings, WORDS, CLASSES)
        return network.eval()

    before, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    yield build_network
    torch.set_default_dtype(before)
    torch.set_num_threads(threads)


def pad_documents(documents: list[list[int]], extra: int = 0) -> tuple[Tensor, Tensor]:
    """Return token ids, padded to the longest document plus `extra`, and lengths."""
    longest = max(1, *map(len, documents), 0) + extra
    rows = [document + [0] * (longest - len(document)) for document in documents]
    return torch.tensor(rows), torch.tensor([len(document) for document in documents])

"""A small experiment on disk: a tokenized corpus, and the probabilities and histories of several runs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lemma.layout import Layout

CLASSES = ["negative", "neutral", "positive"]
# Added to the logit of the true class; 0 is chance.
MODELS = {"majority": 0.0, "logreg": 1.0, "cnn": 3.0}

OPTIONS = dict.fromkeys(("tokenized", "lowercase", "numbers", "users", "links", "breaks"), True)

Build = Callable[..., Layout]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Return a function that writes an experiment named `tiny` and returns its layout."""

    def write(
        protocol: dict[str, Any] | None = None,
        models: dict[str, float] = MODELS,
        runs: int = 3,
        documents: int = 240,
        metric: str = "accuracy",
    ) -> Layout:
        protocol = protocol or {"kind": "fixed"}
        generator = np.random.default_rng(3)
        layout = Layout(tmp_path)
        labels = generator.integers(len(CLASSES), size=documents).astype(np.int32)
        folds = protocol.get("folds")
        part = np.arange(documents) % folds if folds else generator.choice(3, size=documents, p=[0.5, 0.2, 0.3])
        _write_corpus(layout.tokens("tiny"), protocol, labels, part.astype(np.int8), metric)
        tokens = [f"token{place}" for place in range(documents + 1)]
        layout.tokenizer("tiny").write_text(json.dumps({"config": OPTIONS, "tokens": tokens}))
        for model, skill in models.items():
            for run in range(runs):
                logits = generator.normal(size=(documents, len(CLASSES)))
                logits[np.arange(documents), labels] += skill
                odds = np.exp(logits if skill else np.zeros_like(logits))
                layout.run("tiny", model, run).mkdir(parents=True)
                probabilities = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
                np.save(layout.probabilities("tiny", model, run), probabilities)
                layout.history("tiny", model, run).write_text(_history(3 + run if model == "cnn" else 1))
        return layout

    return write


def _write_corpus(path: Path, protocol: dict[str, Any], labels: Any, part: Any, metric: str) -> None:
    metadata = {"dataset": "tiny", "classes": CLASSES, "protocol": protocol, "types": len(labels) + 1, "metric": metric}
    fields = [("tokens", pa.list_(pa.int32())), ("label", pa.int32()), ("split", pa.int8())]
    schema = pa.schema(fields, metadata={b"lemma": json.dumps(metadata).encode()})
    tokens = [[document, document + 1] for document in range(len(labels))]
    path.parent.mkdir(parents=True)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(pa.table({"tokens": tokens, "label": labels, "split": part}, schema=schema))


def _history(epochs: int) -> str:
    entries = [
        {
            "epoch": epoch,
            "train_loss": 1 / epoch,
            "dev_loss": 2 / epoch,
            "dev_accuracy": 0.5,
            "seconds": 0.1,
            "best": True,
        }
        for epoch in range(1, epochs + 1)
    ]
    return "".join(json.dumps(entry) + "\n" for entry in entries)

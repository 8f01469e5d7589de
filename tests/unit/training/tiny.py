"""A corpus of two separable classes, settings that train on it in a fraction of a second, and who watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from lemma import files, params
from lemma.corpus.documents import METADATA
from lemma.corpus.splits import DEV, TEST, TRAIN
from lemma.data.embed import vectors
from lemma.data.index import index
from lemma.data.tokenize import tokenize
from lemma.layout import Layout

ROOT = Path(__file__).parents[3]
DATASET, CLASSES, COUNT = "tiny", ["negative", "positive"], 60
SUBWORDS: dict[str, dict[str, Any] | None] = {
    "words": None,
    "bpe": {"kind": "bpe", "size": 100},
    "unigram": {"kind": "unigram", "size": 100},
}
MODELS, NETWORKS = ["majority", "nb", "logreg", "nbsvm", "mlp", "cnn", "rnn"], ["mlp", "cnn", "rnn"]
LOADED = (["awful", "bad", "dull", "poor", "sad"], ["fine", "fun", "good", "great", "warm"])
NEUTRAL = ["a", "film", "it", "of", "plot", "the", "this", "was", "with", "."]
SETTINGS: dict[str, Any] = {
    "tune": {"models": []},
    "experiment": {"datasets": [DATASET], "models": MODELS, "runs": [0, 1]},
    "tokenize": {"shards": [0], "subwords": None},
    "vectors": {"source": None},
    "train": {
        "device": "cpu",
        "threads": 1,
        "epochs": 5,
        "patience": 5,
        "batch_size": 18,
        "max_grad_norm": 5.0,
        "select": "loss",
        "best_epochs": 1,
        "averaging": "predictions",
    },
    "models": {
        "mlp": {
            "embedding_dim": 8,
            "embedding_dropout": 0.0,
            "hidden_sizes": [6],
            "learning_rate": 0.03,
            "embedding_learning_rate": 0.03,
        },
        "cnn": {
            "embedding_dim": 8,
            "kernel_sizes": [2, 3],
            "filters": 4,
            "learning_rate": 0.03,
            "embedding_learning_rate": 0.03,
        },
        "rnn": {
            "embedding_dim": 8,
            "hidden_size": 5,
            "num_layers": 2,
            "learning_rate": 0.03,
            "embedding_learning_rate": 0.03,
        },
    },
    "datasets": {DATASET: {"path": "tiny.csv", "text": "text", "label": "label", "split": {"dev": 0.2, "test": 0.2}}},
}


class Document(NamedTuple):
    """Text (here words with single spaces between them), class, and part or fold."""

    text: str
    label: int
    part: int


def documents(seed: int = 0, count: int = COUNT) -> list[Document]:
    """Return documents of 1 to 12 words, of which at least one tells the class; a fifth is dev, a fifth test."""
    random = np.random.default_rng(seed)
    result = []
    for number in range(count):
        label = number % 2
        told = random.choice(LOADED[label], random.integers(1, 4)).tolist()
        drawn = told + random.choice(NEUTRAL, random.integers(0, 10)).tolist()
        part = (TRAIN, TRAIN, TRAIN, DEV, TEST)[number % 5]
        result.append(Document(" ".join(random.permutation(drawn).tolist()), label, part))
    return result


def write_corpus(
    layout: Layout,
    held: Sequence[Document],
    protocol: Mapping[str, Any] | None = None,
    classes: list[str] = CLASSES,
    tokenized: bool = True,
    metric: str = "accuracy",
    **options: bool,
) -> None:
    """Bring the documents from where `prepare` leaves them to `tokens.arrow` and `tokenizer.json`.

    `tokenized`: single spaces part the words; `options`: of params.tokenize.
    """
    about: dict[str, Any] = {"dataset": DATASET, "classes": classes, "tokenized": tokenized, "metric": metric}
    about["protocol"] = dict(protocol or {"kind": "fixed"})
    fields = [("text", pa.string()), ("label", pa.int32()), ("split", pa.int8())]
    schema = pa.schema(fields, metadata={METADATA: files.canonical(about).encode()})
    columns = [list(column) for column in zip(*held, strict=True)]
    layout.documents(DATASET).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns, schema=schema), layout.documents(DATASET))
    own = values(tokenize=options)
    tokenize(layout, DATASET, 0, own)
    index(layout, DATASET, own)
    vectors(layout, own)


@cache
def _own() -> dict[str, Any]:
    held: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    return held


def settings(**changed: Any) -> dict[str, Any]:
    """Return the content of params.yaml: the project's own, made small, then changed."""
    return _merged(_merged(_own(), SETTINGS), changed)


def values(**changed: Any) -> params.Params:
    """Return what `settings` says, checked."""
    return params.Params.model_validate(settings(**changed))


def _merged(old: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    both = {key for key, value in new.items() if isinstance(value, dict) and isinstance(old.get(key), dict)}
    return old | {key: _merged(old[key], value) if key in both else value for key, value in new.items()}


@dataclass
class RecordingCallback:
    """Keeps what a training shows, and interrupts it when the epoch `stop` is over."""

    stop: int = 0
    about: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, about: Mapping[str, Any]) -> "RecordingCallback":
        self.about = dict(about)
        return self

    def __enter__(self) -> "RecordingCallback":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        return None

    def on_epoch_end(self, epoch: int, line: Mapping[str, Any]) -> None:
        self.lines.append(dict(line))
        if epoch == self.stop:
            raise KeyboardInterrupt

"""A corpus of two separable classes, settings that train on it in a fraction of a second, and a recording callback."""

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
    """A text (words separated by single spaces), its class, and its split or fold."""

    text: str
    label: int
    part: int


def documents(seed: int = 0, count: int = COUNT) -> list[Document]:
    """Draw documents of 1 to 12 words, at least one of which indicates the class; a fifth is dev, a fifth test."""
    random = np.random.default_rng(seed)
    result = []
    for number in range(count):
        label = number % 2
        loaded = random.choice(LOADED[label], random.integers(1, 4)).tolist()
        words = loaded + random.choice(NEUTRAL, random.integers(0, 10)).tolist()
        part = (TRAIN, TRAIN, TRAIN, DEV, TEST)[number % 5]
        result.append(Document(" ".join(random.permutation(words).tolist()), label, part))
    return result


def write_corpus(
    layout: Layout,
    documents: Sequence[Document],
    protocol: Mapping[str, Any] | None = None,
    classes: list[str] = CLASSES,
    tokenized: bool = True,
    metric: str = "accuracy",
    **options: bool,
) -> None:
    """Write the documents as `prepare` does, and run the stages `tokenize`, `index` and `vectors`.

    Args:
        layout: paths of the project.
        documents: the corpus.
        protocol: how documents are assigned to splits; by default the documents say so.
        classes: names of the classes.
        tokenized: whether tokens of the texts are separated by single spaces.
        metric: primary metric of the data set.
        options: values of params.tokenize.
    """
    metadata: dict[str, Any] = {"dataset": DATASET, "classes": classes, "tokenized": tokenized, "metric": metric}
    metadata["protocol"] = dict(protocol or {"kind": "fixed"})
    fields = [("text", pa.string()), ("label", pa.int32()), ("split", pa.int8())]
    schema = pa.schema(fields, metadata={METADATA: files.canonical(metadata).encode()})
    columns = [list(column) for column in zip(*documents, strict=True)]
    layout.documents(DATASET).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns, schema=schema), layout.documents(DATASET))
    tiny_params = values(tokenize=options)
    tokenize(layout, DATASET, 0, tiny_params)
    index(layout, DATASET, tiny_params)
    vectors(layout, tiny_params)


@cache
def _read_params() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text())
    return content


def settings(**changed: Any) -> dict[str, Any]:
    """Return the content of params.yaml with SETTINGS and then `changed` merged into it."""
    return _merge(_merge(_read_params(), SETTINGS), changed)


def values(**changed: Any) -> params.Params:
    """Return the validated `settings`."""
    return params.Params.model_validate(settings(**changed))


def _merge(old: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    both = {key for key, value in new.items() if isinstance(value, dict) and isinstance(old.get(key), dict)}
    return old | {key: _merge(old[key], value) if key in both else value for key, value in new.items()}


@dataclass
class RecordingCallback:
    """Record what a training passes to its callbacks, and interrupt it at the end of the epoch `stop`."""

    stop: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, metadata: Mapping[str, Any]) -> "RecordingCallback":
        self.metadata = dict(metadata)
        return self

    def __enter__(self) -> "RecordingCallback":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        return None

    def on_epoch_end(self, epoch: int, line: Mapping[str, Any]) -> None:
        self.lines.append(dict(line))
        if epoch == self.stop:
            raise KeyboardInterrupt

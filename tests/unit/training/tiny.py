"""A corpus of two separable classes, settings that train on it in a fraction of a second, and who watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import yaml
from tokenizers.trainers import WordLevelTrainer

from lemma import files, params
from lemma.data.splits import DEV, TEST, TRAIN
from lemma.data.words import UNKNOWN, splitter
from lemma.layout import Layout

ROOT = Path(__file__).parents[3]
DATASET, CLASSES, COUNT = "tiny", ["negative", "positive"], 60
MODELS, NETWORKS = ["majority", "logreg", "mlp", "cnn", "rnn"], ["mlp", "cnn", "rnn"]
LOADED = (["awful", "bad", "dull", "poor", "sad"], ["fine", "fun", "good", "great", "warm"])
NEUTRAL = ["a", "film", "it", "of", "plot", "the", "this", "was", "with", "."]
SETTINGS: dict[str, Any] = {
    "experiment": {"datasets": [DATASET], "models": MODELS, "runs": [0, 1]},
    "train": {"device": "cpu", "threads": 1, "epochs": 5, "patience": 5, "batch": 18, "clip": 5.0},
    "models": {
        "mlp": {"dimensions": 8, "hidden": [6], "learning_rate": 0.03},
        "cnn": {"dimensions": 8, "widths": [2, 3], "maps": 4, "learning_rate": 0.03},
        "rnn": {"dimensions": 8, "hidden": 5, "layers": 2, "learning_rate": 0.03},
    },
    "datasets": {DATASET: {"path": "tiny.csv", "text": "text", "label": "label", "split": {"dev": 0.2, "test": 0.2}}},
}


class Document(NamedTuple):
    """Words with single spaces between them, class, and part or fold."""

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
    lowercase: bool = True,
) -> None:
    """Write `tokens.arrow` and `tokenizer.json` of the documents, as the stage `tokenize` does."""
    tokenizer = splitter(tokenized=True, lowercase=lowercase)
    tokenizer.train_from_iterator(
        (document.text for document in held), WordLevelTrainer(show_progress=False, special_tokens=[UNKNOWN])
    )
    about = {"dataset": DATASET, "classes": classes, "protocol": dict(protocol or {"kind": "fixed"})}
    columns = [
        pa.array([tokenizer.encode(document.text).ids for document in held], pa.list_(pa.int32())),
        pa.array([document.label for document in held], pa.int32()),
        pa.array([document.part for document in held], pa.int8()),
    ]
    schema = pa.schema(
        [("tokens", columns[0].type), ("label", pa.int32()), ("part", pa.int8())],
        metadata={"lemma": files.canonical(about)},
    )
    with files.atomic(layout.tokens(DATASET)) as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(pa.record_batch(columns, schema=schema))
    files.write_bytes(layout.tokenizer(DATASET), tokenizer.to_str().encode())


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
    return old | {k: _merged(old[k], v) if isinstance(v, dict) and k in old else v for k, v in new.items()}


@dataclass
class Watcher:
    """Keeps what a training shows, and interrupts it when the epoch `stop` is over."""

    stop: int = 0
    about: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, about: Mapping[str, Any]) -> "Watcher":
        self.about = dict(about)
        return self

    def __enter__(self) -> "Watcher":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        return None

    def epoch(self, epoch: int, line: Mapping[str, Any]) -> None:
        self.lines.append(dict(line))
        if epoch == self.stop:
            raise KeyboardInterrupt

"""A project with small trained models, and functions that read and write the members of archives."""

import io
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lemma.corpus.word_vectors import write_word_vectors
from lemma.layout import Layout
from lemma.training import schedule
from lemma.training.checkpoint import Checkpoint, TrainingState
from lemma.training.loop import Trainer
from lemma.training.train import train
from tests.unit.training import tiny
from tests.unit.training.tiny import DATASET, RecordingCallback

BPE = {"tokenize": {"subwords": tiny.SUBWORDS["bpe"]}}
FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "majority": ("majority", {}),
    "logreg": ("logreg", {}),
    "mlp": ("mlp", {"models": {"mlp": {"ngrams": 2, "buckets": 50}}}),
    "rnn": ("rnn", {}),
    "cnn, pieces": ("cnn", BPE),
}


@dataclass(frozen=True, repr=False)
class Trained:
    """A project, the contents of model files by form, the folder of a checkpoint, and the trainer that wrote it."""

    layout: Layout
    models: dict[str, bytes]
    checkpoint: Path
    trainer: Any

    def __repr__(self) -> str:
        return "trained"  # short, for the messages of failed tests

    def put(self, form: str, content: bytes) -> str:
        """Write `content` as the model of a form, and return the model's name."""
        name, _ = FORMS[form]
        self.layout.model(DATASET, name, 0).write_bytes(content)
        return name


def make(folder: Path) -> Trained:
    """Train each form once, and interrupt a training after its second epoch."""
    layout = Layout(folder)
    tiny.write_corpus(layout, tiny.documents())
    layout.params.write_text(yaml.safe_dump(tiny.settings()))
    write_word_vectors(folder / "vectors.arrow", ["good", "bad"], np.ones((2, 3), np.float32))
    models = {}
    for form, (name, changed) in FORMS.items():
        train(layout, DATASET, name, 0, tiny.values(**changed), RecordingCallback())
        models[form] = layout.model(DATASET, name, 0).read_bytes()
    trainers: list[Trainer] = []
    with pytest.MonkeyPatch.context() as patch:
        write = Trainer.save

        def record_trainer(trainer: Trainer, checkpoint: Checkpoint, state: TrainingState) -> None:
            trainers.append(trainer)
            write(trainer, checkpoint, state)

        patch.setattr(Trainer, "save", record_trainer)
        patch.setenv(schedule.VARIABLE, "0")
        with pytest.raises(KeyboardInterrupt):
            train(layout, DATASET, "mlp", 1, tiny.values(), RecordingCallback(stop=2))
    (path,) = (layout.state / "checkpoints").glob("*")
    return Trained(layout, models, path, trainers[0])


def read_members(content: bytes) -> dict[str, bytes]:
    """Read the members of a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(contents: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """Write a zip of the members, and return its bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return stream.getvalue()


class Payload:
    """An object that creates a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return open, (str(self.marker), "w")


def payload(marker: Path) -> bytes:
    """Return a pickle that creates a file when it is loaded."""
    return pickle.dumps(Payload(marker))

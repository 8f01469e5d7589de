"""A project with a tokenized corpus, and trainings in it."""

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from lemma.layout import Layout
from lemma.training import schedule
from lemma.training.train import train
from tests.unit.training import tiny
from tests.unit.training.tiny import DATASET, RecordingCallback


@pytest.fixture(autouse=True)
def _checkpoint_after_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(schedule.VARIABLE, "0")  # these trainings end before a first checkpoint would be due


TIMED = {"settings.json"}  # contains the duration of the training


@dataclass(frozen=True)
class Project:
    """A folder with a tokenized corpus and params.yaml."""

    layout: Layout

    def train(
        self, model: str, run: int = 0, callback: RecordingCallback | None = None, **changed: Any
    ) -> dict[str, bytes]:
        """Train a model in this process; return the contents that equal trainings share."""
        train(self.layout, DATASET, model, run, tiny.values(**changed), callback or RecordingCallback())
        return self.results(model, run)

    def results(self, model: str, run: int = 0) -> dict[str, bytes]:
        """Return the weights and the probabilities of a finished training, by name."""
        with zipfile.ZipFile(self.layout.model(DATASET, model, run)) as archive:
            members = {name: archive.read(name) for name in archive.namelist() if name not in TIMED}
        return members | {"probabilities": self.layout.probabilities(DATASET, model, run).read_bytes()}

    def probabilities(self, model: str, run: int = 0) -> NDArray[np.float32]:
        probabilities: NDArray[np.float32] = np.load(self.layout.probabilities(DATASET, model, run), allow_pickle=False)
        return probabilities

    def list_outputs(self) -> set[str]:
        """List the files except corpus and params.yaml, relative to the root."""
        files = (path for path in self.layout.root.rglob("*") if path.is_file())
        names = {str(path.relative_to(self.layout.root)) for path in files}
        return {name for name in names if not name.startswith("data/") and name != "params.yaml"}

    def checkpoints(self) -> list[Path]:
        return sorted((self.layout.state / "checkpoints").glob("*"))


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Project]:
    """Return a function that creates a project.

    Its arguments are the documents, by default `tiny.documents`, further arguments of `tiny.write_corpus` and, by
    keyword, changed values of params.yaml.
    """
    count = 0

    def project(documents: list[tiny.Document] | None = None, *corpus_arguments: Any, **changed: Any) -> Project:
        nonlocal count
        count += 1
        layout = Layout(tmp_path / str(count))
        tiny.write_corpus(layout, tiny.documents() if documents is None else documents, *corpus_arguments)
        layout.params.write_text(yaml.safe_dump(tiny.settings(**changed)))
        return Project(layout)

    return project


@pytest.fixture
def project(make: Callable[..., Project]) -> Project:
    return make()

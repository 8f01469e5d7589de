"""A small finished project with an empty MLflow store: two models, two runs each."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lemma.evaluation.summary import summarize
from lemma.layout import Layout
from lemma.tracking import run_names, store, track
from lemma.tracking.identity import CURRENT, KEY

CLASSES = ["a", "b/c: ∀"]
MODELS, RUNS = {"majority": 1, "cnn": 3}, [0, 1]  # epochs by model
CLOCK = 1_800_000_000.0  # Unix seconds at which every training starts


class Project(Layout):
    """The files of finished trainings, and the store they are tracked in."""

    data, models, runs, clock = "tiny", list(MODELS), RUNS, CLOCK

    def settings(self, model: str = "cnn", run: int = 0, dropout: float = 0.5, rate: float = 1e-3) -> dict[str, Any]:
        """Return the settings.json of a training."""
        inputs = {name: name for name in ("tokens", "tokenizer", "vectors", "code")}
        named = {"model": model, "dataset": self.data, "run": run, "seed": 100 + run, "classes": ["a", "b"]}
        chosen = {
            "settings": {"kernel_sizes": [3, 4], "dropout": dropout, "learning_rate": rate},
            "train": {"device": "auto", "epochs": 3},
        }
        learnt = {"parameters": 9, "vocabulary": 5, "best_epoch": 1, "epochs": MODELS[model], "seconds": 0.75}
        learnt |= {"cpu_seconds": 1.25, "peak_memory_mb": 321.0}
        return named | chosen | learnt | {"device": "cpu", "threads": 1, "inputs": inputs, "host": "elsewhere"}

    def line(self, epoch: int) -> dict[str, Any]:
        """Return one line of a history: an epoch of a quarter of a second."""
        values = {"train_loss": 0.7 / epoch, "dev_loss": 0.8 / epoch, "dev_accuracy": 0.5 + epoch / 100}
        return {"epoch": epoch, **values, "seconds": 0.25, "time": CLOCK + 0.25 * epoch, "best": True}

    def train(
        self, model: str, run: int, dropout: float = 0.5, seconds: float = 0.25, learning_rate: float = 1e-3
    ) -> None:
        """Write the files of a training; `seconds` is the duration of an epoch."""
        self.run(self.data, model, run).mkdir(parents=True, exist_ok=True)
        times = {epoch: {"seconds": seconds, "time": CLOCK + seconds * epoch} for epoch in range(1, MODELS[model] + 1)}
        lines = [json.dumps(self.line(epoch) | time) + "\n" for epoch, time in times.items()]
        self.history(self.data, model, run).write_text("".join(lines))
        np.save(self.probabilities(self.data, model, run), np.full((2, 2), 0.5, np.float32))
        with zipfile.ZipFile(self.model(self.data, model, run), "w") as archive:
            archive.writestr("settings.json", json.dumps(self.settings(model, run, dropout, learning_rate)))

    def evaluate(self, accuracy: float = 0.75) -> None:
        """Write metrics.json; `accuracy` is that of run 1 of cnn on test, all others are 0.5."""
        macro = {"precision": 0.7, "recall": 0.6, "f1": 0.65, "pr_auc": 0.8}

        def scores() -> dict[str, Any]:
            return {"accuracy": 0.5, "macro": macro, "per_class": {name: macro | {"support": 1} for name in CLASSES}}

        models: dict[str, Any] = {}
        for model in MODELS:
            runs = [{"run": run} | {part: scores() for part in ("train", "dev", "test")} for run in self.runs]
            models[model] = {"runs": runs}
        models["cnn"]["runs"][1]["test"]["accuracy"] = accuracy
        for entry in models.values():
            parts = ("train", "dev", "test")
            entry["summary"] = {part: summarize([run[part] for run in entry["runs"]], {}, 0.95) for part in parts}
        self.report(self.data).mkdir(parents=True, exist_ok=True)
        self.metrics(self.data).write_text(json.dumps({"dataset": self.data, "models": models}))

    def track(self, **options: Any) -> None:
        """Track all runs."""
        track(self, self.data, self.models, self.runs, **options)

    @property
    def store(self) -> str:
        """Return the address of the project's own store."""
        return store.default_uri(self)

    def shown(self) -> list[Any]:
        """Return the active runs in the store."""
        with store.connect(self.store) as client:
            return store.search_runs(client, store.get_or_create_experiment(client, self.data), "")

    def current(self) -> dict[str, Any]:
        """Return the current runs by key; check that there is one for each key."""
        runs = [run for run in self.shown() if run.data.tags[CURRENT] == "true"]
        by_key = {run.data.tags[KEY]: run for run in runs}
        assert len(by_key) == len(runs), "a key has two current runs"
        return by_key

    def replaced(self, before: dict[str, Any]) -> list[str]:
        """Return the keys whose current runs are not those of `before`."""
        return sorted(key for key, run in self.current().items() if run.info.run_id != before[key].info.run_id)


Finished = Callable[[Path], Project]


def written(root: Path, kind: type[Project] = Project) -> Project:
    """Write a finished project without a store into a folder."""
    project = kind(root)
    project.tokens(project.data).parent.mkdir(parents=True)
    project.tokens(project.data).write_bytes(b"tokens")
    for model in MODELS:
        for run in project.runs:
            project.train(model, run)
    project.evaluate()
    return project


@pytest.fixture
def finished(monkeypatch: pytest.MonkeyPatch) -> Finished:
    """Return a function that writes a finished project without a store into a folder."""
    for variable in (store.VARIABLE, store.DVC_ROOT, run_names.DVC_VARIABLE, run_names.VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    return written


@pytest.fixture
def project(finished: Finished, tmp_path: Path, empty_store: Path) -> Project:
    """Return a finished project with an empty store."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    return finished(tmp_path)

"""A project with a tokenized corpus, whose models are searched in seconds."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.errors import CheckError
from lemma.layout import Layout
from lemma.params import Params
from lemma.training import schedule, train
from lemma.training.task import Task
from lemma.tuning import search as module
from lemma.tuning.search import TrialResult, search_hyperparameters
from tests.unit.training import tiny
from tests.unit.training.tiny import DATASET


@pytest.fixture(autouse=True)
def _checkpoint_after_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(schedule.VARIABLE, "0")


SPACE: dict[str, Any] = {
    "majority": {},
    "logreg": {"c": {"low": 0.1, "high": 10.0, "log": True}, "ngrams": [1, 2]},
    "mlp": {
        "learning_rate": {"low": 0.001, "high": 0.3, "log": True},
        "hidden_sizes": [[4], [6, 5]],
        "embedding_dim": {"low": 4, "high": 9},
        "dropout": {"low": 0.0, "high": 0.6},
    },
}
TRIALS = 14  # more than are drawn at random, so that some proposals follow from scores


def settings(**changed: Any) -> dict[str, Any]:
    """Return the content of params.yaml; `changed` are values of `tune`."""
    values = tiny.settings(experiment={"models": ["majority", "logreg", "mlp"]})
    space = values["tune"]["space"] | SPACE
    values["tune"] = {"models": ["mlp", "logreg"], "trials": TRIALS, "run": 0, "seed": 0, "space": space} | changed
    return values


@dataclass(frozen=True)
class Project:
    """A folder with a tokenized corpus and params.yaml."""

    layout: Layout

    def params(self, **changed: Any) -> Params:
        return Params.model_validate(settings(**changed))

    def search(self, model: str = "mlp", **changed: Any) -> list[TrialResult]:
        return search_hyperparameters(self.layout, DATASET, model, self.params(**changed))

    def state(self) -> list[str]:
        """Return the names of the files of all searches."""
        return sorted(path.name for path in (self.layout.state / "tune").glob("*"))


@pytest.fixture
def make(tmp_path: Path) -> Callable[[], Project]:
    """Return a function that creates a project with `tiny.documents` in a new folder."""
    count = 0

    def project() -> Project:
        nonlocal count
        count += 1
        layout = Layout(tmp_path / str(count))
        tiny.write_corpus(layout, tiny.documents())
        layout.params.write_text(yaml.safe_dump(settings()))
        return Project(layout)

    return project


@pytest.fixture
def project(make: Callable[[], Project]) -> Project:
    return make()


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the numbers of the trials that were trained, in the order of their end."""
    numbers: list[int] = []
    described = module._describe

    def note(attempt: TrialResult) -> str:
        numbers.append(attempt.number)
        return described(attempt)

    monkeypatch.setattr(module, "_describe", note)
    return numbers


def untimed(attempts: list[TrialResult]) -> list[Any]:
    """Return everything that is equal in equal searches."""
    kept = ("number", "settings", "score", "state", "epochs")
    scores = [[(line["epoch"], line["dev_score"], line["dev_loss"]) for line in one.lines] for one in attempts]
    return [[getattr(one, key) for key in kept] + [lines] for one, lines in zip(attempts, scores, strict=True)]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace trainings by scores: the nearer the rate is to 0.02 the better, from the first epoch; 0.05 diverges."""

    def fit(task: Task[Any]) -> None:
        rate = task.hyperparameters.model_dump()["learning_rate"]
        for epoch in range(1, task.train_params.epochs + 1):
            if rate > 0.05:
                raise CheckError("the loss is no longer a number")
            score = (1 - abs(math.log(rate / 0.02)) / 4) * epoch / task.train_params.epochs
            line = {"epoch": epoch, "dev_score": score, "dev_loss": 1 - score, "seconds": 0.5, "time": 1e9 + epoch}
            task.on_epoch_end(line | {"best": True})

    monkeypatch.setattr(train, "fit", fit)

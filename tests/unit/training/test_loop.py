"""Early stopping, the best epoch, and losses that leave the numbers."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lemma.data.splits import DEV, TRAIN
from lemma.errors import CheckError
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET, Watcher

Make = Callable[..., Project]
OVERFITTED = {"models": {"cnn": {"dropout": 0.0, "embedding_dropout": 0.0, "min_count": 1, "learning_rate": 0.05}}}


def confused() -> list[tiny.Document]:
    """Return documents whose dev part has the classes exchanged: what is learnt makes its loss rise."""
    return [d._replace(label=1 - d.label if d.part == DEV else d.label) for d in tiny.documents()]


def history(project: Project, model: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in project.layout.history(DATASET, model, 0).read_text().splitlines()]


def loss_of(project: Project, model: str, part: int, held: list[tiny.Document]) -> float:
    """Return the mean cross-entropy of a part, from the probabilities the training left."""
    rows: NDArray[np.float32] = project.probabilities(model)
    right = [float(rows[at, d.label]) for at, d in enumerate(held) if d.part == part]
    return float(-np.log(np.array(right)).mean())


@pytest.mark.parametrize("patience", [1, 3])
def test_a_training_stops_after_patience_epochs_without_a_lower_dev_loss(make: Make, patience: int) -> None:
    project = make(confused())
    watcher = Watcher()
    project.train("cnn", 0, watcher, train={"epochs": 40, "patience": patience}, **OVERFITTED)
    lines = watcher.lines
    best = max(line["epoch"] for line in lines if line["best"])
    assert len(lines) == best + patience < 40


def test_a_training_without_reason_to_stop_makes_all_its_epochs(project: Project) -> None:
    watcher = Watcher()
    project.train("cnn", 0, watcher, train={"epochs": 4, "patience": 4})
    assert [line["epoch"] for line in watcher.lines] == [1, 2, 3, 4]


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_the_weights_kept_are_those_of_the_best_epoch(make: Make, model: str) -> None:
    held = confused()
    project = make(held)
    project.train(model, train={"epochs": 6, "patience": 6})
    lines = history(project, model)
    lowest = min(lines, key=lambda line: line["dev_loss"])
    assert lowest["epoch"] < 6, "else this shows nothing"
    assert loss_of(project, model, DEV, held) == pytest.approx(lowest["dev_loss"], abs=1e-6)


def test_an_epoch_is_called_best_when_its_dev_loss_is_lower_than_all_before(make: Make) -> None:
    project = make(confused())
    project.train("mlp", train={"epochs": 8, "patience": 8})
    lowest = float("inf")
    for line in history(project, "mlp"):
        assert line["best"] is (line["dev_loss"] < lowest)
        lowest = min(lowest, line["dev_loss"])


@pytest.mark.parametrize("model", tiny.MODELS)
def test_what_can_be_learnt_is_learnt(project: Project, model: str) -> None:
    project.train(model, train={"epochs": 15, "patience": 15})
    held = tiny.documents()
    rows = project.probabilities(model)
    for part in (TRAIN, DEV):
        members = [at for at, document in enumerate(held) if document.part == part]
        accuracy = np.mean([rows[at].argmax() == held[at].label for at in members])
        assert accuracy == 0.5 if model == "majority" else accuracy > 0.9


def test_the_history_holds_every_epoch_as_it_was_shown(project: Project) -> None:
    watcher = Watcher()
    project.train("rnn", 0, watcher, train={"epochs": 3})
    lines = history(project, "rnn")
    assert lines == watcher.lines
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    for line in lines:
        assert set(line) == {"epoch", "train_loss", "dev_loss", "dev_accuracy", "seconds", "time", "best"}
        assert 0 <= line["dev_accuracy"] <= 1


@pytest.mark.parametrize("model", ["majority", "logreg"])
def test_a_model_without_epochs_has_one_line_with_its_losses(project: Project, model: str) -> None:
    project.train(model)
    (line,) = history(project, model)
    assert (line["epoch"], line["best"]) == (1, True)
    for part, name in ((TRAIN, "train_loss"), (DEV, "dev_loss")):
        assert line[name] == pytest.approx(loss_of(project, model, part, tiny.documents()), abs=1e-6)


def test_a_loss_that_is_no_number_stops_the_training_with_epoch_rate_and_remedy(project: Project) -> None:
    with pytest.raises(CheckError, match=r"tiny/cnn/0.*epoch 1.*learning rate 1e\+30") as caught:
        project.train("cnn", models={"cnn": {"learning_rate": 1e30}})
    assert caught.value.exit_code == 1
    assert "learning_rate in params.yaml" in caught.value.fix
    assert not project.left(), "a failed training left something"

"""Early stopping, the best epoch, and losses that leave the numbers."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load

from lemma.corpus.splits import DEV, TRAIN
from lemma.errors import CheckError
from lemma.layout import Layout
from lemma.training.train import train
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET, RecordingCallback

Make = Callable[..., Project]
DEV_SCORES = {"dev_loss", "dev_accuracy", "dev_score"}
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
    watcher = RecordingCallback()
    project.train("cnn", 0, watcher, train={"epochs": 40, "patience": patience}, **OVERFITTED)
    lines = watcher.lines
    best = max(line["epoch"] for line in lines if line["best"])
    assert len(lines) == best + patience < 40


def test_a_training_without_reason_to_stop_makes_all_its_epochs(project: Project) -> None:
    watcher = RecordingCallback()
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
    watcher = RecordingCallback()
    project.train("rnn", 0, watcher, train={"epochs": 3})
    lines = history(project, "rnn")
    assert lines == watcher.lines
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    for line in lines:
        assert set(line) == {"epoch", "train_loss", *DEV_SCORES, "seconds", "cpu_seconds", "time", "best"}
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


def test_a_loss_that_explodes_stops_the_training_with_epoch_rate_and_remedy(project: Project) -> None:
    with pytest.raises(CheckError, match=r"exploded to .* in epoch \d.*learning rate 30") as caught:
        project.train(
            "mlp", train={"epochs": 9}, models={"mlp": {"learning_rate": 30.0, "embedding_learning_rate": 30.0}}
        )
    assert "learning_rate" in caught.value.fix
    assert not project.left()


def test_the_best_epoch_by_score_has_the_highest_and_the_lowest_loss_among_equals(make: Make) -> None:
    project = make(confused())
    project.train("mlp", train={"epochs": 8, "patience": 8, "select": "score"})
    lines = history(project, "mlp")
    best = max(line["epoch"] for line in lines if line["best"])
    assert best == max(lines, key=lambda line: (line["dev_score"], -line["dev_loss"]))["epoch"]


def test_several_epochs_vote_by_the_mean_of_their_probabilities(make: Make) -> None:
    project, settings = make(), {"epochs": 4, "patience": 4}
    project.train("cnn", train=settings | {"best_epochs": 2})
    voted = project.probabilities("cnn")
    lines = history(project, "cnn")
    best = [line["epoch"] for line in sorted(lines, key=lambda line: float(line["dev_loss"]))[:2]]
    alone = []
    for epoch in best:  # a training that ends with this epoch, and takes it
        stopped = make()
        stopped.train("cnn", train={"epochs": epoch, "patience": 4, "best_epochs": epoch})
        with zipfile.ZipFile(stopped.layout.model(DATASET, "cnn", 0)) as archive:
            tensors = load(archive.read("weights.safetensors"))
        order = [line["epoch"] for line in sorted(history(stopped, "cnn"), key=lambda line: float(line["dev_loss"]))]
        place = order.index(epoch)
        alone.append({name.partition(".")[2]: tensors[name] for name in tensors if name.startswith(f"{place}.")})
    with zipfile.ZipFile(project.layout.model(DATASET, "cnn", 0)) as archive:
        kept = load(archive.read("weights.safetensors"))
    for place, tensors in enumerate(alone):
        for name, tensor in tensors.items():
            assert np.array_equal(kept[f"{place}.{name}"], tensor), name
    project.train("cnn", train=settings | {"best_epochs": 1})
    assert not np.array_equal(voted, project.probabilities("cnn"))
    np.testing.assert_allclose(voted.sum(1), 1, atol=1e-6)


def test_averaged_epochs_are_one_set_of_weights_their_mean(make: Make) -> None:
    weights = []
    for averaging in ("predictions", "weights"):
        project = make()
        project.train("cnn", train={"epochs": 4, "patience": 4, "best_epochs": 3, "averaging": averaging})
        with zipfile.ZipFile(project.layout.model(DATASET, "cnn", 0)) as archive:
            weights.append(load(archive.read("weights.safetensors")))
    voted, averaged = weights
    assert {name.partition(".")[0] for name in averaged} == {"0"}
    for name, tensor in averaged.items():
        several = [voted[f"{number}.{name.partition('.')[2]}"] for number in range(3)]
        np.testing.assert_allclose(tensor, np.mean(several, axis=0), atol=1e-6)


def test_classes_weigh_the_same_where_the_metric_is_macro_recall(tmp_path: Path) -> None:
    held = [d for at, d in enumerate(tiny.documents(count=120)) if d.label == 0 or at % 4 == 1]
    lost = []
    for metric in ("accuracy", "macro recall"):
        layout = Layout(tmp_path / metric.replace(" ", "-"))
        tiny.write_corpus(layout, held, metric=metric)
        train(layout, DATASET, "mlp", 0, tiny.values(train={"epochs": 1}), RecordingCallback())
        rows = np.load(layout.probabilities(DATASET, "mlp", 0))
        lost.append(rows[:, 1].mean())
    assert lost[1] > lost[0] + 0.05

"""Tests of early stopping, of the selection of epochs, and of losses that diverge."""

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


def swap_dev_classes() -> list[tiny.Document]:
    """Return documents with exchanged classes in dev, so that the dev loss rises as the model learns."""
    return [d._replace(label=1 - d.label if d.part == DEV else d.label) for d in tiny.documents()]


def read_history(project: Project, model: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in project.layout.history(DATASET, model, 0).read_text().splitlines()]


def compute_loss(project: Project, model: str, split: int, documents: list[tiny.Document]) -> float:
    """Compute the mean cross-entropy of a split from the probabilities that the training wrote."""
    predicted: NDArray[np.float32] = project.probabilities(model)
    probabilities = [float(predicted[index, d.label]) for index, d in enumerate(documents) if d.part == split]
    return float(-np.log(np.array(probabilities)).mean())


@pytest.mark.parametrize("patience", [1, 3])
def test_a_training_stops_after_patience_epochs_without_a_lower_dev_loss(make: Make, patience: int) -> None:
    project = make(swap_dev_classes())
    callback = RecordingCallback()
    project.train("cnn", 0, callback, train={"epochs": 40, "patience": patience}, **OVERFITTED)
    lines = callback.lines
    best = max(line["epoch"] for line in lines if line["best"])
    assert len(lines) == best + patience < 40


def test_a_training_that_does_not_stop_early_runs_all_epochs(project: Project) -> None:
    callback = RecordingCallback()
    project.train("cnn", 0, callback, train={"epochs": 4, "patience": 4})
    assert [line["epoch"] for line in callback.lines] == [1, 2, 3, 4]


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_the_stored_weights_are_those_of_the_best_epoch(make: Make, model: str) -> None:
    documents = swap_dev_classes()
    project = make(documents)
    project.train(model, train={"epochs": 6, "patience": 6})
    lines = read_history(project, model)
    lowest = min(lines, key=lambda line: line["dev_loss"])
    assert lowest["epoch"] < 6, "the last epoch is the best: the test is void"
    assert compute_loss(project, model, DEV, documents) == pytest.approx(lowest["dev_loss"], abs=1e-6)


def test_an_epoch_is_best_if_its_dev_loss_is_the_lowest_so_far(make: Make) -> None:
    project = make(swap_dev_classes())
    project.train("mlp", train={"epochs": 8, "patience": 8})
    lowest = float("inf")
    for line in read_history(project, "mlp"):
        assert line["best"] is (line["dev_loss"] < lowest)
        lowest = min(lowest, line["dev_loss"])


@pytest.mark.parametrize("model", tiny.MODELS)
def test_separable_classes_are_learned(project: Project, model: str) -> None:
    project.train(model, train={"epochs": 15, "patience": 15})
    documents = tiny.documents()
    probabilities = project.probabilities(model)
    for split in (TRAIN, DEV):
        members = [index for index, document in enumerate(documents) if document.part == split]
        accuracy = np.mean([probabilities[index].argmax() == documents[index].label for index in members])
        assert accuracy == 0.5 if model == "majority" else accuracy > 0.9


def test_the_history_equals_what_callbacks_received(project: Project) -> None:
    callback = RecordingCallback()
    project.train("rnn", 0, callback, train={"epochs": 3})
    lines = read_history(project, "rnn")
    assert lines == callback.lines
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    for line in lines:
        assert set(line) == {"epoch", "train_loss", *DEV_SCORES, "seconds", "cpu_seconds", "time", "best"}
        assert 0 <= line["dev_accuracy"] <= 1


@pytest.mark.parametrize("model", ["majority", "logreg"])
def test_a_model_without_epochs_has_one_line_with_its_losses(project: Project, model: str) -> None:
    project.train(model)
    (line,) = read_history(project, model)
    assert (line["epoch"], line["best"]) == (1, True)
    for split, name in ((TRAIN, "train_loss"), (DEV, "dev_loss")):
        assert line[name] == pytest.approx(compute_loss(project, model, split, tiny.documents()), abs=1e-6)


def test_a_loss_that_is_not_finite_stops_the_training_with_a_remedy(project: Project) -> None:
    with pytest.raises(CheckError, match=r"tiny/cnn/0.*epoch 1.*learning rate 1e\+30") as caught:
        project.train("cnn", models={"cnn": {"learning_rate": 1e30}})
    assert caught.value.exit_code == 1
    assert "learning_rate in params.yaml" in caught.value.fix
    assert not project.list_outputs(), "a failed training wrote files"


def test_an_exploding_loss_stops_the_training_with_a_remedy(project: Project) -> None:
    with pytest.raises(CheckError, match=r"exploded to .* in epoch \d.*learning rate 30") as caught:
        project.train(
            "mlp", train={"epochs": 9}, models={"mlp": {"learning_rate": 30.0, "embedding_learning_rate": 30.0}}
        )
    assert "learning_rate" in caught.value.fix
    assert not project.list_outputs()


def test_the_best_epoch_by_score_has_the_highest_score_and_on_ties_the_lowest_loss(make: Make) -> None:
    project = make(swap_dev_classes())
    project.train("mlp", train={"epochs": 8, "patience": 8, "select": "score"})
    lines = read_history(project, "mlp")
    best = max(line["epoch"] for line in lines if line["best"])
    assert best == max(lines, key=lambda line: (line["dev_score"], -line["dev_loss"]))["epoch"]


def test_predictions_are_averaged_over_the_best_epochs(make: Make) -> None:
    project, settings = make(), {"epochs": 4, "patience": 4}
    project.train("cnn", train=settings | {"best_epochs": 2})
    averaged = project.probabilities("cnn")
    lines = read_history(project, "cnn")
    best = [line["epoch"] for line in sorted(lines, key=lambda line: float(line["dev_loss"]))[:2]]
    weights_by_rank = []
    for epoch in best:  # a training of that many epochs, which stores all
        shorter = make()
        shorter.train("cnn", train={"epochs": epoch, "patience": 4, "best_epochs": epoch})
        with zipfile.ZipFile(shorter.layout.model(DATASET, "cnn", 0)) as archive:
            tensors = load(archive.read("weights.safetensors"))
        order = [
            line["epoch"] for line in sorted(read_history(shorter, "cnn"), key=lambda line: float(line["dev_loss"]))
        ]
        rank = order.index(epoch)
        weights_by_rank.append(
            {name.partition(".")[2]: tensors[name] for name in tensors if name.startswith(f"{rank}.")}
        )
    with zipfile.ZipFile(project.layout.model(DATASET, "cnn", 0)) as archive:
        stored = load(archive.read("weights.safetensors"))
    for rank, tensors in enumerate(weights_by_rank):
        for name, tensor in tensors.items():
            assert np.array_equal(stored[f"{rank}.{name}"], tensor), name
    project.train("cnn", train=settings | {"best_epochs": 1})
    assert not np.array_equal(averaged, project.probabilities("cnn"))
    np.testing.assert_allclose(averaged.sum(1), 1, atol=1e-6)


def test_weights_are_averaged_over_the_best_epochs(make: Make) -> None:
    weights = []
    for averaging in ("predictions", "weights"):
        project = make()
        project.train("cnn", train={"epochs": 4, "patience": 4, "best_epochs": 3, "averaging": averaging})
        with zipfile.ZipFile(project.layout.model(DATASET, "cnn", 0)) as archive:
            weights.append(load(archive.read("weights.safetensors")))
    separate, averaged = weights
    assert {name.partition(".")[0] for name in averaged} == {"0"}
    for name, tensor in averaged.items():
        epoch_tensors = [separate[f"{number}.{name.partition('.')[2]}"] for number in range(3)]
        np.testing.assert_allclose(tensor, np.mean(epoch_tensors, axis=0), atol=1e-6)


def test_the_loss_is_balanced_if_the_metric_is_macro_recall(tmp_path: Path) -> None:
    documents = [d for index, d in enumerate(tiny.documents(count=120)) if d.label == 0 or index % 4 == 1]
    mean_probabilities = []
    for metric in ("accuracy", "macro recall"):
        layout = Layout(tmp_path / metric.replace(" ", "-"))
        tiny.write_corpus(layout, documents, metric=metric)
        train(layout, DATASET, "mlp", 0, tiny.values(train={"epochs": 1}), RecordingCallback())
        probabilities = np.load(layout.probabilities(DATASET, "mlp", 0))
        mean_probabilities.append(probabilities[:, 1].mean())
    assert mean_probabilities[1] > mean_probabilities[0] + 0.05

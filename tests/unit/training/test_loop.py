"""Tests of early stopping, of the selection of epochs, and of losses that diverge."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load
from torch import Tensor, nn

from lemma.corpus.special_tokens import PAD
from lemma.corpus.splits import DEV, TRAIN
from lemma.errors import CheckError
from lemma.layout import Layout
from lemma.training import loop
from lemma.training.cost import Cost
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


NO_STEP = {
    "learning_rate": 1e-12,
    "embedding_learning_rate": 0.0,
    "dropout": 0.0,
    "embedding_dropout": 0.0,
    "word_dropout": 0.0,
}


@pytest.mark.parametrize("batch_size", [16, 100])
def test_the_training_loss_is_the_mean_over_the_documents(make: Make, batch_size: int) -> None:
    """Steps are so small that the weights do not change; of 36 documents the last batch of 16 holds 4."""
    project = make()
    project.train("mlp", models={"mlp": NO_STEP}, train={"epochs": 1, "batch_size": batch_size})
    (line,) = read_history(project, "mlp")
    assert line["train_loss"] == pytest.approx(compute_loss(project, "mlp", TRAIN, tiny.documents()), abs=1e-5)
    assert line["dev_loss"] == pytest.approx(compute_loss(project, "mlp", DEV, tiny.documents()), abs=1e-5)


def test_a_balanced_training_loss_weighs_documents_by_class(tmp_path: Path) -> None:
    documents = [d for index, d in enumerate(tiny.documents(count=120)) if d.label == 0 or index % 4 == 1]
    layout = Layout(tmp_path)
    tiny.write_corpus(layout, documents, metric="macro recall")
    changed = {"models": {"mlp": NO_STEP}, "train": {"epochs": 1, "batch_size": 200}}
    train(layout, DATASET, "mlp", 0, tiny.values(**changed), RecordingCallback())
    (line,) = (json.loads(text) for text in layout.history(DATASET, "mlp", 0).read_text().splitlines())
    probabilities = np.load(layout.probabilities(DATASET, "mlp", 0))
    by_class = [
        np.mean(
            [-np.log(probabilities[n, d.label]) for n, d in enumerate(documents) if (d.part, d.label) == (TRAIN, c)]
        )
        for c in (0, 1)
    ]
    assert line["train_loss"] == pytest.approx(np.mean(by_class), abs=1e-5)


def test_the_cost_of_an_epoch_is_that_of_training_and_of_evaluation(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = iter([Cost(1.0, 2.0), Cost(0.25, 0.5), Cost(3.0, 4.0), Cost(0.125, 0.25)])
    monkeypatch.setattr(loop, "Stopwatch", lambda: SimpleNamespace(read=lambda: next(costs)))
    project.train("mlp", train={"epochs": 2, "patience": 2})
    lines = read_history(project, "mlp")
    assert [(line["seconds"], line["cpu_seconds"]) for line in lines] == [(1.25, 2.5), (3.125, 4.25)]


def test_only_a_training_loss_explodes_and_every_loss_must_be_finite() -> None:
    bound = loop.EXPLODED * float(np.log(3))
    task: Any = SimpleNamespace(
        corpus=SimpleNamespace(classes=["a", "b", "c"]),
        title="tiny/cnn/0",
        hyperparameters=SimpleNamespace(learning_rate=0.1),
    )

    def check(train_loss: float, dev_loss: float) -> None:
        loop._check_losses({"train_loss": train_loss, "dev_loss": dev_loss}, 1, task)

    check(bound, 100 * bound)
    for losses, problem in (
        ((bound * 1.001, 1.0), "has exploded to"),
        ((float("nan"), 1.0), "is not a finite number"),
        ((1.0, float("nan")), "is not a finite number"),
        ((1.0, float("inf")), "is not a finite number"),
    ):
        with pytest.raises(CheckError, match=problem):
            check(*losses)
    task.corpus.classes = ["only"]  # as with two classes
    check(6.9, 1.0)
    with pytest.raises(CheckError, match="exploded"):
        check(7.0, 1.0)


def test_gradients_above_the_largest_norm_are_scaled_to_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    norms: list[tuple[float, float]] = []
    clip = loop.Trainer._clip_gradients

    def record(trainer: loop.Trainer, parameters: list[Tensor]) -> None:
        def norm() -> float:
            return float(nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None]))

        before = norm()
        clip(trainer, parameters)
        norms.append((before, norm()))

    monkeypatch.setattr(loop.Trainer, "_clip_gradients", record)
    project.train("mlp", train={"epochs": 3, "max_grad_norm": 0.1})
    assert any(before > 0.1 for before, _ in norms)
    for before, after in norms:
        assert after == pytest.approx(min(before, 0.1), rel=1e-4)


def test_the_gradient_of_word_vectors_that_are_not_trained_does_not_count_for_the_norm(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_gradient = []
    clip = loop.Trainer._clip_gradients

    def record(trainer: loop.Trainer, parameters: list[Tensor]) -> None:
        has_gradient.append(parameters[-1].grad is not None)
        clip(trainer, parameters)

    monkeypatch.setattr(loop.Trainer, "_clip_gradients", record)
    for rate in (0.0, 0.03):
        project.train("mlp", train={"epochs": 1, "batch_size": 100}, models={"mlp": {"embedding_learning_rate": rate}})
    assert has_gradient == [False, True]


def test_the_message_of_an_epoch_marks_the_best_and_times_are_in_milliseconds(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    project = make(swap_dev_classes())
    project.train("mlp", train={"epochs": 6, "patience": 6})
    lines = read_history(project, "mlp")
    messages = [line for line in capfd.readouterr().err.splitlines() if "epoch " in line]
    assert [message.endswith(" *") for message in messages] == [line["best"] for line in lines]
    assert {line["best"] for line in lines} == {True, False}
    assert all(line["time"] == round(line["time"], 3) for line in lines)


def test_a_checkpoint_holds_weights_two_moments_and_the_best_weights() -> None:
    network: Any = nn.Linear(3, 5)  # 20 numbers of 4 bytes
    assert loop.checkpoint_size(network, 2) == (3 + 2) * 20 * 4


def test_word_vectors_that_are_not_trained_do_not_change_and_padding_stays_0(make: Make) -> None:
    tables = {}
    for rate in (0.0, 0.03):
        project = make()
        project.train("mlp", train={"epochs": 2}, models={"mlp": {"embedding_learning_rate": rate}})
        with zipfile.ZipFile(project.layout.model(DATASET, "mlp", 0)) as archive:
            tensors = load(archive.read("weights.safetensors"))
        tables[rate] = next(value for name, value in tensors.items() if "embedding" in name)
        assert not tables[rate][PAD].any()
    assert not np.array_equal(tables[0.0], tables[0.03])


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

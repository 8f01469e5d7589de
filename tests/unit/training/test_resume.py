"""Tests that an interrupted training resumes and ends with the same results."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lemma.errors import CheckError
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import RecordingCallback

Make = Callable[..., Project]


def interrupt(project: Project, model: str, epoch: int, **changed: Any) -> Path:
    """Start a training, interrupt it at the end of an epoch, and return its checkpoint."""
    with pytest.raises(KeyboardInterrupt):
        project.train(model, 0, RecordingCallback(stop=epoch), **changed)
    (checkpoint,) = project.checkpoints()
    return checkpoint


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_an_interrupted_training_resumes_to_the_bytes_of_an_uninterrupted_one(make: Make, model: str) -> None:
    whole = make().train(model)
    for epoch in range(1, 6):  # after epoch 5, the last, only the results are to write
        project = make()
        interrupt(project, model, epoch)
        assert project.train(model) == whole, f"interrupted after epoch {epoch}"
        assert not project.checkpoints()


def test_a_training_interrupted_in_every_epoch_ends_with_the_same_bytes(make: Make) -> None:
    project = make()
    for epoch in range(1, 6):
        interrupt(project, "rnn", epoch)
    assert project.train("rnn") == make().train("rnn")


def test_patience_is_restored(make: Make) -> None:
    changed = {"train": {"epochs": 9, "patience": 2}, "models": {"mlp": {"learning_rate": 0.5}}}
    first = RecordingCallback()
    whole = make().train("mlp", 0, first, **changed)
    assert len(first.lines) < 9, "the training did not stop early: the test is void"
    project, second = make(), RecordingCallback()
    interrupt(project, "mlp", len(first.lines) - 1, **changed)
    assert project.train("mlp", 0, second, **changed) == whole
    assert len(second.lines) == len(first.lines)


def test_a_callback_receives_the_epochs_before_the_interruption(project: Project) -> None:
    interrupt(project, "mlp", 3)
    callback = RecordingCallback()
    project.train("mlp", 0, callback)
    assert [line["epoch"] for line in callback.lines] == [1, 2, 3, 4, 5]


def test_an_interrupted_training_leaves_a_checkpoint_and_no_result(project: Project) -> None:
    checkpoint = interrupt(project, "cnn", 2)
    assert all(name.startswith(f"{checkpoint.relative_to(project.layout.root)}/") for name in project.list_outputs())


@pytest.mark.parametrize("member", ["state", "epoch-2"])
@pytest.mark.parametrize("damage", ["cut", "empty", "beginning", "middle", "end", "other"])
def test_a_damaged_checkpoint_counts_as_none(make: Make, damage: str, member: str) -> None:
    project = make()
    path = interrupt(project, "cnn", 2) / member
    content = bytearray(path.read_bytes())
    if damage in ("beginning", "middle", "end"):
        content[{"beginning": 40, "middle": len(content) // 2, "end": -1}[damage]] ^= 0xFF
    path.write_bytes({"cut": bytes(content[:-100]), "empty": b"", "other": b"something else"}.get(damage, content))
    callback = RecordingCallback()
    assert project.train("cnn", 0, callback) == make().train("cnn")
    assert len(callback.lines) == 5


CHANGES: dict[str, dict[str, Any]] = {
    "learning rate": {"models": {"cnn": {"learning_rate": 0.02}}},
    "dropout": {"models": {"cnn": {"dropout": 0.1}}},
    "batch": {"train": {"batch_size": 9}},
    "clip": {"train": {"max_grad_norm": 0.1}},
    "epochs": {"train": {"epochs": 3, "patience": 5}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_training_never_resumes_after_values_changed(make: Make, change: str) -> None:
    project = make()
    interrupt(project, "cnn", 2)
    callback = RecordingCallback()
    assert project.train("cnn", 0, callback, **CHANGES[change]) == make().train("cnn", **CHANGES[change])
    assert [line["epoch"] for line in callback.lines] == list(range(1, 4 if change == "epochs" else 6))
    assert not project.checkpoints(), "the outdated checkpoint was not removed"


def test_weights_of_another_epoch_make_a_checkpoint_invalid(make: Make) -> None:
    project = make()
    path = interrupt(project, "cnn", 2) / "epoch-2"
    whole = path.read_bytes()
    interrupt(project, "cnn", 3)
    (path.parent / "epoch-3").write_bytes(whole)
    assert project.train("cnn") == make().train("cnn")


def test_weights_of_a_best_epoch_are_written_once(project: Project) -> None:
    changed = {"train": {"best_epochs": 3}}
    folder = interrupt(project, "cnn", 2, **changed)
    first = (folder / "epoch-2").stat().st_mtime_ns
    interrupt(project, "cnn", 3, **changed)
    assert {path.name for path in folder.iterdir()} == {"state", "epoch-1", "epoch-2", "epoch-3"}
    assert (folder / "epoch-2").stat().st_mtime_ns == first


def test_a_training_never_resumes_after_data_changed(make: Make) -> None:
    project, other = make(), make(tiny.documents(seed=1))
    interrupt(project, "cnn", 2)
    tiny.write_corpus(project.layout, tiny.documents(seed=1))
    assert project.train("cnn") == other.train("cnn")


def test_every_model_run_and_value_has_its_own_checkpoint(project: Project) -> None:
    names: set[Path] = set()
    for number, (model, run, rate) in enumerate(itertools.product(("mlp", "cnn"), (0, 1), (0.01, 0.02)), start=1):
        with pytest.raises(KeyboardInterrupt):
            project.train(model, run, RecordingCallback(stop=1), models={model: {"learning_rate": rate}})
        names.update(project.checkpoints())
        assert len(names) == number


def test_a_finished_training_removes_only_its_own_leftovers(project: Project) -> None:
    other_checkpoint = interrupt(project, "mlp", 1)
    checkpoints = project.layout.state / "checkpoints"
    run = project.layout.run(tiny.DATASET, "cnn", 0)
    run.mkdir(parents=True)
    outdated, unrelated = checkpoints / f"tiny-cnn-0-{'0' * 16}", checkpoints / f"tiny-cnn-01-{'0' * 16}"
    for folder in (outdated, unrelated):  # of other values, and of another run
        folder.mkdir()
        (folder / "state").write_bytes(b"whole")
    for path in (run / ".model.zip.abc.part", outdated / ".state.abc.part"):
        path.write_bytes(b"half")
    project.train("cnn")
    assert project.checkpoints() == sorted([other_checkpoint, unrelated])
    assert sorted(path.name for path in run.iterdir()) == ["history.jsonl", "model.zip", "probabilities.npy"]


def test_no_checkpoint_of_a_diverged_epoch_is_kept(project: Project) -> None:
    with pytest.raises(CheckError):
        project.train("cnn", models={"cnn": {"learning_rate": 1e30}})
    assert not project.checkpoints()

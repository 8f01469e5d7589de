"""A training that was interrupted ends as if it had not been."""

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
    """Start a training, stop it when an epoch is over, and return the checkpoint it leaves."""
    with pytest.raises(KeyboardInterrupt):
        project.train(model, 0, RecordingCallback(stop=epoch), **changed)
    (found,) = project.checkpoints()
    return found


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_an_interrupted_training_ends_with_the_bytes_of_an_uninterrupted_one(make: Make, model: str) -> None:
    whole = make().train(model)
    for epoch in range(1, 6):  # 5 is the last: only the writing of the results is left
        project = make()
        interrupt(project, model, epoch)
        assert project.train(model) == whole, f"interrupted after epoch {epoch}"
        assert not project.checkpoints()


def test_a_training_interrupted_at_every_epoch_ends_with_the_same_bytes(make: Make) -> None:
    project = make()
    for epoch in range(1, 6):
        interrupt(project, "rnn", epoch)
    assert project.train("rnn") == make().train("rnn")


def test_patience_goes_on_where_it_was(make: Make) -> None:
    changed = {"train": {"epochs": 9, "patience": 2}, "models": {"mlp": {"learning_rate": 0.5}}}
    first = RecordingCallback()
    whole = make().train("mlp", 0, first, **changed)
    assert len(first.lines) < 9, "else this shows nothing"
    project, second = make(), RecordingCallback()
    interrupt(project, "mlp", len(first.lines) - 1, **changed)
    assert project.train("mlp", 0, second, **changed) == whole
    assert len(second.lines) == len(first.lines)


def test_who_watches_sees_the_epochs_before_the_interruption_too(project: Project) -> None:
    interrupt(project, "mlp", 3)
    watcher = RecordingCallback()
    project.train("mlp", 0, watcher)
    assert [line["epoch"] for line in watcher.lines] == [1, 2, 3, 4, 5]


def test_an_interrupted_training_leaves_a_checkpoint_and_no_result(project: Project) -> None:
    checkpoint = interrupt(project, "cnn", 2)
    assert all(name.startswith(f"{checkpoint.relative_to(project.layout.root)}/") for name in project.left())


@pytest.mark.parametrize("part", ["state", "epoch-2"])
@pytest.mark.parametrize("damage", ["cut", "empty", "beginning", "middle", "end", "other"])
def test_a_damaged_checkpoint_counts_as_none(make: Make, damage: str, part: str) -> None:
    project = make()
    path = interrupt(project, "cnn", 2) / part
    content = bytearray(path.read_bytes())
    if damage in ("beginning", "middle", "end"):
        content[{"beginning": 40, "middle": len(content) // 2, "end": -1}[damage]] ^= 0xFF
    path.write_bytes({"cut": bytes(content[:-100]), "empty": b"", "other": b"something else"}.get(damage, content))
    watcher = RecordingCallback()
    assert project.train("cnn", 0, watcher) == make().train("cnn")
    assert len(watcher.lines) == 5


CHANGES: dict[str, dict[str, Any]] = {
    "learning rate": {"models": {"cnn": {"learning_rate": 0.02}}},
    "dropout": {"models": {"cnn": {"dropout": 0.1}}},
    "batch": {"train": {"batch_size": 9}},
    "clip": {"train": {"max_grad_norm": 0.1}},
    "epochs": {"train": {"epochs": 3, "patience": 5}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_values_never_go_on_from_an_old_checkpoint(make: Make, change: str) -> None:
    project = make()
    interrupt(project, "cnn", 2)
    watcher = RecordingCallback()
    assert project.train("cnn", 0, watcher, **CHANGES[change]) == make().train("cnn", **CHANGES[change])
    assert [line["epoch"] for line in watcher.lines] == list(range(1, 4 if change == "epochs" else 6))
    assert not project.checkpoints(), "the old checkpoint is left for ever"


def test_weights_of_another_epoch_in_a_checkpoint_count_as_damage(make: Make) -> None:
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


def test_changed_data_never_go_on_from_an_old_checkpoint(make: Make) -> None:
    project, other = make(), make(tiny.documents(seed=1))
    interrupt(project, "cnn", 2)
    tiny.write_corpus(project.layout, tiny.documents(seed=1))
    assert project.train("cnn") == other.train("cnn")


def test_every_model_run_and_value_has_a_checkpoint_of_its_own(project: Project) -> None:
    names: set[Path] = set()
    for number, (model, run, rate) in enumerate(itertools.product(("mlp", "cnn"), (0, 1), (0.01, 0.02)), start=1):
        with pytest.raises(KeyboardInterrupt):
            project.train(model, run, RecordingCallback(stop=1), models={model: {"learning_rate": rate}})
        names.update(project.checkpoints())
        assert len(names) == number


def test_a_finished_training_clears_away_what_killed_ones_left_and_nothing_of_others(project: Project) -> None:
    other = interrupt(project, "mlp", 1)
    checkpoints = project.layout.state / "checkpoints"
    run = project.layout.run(tiny.DATASET, "cnn", 0)
    run.mkdir(parents=True)
    old, kept = checkpoints / f"tiny-cnn-0-{'0' * 16}", checkpoints / f"tiny-cnn-01-{'0' * 16}"
    for folder in (old, kept):  # of other values, and of another run
        folder.mkdir()
        (folder / "state").write_bytes(b"whole")
    for left in (run / ".model.zip.abc.part", old / ".state.abc.part"):
        left.write_bytes(b"half")
    project.train("cnn")
    assert project.checkpoints() == sorted([other, kept])
    assert sorted(path.name for path in run.iterdir()) == ["history.jsonl", "model.zip", "probabilities.npy"]


def test_a_training_that_diverges_keeps_no_checkpoint_of_the_epoch_that_did(project: Project) -> None:
    with pytest.raises(CheckError):
        project.train("cnn", models={"cnn": {"learning_rate": 1e30}})
    assert not project.checkpoints()

"""Tests of the checkpoint schedule: the cost of writing is limited, and so is the work that a kill loses."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.errors import InputError
from lemma.training import schedule
from lemma.training.loop import Trainer
from lemma.training.schedule import FRACTION, SECONDS, VARIABLE, Schedule
from tests.unit.training.conftest import Project
from tests.unit.training.test_resume import Make, interrupt
from tests.unit.training.tiny import RecordingCallback


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that schedules read; the user sets no interval."""
    monkeypatch.delenv(VARIABLE)
    clock = Clock()
    monkeypatch.setattr(schedule, "time", clock)
    return clock


@given(
    epochs=st.lists(st.floats(0.01, 300), min_size=1, max_size=60),
    cost=st.floats(0.001, 60),
)
def test_checkpoints_cost_a_fixed_fraction_and_a_kill_loses_at_most_one_interval(
    epochs: list[float], cost: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        clock = Clock()
        patch.setattr(schedule, "time", clock)
        patch.delenv(VARIABLE, raising=False)
        plan = Schedule(size=int(cost * schedule.BYTES_PER_SECOND))  # so that its estimate equals the cost
        trained = written = since = 0.0
        for seconds in epochs:
            assert since < max(SECONDS, cost / FRACTION) + 1e-6, "lost, in addition to the epoch in progress"
            clock.now += seconds
            trained, since = trained + seconds, since + seconds
            if plan.is_due():
                assert trained >= SECONDS
                with plan.writing():
                    clock.now += cost
                written, since = written + cost, 0.0
        assert written <= FRACTION * trained + 1e-6


def test_the_measured_cost_replaces_the_estimate(clock: Clock) -> None:
    plan = Schedule(size=0)
    assert plan.interval == SECONDS
    with plan.writing():
        clock.now += 3
    assert plan.interval == pytest.approx(100)


def test_a_training_resumes_from_the_last_checkpoint_that_was_due(
    make: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An epoch takes seven seconds: checkpoints are due after the third and the sixth of nine."""
    changed: dict[str, Any] = {"train": {"epochs": 9, "patience": 9}}
    whole, project = make().train("cnn", **changed), make()
    epochs: list[Trainer] = []
    train = Trainer.train_epoch

    def epoch(trainer: Trainer) -> float:
        epochs.append(trainer)
        clock.now += 7
        return train(trainer)

    monkeypatch.setattr(Trainer, "train_epoch", epoch)
    with pytest.raises(KeyboardInterrupt):
        project.train("cnn", 0, RecordingCallback(stop=8), **changed)
    assert len(epochs) == 8
    assert project.train("cnn", 0, **changed) == whole
    assert len(epochs) == 8 + 3, "resumes after the sixth"


def test_a_short_training_writes_no_checkpoint(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(KeyboardInterrupt):
        project.train("cnn", 0, RecordingCallback(stop=4))
    assert not project.checkpoints()
    assert project.train("cnn")


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf"])
def test_an_invalid_checkpoint_interval_is_refused(
    project: Project, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(InputError, match=f"{VARIABLE} is '{text}'"):
        interrupt(project, "cnn", 1)

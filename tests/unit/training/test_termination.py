"""Tests of SIGTERM, which a cluster sends before SIGKILL: a training writes a checkpoint if its epoch ends in time."""

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lemma.training import termination
from lemma.training.schedule import VARIABLE
from lemma.training.termination import EXIT_CODE, GRACE_SECONDS, Termination
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.test_processes import training, wait_for_epoch

Make = Callable[..., Project]
LONG = {"train": {"epochs": 60, "patience": 60}}


@pytest.fixture(autouse=True)
def _default_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("stack_runs", [1, 2])
def test_a_terminated_training_exits_with_143_and_resumes_from_that_epoch(
    make: Make, monkeypatch: pytest.MonkeyPatch, stack_runs: int
) -> None:
    monkeypatch.setenv(VARIABLE, "1000")  # no checkpoint is due
    changed: dict[str, Any] = {"train": LONG["train"] | {"stack_runs": stack_runs}}
    project = make(None, **changed)
    with training(project, "train", tiny.DATASET, "rnn", "0") as process:
        wait_for_epoch(process, 2)
        process.terminate()
        printed = process.communicate()[1]
    assert process.returncode == EXIT_CODE == 143
    assert "writing a checkpoint" in printed
    assert "Traceback" not in printed
    (folder,) = project.checkpoints()
    assert (folder / "state").exists()
    assert not [name for name in project.list_outputs() if name.startswith("models/")]
    with training(project, "train", tiny.DATASET, "rnn", "0") as process:
        assert process.stderr is not None
        assert "resuming after epoch" in process.stderr.readline()
        process.communicate()
    assert project.results("rnn") == make().train("rnn", **changed)


def test_a_training_ends_immediately_if_its_epoch_is_too_long_or_of_unknown_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(termination, "time", type("Clock", (), {"monotonic": staticmethod(lambda: now)}))
    with Termination("tiny/rnn/0", resumable=True) as first, pytest.raises(SystemExit) as caught:
        terminate()
    assert caught.value.code == EXIT_CODE
    with Termination("tiny/rnn/0", resumable=True) as long:
        now = 10 * GRACE_SECONDS
        long.end_epoch()
        now += 2 * GRACE_SECONDS
        with pytest.raises(SystemExit):
            terminate()
        now += 7 * GRACE_SECONDS + 1
        terminate()
        with pytest.raises(SystemExit):
            long.end_epoch()
    assert not first.requested


def test_a_training_without_checkpoints_ends_immediately() -> None:
    with Termination("tiny/rnn/0", resumable=False) as block:
        block.end_epoch()
        with pytest.raises(SystemExit):
            terminate()


def test_the_handler_is_set_during_training_and_a_users_handler_is_kept() -> None:
    with Termination("tiny/rnn/0", resumable=True):
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    user_handler = signal.default_int_handler
    signal.signal(signal.SIGTERM, user_handler)
    with Termination("tiny/rnn/0", resumable=True):
        assert signal.getsignal(signal.SIGTERM) is user_handler

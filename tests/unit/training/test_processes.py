"""Tests of trainings in separate processes, as the workflow runs them: with other hash seeds, killed, concurrent."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.unit.training import tiny
from tests.unit.training.conftest import Project

Make = Callable[..., Project]
LONG: dict[str, Any] = {"train": {"epochs": 25, "patience": 25}}
TRAIN_ALL = """
import sys
from pathlib import Path
from lemma import params
from lemma.layout import Layout
from lemma.training.train import train
from tests.unit.training import tiny
layout = Layout(Path(sys.argv[1]))
for model in reversed(tiny.MODELS):
    train(layout, tiny.DATASET, model, 0, params.load(layout.params), tiny.RecordingCallback())
"""


@contextmanager
def training(project: Project, *command: str) -> Iterator[subprocess.Popen[str]]:
    """Run `lemma --root PROJECT ...` in the background; yield the process with its standard error as a pipe."""
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    run = [sys.executable, "-m", "lemma", "--root", str(project.layout.root), *command]
    with subprocess.Popen(
        run,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored if the tests run in the background
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_epoch(process: subprocess.Popen[str], number: int) -> None:
    """Read the training's messages until an epoch has ended."""
    assert process.stderr is not None
    printed = []
    for line in process.stderr:
        printed.append(line)
        if f"epoch {number}, train loss" in line:
            return
    pytest.fail(f"the training ended before epoch {number}:\n{''.join(printed)}")


def test_weights_and_probabilities_are_equal_in_another_process(make: Make) -> None:
    """The other process has another hash seed and trains the models in reverse order."""
    project, other_project = make(), make()
    expected = {model: project.train(model) for model in tiny.MODELS}
    subprocess.run(
        [sys.executable, "-c", TRAIN_ALL, str(other_project.layout.root)],
        cwd=tiny.ROOT,
        env=os.environ | {"PYTHONHASHSEED": "4711"},
        check=True,
        stderr=subprocess.DEVNULL,
    )
    for model, results in expected.items():
        assert other_project.results(model) == results, model


def test_a_killed_training_resumes_to_the_bytes_of_an_uninterrupted_one(make: Make) -> None:
    """The training resumes in another process, that of the test."""
    for _ in range(5):  # on a busy machine a signal may come after the end of so short a training
        project = make(None, **LONG)
        epoch, pause = random.randint(1, 12), random.uniform(0, 0.03)
        with training(project, "train", tiny.DATASET, "cnn", "0") as process:
            wait_for_epoch(process, epoch)
            time.sleep(pause)  # until a random moment of the next epochs: in a step, or while a checkpoint is written
            process.send_signal(signal.SIGKILL)
            if process.wait() == -signal.SIGKILL and project.checkpoints():
                break
    else:
        pytest.fail("no training could be killed before its end")
    callback = tiny.RecordingCallback()
    assert project.train("cnn", 0, callback, **LONG) == make().train("cnn", **LONG), f"{pause} s after epoch {epoch}"
    assert len(callback.lines) == LONG["train"]["epochs"]
    file_names = {name.rpartition("/")[2] for name in project.list_outputs() if not name.endswith(".lock")}
    assert file_names == {"model.zip", "history.jsonl", "probabilities.npy"}


def test_an_interrupted_training_exits_with_130_and_leaves_no_result_and_no_traceback(make: Make) -> None:
    project = make(None, train={"epochs": 5000, "patience": 5000})
    with training(project, "train", tiny.DATASET, "mlp", "0") as process:
        wait_for_epoch(process, 2)
        process.send_signal(signal.SIGINT)
        printed = process.communicate()[1]
        assert process.returncode == 130
    assert "Traceback" not in printed
    assert not [name for name in project.list_outputs() if name.startswith("models/") or name.endswith(".part")]
    assert project.checkpoints()


def test_one_of_two_concurrent_processes_trains_both_stacked_runs(make: Make) -> None:
    block: dict[str, Any] = {"train": {"stack_runs": 2}}
    project, expected = make(**block), [make(**block).train("cnn", run, **block) for run in (0, 1)]
    with (
        training(project, "train", tiny.DATASET, "cnn", "1") as first,
        training(project, "train", tiny.DATASET, "cnn", "0") as second,
    ):
        assert (first.wait(), second.wait()) == (0, 0)
    assert [project.results("cnn", run) for run in (0, 1)] == expected
    assert not [name for name in project.list_outputs() if "stacked" in name]

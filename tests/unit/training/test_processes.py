"""Trainings in processes of their own, as the workflow runs them: other hash seeds, and killed."""

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
ALL = """
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
    """Run `lemma --root PROJECT ...` beside this process; yield it with its standard error as a pipe."""
    environment = {k: v for k, v in os.environ.items() if k != "MLFLOW_TRACKING_URI"}
    run = [sys.executable, "-m", "lemma", "--root", str(project.layout.root), *command]
    with subprocess.Popen(
        run,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # tests begun in the background ignore it
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until_epoch(process: subprocess.Popen[str], number: int) -> None:
    """Read what the training says until it has finished an epoch."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if f"epoch {number}, train loss" in line:
            return
    pytest.fail(f"the training ended before epoch {number}:\n{''.join(said)}")


def test_weights_and_probabilities_are_the_same_in_another_process(make: Make) -> None:
    """One with another hash seed, in which the trainings come in another order."""
    here, there = make(), make()
    expected = {model: here.train(model) for model in tiny.MODELS}
    subprocess.run(
        [sys.executable, "-c", ALL, str(there.layout.root)],
        cwd=tiny.ROOT,
        env=os.environ | {"PYTHONHASHSEED": "4711"},
        check=True,
        stderr=subprocess.DEVNULL,
    )
    for model, results in expected.items():
        assert there.results(model) == results, model


def test_a_training_killed_at_a_random_moment_ends_with_the_bytes_of_one_that_was_not(make: Make) -> None:
    """Restarted in another process, this one."""
    for _ in range(5):  # on a busy machine a signal may come after the end of so short a training
        project = make(None, **LONG)
        epoch, pause = random.randint(1, 12), random.uniform(0, 0.03)
        with training(project, "train", tiny.DATASET, "cnn", "0") as process:
            until_epoch(process, epoch)
            time.sleep(pause)  # to somewhere in the next epochs: in a step, or in the writing of a checkpoint
            process.send_signal(signal.SIGKILL)
            if process.wait() == -signal.SIGKILL and project.checkpoints():
                break
    else:
        pytest.fail("no training could be killed before its end")
    watcher = tiny.RecordingCallback()
    assert project.train("cnn", 0, watcher, **LONG) == make().train("cnn", **LONG), f"{pause} s after epoch {epoch}"
    assert len(watcher.lines) == LONG["train"]["epochs"]
    left = {name.rpartition("/")[2] for name in project.left() if not name.endswith(".lock")}
    assert left == {"model.zip", "history.jsonl", "probabilities.npy"}


def test_an_interrupted_training_exits_with_130_and_leaves_no_result_and_no_traceback(make: Make) -> None:
    project = make(None, train={"epochs": 5000, "patience": 5000})
    with training(project, "train", tiny.DATASET, "mlp", "0") as process:
        until_epoch(process, 2)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
        assert process.returncode == 130
    assert "Traceback" not in said
    assert not [name for name in project.left() if name.startswith("models/") or name.endswith(".part")]
    assert project.checkpoints()


def test_of_two_runs_of_a_block_started_at_once_one_trains_both(make: Make) -> None:
    block: dict[str, Any] = {"train": {"stack_runs": 2}}
    project, expected = make(**block), [make(**block).train("cnn", run, **block) for run in (0, 1)]
    with (
        training(project, "train", tiny.DATASET, "cnn", "1") as first,
        training(project, "train", tiny.DATASET, "cnn", "0") as second,
    ):
        assert (first.wait(), second.wait()) == (0, 0)
    assert [project.results("cnn", run) for run in (0, 1)] == expected
    assert not [name for name in project.left() if "stacked" in name]

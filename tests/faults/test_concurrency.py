"""Tests of concurrent processes, of a clock that was set back, and of Ctrl-C."""

import os
import signal

import psutil
import pytest
from filelock import FileLock

from tests.project import Project, until

NOTHING = "Nothing to be done"
DAY = 86_400
LONG = {"epochs": 500, "patience": 500}


def test_a_second_snakemake_is_refused_and_the_first_succeeds(project: Project) -> None:
    project.change({"evaluate": {"resamples": 300}})
    first = project.start("snakemake", "--cores", "2")
    until(lambda: list((project.folder / ".snakemake/locks").glob("*")))
    printed = project.run("snakemake", "--cores", "2", code=1)
    assert "cannot be locked" in printed
    first.communicate()
    assert first.returncode == 0
    assert NOTHING in project.run("snakemake", "-n", "--cores", "2")


def test_a_training_waits_for_another_process_with_the_same_training(project: Project) -> None:
    path = project.folder / "models/sample/cnn/0/probabilities.npy"
    before = path.read_bytes()
    path.unlink()
    with FileLock(project.folder / ".lemma/running/train-sample-cnn-0.lock"):
        running = project.start("lemma", "train", "sample", "cnn", "0")
        assert running.stdout is not None
        assert "waiting until it ends" in running.stdout.readline()
        assert not path.exists()
    running.communicate()
    assert running.returncode == 0
    assert path.read_bytes() == before


def test_after_a_clock_was_set_back_the_remedy_of_doctor_restores_a_current_project(project: Project) -> None:
    for path in project.folder.rglob("*"):  # all files were written tomorrow
        if path.is_file() and ".git" not in path.parts:
            status = path.stat()
            os.utime(path, (status.st_atime + DAY, status.st_mtime + DAY))
    assert NOTHING in project.run("snakemake", "-n", "--cores", "2")
    project.change({"models": {"logreg": {"c": 2.0}}})
    planned = project.planned()
    assert "lemma train sample logreg 0" in planned
    assert "lemma train sample mlp 0" not in planned
    assert "clock skew" in project.run("snakemake", "--cores", "2", code=1)
    lines = project.run("lemma", "doctor", code=1).splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("BAD  clock:")]
    project.run("bash", "-ec", lines[at + 1].split("fix:")[1].strip())
    assert project.planned() == planned
    project.run("snakemake", "--cores", "2")
    assert NOTHING in project.run("snakemake", "-n", "--cores", "2")


def _family(process: psutil.Process) -> list[psutil.Process]:
    """Return a process and its descendants, some of which start and end meanwhile."""
    members: list[psutil.Process] = []

    def list_members() -> bool:
        members[:] = [process, *process.children(recursive=True)]
        return True

    until(list_members, psutil.NoSuchProcess)
    return members


def _busy(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and its descendants."""
    return sum(member.cpu_times().user for member in [process, *process.children(recursive=True)])


@pytest.mark.parametrize(
    "command",
    [
        "lemma train sample cnn 0",
        "lemma tune sample cnn",
        "lemma learning_curve sample cnn 0.5",
        "lemma verify all",
        "lemma track sample",
    ],
)
def test_ctrl_c_ends_a_stage_with_130_and_leaves_no_process(project: Project, command: str) -> None:
    project.change({"train": LONG, "tune": {"trials": 500}})
    (project.folder / "mlflow.db").unlink()  # otherwise `track` has nothing to do and may end first
    running = project.start(*command.split())
    process = psutil.Process(running.pid)
    if command.split()[1] in ("train", "tune", "learning_curve"):
        assert running.stdout is not None
        assert any(": epoch 1," in line for line in running.stdout)
    else:
        until(lambda: _busy(process) > 2, psutil.NoSuchProcess)  # seconds: past Python's start
    family = _family(process)
    os.killpg(running.pid, signal.SIGINT)
    printed, _ = running.communicate(timeout=60)
    assert running.returncode == 130, printed
    assert "Traceback" not in printed
    assert not psutil.wait_procs(family, timeout=10)[1]


def test_ctrl_c_ends_the_pipeline_and_leaves_no_process(project: Project) -> None:
    project.change({"train": LONG, "tune": {"models": []}})
    log = project.folder / "logs/train/sample/cnn/0.log"
    log.unlink()
    running = project.start("snakemake", "--cores", "2", "models/sample/cnn/0/probabilities.npy")
    process = psutil.Process(running.pid)
    until(lambda: ": epoch 1" in log.read_text(), FileNotFoundError)
    family = _family(process)
    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode != 0
    assert not psutil.wait_procs(family, timeout=10)[1]
    project.change({"train": {"epochs": 2}})
    project.run("lemma", "train", "sample", "cnn", "0")  # the lock of the killed process does not block it

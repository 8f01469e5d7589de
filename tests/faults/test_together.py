"""Two runs at once, a clock set back, Ctrl-C."""

import os
import signal

import psutil
import pytest
from filelock import FileLock

from tests.project import Project, until

NOTHING = "Nothing to be done"
DAY = 86_400
LONG = {"epochs": 500, "patience": 500}


def test_a_second_make_is_refused_and_the_first_ends_right(project: Project) -> None:
    project.change({"evaluate": {"resamples": 300}})
    first = project.start("snakemake", "--cores", "2")
    until(lambda: list((project.folder / ".snakemake/locks").glob("*")))
    printed = project.run("snakemake", "--cores", "2", code=1)
    assert "cannot be locked" in printed
    first.communicate()
    assert first.returncode == 0
    assert NOTHING in project.run("snakemake", "-n", "--cores", "2")


def test_a_training_waits_for_another_process_that_does_the_same(project: Project) -> None:
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


def test_after_a_clock_was_set_back_nothing_wrong_is_made_and_the_doctor_mends_it(project: Project) -> None:
    for path in project.folder.rglob("*"):  # all that is there was made tomorrow
        if path.is_file() and ".git" not in path.parts:
            held = path.stat()
            os.utime(path, (held.st_atime + DAY, held.st_mtime + DAY))
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
    """Return a process and all below it; some come and go while they are counted."""
    found: list[psutil.Process] = []

    def counted() -> bool:
        found[:] = [process, *process.children(recursive=True)]
        return True

    until(counted, psutil.NoSuchProcess)
    return found


def _busy(process: psutil.Process) -> float:
    """Return the seconds that a process and those below it have computed."""
    return sum(one.cpu_times().user for one in [process, *process.children(recursive=True)])


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
    (project.folder / "mlflow.db").unlink()  # else `track` has nothing to do, and may end first
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
    project.run("lemma", "train", "sample", "cnn", "0")  # no lock of the dead is in the way

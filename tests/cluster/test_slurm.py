"""The sample pipeline on a real Slurm cluster: whole, with one GPU, and through what clusters do to jobs."""

import os
import shutil
import signal
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cluster.conftest import SENT, Cluster, Whole, at
from tests.project import Project, until

MODEL, OUTPUT = "cnn", "models/sample/cnn/0"
TRAINING = f"rule_train_wildcards_sample_{MODEL}_0"
LONG = {"train": {"epochs": 30, "patience": 30}}


def test_the_whole_pipeline_runs_on_the_cluster(whole: Whole) -> None:
    assert "(100%) done" in whole.printed
    assert {job.state for job in whole.jobs} == {"COMPLETED"}
    assert (whole.project.folder / "reports/sample/report.pdf").exists()
    assert "Nothing to be done" in whole.project.run("snakemake", "-n", "--cores", "2")


def test_two_jobs_never_share_the_gpu(whole: Whole) -> None:
    jobs = sorted((job for job in whole.jobs if job.gpus), key=lambda job: job.start)
    assert len(jobs) == 3  # two runs and a point of the learning curve
    assert {job.node for job in jobs} == {"n1"}
    for before, after in pairwise(jobs):
        assert before.end <= after.start


def test_jobs_without_a_gpu_run_on_the_other_nodes(whole: Whole) -> None:
    for job in whole.jobs:
        is_training = job.comment.startswith(("rule_train_", "rule_learning_curve_"))
        assert bool(job.gpus) == (is_training and "majority" not in job.comment)
        assert bool(job.gpus) == (job.node == "n1")


def test_short_stages_are_submitted_as_groups(whole: Whole) -> None:
    comments = [job.comment for job in whole.jobs]
    for group in ("proofs", "data", "results"):
        assert sum(comment.startswith(f"rule_{group}_") for comment in comments) == 1
    assert not [comment for comment in comments if "download" in comment or "track" in comment]


@pytest.fixture(scope="module")
def undisturbed(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same project after a long training that nobody disturbs, on this machine."""
    folder = tmp_path_factory.mktemp("undisturbed") / "project"
    project = Project(Path(shutil.copytree(whole.project.folder, folder, symlinks=True)))
    project.change(LONG)
    shutil.rmtree(project.folder / OUTPUT)
    project.run("snakemake", "--cores", "2", f"{OUTPUT}/model.zip")
    return project


@pytest.fixture
def reference(undisturbed: Project) -> dict[str, bytes]:
    """The results of that training."""
    return _results(undisturbed)


@pytest.fixture
def project(undisturbed: Project, cluster: Cluster, tmp_path: Path) -> Project:
    """A copy without them, times and all, on a login node without a GPU."""
    copy = Project(Path(shutil.copytree(undisturbed.folder, tmp_path / "project", symlinks=True)))
    shutil.rmtree(copy.folder / OUTPUT)
    return at(copy, cluster, gpu=False)


def _results(project: Project) -> dict[str, bytes]:
    """Return what a training leaves but for its times."""
    folder = project.folder / OUTPUT
    with zipfile.ZipFile(folder / "model.zip") as archive:
        return {"weights": archive.read("weights.safetensors"), "p": (folder / "probabilities.npy").read_bytes()}


def _epochs(project: Project) -> int:
    path = project.folder / f"logs/train/sample/{MODEL}/0.log"
    return path.read_text().count(": epoch ") if path.exists() else 0


@pytest.mark.parametrize("fate", ["scancel", "time limit", "node"])
def test_a_training_that_the_cluster_ends_is_resubmitted_and_resumes(
    project: Project, cluster: Cluster, reference: dict[str, bytes], fate: str
) -> None:
    (project.folder / f"logs/train/sample/{MODEL}/0.log").unlink()
    running = project.start(*SENT, f"{OUTPUT}/model.zip")
    until(lambda: cluster.running(TRAINING) and _epochs(project) >= 3)
    job = cluster.running(TRAINING)
    assert job is not None
    if fate == "scancel":
        cluster.ask("scancel", str(job.number))
    elif fate == "node":
        cluster.kill_node(job.node)
    else:
        for process in cluster.processes(job):
            process.suspend()
        cluster.ask("scontrol", "update", f"JobId={job.number}", "TimeLimit=1")
    ended = time.time()
    printed, _ = running.communicate(timeout=600)
    assert running.returncode == 0, printed
    again = [job for job in cluster.jobs() if job.comment == TRAINING][-1]
    assert again.state == "COMPLETED"
    assert again.number > job.number or again.restarts > 0
    assert _results(project) == reference
    history = project.lines(f"{OUTPUT}/history.jsonl")
    assert sum(line["time"] < ended for line in history) >= 3  # epochs of the first try, not run again
    assert [line["epoch"] for line in history] == [*range(1, len(history) + 1)]


def test_after_sigkill_to_snakemake_a_second_run_resumes(
    project: Project, cluster: Cluster, reference: dict[str, bytes]
) -> None:
    targets = [f"models/sample/{MODEL}/{run}/model.zip" for run in (0, 1)]
    running = project.start(*SENT, *targets)
    until(lambda: cluster.running(TRAINING) and _epochs(project) >= 3)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    project.run("snakemake", "--unlock", "--cores", "1")
    project.run(*SENT, *targets)
    assert _results(project) == reference
    assert "Nothing to be done" in project.run("snakemake", "-n", "--cores", "2", *targets)
    assert not list(project.folder.rglob("*.part"))

"""SIGKILL to a stage or to the whole pipeline, and checks of the files afterwards."""

import os
import random
import shutil
import signal
import subprocess
from pathlib import Path

from lemma.files import verify_checksums
from tests.faults import stages
from tests.project import Project, until
from tests.workflow.graphs import Job

KILLER = Path(__file__).parent / "killer"
# Files that contain durations, which differ between runs.
TIMED = ("history.jsonl", "model.zip")
TIMED_STAGES = ("learning_curve", "tune")
# A pipeline of every stage but `learning_curve` and `verify`, with one model.
ONE_MODEL = {
    "experiment": {"models": ["mlp"], "runs": [0]},
    "learning_curve": {"train_fractions": []},
}
OUTPUTS = "models/sample/mlp/0"
REPORT = "reports/sample/report.pdf"


def remove_outputs(project: Project, job: Job) -> None:
    """Remove the outputs of a job, as both engines do before they run it."""
    for name in job.outputs:
        (project.folder / name).unlink(missing_ok=True)


def kill_at_write(project: Project, command: str, moment: str, output: str) -> None:
    """Run a stage and kill it just `before` or `after` it puts one of its outputs in place."""
    running = project.start(*command.split(), PYTHONPATH=str(KILLER), LEMMA_KILL=f"{moment} {output}")
    printed, _ = running.communicate(timeout=300)
    assert running.returncode == -signal.SIGKILL, f"{command} did not write {output}\n{printed}"


def kill_after(running: "subprocess.Popen[str]", seconds: float) -> bool:
    """Kill a process group after some seconds; return whether it was still running."""
    try:
        running.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    return running.returncode == -signal.SIGKILL


def check_complete(project: Project, job: Job) -> None:
    """Check that every output that is there is complete."""
    verify_checksums(project.folder / name for name in job.outputs)


def check_rerun(project: Project, job: Job, before: dict[str, bytes]) -> None:
    """Run a killed stage again; check that its outputs are those of `before`, and that nothing else is left."""
    project.run(*job.command.split())
    after = stages.contents(project, job)
    assert after.keys() == job.outputs
    assert repeatable(job, after) == repeatable(job, before)
    folders = {(project.folder / name).parent for name in job.outputs}
    assert not [path for folder in folders for path in folder.glob(".*.part")]


def repeatable(job: Job, contents: dict[str, bytes]) -> dict[str, bytes]:
    """Return the outputs that have the same bytes in every run of a job."""
    if job.command.split()[1] in TIMED_STAGES:
        return {}
    return {name: content for name, content in contents.items() if not name.endswith(TIMED)}


def results(project: Project) -> dict[str, bytes]:
    """Return the results of the pipeline on one model that interruptions must not change."""
    paths = [path for name in ("data", OUTPUTS) for path in (project.folder / name).rglob("*.*") if path.is_file()]
    chosen = [path for path in paths if path.suffix in (".arrow", ".npy", ".parquet")]
    chosen += [project.folder / "reports/sample/metrics.json"]
    return {str(path.relative_to(project.folder)): path.read_bytes() for path in chosen}


def remove_results(project: Project) -> None:
    """Remove all outputs of the pipeline except the proofs."""
    for name in ("data", "models", "tuned", "reports/sample"):
        shutil.rmtree(project.folder / name)


def start_pipeline(project: Project) -> "subprocess.Popen[str]":
    return project.start("snakemake", "--cores", "2", REPORT)


def kill_pipeline_at(project: Project, path: str) -> None:
    """Run the pipeline until it has written `path`, then kill it and all its jobs, and unlock the folder."""
    running = start_pipeline(project)
    until(lambda: running.poll() is not None or (project.folder / path).exists())
    assert kill_after(running, 0), f"the pipeline ended before {path} was written"
    project.run("snakemake", "--unlock", "--cores", "1")


def check_pipeline(project: Project, before: dict[str, bytes]) -> None:
    """Run the pipeline to its end; check that its results are the same as `before` and nothing is left to do."""
    project.run("snakemake", "--cores", "2", REPORT)
    assert results(project) == before
    assert "Nothing to be done" in project.run("snakemake", "-n", "--cores", "2", REPORT)
    assert not list(project.folder.rglob("*.part"))


def choose_output(job: Job, chance: random.Random) -> tuple[str, str]:
    """Return `before` or `after`, and one of the job's outputs."""
    return chance.choice(["before", "after"]), chance.choice(sorted(job.outputs))

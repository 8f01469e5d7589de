"""SIGKILL at random moments: every stage, and the whole pipeline."""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from lemma.files import sound
from tests.faults import stages
from tests.project import Project
from tests.workflow.graphs import Job

KILLS = 3  # of each of 16 stages; with those of the whole pipeline 51
OF_ALL = 3


@pytest.mark.parametrize("command", stages.COMMANDS)
def test_a_stage_killed_at_random_moments_leaves_whole_files_or_none_and_then_ends_right(
    project: Project, jobs: dict[str, Job], command: str
) -> None:
    job = jobs[command]
    chance = random.Random(command)
    before = stages.contents(project, job)
    started = time.monotonic()
    project.run(*command.split())
    seconds = time.monotonic() - started
    stable = {name: content for name, content in stages.contents(project, job).items() if content == before[name]}
    assert stable or command.split()[1] in ("learn", "track"), "nothing comes out the same twice"
    kills = 0
    while kills < KILLS:
        for name in job.outputs:  # as both engines do before a job
            (project.folder / name).unlink(missing_ok=True)
        running = project.start(*command.split())
        try:
            running.wait(chance.uniform(0, seconds))
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        kills += running.returncode == -signal.SIGKILL
        sound(project.folder / name for name in job.outputs)
    project.run(*command.split())
    after = stages.contents(project, job)
    assert after.keys() == job.outputs
    assert {name: after[name] for name in stable} == stable
    folders = {(project.folder / name).parent for name in job.outputs}
    assert not [path for folder in folders for path in folder.glob(".*.part")]


def test_a_pipeline_killed_again_and_again_ends_like_one_that_was_not(project: Project) -> None:
    chance = random.Random(0)
    before = _results(project)
    for name in ("data", "learned", "models", "tuned", "reports/sample", "reports/exercises"):
        shutil.rmtree(project.folder / name)
    kills = 0
    while kills < OF_ALL:
        running = project.start("snakemake", "--cores", "2")
        try:
            running.wait(chance.uniform(4, 12))
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            kills += 1
        running.communicate()
        project.run("snakemake", "--unlock", "--cores", "1")
        if running.returncode == 0:
            break
    assert kills
    project.run("snakemake", "--cores", "2")
    assert _results(project) == before
    assert "Nothing to be done" in project.run("snakemake", "-n", "--cores", "2")
    assert not list(project.folder.rglob("*.part"))


def _results(project: Project) -> dict[str, bytes]:
    """Return what must come out the same whatever happened on the way."""
    found = [path for name in ("data", "models") for path in (project.folder / name).rglob("*.*") if path.is_file()]
    kept = [path for path in found if path.suffix in (".arrow", ".npy", ".parquet")]
    kept += [project.folder / "reports/sample/metrics.json"]
    return {str(path.relative_to(project.folder)): Path(path).read_bytes() for path in kept}

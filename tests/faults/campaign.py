"""SIGKILL at random moments for MINUTES minutes: `make campaign`. Pytest collects this file only where it is named.

LEMMA_SEED repeats the choices of a campaign, which prints it; the moments also depend on the machine.
"""

import os
import random
import time

import pytest

from tests.faults import kills, stages
from tests.project import Project
from tests.workflow.graphs import Job

MINUTES = float(os.environ.get("MINUTES") or 60)
SEED = int(os.environ.get("LEMMA_SEED") or time.time())
KILLS = 3  # before a stage or the pipeline may end


@pytest.fixture
def chance(capsys: pytest.CaptureFixture[str]) -> random.Random:
    with capsys.disabled():
        print(f"LEMMA_SEED={SEED}")
    return random.Random(SEED)


def test_stages_killed_at_random_moments(
    project: Project, jobs: dict[str, Job], chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    end = time.monotonic() + MINUTES * 30
    killed = 0
    while time.monotonic() < end:
        command = chance.choice(stages.COMMANDS)
        job = jobs[command]
        before = stages.contents(project, job)
        started = time.monotonic()
        kills.remove_outputs(project, job)
        kills.check_rerun(project, job, before)
        seconds = time.monotonic() - started
        for _ in range(KILLS):
            kills.remove_outputs(project, job)
            killed += kills.kill_after(project.start(*command.split()), chance.uniform(0, seconds))
            kills.check_complete(project, job)
        kills.check_rerun(project, job, before)
    with capsys.disabled():
        print(f"{killed} kills of stages")


def test_the_pipeline_killed_at_random_moments(
    project: Project, chance: random.Random, capsys: pytest.CaptureFixture[str]
) -> None:
    end = time.monotonic() + MINUTES * 30
    killed = 0
    project.change(kills.ONE_MODEL)
    started = time.monotonic()
    kills.remove_results(project)
    project.run("snakemake", "--cores", "2", kills.REPORT)
    seconds = time.monotonic() - started
    before = kills.results(project)
    while time.monotonic() < end:
        kills.remove_results(project)
        for _ in range(KILLS):
            killed += kills.kill_after(kills.start_pipeline(project), chance.uniform(0, seconds))
            project.run("snakemake", "--unlock", "--cores", "1")
        kills.check_pipeline(project, before)
    with capsys.disabled():
        print(f"{killed} kills of the pipeline")

"""SIGKILL to every stage while it writes, and to the whole pipeline; `make campaign` kills at random moments."""

import random

import pytest

from tests.faults import kills, stages
from tests.project import Project
from tests.workflow.graphs import Job


@pytest.mark.parametrize("command", stages.COMMANDS)
def test_a_stage_killed_while_it_writes_leaves_complete_files_or_none_and_a_rerun_succeeds(
    project: Project, jobs: dict[str, Job], command: str
) -> None:
    job = jobs[command]
    before = stages.contents(project, job)
    assert kills.repeatable(job, before) or command.split()[1] in kills.TIMED_STAGES
    moment, output = kills.choose_output(job, random.Random(command))
    kills.remove_outputs(project, job)
    kills.kill_at_write(project, command, moment, output)
    assert (project.folder / output).exists() == (moment == "after")
    kills.check_complete(project, job)
    kills.check_rerun(project, job, before)


def test_a_pipeline_killed_twice_ends_with_the_same_results(project: Project) -> None:
    project.change(kills.ONE_MODEL)
    project.run("snakemake", "--cores", "2", kills.REPORT)
    before = kills.results(project)
    kills.remove_results(project)
    kills.kill_pipeline_at(project, "data/sample/documents.parquet")
    kills.kill_pipeline_at(project, "tuned/sample/mlp.json")
    kills.check_pipeline(project, before)

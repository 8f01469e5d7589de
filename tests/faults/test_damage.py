"""A flipped bit or a truncated end in any file between two stages."""

import random
from collections.abc import Callable
from pathlib import Path

from tests.faults import stages
from tests.project import Project
from tests.workflow.graphs import Job


def test_the_next_stage_detects_a_damaged_file_and_names_it(
    project: Project, jobs: dict[str, Job], run_lemma: Callable[..., str]
) -> None:
    outputs = {name for job in jobs.values() for name in job.outputs}
    chance = random.Random(0)
    tried = 0
    for command in stages.COMMANDS:
        for name in sorted({Path(path).name: path for path in sorted(jobs[command].inputs & outputs)}.values()):
            path = project.folder / name
            whole = path.read_bytes()
            flipped = bytearray(whole)
            flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            path.write_bytes([bytes(flipped), whole[: len(whole) // 2]][tried % 2])
            printed = run_lemma(project, *command.split()[1:], code=2)
            assert f"{name} is damaged" in printed.replace("\n", " "), command
            assert "Traceback" not in printed
            path.write_bytes(whole)
            tried += 1
    assert tried >= 40
    assert "Nothing to be done" in project.run("snakemake", "-n", "--cores", "2")


def test_the_remedy_of_the_message_repairs_the_file(project: Project) -> None:
    path = project.folder / "data/sample/tokens.arrow"
    before = path.read_bytes()
    path.write_bytes(before[:-1])
    printed = project.run("lemma", "evaluate", "sample", code=2)
    command = printed.split("`")[1]
    project.run("sh", "-c", command)
    assert path.read_bytes() == before

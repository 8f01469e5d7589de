"""Stages on a full disk and on a read-only one."""

import shutil
from pathlib import Path

import pytest

from tests.faults import stages
from tests.faults.mounts import disk, fill, writable
from tests.project import Project
from tests.workflow.graphs import Job

COMMANDS = ("lemma download sample", "lemma tokenize sample 0", "lemma train sample cnn 0", "lemma track sample")


@pytest.mark.parametrize("fault", ["full", "read-only"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_stage_reports_where_it_cannot_write_and_leaves_no_incomplete_file(
    finished: Project, jobs: dict[str, Job], tmp_path: Path, command: str, fault: str
) -> None:
    with disk(tmp_path / "disk", 400) as place:
        project = Project(Path(shutil.copytree(finished.folder, place / "project", symlinks=True)))
        job = jobs[command]
        before = stages.contents(project, job)
        for name in job.outputs:
            (project.folder / name).unlink()
        if command == "lemma track sample":
            (project.folder / "mlflow.db").unlink()
        filler = fill(place, 4096) if fault == "full" else None
        writable(place, filler is not None)
        printed = project.run(*command.split(), code=2)
        expected = ("No space left", "disk is full") if filler else ("Read-only file system", "readonly database")
        assert any(words in printed for words in expected)
        assert "Free some space" in printed if filler else "write" in printed
        assert "Traceback" not in printed
        assert "fix:" in printed
        assert not stages.contents(project, job)
        if filler:
            filler.unlink()
        writable(place, True)
        project.run(*command.split())
        after = stages.contents(project, job)
        assert after.keys() == before.keys()
        assert all(after[name] == before[name] for name in after if name.endswith((".npy", ".arrow", ".zip"))) or (
            command.startswith("lemma train")
        )
        assert not list(project.folder.rglob("*.part"))

"""The real pipeline run once, from a checkout to a record: every rule, every stage."""

import shutil
from pathlib import Path

import pytest

from tests.project import Project, checkout


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fresh checkout after `snakemake --cores 2` and `dvc commit`."""
    project = checkout(tmp_path_factory.mktemp("e2e") / "project")
    project.run("snakemake", "--cores", "2")
    project.run("dvc", "commit", "--quiet", "--force", "--no-relink")
    project.run("git", "add", "--all")
    project.run("git", "commit", "--quiet", "--message", "record")
    return project


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project, times and all, to do with as one likes."""
    return Project(Path(shutil.copytree(finished.folder, tmp_path / "project", symlinks=True)))

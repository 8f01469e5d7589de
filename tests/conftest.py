"""A finished small project, which all tests and processes of a session share."""

import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import Phase, settings

from lemma import cli
from lemma.layout import Layout
from tests.project import Project, checkout

settings.register_profile("lemma", deadline=None)  # tests must not fail because the machine is busy
# A mutant is found by one failing example, and no run of a mutation test may depend on another.
settings.register_profile(
    "mutants", deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("lemma")


def pytest_configure() -> None:
    """Restore the handler of SIGINT, which shells set to be ignored in background jobs."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _outside_the_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run all tests in an empty folder, so that relative paths do not lead to results in the checkout."""
    with chdir(tmp_path_factory.mktemp("empty")):
        yield


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """A checkout after `snakemake --cores 2` and `dvc commit`, for reading only; `project` is for changes."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "finished" / "project"
    with FileLock(folder.parent.parent / "finished.lock"):
        if not (folder.parent / "done").exists():
            shutil.rmtree(folder.parent, ignore_errors=True)
            project = checkout(folder)
            project.run("snakemake", "--cores", "2")
            project.run("dvc", "commit", "--quiet", "--force", "--no-relink")
            project.run("git", "add", "--all")
            project.run("git", "commit", "--quiet", "--message", "record")
            (folder.parent / "done").touch()
    return Project(folder)


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    """A copy of the finished project, including file times, which a test may change."""
    return Project(Path(shutil.copytree(finished.folder, tmp_path / "project", symlinks=True)))


@pytest.fixture
def run_lemma(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that runs `lemma` in a project's folder and in this process, which saves a start of Python."""
    monkeypatch.setattr(cli.Project, "layout", Layout())  # restored at the end of the test
    monkeypatch.setenv("NO_COLOR", "1")

    def run(project: Project, *arguments: str, code: int = 0) -> str:
        monkeypatch.chdir(project.folder)
        monkeypatch.setattr(sys, "argv", ["lemma", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = "".join(capfd.readouterr())
        assert (end.value.code or 0) == code, printed
        return printed

    return run

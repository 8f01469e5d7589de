"""`lemma` outside of a project says how to begin and writes nothing."""

import tomllib
from pathlib import Path

import pytest
import yaml

from lemma.errors import REPOSITORY
from tests.project import ROOT
from tests.unit.cli.conftest import Lemma

NEEDS_A_PROJECT = [
    "benchmark",
    "checklist sample",
    "evaluate sample",
    "experiment compare first second",
    "experiment list",
    "experiment run first",
    "experiment track all",
    "explain sample 82.6",
    "predict sample cnn text",
    "publish sample cnn",
    "track sample",
    "ui",
    "verify all",
    "why reports/sample/report.pdf",
]


@pytest.mark.parametrize("command", NEEDS_A_PROJECT)
def test_a_command_that_needs_a_project_says_how_to_begin_and_writes_nothing(
    lemma: Lemma, tmp_path_factory: pytest.TempPathFactory, command: str
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    screen = lemma("--root", str(empty), *command.split())
    assert screen.code == 2
    assert f"{empty / 'params.yaml'} does not exist" in screen.err
    assert f"git clone {REPOSITORY}" in screen.err
    assert list(empty.iterdir()) == []


def test_the_help_says_how_to_begin_only_outside_a_project(
    lemma: Lemma, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = lemma()
    assert f"git clone {REPOSITORY}" in outside.out + outside.err
    monkeypatch.chdir(root)
    assert "git clone" not in lemma("--help").out


def test_the_repository_has_one_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["urls"]["Repository"] == REPOSITORY
    assert yaml.safe_load((ROOT / "params.yaml").read_text())["report"]["repository"] == REPOSITORY


def test_the_version_is_that_of_the_package(lemma: Lemma) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert lemma("--version").out == f"lemma {project['version']}\n"


def test_completion_can_be_installed_in_the_shell(lemma: Lemma) -> None:
    screen = lemma("--help")
    assert "--install-completion" in screen.out
    assert "--show-completion" in screen.out

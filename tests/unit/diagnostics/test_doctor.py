"""What the doctor says of a clone in which nothing was made, and outside of any project."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lemma.diagnostics import engine_checks
from lemma.diagnostics.doctor import run_checks
from lemma.layout import Layout

MODEL = "models/sample/cnn/0/model.zip"
REMOTE = "['remote \"store\"']\n    url = /srv/dvc\n"


def told(root: Path, monkeypatch: pytest.MonkeyPatch, config: str, **outs: Any) -> tuple[str, str]:
    """Return finding and fix where `dvc status` says this of the outputs of a stage."""
    (root / ".dvc").mkdir()
    (root / ".dvc/config").write_text(config)
    (root / "dvc.lock").touch()
    said = json.dumps({"train": [{"changed deps": {"data": "deleted", "src": "modified"}}, {"changed outs": outs}]})
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, said, ""))
    (finding,) = engine_checks.check_dvc(Layout(root))
    return finding.found, finding.fix


def test_what_was_recorded_and_lies_elsewhere_is_to_be_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(tmp_path, monkeypatch, REMOTE, **{MODEL: "not in cache"})[1].startswith("make pull")


def test_what_was_never_made_here_is_no_fault_where_there_is_nothing_to_pull_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, fix = told(tmp_path, monkeypatch, "", **{MODEL: "not in cache"})
    assert "not made here yet: train; `make`" in found
    assert not fix


def test_what_is_here_and_not_in_the_cache_is_to_be_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / MODEL).parent.mkdir(parents=True)
    (tmp_path / MODEL).touch()
    assert told(tmp_path, monkeypatch, "", **{MODEL: "not in cache"})[1] == "make record"


def test_outside_of_a_project_only_that_is_said(tmp_path: Path) -> None:
    (finding,) = run_checks(Layout(tmp_path))
    assert finding.found.startswith(f"{tmp_path / 'params.yaml'} does not exist")
    assert finding.fix.startswith("Change to the project's folder")

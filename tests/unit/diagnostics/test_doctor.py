"""Findings of `lemma doctor` on the state of DVC, and outside of a project."""

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


def dvc_finding(root: Path, monkeypatch: pytest.MonkeyPatch, config: str, **outs: Any) -> tuple[str, str]:
    """Return text and fix of the finding if `dvc status` reports `outs` for the outputs of a stage."""
    (root / ".dvc").mkdir()
    (root / ".dvc/config").write_text(config)
    (root / "dvc.lock").touch()
    status = json.dumps({"train": [{"changed deps": {"data": "deleted", "src": "modified"}}, {"changed outs": outs}]})
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, status, ""))
    (finding,) = engine_checks.check_dvc(Layout(root))
    return finding.text, finding.fix


def test_recorded_outputs_that_a_remote_has_are_to_be_pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert dvc_finding(tmp_path, monkeypatch, REMOTE, **{MODEL: "not in cache"})[1].startswith("make pull")


def test_missing_outputs_without_a_remote_are_no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text, fix = dvc_finding(tmp_path, monkeypatch, "", **{MODEL: "not in cache"})
    assert "not made here yet: train; `make`" in text
    assert not fix


def test_outputs_outside_the_cache_are_to_be_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / MODEL).parent.mkdir(parents=True)
    (tmp_path / MODEL).touch()
    assert dvc_finding(tmp_path, monkeypatch, "", **{MODEL: "not in cache"})[1] == "make record"


def test_the_only_finding_outside_of_a_project_is_that_it_is_missing(tmp_path: Path) -> None:
    (finding,) = run_checks(Layout(tmp_path))
    assert finding.text.startswith(f"{tmp_path / 'params.yaml'} does not exist")
    assert finding.fix.startswith("Change to the project's folder")

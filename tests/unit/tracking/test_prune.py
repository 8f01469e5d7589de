"""Runs that do not belong to the present results are deleted on request only."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from lemma.cli import app
from lemma.tracking.identity import CURRENT, KEY
from tests.project import ROOT, merge

COMMAND = ["track", "tiny", "--prune"]


@pytest.fixture
def tried(project: Any) -> Any:
    """Return a project that was tracked with two dropouts."""
    for dropout in (0.5, 0.3):
        for run in project.runs:
            project.train("cnn", run, dropout)
        project.track()
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    own = {
        "datasets": {"tiny": {"path": "tiny.csv", "text": "text", "label": "label", "split": {"dev": 0.1, "test": 0.2}}}
    }
    (project.root / "params.yaml").write_text(yaml.safe_dump(merge(values, own)))
    return project


def prune(root: Path, *options: str, answer: str = "") -> Any:
    return CliRunner().invoke(app, ["--root", str(root), *COMMAND, *options], input=answer)


def test_without_consent_the_superseded_runs_are_listed_and_stay(tried: Any) -> None:
    before = len(tried.shown())
    result = prune(tried.root, answer="n\n")
    assert result.exit_code == 1
    assert {"cnn", "cnn/0", "cnn/1"} <= set(result.output.split())
    assert "Delete 4 runs on tiny from MLflow?" in result.output
    assert len(tried.shown()) == before


@pytest.mark.parametrize(("options", "answer"), [((), "y\n"), (("--yes",), "")])
def test_exactly_the_runs_that_are_not_current_are_deleted(options: tuple[str, ...], answer: str, tried: Any) -> None:
    current = {run.info.run_id for run in tried.current().values()}
    assert prune(tried.root, *options, answer=answer).exit_code == 0
    assert {run.info.run_id for run in tried.shown()} == current
    assert {run.data.tags[CURRENT] for run in tried.shown()} == {"true"}
    assert "belongs to the present results" in prune(tried.root).output


def test_deleted_runs_are_tracked_again_when_their_values_are_restored(tried: Any) -> None:
    assert prune(tried.root, "--yes").exit_code == 0
    for run in tried.runs:
        tried.train("cnn", run, dropout=0.5)
    tried.track()
    dropouts = [run.data.params["settings.dropout"] for run in tried.shown() if run.data.tags[KEY] == "tiny/cnn"]
    assert sorted(dropouts) == ["0.3", "0.5"]

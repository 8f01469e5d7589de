"""A project with a tokenized corpus, and a function that runs `lemma` in it, in this process."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma import cli
from lemma.layout import Layout
from tests.unit.training import tiny


class Screen(tuple[int, str, str]):
    """Result of a command: exit code, standard output, standard error."""

    code = property(lambda self: self[0])
    out = property(lambda self: self[1])
    err = property(lambda self: self[2])


Lemma = Callable[..., Screen]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a tokenized corpus."""
    tiny.write_corpus(Layout(tmp_path), tiny.documents())
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(tiny.settings()))
    return tmp_path


@pytest.fixture
def lemma(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lemma:
    """Return a function that runs `lemma` in the project, in this process."""
    monkeypatch.setattr(cli.Project, "layout", Layout())
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERMINAL_WIDTH", "100")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def run(*arguments: str) -> Screen:
        monkeypatch.setattr(sys, "argv", ["lemma", *(["--root", str(root), *arguments] if arguments else [])])
        try:
            cli.main()
            code: Any = 0
        except SystemExit as end:
            code = end.code or 0
        return Screen((code, *capsys.readouterr()))

    return run

"""Finished projects of made-up trainings as fixtures, what the report gathers of one, and the text of a PDF."""

import io
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from lemma.layout import Layout
from lemma.report.checklist import squeeze
from lemma.report.facts import gather_facts
from tests.unit.report.made_up import SEVEN, Project, build, finish


def read(pdf: Path) -> str:
    """Return the text of a PDF without white space, hyphens and zero-width characters."""
    return _text(pdf.read_bytes())


@cache  # several tests read the same PDF, which takes long
def _text(content: bytes) -> str:
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return squeeze(text)


@pytest.fixture(name="build")
def fixture_build() -> Callable[..., Project]:
    return build


@pytest.fixture(name="finish")
def fixture_finish() -> Callable[[Project], Project]:
    return finish


@pytest.fixture(name="read")
def fixture_read() -> Callable[[Path], str]:
    return read


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A finished project with its report: two classes, five models, five runs. Tests do not change it."""
    return finish(build(tmp_path_factory.mktemp("reported")))


@pytest.fixture(scope="session")
def largest(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same with six classes and seven models, whose hyperparameters were tuned."""
    return finish(build(tmp_path_factory.mktemp("largest"), classes=6, models=SEVEN, searched=SEVEN[1:]))


@pytest.fixture
def project(reported: Project, tmp_path: Path) -> Project:
    """A copy of `reported`, to be changed."""
    shutil.copytree(reported.layout.root, tmp_path / "project")
    return replace(reported, layout=Layout(tmp_path / "project"))


@pytest.fixture(scope="module")
def gathered(reported: Project) -> dict[str, Any]:
    return gather_facts(reported.layout, reported.dataset, reported.models, reported.runs, reported.params)


@pytest.fixture
def facts(gathered: dict[str, Any]) -> dict[str, Any]:
    """The facts of `reported`, to be changed."""
    return deepcopy(gathered)

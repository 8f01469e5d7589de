"""The recipes of CONTRIBUTING.md and docs/claims.md, followed literally."""

import re
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.project import ROOT, Project, checkout

BLOCK = re.compile(
    r"^(?:Write `(?P<new>[^`]+)`|At the end of `(?P<end>[^`]+)`|"
    r"In `(?P<old>[^`]+)`, (?P<place>above|below|instead of) `(?P<line>[^`]+)`)[^\n]*:\n\n"
    r"```\w+\n(?P<text>.*?)```$|^```sh\n(?P<commands>.*?)```$",
    re.MULTILINE | re.DOTALL,
)


def follow(project: Project, recipe: str, run: bool = True) -> str:
    """Do what a section of the recipes says, and return what its commands printed."""
    text = "".join((ROOT / page).read_text() for page in ("CONTRIBUTING.md", "docs/claims.md"))
    section = text.split(f"\n## {recipe}\n")[1].split("\n## ")[0]
    printed = []
    for step in BLOCK.finditer(section):
        if step["commands"]:
            printed += [project.run("bash", "-ec", line) for line in step["commands"].splitlines() if run]
        elif step["new"]:
            path = project.folder / step["new"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step["text"])
        elif step["end"]:
            path = project.folder / step["end"]
            path.write_text(f"{path.read_text()}\n\n{step['text']}")
        else:
            _edit(project.folder / step["old"], step["place"], step["line"], step["text"])
    return "".join(printed)


def _edit(path: Path, place: str, wanted: str, text: str) -> None:
    """Put the text above or below the one line that is as wanted, or in its stead."""
    lines = path.read_text().splitlines(keepends=True)
    (at,) = [number for number, line in enumerate(lines) if wanted.strip() == line.strip()]
    if text.startswith("class "):  # as anybody would set it apart
        text += "\n\n"
    lines[at : at + 1] = {"above": [text, lines[at]], "below": [lines[at], text], "instead of": [text]}[place]
    path.write_text("".join(lines))


@pytest.fixture
def fresh(tmp_path: Path) -> Project:
    """A checkout whose own code runs."""
    folder = checkout(tmp_path / "project").folder
    (folder / "params.yaml").write_text((ROOT / "params.yaml").read_text())  # with its comments
    return Project(folder, {"PYTHONPATH": str(folder / "src")})


def test_a_data_set_is_added_as_the_recipe_says(fresh: Project) -> None:
    follow(fresh, "A data set")
    assert "Letters to a town hall" in PdfReader(fresh.folder / "reports/letters/card.pdf").pages[0].extract_text()


def test_a_model_is_added_as_the_recipe_says(fresh: Project) -> None:
    assert '"label": "positive"' in follow(fresh, "A model").splitlines()[-1]


def test_a_claim_is_added_as_the_recipe_says(fresh: Project) -> None:
    fresh.change({"exercises": [7]})
    follow(fresh, "A claim")
    assert {claim["id"]: claim["verdict"] for claim in fresh.json("reports/exercises/claims.json")} == {
        "7.entries": "proved",
        "7.vector": "proved",
        "7.weighted": "proved",
    }


def test_a_stage_is_added_as_the_recipe_says_in_five_files(fresh: Project) -> None:
    fresh.run("git", "add", "--all")
    fresh.run("git", "commit", "--quiet", "--message", "params.yaml with its comments")
    printed = follow(fresh, "A stage")
    assert "wrote dvc.yaml" in printed
    rates = fresh.json("data/sample/oov.json")
    assert rates.keys() == {"dev", "test"}
    assert all(0 < rate < 1 for rate in rates.values())
    changed = {line.split()[-1] for line in fresh.run("git", "status", "--porcelain").splitlines()}
    generated = {"dvc.yaml", "docs/running.md"}
    assert generated <= changed
    assert len(changed - generated) == 5, changed
    tests = ["tests/workflow", "tests/unit/stages", "-k", "committed or code or table or generated"]
    fresh.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


def test_what_the_recipes_add_passes_the_checks_of_style_and_types(fresh: Project) -> None:
    for recipe in ("A data set", "A model", "A claim", "A stage"):
        follow(fresh, recipe, run=False)
    with suppress(FileNotFoundError):  # what the lint before the tests has learnt of the libraries
        shutil.copytree(ROOT / ".mypy_cache", fresh.folder / ".mypy_cache")
    fresh.run("ruff", "check", "src")
    fresh.run("ruff", "format", "--check", "src")
    fresh.run("mypy", "src")

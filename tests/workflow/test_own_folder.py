"""Snakemake on a folder of the user's own: typed without activating anything, and asked again after each change."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.project import ROOT

NOTHING = "Nothing to be done"
CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": lambda folder: (folder / "a/1.txt").write_text("another letter"),
    "added": lambda folder: (folder / "b/4.txt").write_text("a letter"),
    "removed": lambda folder: (folder / "b/3.txt").unlink(),
    "hidden": lambda folder: (folder / "b/.hidden").write_text("changed"),
}
SOURCES = [f"data/{name}/source.zip" for name in CHANGES]


def snakemake(folder: Path, *words: str) -> str:
    """Return what Snakemake prints, called by its path while PATH holds the system's commands alone."""
    kept = {name: value for name, value in os.environ.items() if name != "PATH"}
    command = [str(Path(sys.executable).with_name("snakemake")), *words, "--cores", "2", *SOURCES]
    done = subprocess.run(
        command, cwd=folder, env=kept | {"PATH": os.defpath}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose folders, one for each of CHANGES, have been packed."""
    folder = tmp_path_factory.mktemp("own") / "project"
    for name in ("src", "workflow", "profiles/default", "resources/sample"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", folder)
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    own = {name: {"path": name, "split": {"dev": 0.2, "test": 0.2}} for name in CHANGES}
    (folder / "params.yaml").write_text(yaml.safe_dump(values | {"datasets": own | values["datasets"]}))
    for name in CHANGES:
        for letter in ("a/1.txt", "a/{2} é.txt", "b/3.txt", "b/.hidden"):
            (folder / name / letter).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / letter).write_text("a letter")
    snakemake(folder)
    return folder


def test_the_rules_find_lemma_beside_the_snakemake_that_was_called_by_its_path(packed: Path) -> None:
    assert all((packed / source).exists() for source in SOURCES)
    assert NOTHING in snakemake(packed, "--dry-run")


def test_a_folder_is_packed_anew_when_a_file_in_it_was_changed_but_for_a_hidden_one(
    packed: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(packed, tmp_path / "project"))  # with the times of its files
    for name, change in CHANGES.items():
        change(folder / name)
    planned = snakemake(folder, "--dry-run")
    assert [name for name in CHANGES if f"Download {name}" in planned] == ["edited", "added", "removed"]

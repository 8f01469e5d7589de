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

SOURCE = "data/letters/source.zip"
NOTHING = "Nothing to be done"


def snakemake(folder: Path, *words: str) -> str:
    """Return what Snakemake prints, called by its path while PATH holds the system's commands alone."""
    kept = {name: value for name, value in os.environ.items() if name != "PATH"}
    command = [str(Path(sys.executable).with_name("snakemake")), *words, "--cores", "1", SOURCE]
    done = subprocess.run(
        command, cwd=folder, env=kept | {"PATH": os.defpath}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose folder `letters` has been packed."""
    folder = tmp_path_factory.mktemp("own") / "project"
    for name in ("src", "workflow", "profiles/default", "resources/sample"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", folder)
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    own = {"letters": {"path": "letters", "split": {"dev": 0.2, "test": 0.2}}}
    (folder / "params.yaml").write_text(yaml.safe_dump(values | {"datasets": own | values["datasets"]}))
    for name in ("a/1.txt", "a/{2} é.txt", "b/3.txt", "b/.hidden"):
        (folder / "letters" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "letters" / name).write_text("a letter")
    snakemake(folder)
    return folder


def test_the_rules_find_lemma_beside_the_snakemake_that_was_called_by_its_path(packed: Path) -> None:
    assert (packed / SOURCE).exists()
    assert NOTHING in snakemake(packed, "--dry-run")


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": lambda folder: (folder / "a/1.txt").write_text("another letter"),
    "added": lambda folder: (folder / "b/4.txt").write_text("a letter"),
    "removed": lambda folder: (folder / "b/3.txt").unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_is_packed_anew_when_a_file_in_it_was_changed(packed: Path, change: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(packed, folder)  # with the times of its files
    CHANGES[change](folder / "letters")
    assert "Download letters" in snakemake(folder, "--dry-run")


def test_a_hidden_file_changes_nothing(packed: Path) -> None:
    (packed / "letters/b/.hidden").write_text("changed")
    assert NOTHING in snakemake(packed, "--dry-run")

"""A value of params.yaml that looks like a shell command never reaches a shell."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lemma import params
from lemma.errors import LemmaError
from tests.fuzz.fuzzing import fuzz, survived
from tests.unit.training import tiny

ROOT = Path(__file__).parents[2]
TOUCH = "touch pwned"
COMMANDS = [
    f"a; {TOUCH}",
    f"$({TOUCH})",
    f"`{TOUCH}`",
    f"a && {TOUCH}",
    f"a | {TOUCH}",
    f"a\n{TOUCH}",
    f"'; {TOUCH} #",
    "> pwned",
]
COMMANDS += ["--root", "-x", "../up", "a/b", "{wildcards.dataset}", "{input}", "a b", "*", "~", "%s", "a\0b", "", "é"]
OWN = {"path": "own.csv", "text": "text", "label": "label", "split": {"dev": 0.2, "test": 0.2}}
signs = st.text("ab;|&$()`'\"<>\\ \n{}*~-#!%", min_size=1, max_size=12)


def _load(folder: Path, **changed: Any) -> params.Params | LemmaError:
    path = folder / "params.yaml"
    path.write_text(yaml.safe_dump(tiny.settings(**changed)), encoding="utf-8")
    return survived("params.yaml: shell commands", lambda: params.load(path))


def _places(name: Any) -> dict[str, dict[str, Any]]:
    return {
        "a data set": {"datasets": {name: OWN}},
        "a data set of the experiment": {"experiment": {"datasets": [name]}},
        "a model": {"experiment": {"models": [name]}},
        "a run": {"experiment": {"runs": [name]}},
        "an exercise": {"exercises": [name]},
        "a shard": {"tokenize": {"shards": [name]}},
        "texts": {"vectors": {"corpora": [name]}},
        "a fraction": {"learning_curve": {"train_fractions": [name]}},
        "a searched model": {"tune": {"models": [name]}},
        "a reason": {"report": {"reasons": {name: "Why."}}},
    }


@pytest.mark.parametrize("place", _places(""))
@pytest.mark.parametrize("command", COMMANDS, ids=ascii)
def test_a_command_in_place_of_a_name_or_number_is_refused(tmp_path: Path, place: str, command: str) -> None:
    assert isinstance(_load(tmp_path, **_places(command)[place]), LemmaError)


@fuzz()
@given(place=st.sampled_from(list(_places(""))), name=signs)
def test_what_is_taken_for_a_name_has_no_sign_that_a_shell_reads(
    tmp_path_factory: pytest.TempPathFactory, place: str, name: str
) -> None:
    found = _load(tmp_path_factory.getbasetemp(), **_places(name)[place])
    plain = name.replace("-", "").isalnum() and not name.startswith("-")
    assert isinstance(found, LemmaError) or plain


def _planned(folder: Path, **changed: Any) -> subprocess.CompletedProcess[str]:
    """Return what Snakemake says of a project with these values, without running its jobs."""
    for name in ("Snakefile", "workflow", "src", "resources", "reports"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "params.yaml").write_text(yaml.safe_dump(tiny.settings(**changed)), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(folder)}
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--printshellcmds", "--cores", "1"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_snakemake_stops_at_commands_for_names_tells_all_of_them_and_runs_none(tmp_path: Path) -> None:
    hostile = f"a; {TOUCH}"
    found = _planned(
        tmp_path,
        datasets={hostile: OWN},
        experiment={"datasets": [f"$({TOUCH})"], "models": [f"`{TOUCH}`"], "runs": [f"0; {TOUCH}"]},
        exercises=[f"1 && {TOUCH}"],
    )
    assert found.returncode != 0
    said = found.stdout + found.stderr
    assert "Traceback" not in said
    for key in ("experiment.datasets", "experiment.models", "experiment.runs", "exercises"):
        assert key in said
    assert hostile in said
    assert not list(tmp_path.rglob("pwned"))


def test_a_path_that_looks_like_a_command_is_a_files_name_and_stands_in_no_command(tmp_path: Path) -> None:
    path = f"x; {TOUCH}; $({TOUCH}) `{TOUCH}`.csv"
    (tmp_path / path).write_text("text,label\n", encoding="utf-8")
    found = _planned(tmp_path, datasets={tiny.DATASET: OWN | {"path": path}})
    assert found.returncode == 0, found.stderr
    commands = [line for line in (found.stdout + found.stderr).splitlines() if "lemma " in line]
    assert any(f"lemma download {tiny.DATASET} > " in line for line in commands)
    assert not any(TOUCH in line for line in commands)
    assert not list(tmp_path.rglob("pwned"))

"""Values of params.yaml that look like shell commands never reach a shell."""

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
names = st.text("ab;|&$()`'\"<>\\ \n{}*~-#!%", min_size=1, max_size=12)


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
@given(place=st.sampled_from(list(_places(""))), name=names)
def test_an_accepted_name_has_no_character_that_a_shell_interprets(
    tmp_path_factory: pytest.TempPathFactory, place: str, name: str
) -> None:
    result = _load(tmp_path_factory.getbasetemp(), **_places(name)[place])
    plain = name.replace("-", "").isalnum() and not name.startswith("-")
    assert isinstance(result, LemmaError) or plain


def _planned(folder: Path, **changed: Any) -> subprocess.CompletedProcess[str]:
    """Return the result of a dry run of Snakemake in a project with these values."""
    for name in ("Snakefile", "workflow", "src", "resources", "reports"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "params.yaml").write_text(yaml.safe_dump(tiny.settings(**changed)), encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "HOME": str(folder)}
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--printshellcmds", "--cores", "1"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_snakemake_refuses_commands_in_place_of_names_and_runs_none(tmp_path: Path) -> None:
    hostile = f"a; {TOUCH}"
    finished = _planned(
        tmp_path,
        datasets={hostile: OWN},
        experiment={"datasets": [f"$({TOUCH})"], "models": [f"`{TOUCH}`"], "runs": [f"0; {TOUCH}"]},
        exercises=[f"1 && {TOUCH}"],
    )
    assert finished.returncode != 0
    printed = finished.stdout + finished.stderr
    assert "Traceback" not in printed
    for key in ("experiment.datasets", "experiment.models", "experiment.runs", "exercises"):
        assert key in printed
    assert hostile in printed
    assert not list(tmp_path.rglob("pwned"))


def test_a_path_that_looks_like_a_command_is_in_no_command_line(tmp_path: Path) -> None:
    path = f"x; {TOUCH}; $({TOUCH}) `{TOUCH}`.csv"
    (tmp_path / path).write_text("text,label\n", encoding="utf-8")
    finished = _planned(tmp_path, datasets={tiny.DATASET: OWN | {"path": path}})
    assert finished.returncode == 0, finished.stderr
    commands = [line for line in (finished.stdout + finished.stderr).splitlines() if "lemma " in line]
    assert any(f"lemma download {tiny.DATASET} > " in line for line in commands)
    assert not any(TOUCH in line for line in commands)
    assert not list(tmp_path.rglob("pwned"))

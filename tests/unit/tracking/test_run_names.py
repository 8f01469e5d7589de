"""A configuration is named by the values that differ from params.yaml as committed, or by its experiment."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.layout import Layout
from lemma.tracking import store, track
from lemma.tracking.identity import KEY
from lemma.tracking.run_names import DVC_VARIABLE, VARIABLE, RunNames, read_run_names
from tests.project import merge

VALUES: dict[str, Any] = {
    "models": {"cnn": {"dropout": 0.5, "kernel_sizes": [3, 4]}, "mlp": {"dropout": 0.5}},
    "tokenize": {"shards": [0]},
    "train": {"epochs": 3},
    "tune": {"models": ["cnn"], "trials": 8},
}


def git(root: Path, *arguments: str) -> None:
    options = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", "-C", str(root), *options, *arguments], check=True, capture_output=True)


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with params.yaml as committed."""
    for variable in (VARIABLE, DVC_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    change(tmp_path, {})
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "params.yaml")
    git(tmp_path, "commit", "--quiet", "--message", "start")
    return tmp_path


def change(root: Path, values: dict[str, Any]) -> RunNames:
    """Write params.yaml with `values` and return the names of runs that are trained with it."""
    (root / "params.yaml").write_text(yaml.safe_dump(merge(VALUES, values)))
    return read_run_names(Layout(root))


@pytest.mark.parametrize(
    ("values", "cnn", "mlp"),
    [
        pytest.param({}, "", "", id="nothing differs"),
        pytest.param({"models": {"cnn": {"dropout": 0.3}}}, "dropout=0.3", "", id="a value of one model"),
        pytest.param({"models": {"cnn": {"kernel_sizes": [2]}}}, "kernel_sizes=[2]", "", id="a list"),
        pytest.param({"train": {"epochs": 9}}, "train.epochs=9", "train.epochs=9", id="a value of all models"),
        pytest.param({"tune": {"models": []}}, "tuned=null", "", id="a model that is no longer tuned"),
        pytest.param({"tune": {"trials": 9}}, "tune.trials=9", "", id="a value of the search"),
        pytest.param({"tokenize": {"shards": [0, 1]}}, "", "", id="a value that changes no result"),
    ],
)
def test_a_configuration_is_named_by_the_values_that_differ_from_the_committed_ones(
    values: dict[str, Any], cnn: str, mlp: str, committed: Path
) -> None:
    names = change(committed, values)
    assert names.label("tiny", ["cnn"]) == cnn
    assert names.label("tiny", ["mlp"]) == mlp


def test_a_long_name_is_shortened_and_counts_the_omitted_values(committed: Path) -> None:
    names = change(committed, {"train": {f"value_{number}": number for number in range(9)}})
    label = names.label("tiny", ["cnn"])
    assert label.startswith("train.value_0=0, train.value_1=1")
    assert label.endswith(", 6 more")


def test_the_name_of_the_experiment_replaces_the_values(committed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DVC_VARIABLE, "muggy-gaur")
    names = change(committed, {"models": {"cnn": {"dropout": 0.3}}})
    assert (names.label("tiny", ["cnn"]), names.label("tiny", ["mlp"])) == ("muggy-gaur", "")
    monkeypatch.setenv(VARIABLE, "low")
    assert read_run_names(Layout(committed)).label("tiny", ["mlp"]) == "low"
    assert read_run_names(Layout(committed), "lower").label("tiny", ["mlp"]) == "lower"


def test_an_experiment_of_benchmark_is_named_by_its_file(committed: Path) -> None:
    workspace = committed / ".benchmark" / "trec-vectors"
    workspace.mkdir(parents=True)
    assert change(workspace, {}).label("trec", ["cnn"]) == "trec-vectors"


def test_configurations_have_distinct_names_after_a_commit(
    project: Any, committed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for dropout in (0.5, 0.3, 0.7):
        change(committed, {"models": {"cnn": {"dropout": dropout}}})
        git(committed, "commit", "--quiet", "--allow-empty", "--all", "--message", str(dropout))
        for run in project.runs:
            project.train("cnn", run, dropout)
        track(project, project.data, project.models, project.runs)
    with store.connect(project.store) as client:
        runs = store.search_runs(
            client, store.get_or_create_experiment(client, project.data), f"tags.`{KEY}` = 'tiny/cnn'"
        )
    assert sorted(run.info.run_name for run in runs) == ["cnn", "cnn dropout=0.3", "cnn dropout=0.7"]

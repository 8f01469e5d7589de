"""What a user of DVC expects: results travel whole, a status is clean, revisions are compared at a glance."""

import csv
import io
import json
import os
from pathlib import Path

import pytest

from tests.project import SMALL, Project, checkout, recorded

VALUES = SMALL | {
    "exercises": [7],
    "experiment": {"datasets": ["sample"], "models": ["majority", "nb", "mlp"], "runs": [0, 1]},
    "tokenize": {"shards": [0]},
    "train": {"epochs": 3},
    "tune": {"models": []},
    "learning_curve": {"train_fractions": []},
}
NOTHING = "Nothing to be done"
COLUMNS = 40  # that fit on a screen


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A recorded project without learning curves, with a remote."""
    small = recorded(checkout(tmp_path_factory.mktemp("small") / "project", VALUES))
    small.run("dvc", "remote", "add", "--local", "--default", "store", str(small.folder.parent / "store"))
    return small


def pull_into_clone(project: Project, folder: Path) -> Project:
    """Push, clone and pull as `make pull` does; all of it must succeed."""
    project.run("dvc", "push", "--quiet")
    project.run("git", "clone", "--quiet", ".", str(folder))
    clone = Project(folder)
    clone.run("dvc", "remote", "add", "--local", "--default", "store", str(project.folder.parent / "store"))
    for command in ("dvc pull", "dvc status --quiet", "snakemake --touch --forceall --cores 1 --quiet all"):
        clone.run(*command.split())
    assert NOTHING in clone.run("snakemake", "-n", "--cores", "2")
    return clone


def test_results_without_learning_curves_are_pulled_into_a_clone(project: Project, tmp_path: Path) -> None:
    clone = pull_into_clone(project, tmp_path / "clone")
    assert clone.json("reports/sample/metrics.json") == project.json("reports/sample/metrics.json")


def test_a_training_outside_of_the_experiment_makes_no_result_stale(project: Project) -> None:
    project.run("lemma", "tune", "--listed", "sample", "logreg")
    project.run("lemma", "train", "sample", "logreg", "0")
    project.run("lemma", "train", "sample", "mlp", "2")
    assert "up to date" in project.run("dvc", "status")
    assert NOTHING in project.run("snakemake", "-n", "--cores", "2")


def test_the_metrics_of_dvc_are_a_few_scores_of_each_model(project: Project) -> None:
    metrics = json.loads(project.run("dvc", "metrics", "show", "--json"))[""]["data"]
    assert list(metrics) == ["reports/sample/scores.json"]
    scores = metrics["reports/sample/scores.json"]["data"]
    all_scores = project.json("reports/sample/metrics.json")["models"]
    assert scores.keys() == all_scores.keys()
    for model, by_split in scores.items():
        for split in ("dev", "test"):
            summary = all_scores[model]["summary"][split]
            expected = {"accuracy": summary["accuracy"], "macro f1": summary["macro"]["f1"]}
            assert by_split[split] == {k: {key: v[key] for key in ("mean", "std")} for k, v in expected.items()}


def test_a_changed_value_is_compared_in_few_columns_and_overlaid_plots(project: Project) -> None:
    project.run("dvc", "exp", "run", "--name", "wide", "--set-param", "models.mlp.learning_rate=0.1")
    printed = project.run("dvc", "exp", "show", "--only-changed", "--csv", "--drop", "models/|reports/|tuned/")
    columns = next(csv.reader(io.StringIO(printed)))
    assert len(columns) <= COLUMNS
    assert "mlp.test.accuracy.mean" in columns
    assert "models.mlp.learning_rate" in columns
    assert not [name for name in columns if name.startswith("majority")]
    plots = json.loads(project.run("dvc", "plots", "diff", "HEAD", "workspace", "--json"))["data"]
    for title in ("Loss on dev (sample)", "Loss on train (sample)", "Precision by recall on test (sample)"):
        for revision in ("HEAD", "workspace"):
            assert revision in json.dumps(plots[title]), title
    project.run("git", "checkout", "--quiet", ".")
    project.run("dvc", "checkout", "--quiet")


def test_a_model_is_fetched_by_its_name_and_predicts(project: Project, tmp_path: Path) -> None:
    project.run("git", "tag", "--annotate", "sample-nb@v1.0.0", "--message", "the first version")
    command = ["dvc", "artifacts", "get", str(project.folder), "sample-nb"]
    Project(tmp_path, {"GIT_CEILING_DIRECTORIES": os.fspath(tmp_path)}).run(*command, "--out", "model.zip")
    printed = Project(tmp_path).run("lemma", "predict", "--model", "model.zip", "A joy from start to end.")
    assert json.loads(printed)["label"] in ("negative", "positive")


def test_a_narrowed_experiment_is_pulled_without_trainings_outside_of_it(project: Project, tmp_path: Path) -> None:
    project.change({"experiment": {"models": ["majority", "nb"], "runs": [0]}})
    printed = project.run("dvc", "repro")
    assert "lemma train" not in printed
    project.run("git", "add", "--all")
    project.run("git", "commit", "--quiet", "--message", "narrow")
    clone = pull_into_clone(project, tmp_path / "clone")
    assert not (clone.folder / "models/sample/mlp").exists()


def test_stages_of_another_experiment_are_refused_with_the_command_that_writes_dvc_yaml(project: Project) -> None:
    command = ["dvc", "exp", "run", "--set-param", "experiment.runs=[1]"]
    printed = project.run(*command, code=255)
    assert "dvc.yaml was generated for another experiment" in printed
    assert "lemma stages --write" in printed

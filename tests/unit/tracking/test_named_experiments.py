"""Named experiments are in the store of the project and never change the present results."""

import json
from pathlib import Path
from typing import Any

import pytest

from lemma.layout import Layout
from lemma.tracking import prune, store
from lemma.tracking.checkout_tags import GIT_COMMIT, GIT_DIRTY
from lemma.tracking.identity import CONFIG, CONTENT, CURRENT, EXPERIMENT, KEPT, KEY, VALUES, split_tag
from lemma.tracking.named_experiments import TrackedExperiment, track_scores, track_trainings
from lemma.tracking.score_records import RecordedScores
from tests.unit.tracking.conftest import Finished, Project

HASHES = {"majority": "1a", "cnn": "2b"}
ALL_RUNS = {"majority": [0, 1], "cnn": [0, 1]}
PARAMS: dict[str, Any] = {
    "datasets": {},
    "prepare": {},
    "tokenize": {},
    "train": {"epochs": 3},
    "tune": {"models": [], "trials": 8},
    "models": {"majority": {}, "cnn": {"dropout": 0.5, "kernel_sizes": [3, 4]}},
}


def named(name: str, **values: str) -> TrackedExperiment:
    return TrackedExperiment(name, f"in the experiment {name}", HASHES | values)


def metrics(project: Project) -> Any:
    return json.loads(project.metrics("tiny").read_text())


@pytest.fixture
def workspace(project: Project, finished: Finished) -> Project:
    """The folder of a finished experiment `low`: it shares the trainings of majority with the project."""
    folder = finished(project.root / ".benchmark" / "low")
    for run in folder.runs:
        folder.train("cnn", run, dropout=0.1)
    folder.evaluate(accuracy=0.875)
    return folder


def state(project: Project) -> dict[str, Any]:
    """Return the content of the present runs in MLflow, without the tags that list experiments."""
    return {
        key: (run.data.metrics, {name: tag for name, tag in run.data.tags.items() if name not in (EXPERIMENT, VALUES)})
        for key, run in project.current().items()
    }


def test_trainings_of_an_experiment_are_in_the_projects_store_and_do_not_change_the_present_results(
    project: Project, workspace: Project
) -> None:
    project.track()
    before, content = {run.info.run_id for run in project.shown()}, state(project)
    track_trainings(workspace, "tiny", named("low"), metrics(workspace), None)
    assert not (workspace.root / "mlflow.db").exists()
    assert {key: value[:2] for key, value in state(project).items()} == {
        key: value[:2] for key, value in content.items()
    }
    added = {run.data.tags[KEY]: run for run in project.shown() if run.info.run_id not in before}
    assert sorted(added) == ["tiny/cnn", "tiny/cnn/0", "tiny/cnn/1"], "the same training is one run, and no report"
    assert added["tiny/cnn"].info.run_name == "cnn low"
    assert added["tiny/cnn/1"].data.metrics["test_accuracy"] == 0.875
    assert added["tiny/cnn/1"].data.tags["mlflow.note.content"].endswith(", in the experiment low.")
    assert len([it for it in project.shown() if it.data.tags.get(EXPERIMENT) == "low"]) == 6
    assert {run.data.tags[CURRENT] for run in added.values()} == {"false"}


def test_an_experiment_of_fewer_runs_does_not_change_the_means_of_the_present_results(
    project: Project, finished: Finished
) -> None:
    project.track()
    before = project.current()["tiny/cnn"].data.metrics["test_accuracy"]
    workspace = finished(project.root / ".benchmark" / "fewer")
    scores = metrics(workspace)
    for model, entry in scores["models"].items():
        entry["runs"] = entry["runs"][:1]
        entry["summary"] = json.loads(json.dumps(entry["summary"]).replace("0.625", "0.5"))
        assert model in HASHES
    track_trainings(workspace, "tiny", named("fewer"), scores, None)
    assert project.current()["tiny/cnn"].data.metrics["test_accuracy"] == before == 0.625


def test_results_become_current_when_the_project_is_run_with_the_values_of_an_experiment(
    project: Project, workspace: Project
) -> None:
    project.track()
    track_trainings(workspace, "tiny", named("low"), metrics(workspace), None)
    for run in project.runs:
        project.train("cnn", run, dropout=0.1)
    project.evaluate(accuracy=0.875)
    number = len(project.shown())
    project.track()
    assert project.current()["tiny/cnn"].info.run_name == "cnn low"
    assert len(project.shown()) == number + 1, "the report on them"


def test_a_training_lists_all_experiments_that_it_belongs_to(
    project: Project, workspace: Project, finished: Finished
) -> None:
    other = finished(project.root / ".benchmark" / "other")
    for folder, name in ((workspace, "low"), (other, "other"), (workspace, "low")):
        track_trainings(folder, "tiny", named(name), metrics(folder), None)
    runs = {run.info.run_name: run for run in project.shown()}
    assert sorted(name for name in runs if "/" not in name) == ["cnn low", "cnn other", "majority low"]
    assert split_tag(runs["majority low/0"].data.tags[EXPERIMENT]) == ["other", "low"]
    assert split_tag(runs["majority low/0"].data.tags[VALUES]) == ["other:1a", "low:1a"]
    assert split_tag(runs["cnn low/0"].data.tags[EXPERIMENT]) == ["low"]


def scores(project: Project) -> RecordedScores:
    costs = {model: {"cpu_seconds": 2.0, "seconds": 4.0} for model in HASHES}
    return RecordedScores("tiny", metrics(project), costs, PARAMS, {}, 1_800_000_000.0)


def kept(project: Project) -> list[str]:
    return sorted(run.info.run_name for run in project.shown() if KEPT in run.data.tags)


def test_complete_runs_replace_runs_with_scores_only_of_the_same_values_and_not_vice_versa(
    project: Project, workspace: Project
) -> None:
    project.track()
    content = state(project)
    assert track_scores(project, "tiny", named("low", cnn="old"), scores(workspace), None) == ALL_RUNS
    assert track_scores(project, "tiny", named("low"), scores(workspace), None) == ALL_RUNS
    assert {key: value[:2] for key, value in state(project).items()} == {
        key: value[:2] for key, value in content.items()
    }
    assert len(kept(project)) == 9, "majority has the same values in both"
    track_trainings(workspace, "tiny", named("low"), metrics(workspace), None)
    assert len(kept(project)) == 3, "those of other values stay"
    complete = [run for run in project.shown() if run.data.tags[KEY] == "tiny/cnn/0" and KEPT not in run.data.tags]
    assert sorted(run.data.params["settings.dropout"] for run in complete) == ["0.1", "0.5"]
    before = {run.info.run_id: run.data.tags[CONTENT] for run in project.shown()}
    assert track_scores(project, "tiny", named("low"), scores(workspace), None) == {}
    assert {run.info.run_id: run.data.tags[CONTENT] for run in project.shown()} == before


def test_runs_with_scores_only_are_added_to_complete_ones(project: Project, workspace: Project) -> None:
    fewer = metrics(workspace)
    for entry in fewer["models"].values():
        entry["runs"] = entry["runs"][:1]
    track_trainings(workspace, "tiny", named("low"), fewer, None)
    assert track_scores(project, "tiny", named("low"), scores(workspace), None) == {"majority": [1], "cnn": [1]}
    keys = sorted(run.data.tags[KEY] for run in project.shown() if KEPT in run.data.tags)
    assert keys == ["tiny/cnn", "tiny/cnn/1", "tiny/majority", "tiny/majority/1"]
    assert track_scores(project, "tiny", named("low"), scores(workspace), None) == {"majority": [1], "cnn": [1]}
    assert len(project.shown()) == 8, "a second time changes nothing"
    track_trainings(workspace, "tiny", named("low"), metrics(workspace), None)
    assert kept(project) == []


def test_complete_runs_have_the_commit_that_they_were_trained_from(project: Project, workspace: Project) -> None:
    sources = {0: {"commit": 40 * "a", "dirty": False}, 1: {"commit": 40 * "a", "dirty": True}}
    experiment = TrackedExperiment("low", "in the experiment low", HASHES, sources)
    track_trainings(workspace, "tiny", experiment, metrics(workspace), None)
    tags = {run.data.tags[KEY]: run.data.tags for run in project.shown()}
    assert {key: tags[key][GIT_COMMIT] for key in tags} == dict.fromkeys(tags, 40 * "a")
    assert [tags[key][GIT_DIRTY] for key in ("tiny/cnn", "tiny/cnn/0", "tiny/cnn/1")] == ["true", "false", "true"]
    assert "mlflow.source.git.branch" not in tags["tiny/cnn"]


def test_prune_keeps_experiments_that_have_a_file(project: Project, workspace: Project) -> None:
    project.track()
    track_trainings(workspace, "tiny", named("low"), metrics(workspace), None)
    (project.root / "benchmark").mkdir()
    (project.root / "benchmark" / "low.yaml").touch()
    assert prune.find_superseded(project, "tiny") == []
    (project.root / "benchmark" / "low.yaml").unlink()
    assert {run.data.tags[KEY] for run in prune.find_superseded(project, "tiny")} == {
        "tiny/cnn",
        "tiny/cnn/0",
        "tiny/cnn/1",
    }


def test_an_experiment_writes_to_the_store_of_the_project(tmp_path: Path) -> None:
    workspace = Layout(tmp_path / ".benchmark" / "low")
    assert store.default_uri(workspace) == f"sqlite:///{tmp_path.resolve() / 'mlflow.db'}"
    assert not store.is_project(workspace), "a training that is shown live is none of the present results"
    assert store.is_project(Layout(tmp_path))


def test_a_live_run_of_an_experiment_is_deleted_if_its_training_is_a_present_one(
    project: Project, finished: Finished
) -> None:
    project.track()
    workspace = finished(project.root / ".benchmark" / "same")
    config = project.current()["tiny/cnn/0"].data.tags[CONFIG]
    with store.connect(project.store) as client:
        tags = {KEY: "tiny/cnn/0", CONFIG: config, CURRENT: "false"}
        client.create_run(store.get_or_create_experiment(client, "tiny"), tags=tags, run_name="cnn/0 (live)")
    track_trainings(workspace, "tiny", named("same"), metrics(workspace), None)
    assert {run.info.run_id for run in project.shown()} == {run.info.run_id for run in project.current().values()}

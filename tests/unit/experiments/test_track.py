"""Recorded results of an experiment are written to MLflow without training, and the present results do not change."""

import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lemma.errors import InputError
from lemma.experiments import definition, results
from lemma.experiments.results import results_path
from lemma.experiments.run_commits import sources_by_run
from lemma.experiments.track import track_all, track_experiment
from lemma.files import read_json, write_json
from lemma.layout import Layout
from lemma.tracking import store
from lemma.tracking.identity import CONTENT, CURRENT, EXPERIMENT, KEPT, KEY
from lemma.tracking.run_record import headline_metrics
from lemma.tracking.score_records import RecordedScores, make_records
from tests.unit.experiments.conftest import ROOT
from tests.unit.experiments.predicted import DATASET, Predicted

pytestmark = pytest.mark.usefixtures("mlflow")
OWN = {
    "experiment.datasets": ["trec"],
    "experiment.models": ["nb", "cnn"],
    "experiment.runs": [0, 1],
    "tune.models": ["cnn"],
    "tune.trials": 5,
    "prepare.duplicates": "drop",
}


def track(root: Path, name: str) -> list[str]:
    return track_experiment(root, definition.read_experiment(root, name))


def runs(root: Path, dataset: str = "trec") -> dict[str, Any]:
    """Return the runs of a data set by name; each name once."""
    with store.connect(store.default_uri(Layout(root))) as client:
        tracked = store.search_runs(client, store.get_or_create_experiment(client, dataset), "")
    by_name = {run.info.run_name: run for run in tracked}
    assert len(by_name) == len(tracked)
    return by_name


def test_recorded_scores_are_tracked_by_model_and_run_and_marked_as_scores_only(
    root: Path, finished: Any, write: Any
) -> None:
    write("own", OWN)
    finished(root, "own", {"nb": 70.0, "cnn": 80.0})
    folder = root / ".benchmark" / "own" / "models" / "trec"
    reason = f"trainings are missing in {folder}"
    assert track(root, "own") == [f"own: 4 runs of nb, cnn on trec, scores only ({reason})."]
    tracked = runs(root)
    assert sorted(tracked) == ["cnn own", "cnn own/0", "cnn own/1", "nb own", "nb own/0", "nb own/1"]
    for run in tracked.values():
        assert run.data.tags[EXPERIMENT] == "own"
        assert run.data.tags[CURRENT] == "false"
        assert run.data.tags[KEPT] == "scores only: curves, models and predictions were not kept"
        assert "in the experiment own, with experiment.datasets = [trec]" in run.data.tags["mlflow.note.content"]
        assert run.data.params["prepare.duplicates"] == "drop"
        assert [it.dataset.name for it in run.inputs.dataset_inputs] == ["trec"]
    parent, child = tracked["cnn own"], tracked["cnn own/1"]
    assert child.data.tags[store.PARENT] == parent.info.run_id
    assert parent.data.metrics["test_accuracy"] == pytest.approx(0.8)
    assert parent.data.metrics["cost/total_cpu_seconds"] == 2 * 60.25
    assert child.data.metrics["test_accuracy"] == pytest.approx(0.804)
    assert child.data.metrics["test class 1 yes/f1"] == pytest.approx(0.804)
    assert child.data.params["run"] == "1"
    assert tracked["nb own"].data.params["settings.alpha"] == "0.1"
    # what a search chose was not kept, so the values of params.yaml would be wrong
    assert parent.data.params["tune.trials"] == "5"
    assert not [name for name in parent.data.params if name.startswith("settings.")]


def test_tracking_again_changes_nothing_and_changed_scores_update_the_same_runs(
    root: Path, finished: Any, write: Any
) -> None:
    write("own", OWN)
    finished(root, "own")
    track(root, "own")
    before = runs(root)
    track(root, "own")
    after = runs(root)
    assert {name: dict(run.data.tags) for name, run in after.items()} == {
        name: dict(run.data.tags) for name, run in before.items()
    }
    finished(root, "own", {"nb": 60.0, "cnn": 80.0})
    track(root, "own")
    changed = runs(root)
    assert {name: run.info.run_id for name, run in changed.items()} == {
        name: run.info.run_id for name, run in before.items()
    }
    assert changed["nb own"].data.metrics["test_accuracy"] == pytest.approx(0.6)
    assert changed["nb own"].data.tags[CONTENT] != before["nb own"].data.tags[CONTENT]


def test_experiments_with_equal_values_and_earlier_values_have_runs_of_their_own(
    root: Path, finished: Any, write: Any
) -> None:
    for name in ("own", "same"):
        write(name, OWN)
        finished(root, name)
        track(root, name)
    write("own", OWN | {"train.epochs": 3})
    finished(root, "own", {"nb": 60.0, "cnn": 80.0})
    track(root, "own")
    of_nb = {name: run for name, run in runs(root).items() if run.data.tags[KEY] == "trec/nb"}
    accuracy = {name: run.data.metrics["test_accuracy"] for name, run in of_nb.items()}
    assert accuracy == pytest.approx({"nb own": 0.776, "nb same": 0.776, "nb own train.epochs=3": 0.6})


def test_date_and_commit_are_those_of_the_recorded_results(root: Path, finished: Any, write: Any) -> None:
    write("own", OWN)
    finished(root, "own")
    command = ["git", "-C", str(root), "-c", "user.name=test", "-c", "user.email=test@example.org"]
    dates = {"GIT_AUTHOR_DATE": "@1700000000 +0000", "GIT_COMMITTER_DATE": "@1700000000 +0000"}
    for arguments in (["init", "--quiet"], ["add", "reports"], ["commit", "--quiet", "--message", "results"]):
        subprocess.run([*command, *arguments], check=True, env=os.environ | dates)
    track(root, "own")
    run = runs(root)["cnn own"]
    assert run.info.end_time == 1_700_000_000_000
    assert run.info.end_time - run.info.start_time == 2 * 90_500
    assert len(run.data.tags["mlflow.source.git.commit"]) == 40
    assert "lemma.host" not in run.data.tags, "nobody knows where it was trained"
    assert results.read_dates(root, ["own"])["own"][1] == run.data.tags["mlflow.source.git.commit"]
    finished(root, "own", {"nb": 60.0, "cnn": 80.0})
    subprocess.run([*command, "add", "reports"], check=True)
    assert results.read_dates(root, ["own"])["own"][1] == "", "a staged change is not committed"


def test_runs_have_the_commit_that_they_were_trained_from(root: Path, finished: Any, write: Any) -> None:
    write("own", OWN)
    finished(root, "own")
    sources = {"0": {"commit": 40 * "a", "dirty": False}, "1": {"commit": 40 * "b", "dirty": True}}
    write_json(results_path(root, "own"), read_json(results_path(root, "own")) | {"sources": sources})
    track(root, "own")
    tags = {name: run.data.tags for name, run in runs(root).items()}
    tracked = {
        name: (tags[name].get("mlflow.source.git.commit"), tags[name].get("mlflow.source.git.dirty")) for name in tags
    }
    assert tracked["cnn own/0"] == (40 * "a", "false")
    assert tracked["cnn own/1"] == (40 * "b", "true")
    assert tracked["cnn own"] == (None, None), "means of runs from two commits"


def test_a_run_keeps_its_source_until_its_scores_change(root: Path, finished: Any, write: Any) -> None:
    write("own", OWN)
    finished(root, "own")
    before = read_json(results_path(root, "own")) | {"sources": {"0": {"commit": "a", "dirty": False}}}
    now: dict[str, Any] = {"commit": "b", "dirty": True}
    assert sources_by_run(before, before, now) == before["sources"] | {"1": now}
    assert sources_by_run(before, None, now) == {"0": now, "1": now}
    finished(root, "own", {"nb": 60.0, "cnn": 80.0})
    assert sources_by_run(read_json(results_path(root, "own")), before, now) == {"0": now, "1": now}
    assert sources_by_run(before, None, None) == {}


def test_trainings_whose_predictions_give_other_scores_are_not_tracked(root: Path) -> None:
    predicted = Predicted(root, yaml.safe_load((root / "params.yaml").read_text()))
    layout = predicted.experiment("own", {"cnn": 1.0}, [0, 1])
    for run in (0, 1):
        for path in (layout.model(DATASET, "cnn", run), layout.history(DATASET, "cnn", run)):
            path.touch()
    path = layout.probabilities(DATASET, "cnn", 1)
    np.save(path, np.load(path)[:, ::-1])
    (line,) = track(root, "own")
    assert line.startswith("own: 2 runs of cnn on sample, scores only (")
    assert f"{path} gives another score than" in line


def test_a_damaged_experiment_does_not_stop_the_others(root: Path, finished: Any, write: Any) -> None:
    for name in ("aaa", "own"):
        write(name, OWN)
        finished(root, name)
    content = read_json(results_path(root, "aaa"))
    del content["overrides"]
    write_json(results_path(root, "aaa"), content)
    lines, failures = track_all(root, ["all"])
    assert ["aaa.json is in the form of another version" in failure.what for failure in failures] == [True]
    assert any(line.startswith("own: 4 runs of nb, cnn on trec") for line in lines)
    assert "trec: not run." in lines


def test_a_value_that_a_search_replaces_is_described_as_its_first_trial(root: Path, finished: Any, write: Any) -> None:
    write("own", OWN | {"models.cnn.dropout": 0.3})
    finished(root, "own")
    track(root, "own")
    note = runs(root)["cnn own"].data.tags["mlflow.note.content"]
    assert "models.cnn.dropout = 0.3 (first trial of the search)" in note


def test_all_recorded_results_of_the_repository_can_be_tracked() -> None:
    for name in definition.list_names(ROOT):
        content = read_json(results_path(ROOT, name))
        params, overrides = content["params"], content["overrides"]
        for dataset, result in content["results"].items():
            scores = RecordedScores(dataset, result["metrics"], result["cost"], params, overrides, 0.0)
            for model in scores.models:
                parent, *children = make_records(scores, name, model, "values")
                assert len(children) == len(result["metrics"]["models"][model]["runs"])
                assert all(child.parent == parent.key for child in children)
                names = {point[0] for point in parent.points}
                assert {f"{split}_{metric}" for split, metric in headline_metrics(dataset)} <= names


def test_an_experiment_without_results_is_an_error(root: Path, write: Any) -> None:
    write("own", OWN)
    with pytest.raises(InputError, match="'own' has not been run") as error:
        track(root, "own")
    assert error.value.fix == "Run `lemma experiment run own`."
    write_json(results_path(root, "own"), {"results": []})
    with pytest.raises(InputError, match="form of another version"):
        track(root, "own")

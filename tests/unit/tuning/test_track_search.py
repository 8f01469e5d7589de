"""A search in MLflow is one run with a child run for each trial."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lemma.tracking import store
from lemma.tracking.identity import KEY
from lemma.tuning import track_search as module
from lemma.tuning.search import COMPLETE, DIVERGED, PRUNED, TrialResult
from lemma.tuning.track_search import PARENT, SEARCH, STATE, experiment_name, track_search
from lemma.tuning.tune import tune
from tests.unit.training import tiny
from tests.unit.training.tiny import DATASET
from tests.unit.tuning.conftest import Project

pytestmark = pytest.mark.usefixtures("scripted")
HEAVY = """
import sys
import lemma.tuning.tune, lemma.tuning.track_search, lemma.training.hyperparameters
assert not {"optuna", "torch", "sklearn", "mlflow", "matplotlib"} & set(sys.modules), sys.modules.keys()
"""


@pytest.fixture
def tracked(project: Project, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project with an empty store."""
    monkeypatch.delenv(store.VARIABLE, raising=False)
    shutil.copy(empty_store, project.layout.root / "mlflow.db")
    return project


def searched(project: Project, trials: int = 18) -> tuple[dict[str, Any], list[TrialResult]]:
    return tune(project.layout, DATASET, "mlp", project.params(trials=trials))


def runs(project: Project) -> tuple[list[Any], list[Any]]:
    """Return the active parent and child runs in the store."""
    with store.connect(store.default_uri(project.layout)) as client:
        result = store.search_runs(client, store.get_or_create_experiment(client, experiment_name(DATASET)), "")
        assert not store.search_runs(client, store.get_or_create_experiment(client, DATASET), ""), (
            "trials among the trainings"
        )
    return [run for run in result if PARENT not in run.data.tags], [run for run in result if PARENT in run.data.tags]


def test_a_search_is_a_run_with_a_child_for_each_trial(tracked: Project) -> None:
    result, trials = searched(tracked)
    track_search(tracked.layout, result, trials)
    (parent,), children = runs(tracked)
    assert {child.data.tags[PARENT] for child in children} == {parent.info.run_id}
    by_number = {int(child.data.params["trial"]): child for child in children}
    assert sorted(by_number) == [trial.number for trial in trials]
    assert {trial.state for trial in trials} == {COMPLETE, PRUNED, DIVERGED}, "else this shows nothing"
    for trial in trials:
        child = by_number[trial.number]
        assert child.data.params["state"] == child.data.tags[STATE] == trial.state
        assert child.data.metrics["dev/score"] == trial.score
        assert child.data.params["settings.learning_rate"] == str(trial.settings["learning_rate"])
        assert child.info.status == ("FAILED" if trial.state == DIVERGED else "FINISHED")
    assert parent.data.metrics["best/dev_score"] == result["best"]["score"]
    assert parent.data.metrics["trials/pruned"] == sum(trial.state == PRUNED for trial in trials)
    assert parent.data.tags[SEARCH] == f"{DATASET}/mlp"
    assert not [run for run in (parent, *children) if KEY in run.data.tags], "`lemma track` would take it"
    longest = max(trials, key=lambda trial: trial.epochs)
    with store.connect(store.default_uri(tracked.layout)) as client:
        points = client.get_metric_history(by_number[longest.number].info.run_id, "curves/dev_score")
        expected = client.get_metric_history(parent.info.run_id, "curves/expected")
    assert [(point.step, point.value) for point in points] == [
        (line["epoch"], line["dev_score"]) for line in longest.lines
    ]
    assert [point.value for point in expected] == [line["expected"] for line in result["curve"]]


def test_tracking_a_search_twice_changes_nothing_and_an_extended_one_replaces_it(tracked: Project) -> None:
    track_search(tracked.layout, *searched(tracked, 3))
    before = {run.info.run_id for level in runs(tracked) for run in level}
    track_search(tracked.layout, *searched(tracked, 3))
    assert {run.info.run_id for level in runs(tracked) for run in level} == before
    track_search(tracked.layout, *searched(tracked, 5))
    (parent,), children = runs(tracked)
    assert len(children) == 5
    assert not {run.info.run_id for run in (parent, *children)} & before


def test_an_incomplete_search_is_replaced(tracked: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    result, write = searched(tracked, 4), module._write_trial

    def cut(client: Any, experiment: str, tags: dict[str, str], attempt: TrialResult) -> None:
        write(client, experiment, tags, attempt)
        if attempt.number == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "_write_trial", cut)
    with pytest.raises(KeyboardInterrupt):
        track_search(tracked.layout, *result)
    monkeypatch.setattr(module, "_write_trial", write)
    track_search(tracked.layout, *result)
    (parent,), children = runs(tracked)
    assert [child.data.tags[PARENT] for child in children] == [parent.info.run_id] * 4


def test_an_unreachable_store_costs_one_warning(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = searched(project, 2)
    capsys.readouterr()
    (tmp_path / "file").write_text("")
    track_search(project.layout, *result, uri=f"sqlite:///{tmp_path}/file/x.db")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("warning: the search for mlp is not in MLflow: ")


def test_without_trials_no_store_is_created(project: Project) -> None:
    track_search(project.layout, *tune(project.layout, DATASET, "mlp", project.params(models=[]), listed=True))
    assert not (project.layout.root / "mlflow.db").exists()


def test_large_libraries_are_imported_only_where_they_are_used() -> None:
    subprocess.run([sys.executable, "-c", HEAVY], cwd=tiny.ROOT, check=True)

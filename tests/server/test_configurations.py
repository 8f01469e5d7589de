"""All configurations that were tried can be compared, in SQLite and in PostgreSQL."""

from pathlib import Path
from typing import Any

from lemma.tracking import store, views
from lemma.tracking.identity import CURRENT, KEY
from tests.unit.tracking.conftest import Project, written

DROPOUTS = [0.5, 0.3, 0.7]
TRIED = ("tiny/cnn", "tiny/cnn/0", "tiny/cnn/1")


def runs(database: str, where: str = "") -> list[Any]:
    with store.connect(database) as client:
        return store.search_runs(client, store.get_or_create_experiment(client, "tiny"), where)


def dropouts(chosen: list[Any], key: str) -> list[str]:
    return sorted(run.data.params["settings.dropout"] for run in chosen if run.data.tags[KEY] == key)


def train(project: Project, dropout: float) -> None:
    for run in project.runs:
        project.train("cnn", run, dropout)


def test_three_dropouts_in_turn_can_be_compared_and_the_last_is_current(database: str, tmp_path: Path) -> None:
    project = written(tmp_path / "project")
    for dropout in DROPOUTS:
        train(project, dropout)
        project.track(uri=database)
    for key in TRIED:
        assert dropouts(runs(database), key) == ["0.3", "0.5", "0.7"]
        assert dropouts(runs(database, f"tags.`{CURRENT}` = 'true'"), key) == ["0.7"]
        assert dropouts(runs(database, f"tags.`{KEY}` = '{key}' AND params.`settings.dropout` = '0.3'"), key) == ["0.3"]
    with store.connect(database) as client:
        experiment = store.get_or_create_experiment(client, "tiny")
        views.write_views(client, experiment)
        view = client.get_experiment(experiment).tags[views.TAG + views.EVERYTHING]
    assert "params.`settings.dropout`" in view, "the value that was changed has a column"


def test_tracking_twice_changes_nothing_and_going_back_adds_nothing(database: str, tmp_path: Path) -> None:
    project = written(tmp_path / "project")
    for dropout in (0.5, 0.3):
        train(project, dropout)
        project.track(uri=database)
    before = [run.to_dictionary() for run in runs(database)]
    project.track(uri=database)
    assert [run.to_dictionary() for run in runs(database)] == before
    train(project, 0.5)
    project.track(uri=database)
    assert {run.info.run_id for run in runs(database)} == {run["info"]["run_id"] for run in before}
    assert dropouts(runs(database, f"tags.`{CURRENT}` = 'true'"), "tiny/cnn/0") == ["0.5"]

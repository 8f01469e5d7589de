"""Experiments of `dvc exp run` reach the project's MLflow store, wherever DVC runs them, and nothing there is lost."""

from typing import Any

from lemma.layout import Layout
from lemma.tracking import store
from lemma.tracking.identity import CURRENT, EXPERIMENT, KEY
from tests.project import Project

DROPOUT = "params.`settings.dropout`"


def runs(project: Project, where: str = "") -> list[Any]:
    with store.reach(store.default(Layout(project.folder))) as client:
        return store.search(client, store.experiment(client, "sample"), where)


def dropouts(project: Project, key: str, where: str = "") -> list[str]:
    chosen = [run for run in runs(project, where) if run.data.tags[KEY] == key]
    return sorted(run.data.params["settings.dropout"] for run in chosen)


def current(project: Project) -> set[str]:
    chosen = runs(project, f"tags.`{CURRENT}` = 'true'")
    assert len({run.data.tags[KEY] for run in chosen}) == len(chosen), "a key has two current runs"
    return {run.info.run_id for run in chosen}


def test_experiments_of_dvc_in_place_temporary_and_queued_can_all_be_compared(project: Project) -> None:
    before = current(project)
    project.run("dvc", "exp", "run", "--temp", "--name", "low", "--set-param", "models.cnn.dropout=0.1")
    assert current(project) == before, "the results in the project are the same"
    project.run("dvc", "exp", "run", "--queue", "--name", "high", "--set-param", "models.cnn.dropout=0.9")
    project.run("dvc", "exp", "run", "--run-all")
    assert current(project) == before
    project.run("dvc", "exp", "run", "--name", "middle", "--set-param", "models.cnn.dropout=0.3")
    for key in ("sample/cnn", "sample/cnn/0", "sample/cnn/1"):
        assert dropouts(project, key) == ["0.1", "0.3", "0.5", "0.9"]
        assert dropouts(project, key, f"tags.`{CURRENT}` = 'true'") == ["0.3"]
    names = {run.info.run_name for run in runs(project) if run.data.tags[KEY] == "sample/cnn"}
    assert names == {"cnn", "cnn low", "cnn high", "cnn middle"}
    assert [run.data.tags[KEY] for run in runs(project)].count("sample/mlp/0") == 1, "it was not trained again"
    chosen = runs(project, f"tags.`{EXPERIMENT}` = 'low'")
    assert {run.data.tags[KEY] for run in chosen} == {"sample", "sample/cnn", "sample/cnn/0", "sample/cnn/1"}

    # Values that were tried before come from DVC's cache, and no stage runs: then `make ui` tells which are current.
    project.run("dvc", "exp", "run", "--name", "again", "--set-param", "models.cnn.dropout=0.5")
    project.run("lemma", "track", "sample")
    assert dropouts(project, "sample/cnn/0", f"tags.`{CURRENT}` = 'true'") == ["0.5"]
    assert current(project) == before

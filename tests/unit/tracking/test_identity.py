"""A different training is a different run, and earlier runs stay."""

from pathlib import Path
from typing import Any

import pytest

from lemma.tracking import store
from lemma.tracking.identity import CONFIG, CONFIGURATION, CURRENT, KEY, hash_config, hash_configuration
from tests.unit.tracking.conftest import Finished

DROPOUTS = [0.5, 0.3, 0.7]


def dropouts(runs: list[Any], key: str, current: str = "") -> list[str]:
    """Return the dropouts of the runs with a key; of those only whose tag lemma.current is `current`, if given."""
    chosen = [run for run in runs if run.data.tags[KEY] == key]
    chosen = [run for run in chosen if run.data.tags[CURRENT] == current] if current else chosen
    return sorted(run.data.params["settings.dropout"] for run in chosen)


def test_three_dropouts_in_turn_are_all_in_mlflow_and_the_last_is_current(project: Any) -> None:
    for dropout in DROPOUTS:
        for run in project.runs:
            project.train("cnn", run, dropout)
        project.track()
    runs = project.shown()
    for key in ("tiny/cnn", "tiny/cnn/0", "tiny/cnn/1"):
        assert dropouts(runs, key) == ["0.3", "0.5", "0.7"]
        assert dropouts(runs, key, "true") == ["0.7"]
        assert dropouts(runs, key, "false") == ["0.3", "0.5"]
    assert [run.data.tags[KEY] for run in runs].count("tiny/majority/0") == 1, "it was the same all along"
    assert sorted(project.current()) == sorted(
        ["tiny", "tiny/cnn", "tiny/majority", *(f"tiny/{model}/{run}" for model in project.models for run in (0, 1))]
    )


def test_a_training_is_the_child_of_its_own_configuration(project: Any) -> None:
    for dropout in DROPOUTS:
        for run in project.runs:
            project.train("cnn", run, dropout)
        project.track()
    by_id = {run.info.run_id: run for run in project.shown()}
    children = [run for run in by_id.values() if store.PARENT in run.data.tags]
    assert len(children) == 2 * len(DROPOUTS) + 2
    for child in children:
        parent = by_id[child.data.tags[store.PARENT]]
        assert parent.data.params["settings.dropout"] == child.data.params["settings.dropout"]
        assert parent.data.tags[CONFIGURATION] == child.data.tags[CONFIGURATION] == parent.info.run_name
    colours = [run.data.tags[store.COLOUR] for run in by_id.values() if run.data.tags[KEY] == "tiny/cnn"]
    assert len(set(colours)) == len(DROPOUTS), "configurations that are compared look different"


def test_restored_values_make_their_runs_current_again(project: Any) -> None:
    first = [project.settings("cnn", 0, dropout) for dropout in (0.5, 0.3)]
    for dropout in (0.5, 0.3, 0.5):
        for run in project.runs:
            project.train("cnn", run, dropout)
        project.track()
    assert len([run for run in project.shown() if run.data.tags[KEY] == "tiny/cnn/0"]) == 2
    assert project.current()["tiny/cnn/0"].data.tags[CONFIG] == hash_config(first[0])


def test_no_run_of_a_wider_experiment_stays_current_after_it_was_narrowed(project: Any) -> None:
    project.track()
    before = {run.info.run_id for run in project.shown()}
    project.models, project.runs = ["cnn"], [0]
    project.track()
    assert sorted(project.current()) == ["tiny", "tiny/cnn", "tiny/cnn/0"]
    assert before < {run.info.run_id for run in project.shown()}, "nothing is removed"


@pytest.mark.parametrize("name", ["settings", "train", "classes", "subwords", "threads", "device", "inputs", "dataset"])
def test_everything_that_determines_a_training_is_part_of_its_identity(name: str, project: Any) -> None:
    settings = project.settings()
    changed = settings | {name: "another"}
    assert hash_config(changed) != hash_config(settings)
    assert hash_configuration(changed) != hash_configuration(settings)


@pytest.mark.parametrize("name", ["seconds", "best_epoch", "parameters", "host"])
def test_measurements_are_not_part_of_the_identity(name: str, project: Any) -> None:
    settings = project.settings()
    assert hash_config(settings | {name: "another"}) == hash_config(settings)


def test_the_runs_of_a_configuration_have_the_same_hash(project: Any) -> None:
    first, second = project.settings("cnn", 0), project.settings("cnn", 1)
    assert hash_config(first) != hash_config(second)
    assert hash_configuration(first) == hash_configuration(second)


def test_models_without_recorded_inputs_are_identified_by_the_tokens(project: Any) -> None:
    old = {name: value for name, value in project.settings().items() if name != "inputs"}
    assert hash_config(old, "some tokens") != hash_config(old, "other tokens")


def test_a_temporary_experiment_of_dvc_writes_to_the_projects_store_and_is_not_current(
    project: Any, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.track()
    before = {run.info.run_id for run in project.shown()}
    copy = finished(project.root / ".dvc" / "tmp" / "exps" / "tmpabc")
    for run in project.runs:
        copy.train("cnn", run, dropout=0.3)
    monkeypatch.setenv("DVC_ROOT", str(project.root))
    monkeypatch.setenv("DVC_EXP_NAME", "muggy-gaur")
    copy.track()
    assert not (copy.root / "mlflow.db").exists()
    assert {run.info.run_id for run in project.current().values()} == before
    added = {run.data.tags[KEY]: run for run in project.shown() if run.info.run_id not in before}
    assert sorted(added) == ["tiny", "tiny/cnn", "tiny/cnn/0", "tiny/cnn/1"]
    assert added["tiny/cnn"].info.run_name == "cnn muggy-gaur"
    assert {run.data.tags["lemma.experiment"] for run in added.values()} == {"muggy-gaur"}


def test_a_store_in_another_folder_has_its_artifacts_there(project: Any, tmp_path: Path, empty_store: Path) -> None:
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "mlflow.db").write_bytes(empty_store.read_bytes())
    project.pdf("tiny").write_bytes(b"%PDF-1.7")
    project.track(uri=f"sqlite:///{tmp_path}/team/mlflow.db")
    assert [path.read_bytes() for path in (tmp_path / "team" / "mlartifacts").rglob("report.pdf")] == [b"%PDF-1.7"]

"""MLflow's own fields, columns and views are filled."""

import getpass
import json
import platform
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lemma.tracking import run_record, store, views
from lemma.tracking.checkout_tags import HOST, NOTE, SOURCE, checkout_tags
from lemma.tracking.server import _welcome_message


def test_a_run_has_user_command_host_and_device(project: Any) -> None:
    project.track()
    runs = project.current()
    tags = runs["tiny/cnn/1"].data.tags
    assert tags[SOURCE] == "lemma train tiny cnn 1"
    assert tags["mlflow.user"] == getpass.getuser()
    assert (tags[HOST], tags[run_record.DEVICE]) == ("elsewhere", "cpu"), "where it was trained"
    assert runs["tiny"].data.tags[HOST] == platform.node()


def test_a_description_is_one_sentence(project: Any) -> None:
    project.track()
    notes = {key: run.data.tags[NOTE] for key, run in project.current().items()}
    assert notes["tiny/cnn/1"] == "Run 1 of cnn on tiny, seed 101, with the values of params.yaml."
    assert notes["tiny/cnn"] == "Means over 2 runs of cnn on tiny, with the values of params.yaml."
    assert notes["tiny"] == "Report on tiny: cnn, majority, with the values of params.yaml."


def test_every_run_has_the_data_set_as_its_input_with_digest_and_context(project: Any) -> None:
    project.track()
    for run in project.current().values():
        (used,) = run.inputs.dataset_inputs
        assert (used.dataset.name, len(used.dataset.digest)) == ("tiny", store.DIGEST)
        assert run.data.tags[run_record.DATA].startswith(used.dataset.digest)
        assert [(tag.key, tag.value) for tag in used.tags] == [("mlflow.data.context", "train")]


def test_the_headline_metrics_have_no_group_and_the_first_is_the_primary_one_on_dev(project: Any) -> None:
    project.track()
    metrics = project.current()["tiny/cnn/0"].data.metrics
    top = {name for name in metrics if "/" not in name}
    assert top == {"dev_accuracy", "test_accuracy", "test_macro_f1"}
    trained = run_record.read_training(project, "tiny", "cnn", 0, json.loads(project.metrics("tiny").read_text()), "")
    assert trained.record.points[0][0] == "dev_accuracy"
    assert run_record.headline_metrics("tweeteval")[:2] == [("dev", "macro_recall"), ("test", "macro_recall")]


def test_a_commit_is_dirty_if_code_or_values_differ_but_not_if_results_do(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        options = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *options, *arguments], check=True, capture_output=True)

    assert "mlflow.source.git.commit" not in checkout_tags(tmp_path)
    (tmp_path / "reports").mkdir()
    for name in ("params.yaml", "reports/metrics.json"):
        (tmp_path / name).write_text("{}")
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "start")
    assert checkout_tags(tmp_path)["mlflow.source.git.dirty"] == "false"
    (tmp_path / "reports" / "metrics.json").write_text("[]")
    assert checkout_tags(tmp_path)["mlflow.source.git.dirty"] == "false"
    (tmp_path / "params.yaml").write_text("[]")
    tags = checkout_tags(tmp_path)
    assert tags["mlflow.source.git.dirty"] == "true"
    assert len(tags["mlflow.source.git.commit"]) == 40


def test_the_welcome_message_has_links_to_the_present_results_and_to_all_runs() -> None:
    lines = _welcome_message("http://127.0.0.1:5000", {"sample": "7"}).splitlines()
    (present, everything) = [line.strip() for line in lines if "http" in line]
    assert present.startswith("sample: http://127.0.0.1:5000/#/experiments/7/runs?")
    assert "lemma.current" in present
    assert everything.startswith("sample, all runs by configuration: http://127.0.0.1:5000/#/experiments/7/")
    assert any("GenAI" in line and "Model training" in line for line in lines)


@pytest.mark.parametrize("tracked", [1, 2])
def test_one_view_shows_the_current_runs_and_the_other_the_differing_parameters(tracked: int, project: Any) -> None:
    for dropout in (0.5, 0.3)[:tracked]:
        for run in project.runs:
            project.train("cnn", run, dropout)
        project.track()
    with store.connect(project.store) as client:
        experiment = store.get_or_create_experiment(client, "tiny")
        views.write_views(client, experiment)
        tags = client.get_experiment(experiment).tags
    present, everything = (json.loads(tags[views.TAG + name]) for name in (views.PRESENT, views.EVERYTHING))
    assert present["searchFilter"] == "tags.`lemma.current` = 'true'"
    assert {"attributes.`Dataset`", "metrics.`test_accuracy`", "params.`model`"} <= set(present["selectedColumns"])
    assert ("params.`settings.dropout`" in everything["selectedColumns"]) is (tracked == 2)

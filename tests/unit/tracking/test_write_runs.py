"""MLflow has one complete run for each record, and runs change only if the files do."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lemma.errors import InputError
from lemma.tracking import store, track
from lemma.tracking.identity import CONTENT, KEY
from tests.project import until

TRAINED = ["tiny/cnn/0", "tiny/cnn/1", "tiny/majority/0", "tiny/majority/1"]
FAMILY = sorted(["tiny", "tiny/cnn", "tiny/majority", *TRAINED])


def test_importing_the_package_imports_no_mlflow() -> None:
    code = "import sys, lemma.tracking, lemma.tracking.live_stream; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_run_is_in_mlflow_once_with_parameters_scores_and_hashes(project: Any) -> None:
    project.track()
    runs = project.current()
    assert sorted(runs) == FAMILY
    one = runs["tiny/cnn/1"]
    assert (one.info.run_name, one.info.status) == ("cnn/1", "FINISHED")
    shared = {"train.device": "auto", "train.epochs": "3"}
    own = {"settings.kernel_sizes": "[3, 4]", "settings.dropout": "0.5", "settings.learning_rate": "0.001"}
    assert one.data.params == {"model": "cnn", "run": "1", "seed": "101"} | own | shared
    assert (one.data.metrics["test/accuracy"], one.data.metrics["test/macro_pr_auc"]) == (0.75, 0.8)
    assert one.data.metrics["model/parameters"] == 9
    assert len({runs[key].data.tags["lemma.config"] for key in FAMILY}) == len(FAMILY)


def test_a_run_has_its_parent_and_scores_of_each_class_by_valid_names(project: Any) -> None:
    project.track()
    runs = project.current()
    above = {key: run.data.tags.get(store.PARENT) for key, run in runs.items()}
    assert above["tiny"] is above["tiny/cnn"] is above["tiny/majority"] is None
    assert {above[key] for key in TRAINED if "cnn" in key} == {runs["tiny/cnn"].info.run_id}
    for key in ("tiny/cnn/0", "tiny/cnn"):
        assert runs[key].data.metrics["test class 0 a/f1"] == pytest.approx(0.65)
        assert runs[key].data.metrics["test class 1 b_c_ _/pr_auc"] == pytest.approx(0.8)


def test_the_run_of_a_configuration_has_means_and_common_parameters(project: Any) -> None:
    project.track()
    one = project.current()["tiny/cnn"]
    assert one.data.metrics["test/accuracy"] == pytest.approx((0.5 + 0.75) / 2)
    assert one.data.metrics["std test/accuracy"] == pytest.approx(0.25 / 2**0.5)
    assert one.data.params.keys() == {
        *(
            "model",
            "settings.kernel_sizes",
            "settings.dropout",
            "settings.learning_rate",
            "train.device",
            "train.epochs",
        )
    }


def test_the_runs_of_a_model_share_a_colour_that_no_other_model_has(project: Any) -> None:
    project.track()
    colours = {key: run.data.tags.get(store.COLOUR) for key, run in project.current().items()}
    assert colours["tiny/cnn"] == colours["tiny/cnn/0"] == colours["tiny/cnn/1"] is not None
    assert colours["tiny/majority"] == colours["tiny/majority/0"] is not None
    assert colours["tiny/cnn"] != colours["tiny/majority"]


def test_the_run_of_the_report_has_pdf_and_figures_in_a_folder_that_can_be_moved(project: Any) -> None:
    project.track()
    before = project.current()
    project.pdf("tiny").write_bytes(b"%PDF-1.7 one")
    project.figure("tiny", "loss").parent.mkdir()
    project.figure("tiny", "loss").write_text("<svg/>")
    project.track()
    assert project.replaced(before) == []
    runs = project.current()
    assert runs["tiny"].info.artifact_uri == f"mlflow-artifacts:/tiny/{runs['tiny'].info.run_id}/artifacts"
    kept = project.root / "mlartifacts" / "tiny" / runs["tiny"].info.run_id / "artifacts"
    assert (kept / "report.pdf").read_bytes() == b"%PDF-1.7 one"
    assert (kept / "figures" / "loss.svg").read_text() == "<svg/>"


def test_curves_have_a_point_for_each_epoch_at_its_time(project: Any) -> None:
    project.track()
    run = project.current()["tiny/cnn/0"]
    with store.connect(project.store) as client:
        curve = client.get_metric_history(run.info.run_id, "curves/train_loss")
    start = int(project.clock * 1000)
    expected = [(1, start + 250, 0.7), (2, start + 500, 0.35), (3, start + 750, 0.7 / 3)]
    assert [(point.step, point.timestamp, point.value) for point in curve] == expected
    assert (run.info.start_time, run.info.end_time) == (start, start + 750)


def test_tracking_twice_changes_nothing(project: Any) -> None:
    project.track()
    before, receipt = project.shown(), project.tracking("tiny").read_bytes()
    project.track()
    assert [run.to_dictionary() for run in project.shown()] == [run.to_dictionary() for run in before]
    assert project.tracking("tiny").read_bytes() == receipt


def test_the_same_training_repeated_changes_nothing(project: Any) -> None:
    project.track()
    before, receipt = project.shown(), project.tracking("tiny").read_bytes()
    for run in project.runs:
        project.train("cnn", run, seconds=0.5)
    project.track()
    assert [run.to_dictionary() for run in project.shown()] == [run.to_dictionary() for run in before]
    assert project.tracking("tiny").read_bytes() == receipt


def test_changed_metrics_of_the_same_training_update_its_run(project: Any) -> None:
    project.track()
    before = project.current()
    project.evaluate(accuracy=0.25)
    project.track()
    assert project.replaced(before) == []
    assert len(project.shown()) == len(before)
    assert project.current()["tiny/cnn/1"].data.metrics["test/accuracy"] == 0.25
    assert project.current()["tiny/cnn"].data.metrics["test_accuracy"] == pytest.approx((0.5 + 0.25) / 2)


def test_incomplete_and_deleted_runs_are_written_again(project: Any) -> None:
    project.track()
    before = project.current()
    with store.connect(project.store) as client:
        client.delete_tag(before["tiny/cnn/0"].info.run_id, CONTENT)  # it is written last
        client.delete_run(before["tiny/cnn/1"].info.run_id)
    project.track()
    assert project.replaced(before) == ["tiny/cnn/0", "tiny/cnn/1"]


def test_a_deleted_mlflow_experiment_is_restored_with_one_run_for_each_key(project: Any) -> None:
    project.track()
    project.evaluate(accuracy=0.25)
    project.track()
    with store.connect(project.store) as client:
        client.delete_experiment(store.get_or_create_experiment(client, "tiny"))
    project.track()
    assert sorted(project.current()) == FAMILY


def test_the_receipt_depends_only_on_the_files(project: Any, finished: Any, tmp_path: Path, empty_store: Path) -> None:
    other = finished(tmp_path / "elsewhere")
    project.track()
    shutil.copy(empty_store, tmp_path / "other.db")
    track(other, "tiny", project.models[::-1], project.runs[::-1], uri=f"sqlite:///{tmp_path}/other.db")
    receipt = project.tracking("tiny").read_bytes()
    assert other.tracking("tiny").read_bytes() == receipt
    assert [sorted(entry) for entry in json.loads(receipt)] == [["config", "content", "key"]] * 7


def test_four_processes_can_create_the_store_at_the_same_time(
    finished: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    projects = [finished(tmp_path / name) for name in "abcd"]
    monkeypatch.setenv(store.VARIABLE, f"sqlite:///{tmp_path}/shared.db")
    code = "import sys; from lemma.layout import Layout; from lemma.tracking import track; "
    code += "track(Layout(), 'tiny', ['cnn'], [int(sys.argv[1])])"
    numbered = enumerate([0, 1, 0, 1])  # two pairs with one key
    started = [subprocess.Popen([sys.executable, "-c", code, str(run)], cwd=projects[at].root) for at, run in numbered]
    assert [process.wait() for process in started] == [0, 0, 0, 0]
    with store.connect(f"sqlite:///{tmp_path}/shared.db") as client:
        runs = store.search_runs(client, store.get_or_create_experiment(client, "tiny"), "")
    trained = ["tiny/cnn", "tiny/cnn/0", "tiny/cnn/1"]
    assert sorted(run.data.tags[KEY] for run in runs) == ["tiny", "tiny", *trained], (
        "a report for each set of trainings"
    )


def test_a_store_whose_creation_was_killed_is_created_again(tmp_path: Path) -> None:
    path, part = tmp_path / "mlflow.db", tmp_path / ".mlflow.db.part"
    code = f"from lemma.tracking import store; store.connect('sqlite:///{path}').__enter__()"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        until(lambda: part.exists() and part.stat().st_size)
        process.kill()
    assert part.exists()
    assert not path.exists()
    with store.connect(f"sqlite:///{path}") as client:
        assert [one.name for one in client.search_experiments()] == ["Default"]
    assert not part.exists()


def test_a_missing_run_is_an_error_with_a_fix(project: Any) -> None:
    with pytest.raises(InputError, match=r"history\.jsonl cannot be read") as failure:
        track(project, "tiny", ["cnn"], [7])
    assert "lemma train tiny cnn 7" in failure.value.fix
    assert not project.tracking("tiny").exists()


def test_an_unreachable_server_is_an_error_without_password_or_receipt(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(InputError, match="MLflow at http:") as failure:
        track(project, "tiny", project.models, project.runs, uri="http://me:secret@127.0.0.1:1")
    assert "secret" not in str(failure.value)
    assert not project.tracking("tiny").exists()


@pytest.mark.parametrize("database", ["postgresql+missing", "mysql+cymysql"])
def test_a_database_whose_driver_is_missing_is_an_error_without_password(database: str) -> None:
    with pytest.raises(InputError, match="cannot be used") as failure, store.connect(f"{database}://me:secret@db/runs"):
        pass
    assert "secret" not in str(failure.value)

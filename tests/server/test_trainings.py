"""Eight trainings log to one tracking server at the same time, and no score is lost."""

import json
import shutil
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from lemma.errors import InputError
from lemma.tracking import run_record, store
from lemma.tracking.identity import KEY
from tests.project import SMALL, Project, until
from tests.server.conftest import Server

MODELS, RUNS, EPOCHS = ["majority", "logreg", "mlp", "cnn"], SMALL["experiment"]["runs"], SMALL["train"]["epochs"]
TRAININGS = [f"sample/{model}/{run}" for model in MODELS for run in RUNS]
Shown = dict[str, dict[str, list[tuple[int, float, int]]]]  # key of a run, curve: step, value, time in milliseconds


@pytest.fixture
def project(project: Project) -> Project:
    """The finished project with its data and without its models, which a new training reproduces."""
    project.change({"experiment": {"models": MODELS}})
    shutil.rmtree(project.folder / "models")
    return project


def test_eight_trainings_log_to_one_server_without_loss(project: Project, finished: Project, server: Server) -> None:
    printed = train(project, server)
    assert [text for text in printed if "warning" in text] == []
    assert tracked_series(server) == written(project), "live"
    project.run("lemma", "track", "sample", MLFLOW_TRACKING_URI=server.uri)
    assert tracked_series(server) == written(project), "tracked"
    assert results(project) == results(finished)


def test_a_killed_server_costs_no_training_and_no_score(project: Project, finished: Project, server: Server) -> None:
    def kill() -> None:
        until(lambda: any(tracked_series(server).values()), InputError)
        server.kill()

    for _ in range(4):  # on a busy machine all trainings may have ended before the server does
        if any("is not shown live" in text for text in train(project, server, kill)):
            break
        server.start()
    else:
        pytest.fail("the server did not end in the middle")
    assert results(project) == results(finished)
    server.start()
    assert tracked_series(server) != written(project)
    project.run("lemma", "track", "sample", MLFLOW_TRACKING_URI=server.uri)
    assert tracked_series(server) == written(project)


def train(project: Project, server: Server, meanwhile: Callable[[], None] = lambda: None) -> list[str]:
    """Run all trainings at the same time and do something meanwhile; check that all succeed; return their output."""
    commands = [["lemma", "train", *key.split("/")] for key in TRAININGS]
    running = [project.start(*command, MLFLOW_TRACKING_URI=server.uri) for command in commands]
    meanwhile()
    printed = [process.communicate(timeout=600)[0] for process in running]
    assert [process.returncode for process in running] == [0] * len(TRAININGS), printed
    return printed


def tracked_series(server: Server) -> Shown:
    """Return all curves of trainings on the server, where each training has one run."""
    curves: Shown = {}
    with store.connect(server.uri) as client:
        experiment = client.get_experiment_by_name("sample")
        for run in store.search_runs(client, experiment.experiment_id, "") if experiment else []:
            key = run.data.tags[KEY]
            if key.count("/") == 2:
                assert key not in curves
                names = [name for name in run.data.metrics if name.startswith("curves/")]
                points = {name: client.get_metric_history(run.info.run_id, name) for name in names}
                curves[key] = {
                    name: sorted((p.step, p.value, p.timestamp) for p in series) for name, series in points.items()
                }
    return curves


def written(project: Project) -> Shown:
    """Return the same curves from the files."""
    curves: Shown = {}
    for key in TRAININGS:
        lines = history(project, key)
        columns = {name: metric for name, metric in run_record.CURVE_NAMES.items() if lines[0].get(name) is not None}
        curves[key] = {
            metric: [(line["epoch"], line[name], run_record.to_milliseconds(line["time"])) for line in lines]
            for name, metric in columns.items()
        }
    assert {len(curves[f"sample/{model}/0"]["curves/train_loss"]) for model in ("mlp", "cnn")} == {EPOCHS}
    return curves


def history(project: Project, key: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (project.folder / "models" / key / "history.jsonl").read_text().splitlines()]


def results(project: Project) -> dict[str, Any]:
    """Return everything that the trainings wrote, except times."""
    values: dict[str, Any] = {}
    for key in TRAININGS:
        folder = project.folder / "models" / key
        values[f"{key} probabilities"] = (folder / "probabilities.npy").read_bytes()
        values[f"{key} history"] = [untimed(line) for line in history(project, key)]
        with zipfile.ZipFile(folder / "model.zip") as model:
            members = {name: model.read(name) for name in model.namelist()}
        values[f"{key} settings"] = untimed(json.loads(members.pop("settings.json")))
        values[f"{key} model"] = members
    return values


def untimed(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in ("time", *run_record.COST)}

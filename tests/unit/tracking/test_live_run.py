"""A live run shows a training while it runs, and a failure costs one warning."""

import socket
import subprocess
from typing import Any

import pytest

from lemma.tracking import LiveRun, run_record, store
from lemma.tracking.identity import CONFIG, CURRENT, LIVE, hash_config
from lemma.tracking.live_stream import stream_run


def test_without_a_tracking_uri_no_process_is_started(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    with LiveRun(project.settings(), warn=pytest.fail) as live:
        live.on_epoch_end(1, project.line(1))


def test_a_live_run_shows_its_epochs_and_is_replaced_by_the_tracked_run(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(store.VARIABLE, project.store)
    with LiveRun(project.settings(), warn=pytest.fail, patience=60) as live:
        for epoch in (1, 2):
            live.on_epoch_end(epoch, project.line(epoch))
    (streamed,) = project.shown()
    assert (streamed.data.tags[LIVE], streamed.data.tags[CURRENT]) == ("true", "true")
    assert (streamed.info.status, streamed.data.metrics["curves/dev_loss"]) == ("FINISHED", 0.4)
    project.track()
    tracked = project.current()["tiny/cnn/0"]
    assert LIVE not in tracked.data.tags
    assert tracked.data.params == streamed.data.params


def test_a_live_run_replaces_that_of_the_same_training_only(project: Any) -> None:
    for dropout in (0.3, 0.5, 0.5):
        settings = project.settings(dropout=dropout)
        tags = run_record.tags_of_settings(settings) | {LIVE: "true", CONFIG: hash_config(settings)}
        run = {"uri": project.store, "experiment": "tiny", "name": "cnn/0 (live)", "start": 1, "tags": tags}
        run["params"] = run_record.format_params(settings)
        stream_run(
            iter([[run], [{"points": run_record.epoch_points(1, project.line(1))}]])
        )  # no status: the pipe closed
    killed = project.shown()
    assert [run.info.status for run in killed] == ["KILLED"] * 2
    assert sorted(run.data.params["settings.dropout"] for run in killed) == ["0.3", "0.5"]


@pytest.mark.parametrize(
    ("listens", "epochs", "reason"),
    [
        pytest.param(False, 3, "cannot be used", id="refuses"),
        pytest.param(True, 3, "no answer for", id="never answers"),
        pytest.param(True, 2000, "too slow", id="falls behind"),  # more epochs than the pipe to the stream holds
    ],
)
def test_a_server_that_is_down_costs_a_training_one_warning(
    listens: bool, epochs: int, reason: str, project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if listens:
            server.listen()
        monkeypatch.setenv(store.VARIABLE, f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        with LiveRun(project.settings(), warn=told.append, patience=0.1 if listens else 60) as live:
            for epoch in range(1, epochs + 1):
                live.on_epoch_end(epoch, project.line(epoch))
    assert len(told) == 1
    assert told[0].startswith("warning: tiny/cnn/0 is not shown live: ")
    assert reason in told[0]
    assert "\n" not in told[0]


def test_a_failing_start_or_warning_does_not_raise(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: str) -> None:
        raise ValueError("I/O operation on closed file")

    monkeypatch.setenv(store.VARIABLE, "http://127.0.0.1:1")
    monkeypatch.setattr(subprocess, "Popen", None)
    with LiveRun(project.settings(), warn=closed) as live:
        live.on_epoch_end(1, {"train_loss": "no number"})

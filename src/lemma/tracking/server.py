"""Run the MLflow UI on the store of the project (`lemma ui`).

It has one worker and no job runner: MLflow's default is ten processes of 230 MB each. It listens on 127.0.0.1 only, and
MLflow's checks of the Host and Origin headers stay on.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from lemma.errors import CheckError, InputError
from lemma.layout import Layout
from lemma.tracking import store, views

HOST = "127.0.0.1"
STOP_SECONDS = 10


def serve_ui(layout: Layout, port: int) -> None:
    """Serve the MLflow UI on a port of 127.0.0.1 until Ctrl-C.

    The store is the database in MLFLOW_TRACKING_URI, else `mlflow.db` of the project, which is created if necessary.

    Raises:
        InputError: the port is in use, or MLFLOW_TRACKING_URI is a server, which has a UI of its own.
        CheckError: the server exited.
    """
    uri = _database_uri(layout, port)
    _check_port(port)
    with store.connect(uri) as client:
        experiments = client.search_experiments(filter_string="name != 'Default'", order_by=["name"])
        for experiment in experiments:
            views.write_views(client, experiment.experiment_id)
    ids = {experiment.name: experiment.experiment_id for experiment in experiments}
    message = _welcome_message(f"http://{HOST}:{port}", ids)
    environment = dict(os.environ, MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", PYTHONWARNINGS="ignore")
    environment.pop(store.VARIABLE, None)
    store.set_limits(environment)
    command = [sys.executable, "-P", "-m", "mlflow", "server", "--backend-store-uri", uri, "--workers", "1"]
    command += ["--artifacts-destination", str(store.artifact_folder(uri, layout))]
    command += ["--host", HOST, "--port", str(port), "--uvicorn-opts", "--log-level warning"]
    with _interrupt_on_signals(), suppress(KeyboardInterrupt):
        # In a session of its own the server gets no Ctrl-C: lemma gets it and terminates the server.
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        try:
            print(message, flush=True)
            code = process.wait()
        finally:
            _terminate(process)
        raise CheckError(f"The MLflow server exited with code {code}.", "Its output above says why.")


def _welcome_message(base: str, experiments: dict[str, str]) -> str:
    """Return the message with the links to the views of each experiment (MLflow's start page shows other things).

    Args:
        base: URL of the server.
        experiments: ids of the MLflow experiments by name.
    """
    if not experiments:
        return f"No run is tracked yet. MLflow will be at {base} in some seconds; Ctrl-C ends it."
    lines = ["In some seconds MLflow will show the runs on"]
    for name, experiment_id in experiments.items():
        present, everything = views.view_links(base, experiment_id)
        lines += [f"  {name}: {present}", f"  {name}, all runs by configuration: {everything}"]
    lines.append("On other pages MLflow opens the tab GenAI, without runs: choose Model training at the top left.")
    return "\n".join([*lines, "Ctrl-C ends it."])


def _database_uri(layout: Layout, port: int) -> str:
    """Return the URI of the database to serve."""
    uri = store.store_uri(layout)
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return uri
    if parts.hostname in (HOST, "localhost") and parts.port == port:  # it is the server that is about to start
        return store.default_uri(layout)
    raise InputError(
        f"{store.VARIABLE} names a server with its own UI.", f"Open {store.hide_password(uri)} in a browser."
    )


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was closed a moment ago is free
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            fix = f"Choose another: `lemma ui --port {port % 65535 + 1}`, or end the process that listens there."
            raise InputError(f"Port {port} of {HOST} cannot be used: {error}.", fix) from None


@contextmanager
def _interrupt_on_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM and SIGHUP as on Ctrl-C, so that no server is left running."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(process: subprocess.Popen[bytes]) -> None:
    """Terminate the server and its worker; kill them after STOP_SECONDS."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

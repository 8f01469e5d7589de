"""Open MLflow's UI on the store of this folder.

One worker and no job runner: MLflow's default is ten processes of 230 MB each. Its checks of the Host and Origin
headers stay on, and it listens on the loopback only.
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
    """Serve MLflow's UI at `port` of 127.0.0.1 until Ctrl-C, which ends the server and returns.

    The store is a database in MLFLOW_TRACKING_URI, else `mlflow.db` beside params.yaml; it is made where it is missing.

    Raises:
        InputError: the port is taken, or MLFLOW_TRACKING_URI names another server, which has a UI of its own.
        CheckError: the server ended by itself.
    """
    uri = _database(layout, port)
    _free(port)
    with store.connect(uri) as client:
        found = client.search_experiments(filter_string="name != 'Default'", order_by=["name"])
        for experiment in found:
            views.write_views(client, experiment.experiment_id)
    welcome = _welcome(f"http://{HOST}:{port}", {one.name: one.experiment_id for one in found})
    environment = dict(os.environ, MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", PYTHONWARNINGS="ignore")
    environment.pop(store.VARIABLE, None)
    store.set_limits(environment)
    command = [sys.executable, "-P", "-m", "mlflow", "server", "--backend-store-uri", uri, "--workers", "1"]
    command += ["--artifacts-destination", str(store.artifact_folder(uri, layout))]
    command += ["--host", HOST, "--port", str(port), "--uvicorn-opts", "--log-level warning"]
    with _interruptible(), suppress(KeyboardInterrupt):
        # A session of its own: the terminal's Ctrl-C reaches lemma alone, which ends the server in order.
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        try:
            print(welcome, flush=True)
            code = process.wait()
        finally:
            _end(process)
        raise CheckError(f"MLflow's server ended with exit code {code}.", "Its own lines above say why.")


def _welcome(base: str, experiments: dict[str, str]) -> str:
    """Return what to open, for each experiment by its name: MLflow's front page leads elsewhere."""
    if not experiments:
        return f"No run is tracked yet. MLflow will be at {base} in some seconds; Ctrl-C ends it."
    lines = ["In some seconds MLflow will show the runs on"]
    for name, identity in experiments.items():
        present, everything = views.view_links(base, identity)
        lines += [f"  {name}: {present}", f"  {name}, all that was tried, by configuration: {everything}"]
    lines.append("Elsewhere MLflow opens on its tab GenAI, without runs: choose Model training at the top left.")
    return "\n".join([*lines, "Ctrl-C ends it."])


def _database(layout: Layout, port: int) -> str:
    """Return the address of the database to serve."""
    uri = store.store_uri(layout)
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return uri
    if parts.hostname in (HOST, "localhost") and parts.port == port:  # the server meant is the one about to start
        return store.default_uri(layout)
    raise InputError(
        f"{store.VARIABLE} names a server with its own UI.", f"Open {store.hide_password(uri)} in a browser."
    )


def _free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that closed just now is free
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            fix = f"Choose another: `lemma ui --port {port % 65535 + 1}`, or end what listens there."
            raise InputError(f"Port {port} of {HOST} cannot be used: {error}.", fix) from None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make TERM and a closed terminal end the block as Ctrl-C does, so that no server stays behind."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and its worker: asked first, then by force."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

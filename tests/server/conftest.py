"""An MLflow server as a team would run it, on SQLite or PostgreSQL."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.project import until
from tests.require import refuse

HOST = "127.0.0.1"


class Server:
    """A tracking server on a database; killed, it can be started again at the same port."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database, self.port = folder, database, free_port()
        self.uri = f"http://{HOST}:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", self.database, "--workers", "1"]
        command += ["--artifacts-destination", str(self.folder / "artifacts"), "--host", HOST, "--port", str(self.port)]
        environment = dict(os.environ, MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false", PYTHONWARNINGS="ignore")
        environment.pop("MLFLOW_TRACKING_URI", None)
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self._process = process

        def answers() -> bool:
            assert process.poll() is None, (self.folder / "server.log").read_text()[-2000:]
            with urllib.request.urlopen(f"{self.uri}/health", timeout=10) as answer:
                return bool(answer.status == 200)

        until(answers, OSError)

    def kill(self) -> None:
        """Kill the server and its worker."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'team.db'}"
    return str(request.getfixturevalue("postgresql"))


@pytest.fixture
def server(database: str, tmp_path: Path) -> Iterator[Server]:
    """A running server on an empty database."""
    server = Server(tmp_path, database)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The address of an empty database in a PostgreSQL of its own, on the loopback."""
    with postgresql_server() as address:
        yield address


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Run a PostgreSQL server on the loopback, and yield the address of an empty database in it."""
    programs = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    initdb = programs[-1] if programs else shutil.which("initdb")
    if initdb is None:
        refuse("postgresql", "initdb not found; apt-get install --no-install-recommends postgresql")
    with tempfile.TemporaryDirectory() as folder:  # one that another user may enter, unlike pytest's
        user = []
        if os.geteuid() == 0:  # PostgreSQL refuses to be root's
            user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(folder, "postgres")

        def do(program: str, *arguments: str) -> None:
            command = [*user, str(Path(initdb).with_name(program)), "--pgdata", f"{folder}/data", *arguments]
            subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)

        port = free_port()
        do("initdb", "--username", "team", "--auth", "trust", "--no-sync")
        options = f"-h {HOST} -p {port} -c unix_socket_directories= -F"
        do("pg_ctl", "--wait", "--log", f"{folder}/log", "--options", options, "start")
        try:
            yield f"postgresql://team@{HOST}:{port}/postgres"
        finally:
            do("pg_ctl", "--wait", "--mode", "immediate", "stop")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])

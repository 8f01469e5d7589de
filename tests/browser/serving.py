"""Run `lemma ui` on an MLflow store until the block ends."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.project import until
from tests.server.conftest import HOST, free_port


@contextmanager
def serving(folder: Path, database: str) -> Iterator[list[str]]:
    """Serve a store of one experiment, and yield the two links that `lemma ui` prints: present results, all runs."""
    port = free_port()
    command = [sys.executable, "-m", "lemma", "ui", "--port", str(port)]
    environment = os.environ | {"MLFLOW_TRACKING_URI": database}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            links: list[str] = []
            while len(links) < 2:
                line = server.stdout.readline()
                assert line, "lemma ui has ended"
                address = line.strip().rpartition(": ")[2]
                links += [address] if address.startswith(f"http://{HOST}") else []
            until(lambda: urllib.request.urlopen(f"http://{HOST}:{port}/health", timeout=10).close() is None, OSError)
            yield links
        finally:
            server.terminate()

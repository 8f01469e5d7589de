"""A file to fetch, and helpers to inspect the result."""

import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

from lemma.data.fetch import fetch_file
from lemma.data.sources.catalog import File
from lemma.layout import Layout
from lemma.params import Params
from tests.unit.data.conftest import VALUES, Server

CONTENT = bytes(range(256)) * 2000
WRONG = CONTENT[:-1] + b"!"
FILE = File("set/file.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
HALF = len(CONTENT) // 2
PARAMS = Params.model_validate(VALUES)
Serve = Callable[..., Server]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def get(server: Server | str, state: Path, folders: list[Path] | None = None) -> bytes:
    address = server if isinstance(server, str) else f"{server.address}/{FILE.name}"
    return fetch_file(FILE, folders or [], [address], state).read_bytes()


def left(state: Path) -> set[str]:
    """Return the endings of the files in the folder for partial downloads, locks apart."""
    return {path.suffix for path in state.iterdir() if path.suffix != ".lock"}


def members(layout: Layout, dataset: str = "sst2") -> dict[str, bytes]:
    with zipfile.ZipFile(layout.source(dataset)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}

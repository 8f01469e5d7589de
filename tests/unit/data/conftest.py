"""A project with a user's own data set, and a local HTTP server with scripted errors."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from lemma import files
from lemma.data import fetch
from lemma.data.download import download
from lemma.data.preparation.prepare import prepare
from lemma.layout import Layout
from lemma.params import Params

VALUES = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text(encoding="utf-8"))
SHARES = {"dev": 0.2, "test": 0.2}


@dataclass(frozen=True)
class Project:
    """A folder, and the parameters by which it is worked on; its data set is `own`."""

    layout: Layout
    params: Params

    def prepare(self) -> Any:
        """Run the stages up to `prepare`; return what it says."""
        download(self.layout, "own", self.params)
        prepare(self.layout, "own", self.params)
        return files.read_json(self.layout.prepared("own"))

    def documents(self) -> Any:
        """Return the rows of `documents.parquet`."""
        return pq.read_table(self.layout.documents("own")).to_pylist()


Make = Callable[..., Project]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that writes the user's file and names it in the parameters as the data set `own`."""

    def write(
        name: str,
        content: bytes | str | dict[str, bytes],
        split: dict[str, Any] | str = SHARES,
        duplicates: str = "keep",
        **settings: str,
    ) -> Project:
        own = {"path": name, "split": split} | settings
        if isinstance(content, dict):  # a folder's files
            for member, data in content.items():
                (tmp_path / name / member).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name / member).write_bytes(data)
        else:
            (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
            own |= {"text": "text", "label": "label"}
        values = VALUES | {
            "datasets": VALUES["datasets"] | {"own": own},
            "prepare": VALUES["prepare"] | {"duplicates": duplicates},
        }
        return Project(Layout(tmp_path), Params.model_validate(values))

    return write


Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


class Server(ThreadingHTTPServer):
    """Serves `content`: a request takes the next answer of `script`, and the last one answers all that follow."""

    daemon_threads = True

    def __init__(self, content: bytes, script: list[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content, self.script = content, script
        self.ranges: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers["Range"])
        script = self.server.script
        (script.pop(0) if len(script) > 1 else script[0])(self, self.server.content)

    def log_message(self, *_: Any) -> None:
        pass


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
    """Answer with `body`, and with the header Content-Length of `length` if that is not its own; -1: none."""
    handler.send_response(status)
    if length != -1:
        handler.send_header("Content-Length", str(len(body) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
    handler.close_connection = True


def start_of(handler: BaseHTTPRequestHandler) -> int:
    """Return the first byte that a request asks for."""
    return int(handler.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))


def whole(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Answer as a good server does: the bytes asked for, and 416 beyond the end."""
    cut(len(content))(handler, content)


def cut(most: int) -> Answer:
    """Return an answer that promises all that is asked for, and breaks off after `most` bytes."""

    def answer(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        start = start_of(handler)
        rest = content[start:]
        if start and not rest:
            send(handler, 416, b"")
        elif start:
            where = f"bytes {start}-{len(content) - 1}/{len(content)}"
            send(handler, 206, rest[:most], len(rest), Content_Range=where)
        else:
            send(handler, 200, rest[:most], len(rest))

    return answer


def status(code: int) -> Answer:
    """Return an answer of this status, with a page as people get to see."""
    return lambda handler, _: send(handler, code, b"<html>no</html>")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Server]]:
    """Return a function that starts a server of some bytes with a script; tries follow each other without waiting."""
    started: list[Server] = []

    def start(content: bytes, *script: Answer) -> Server:
        server = Server(content, list(script))
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        started.append(server)
        return server

    monkeypatch.setattr(fetch, "FIRST_WAIT", 0)
    monkeypatch.setattr(fetch, "LONGEST_WAIT", 0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield start
    for server in started:
        server.shutdown()
        server.server_close()

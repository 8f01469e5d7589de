"""Fetching one file: resumed, verified, downloaded once, without misleading leftovers."""

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from lemma.data import fetch as fetching
from lemma.data.fetch import TRIES, fetch_file
from lemma.errors import InputError, UnreachableError
from tests.unit.data.conftest import cut, send, status, whole
from tests.unit.data.fetched import CONTENT, FILE, HALF, WRONG, Serve, get, left


class Full:
    """A file on a disk with room for half of it."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __enter__(self) -> "Full":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def tell(self) -> int:
        return int(self.file.tell())

    def write(self, content: bytes) -> None:
        if self.tell() + len(content) > HALF:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.file.write(content)


def test_a_complete_response_needs_one_request(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    assert get(server, tmp_path) == CONTENT
    assert (server.ranges, left(tmp_path)) == ([None], {""})


def test_an_interrupted_download_resumes_after_its_last_byte(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, cut(HALF), cut(1000), whole)
    assert get(server, tmp_path) == CONTENT
    assert server.ranges == [None, f"bytes={HALF}-", f"bytes={HALF + 1000}-"]


def test_a_partial_download_is_resumed_by_the_next_call(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, cut(100))
    with pytest.raises(UnreachableError):
        get(server, tmp_path)
    assert left(tmp_path) == {".part"}
    again = serve(CONTENT, whole)
    assert get(again, tmp_path) == CONTENT
    assert again.ranges == [f"bytes={100 * TRIES}-"]


def test_the_progress_bar_shows_the_position_in_the_file_after_every_try(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars: list[tuple[str, float | None, str]] = []
    places = [0.0]

    @contextmanager
    def progress(*about: Any) -> Iterator[Callable[[float, str], None]]:
        bars.append(about)
        yield lambda advance, _: places.append(places[-1] + advance)

    monkeypatch.setattr(fetching, "progress", progress)
    get(serve(CONTENT, cut(HALF), cut(1000), lambda handler, content: send(handler, 200, content)), tmp_path)
    assert bars == [(FILE.name, FILE.bytes, "bytes")]
    assert HALF in places
    assert HALF + 1000 in places
    assert places.index(HALF + 1000) < len(places) - 1 - places[::-1].index(0)
    assert places[-1] == FILE.bytes == max(places)


@pytest.mark.parametrize("code", [404, 403])
def test_a_permanent_refusal_is_not_retried(code: int, serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, status(code))
    with pytest.raises(UnreachableError, match=str(code)):
        get(server, tmp_path)
    assert (len(server.ranges), left(tmp_path)) == (1, set())


def test_partial_bytes_from_a_wrong_address_do_not_damage_the_file(serve: Serve, tmp_path: Path) -> None:
    portal, right = serve(b"<html>log in</html>", whole), serve(CONTENT, whole)
    path = fetch_file(FILE, [], [portal.address, right.address], tmp_path)
    assert path.read_bytes() == CONTENT
    (tmp_path / path.name).unlink()
    (tmp_path / f"{path.name}.part").write_bytes(b"?" * HALF)
    assert get(right, tmp_path) == CONTENT


def test_a_correct_file_is_not_downloaded_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    get(server, tmp_path)
    assert get(server, tmp_path) == CONTENT
    assert len(server.ranges) == 1


def test_a_damaged_file_is_downloaded_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    fetch_file(FILE, [], [server.address], tmp_path).write_bytes(WRONG)
    assert get(server, tmp_path) == CONTENT


def test_a_complete_partial_file_of_a_killed_process_is_used(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    part = tmp_path / f"{FILE.sha256[:16]}.part"
    part.write_bytes(CONTENT)
    assert get(server, tmp_path) == CONTENT
    assert (server.ranges, left(tmp_path)) == ([], {""})


@pytest.mark.parametrize("content", [WRONG, CONTENT + b"!"])
def test_a_partial_file_that_is_too_long_is_downloaded_again(content: bytes, serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    (tmp_path / f"{FILE.sha256[:16]}.part").write_bytes(content)
    assert get(server, tmp_path) == CONTENT
    assert server.ranges == [None]


def test_a_folder_with_the_file_comes_before_all_addresses(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    (tmp_path / "set").mkdir()
    (tmp_path / FILE.name).write_bytes(CONTENT)
    assert fetch_file(FILE, [tmp_path / "none", tmp_path], [server.address], tmp_path / "state") == tmp_path / FILE.name
    assert server.ranges == []


def test_a_folder_with_the_name_of_the_file_is_skipped(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / FILE.name).mkdir(parents=True)
    assert get(serve(CONTENT, whole), tmp_path / "state", [tmp_path]) == CONTENT


def test_without_mirror_and_network_the_error_names_the_file_the_addresses_and_the_demo(
    serve: Serve, tmp_path: Path
) -> None:
    stopped = serve(b"", whole)
    stopped.shutdown()
    stopped.server_close()
    addresses = [f"{stopped.address}/a", "no address at all", "http://[", "gopher://x"]
    with pytest.raises(UnreachableError) as caught:
        fetch_file(FILE, [tmp_path / "mirror"], addresses, tmp_path / "state")
    for part in (FILE.name, f"{tmp_path / 'mirror' / FILE.name}: does not exist", *addresses):
        assert part in caught.value.what
    assert "make demo" in caught.value.fix
    assert left(tmp_path / "state") == set()


def test_an_unwritable_disk_is_not_reported_as_a_network_error(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    (tmp_path / "state" / f"{FILE.sha256[:16]}.part").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"")
    for state in (tmp_path / "state", tmp_path / "file"):
        with pytest.raises(InputError, match=f"cannot be written to {state}") as caught:
            get(server, state)
        assert "disk" in caught.value.fix
        assert not isinstance(caught.value, UnreachableError)


def test_a_full_disk_is_an_error_and_the_download_is_resumed_later(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(CONTENT, whole)
    real = Path.open

    def full(path: Path, mode: str = "r", **more: Any) -> Any:
        return (
            Full(real(path, mode)) if path.suffix == ".part" and "b" in mode and "r" not in mode else real(path, mode)
        )

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(InputError, match="No space left on device"):
            get(server, tmp_path)
    assert len(server.ranges) == 1
    assert get(server, tmp_path) == CONTENT
    assert server.ranges[1] not in (None, "bytes=0-")


def test_threads_that_need_the_same_file_download_it_once(serve: Serve, tmp_path: Path) -> None:
    server, contents = serve(CONTENT, whole), []
    threads = [threading.Thread(target=lambda: contents.append(get(server, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (contents, len(server.ranges)) == ([CONTENT] * 4, 1)


def test_a_killed_download_is_resumed(serve: Serve, tmp_path: Path) -> None:
    killed = threading.Event()

    def stall(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:HALF])
        killed.wait(60)
        handler.close_connection = True

    server = serve(CONTENT, stall, whole)
    part = tmp_path / f"{FILE.sha256[:16]}.part"
    code = (
        "import sys; from pathlib import Path; from lemma.data import fetch\n"
        "from lemma.data.sources.catalog import File\n"
        f"fetch.fetch_file({FILE!r}, [], ['{server.address}'], Path(sys.argv[1]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    while process.poll() is None and not (part.exists() and part.stat().st_size):
        time.sleep(0.01)
    process.kill()
    process.wait()
    killed.set()
    size = part.stat().st_size
    assert 0 < size <= HALF
    assert get(server, tmp_path) == CONTENT
    assert server.ranges == [None, f"bytes={size}-"]

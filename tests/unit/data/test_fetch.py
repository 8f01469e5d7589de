"""One file over a bad network: resumed, checked, and nothing left that a later call would take for good."""

import errno
import hashlib
import os
import re
import shutil
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
from lemma.data.catalog import File
from lemma.data.fetch import TRIES, fetch
from lemma.errors import ChecksumError, InputError, UnreachableError
from tests.unit.data.conftest import Server, cut, send, status, whole

CONTENT = bytes(range(256)) * 2000
WRONG = CONTENT[:-1] + b"!"
FILE = File("set/file.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
HALF = len(CONTENT) // 2
Serve = Callable[..., Server]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def get(server: Server | str, state: Path, folders: list[Path] | None = None) -> bytes:
    address = server if isinstance(server, str) else f"{server.address}/{FILE.name}"
    return fetch(FILE, folders or [], [address], state).read_bytes()


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


def left(state: Path) -> set[str]:
    """Return the endings of the files in the folder for partial downloads, locks apart."""
    return {path.suffix for path in state.iterdir() if path.suffix != ".lock"}


def test_a_whole_answer_gives_the_bytes_in_one_request(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    assert get(server, tmp_path) == CONTENT
    assert (server.ranges, left(tmp_path)) == ([None], {""})


def test_a_cut_download_goes_on_from_its_last_byte(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, cut(HALF), cut(1000), whole)
    assert get(server, tmp_path) == CONTENT
    assert server.ranges == [None, f"bytes={HALF}-", f"bytes={HALF + 1000}-"]


def test_what_one_call_left_is_resumed_by_the_next(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, cut(100))
    with pytest.raises(UnreachableError):
        get(server, tmp_path)
    assert left(tmp_path) == {".part"}
    again = serve(CONTENT, whole)
    assert get(again, tmp_path) == CONTENT
    assert again.ranges == [f"bytes={100 * TRIES}-"]


def test_a_line_that_breaks_more_often_than_there_are_tries_brings_the_file_if_each_brings_something(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ENOUGH", 30_000)
    server = serve(CONTENT, cut(20_000))
    assert get(server, tmp_path) == CONTENT
    assert len(server.ranges) == -(-len(CONTENT) // 20_000) > 5 * TRIES


def test_a_line_that_breaks_where_the_server_ignores_the_range_is_given_up(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ENOUGH", 30_000)
    server = serve(CONTENT, lambda handler, content: send(handler, 200, content[:HALF], len(content)))
    with pytest.raises(UnreachableError, match=re.escape(server.address)):
        get(server, tmp_path)
    assert len(server.ranges) == 1 + TRIES


def test_tries_wait_longer_and_longer(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(fetching, "FIRST_WAIT", 100.0)
    monkeypatch.setattr(fetching, "LONGEST_WAIT", 300.0)
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    monkeypatch.setattr("time.sleep", waits.append)
    with pytest.raises(UnreachableError):
        get(serve(CONTENT, status(500)), tmp_path)
    assert waits == [100.0, 200.0, 300.0]


def test_a_server_that_falls_silent_is_asked_for_the_rest(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SILENCE", 0.2)
    over = threading.Event()

    def stall(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:HALF])
        over.wait(60)
        handler.close_connection = True

    server = serve(CONTENT, stall, whole)
    assert get(server, tmp_path) == CONTENT
    over.set()
    assert server.ranges == [None, f"bytes={HALF}-"]


@pytest.mark.parametrize("length", [0, 1, HALF, len(CONTENT) - 1, len(CONTENT) + 1, 10 * len(CONTENT)])
def test_a_server_that_lies_about_the_length_once_does_not_spoil_the_file(
    length: int, serve: Serve, tmp_path: Path
) -> None:
    server = serve(CONTENT, lambda handler, content: send(handler, 200, content, length), whole)
    assert get(server, tmp_path) == CONTENT


@pytest.mark.parametrize("length", [0, 1, HALF, len(CONTENT) - 1])
def test_a_server_that_always_says_less_than_the_file_has_is_given_up(
    length: int, serve: Serve, tmp_path: Path
) -> None:
    server = serve(CONTENT, lambda handler, content: send(handler, 200, content, length))
    with pytest.raises(UnreachableError, match=f"{length} of {FILE.bytes} bytes came"):
        get(server, tmp_path)


def test_a_server_that_speaks_no_http_is_told_and_asked_for_no_more_than_the_tries(
    serve: Serve, tmp_path: Path
) -> None:
    def babble(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.wfile.write(b"\x16\x03\x01 no http \r\n\r\n")
        handler.close_connection = True

    server = serve(CONTENT, babble)
    with pytest.raises(UnreachableError, match=re.escape(server.address)):
        get(server, tmp_path)
    assert len(server.ranges) == TRIES


def test_redirects_in_a_circle_end(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, lambda handler, _: send(handler, 302, b"", Location="/again"))
    with pytest.raises(UnreachableError, match="redirect"):
        get(server, tmp_path)
    assert len(server.ranges) < 50


def test_the_bar_stands_where_the_file_does_whether_a_try_goes_on_or_begins_again(
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


def test_a_server_that_ignores_the_range_is_read_from_the_start(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, cut(HALF), lambda handler, content: send(handler, 200, content))
    assert get(server, tmp_path) == CONTENT


def test_a_server_that_answers_with_another_range_is_read_from_the_start(serve: Serve, tmp_path: Path) -> None:
    def lie(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        send(handler, 206, content, Content_Range=f"bytes 0-{len(content) - 1}/{len(content)}")

    assert get(serve(CONTENT, cut(HALF), lie), tmp_path) == CONTENT


@pytest.mark.parametrize("code", [500, 503, 429])
def test_a_server_in_trouble_is_asked_again(code: int, serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, status(code), status(code), whole)
    assert get(server, tmp_path) == CONTENT
    assert len(server.ranges) == 3


def test_a_server_that_stays_in_trouble_is_given_up_after_some_tries(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, status(500))
    with pytest.raises(UnreachableError, match="500"):
        get(server, tmp_path)
    assert (len(server.ranges), left(tmp_path)) == (TRIES, set())


@pytest.mark.parametrize("code", [404, 403])
def test_a_refusal_is_not_asked_again(code: int, serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, status(code))
    with pytest.raises(UnreachableError, match=str(code)):
        get(server, tmp_path)
    assert (len(server.ranges), left(tmp_path)) == (1, set())


def test_redirects_are_followed(serve: Serve, tmp_path: Path) -> None:
    target = serve(CONTENT, whole)
    server = serve(CONTENT, lambda handler, _: send(handler, 302, b"", Location=f"{target.address}/there"))
    assert get(server, tmp_path) == CONTENT


def test_a_server_that_calls_a_gz_file_an_encoding_does_not_change_its_bytes(serve: Serve, tmp_path: Path) -> None:
    def label(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        assert "gzip" not in handler.headers["Accept-Encoding"]
        send(handler, 200, content, Content_Encoding="gzip")

    assert get(serve(CONTENT, label), tmp_path) == CONTENT


def test_wrong_bytes_are_told_with_what_was_got_expected_and_where_and_are_not_kept(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(WRONG, whole)
    with pytest.raises(ChecksumError) as caught:
        get(server, tmp_path)
    for part in (FILE.name, f"expected {FILE.sha256}", f"got {digest(WRONG)}", f"{server.address}/{FILE.name}"):
        assert part in caught.value.what
    assert "LEMMA_MIRROR" in caught.value.fix
    assert left(tmp_path) == set()
    assert get(serve(CONTENT, whole), tmp_path) == CONTENT


@pytest.mark.parametrize("extra", [1, 10_000])
def test_more_bytes_than_the_file_has_are_refused_and_not_kept(extra: int, serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=f"more than the {FILE.bytes} bytes"):
        get(serve(CONTENT + b"!" * extra, whole), tmp_path)
    assert get(serve(CONTENT, whole), tmp_path) == CONTENT


def test_a_file_that_ends_too_early_is_told_and_does_not_spoil_the_next_try(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=re.escape(f"{HALF} of {FILE.bytes} bytes")):
        get(serve(CONTENT[:HALF], whole), tmp_path)
    assert get(serve(CONTENT, whole), tmp_path) == CONTENT


def test_a_server_that_does_not_say_the_length_is_resumed_too(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, lambda handler, content: send(handler, 200, content[:HALF], length=-1), whole)
    assert get(server, tmp_path) == CONTENT
    assert server.ranges == [None, f"bytes={HALF}-"]


def test_bytes_left_by_a_wrong_place_do_not_spoil_the_right_one(serve: Serve, tmp_path: Path) -> None:
    portal, right = serve(b"<html>log in</html>", whole), serve(CONTENT, whole)
    found = fetch(FILE, [], [portal.address, right.address], tmp_path)
    assert found.read_bytes() == CONTENT
    (tmp_path / found.name).unlink()
    (tmp_path / f"{found.name}.part").write_bytes(b"?" * HALF)
    assert get(right, tmp_path) == CONTENT


def test_what_is_there_and_right_is_not_asked_for_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    get(server, tmp_path)
    assert get(server, tmp_path) == CONTENT
    assert len(server.ranges) == 1


def test_what_is_there_and_damaged_is_brought_again(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    fetch(FILE, [], [server.address], tmp_path).write_bytes(WRONG)
    assert get(server, tmp_path) == CONTENT


def test_a_folder_that_has_the_file_is_taken_before_any_address(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    (tmp_path / "set").mkdir()
    (tmp_path / FILE.name).write_bytes(CONTENT)
    assert fetch(FILE, [tmp_path / "none", tmp_path], [server.address], tmp_path / "state") == tmp_path / FILE.name
    assert server.ranges == []


def test_a_folder_with_wrong_bytes_falls_through_to_the_next_place(serve: Serve, tmp_path: Path) -> None:
    for name, content in (("wrong", WRONG), ("right", CONTENT)):
        (tmp_path / name / "set").mkdir(parents=True)
        (tmp_path / name / FILE.name).write_bytes(content)
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    assert fetch(FILE, [wrong, right], [], tmp_path / "state") == right / FILE.name
    assert get(serve(CONTENT, whole), tmp_path / "state", [wrong]) == CONTENT
    shutil.rmtree(tmp_path / "state")
    with pytest.raises(ChecksumError, match=re.escape(f"{wrong / FILE.name}: got {digest(WRONG)}")):
        fetch(FILE, [wrong], [], tmp_path / "state")


def test_a_folder_in_the_files_place_is_no_reason_to_stop(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / FILE.name).mkdir(parents=True)
    assert get(serve(CONTENT, whole), tmp_path / "state", [tmp_path]) == CONTENT


def test_without_mirror_and_network_the_error_names_file_places_and_the_demo(serve: Serve, tmp_path: Path) -> None:
    gone = serve(b"", whole)
    gone.shutdown()
    gone.server_close()
    addresses = [f"{gone.address}/a", "no address at all", "http://[", "gopher://x"]
    with pytest.raises(UnreachableError) as caught:
        fetch(FILE, [tmp_path / "mirror"], addresses, tmp_path / "state")
    for part in (FILE.name, f"{tmp_path / 'mirror' / FILE.name}: not there", *addresses):
        assert part in caught.value.what
    assert "make demo" in caught.value.fix
    assert left(tmp_path / "state") == set()


def test_a_disk_that_takes_nothing_is_not_taken_for_the_network(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, whole)
    (tmp_path / "state" / f"{FILE.sha256[:16]}.part").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"")
    for state in (tmp_path / "state", tmp_path / "file"):
        with pytest.raises(InputError, match=f"cannot be written to {state}") as caught:
            get(server, state)
        assert "disk" in caught.value.fix
        assert not isinstance(caught.value, UnreachableError)


def test_a_full_disk_is_told_and_what_is_there_is_resumed(
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


def test_threads_that_want_the_same_file_bring_it_once(serve: Serve, tmp_path: Path) -> None:
    server, found = serve(CONTENT, whole), []
    threads = [threading.Thread(target=lambda: found.append(get(server, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(server.ranges)) == ([CONTENT] * 4, 1)


def test_a_killed_download_is_resumed_from_what_was_written(serve: Serve, tmp_path: Path) -> None:
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
        "import sys; from pathlib import Path; from lemma.data.catalog import File; from lemma.data.fetch import fetch;"
        f"fetch({FILE!r}, [], ['{server.address}'], Path(sys.argv[1]))"
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

"""Servers that cut, stall, lie and send other bytes: the file comes whole, or not at all."""

import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from queue import SimpleQueue

import pytest

from lemma.data import fetch as fetching
from lemma.data.fetch import TRIES, fetch_file
from lemma.errors import ChecksumError, UnreachableError
from tests.unit.data.conftest import cut, send, status, whole
from tests.unit.data.fetched import CONTENT, FILE, HALF, WRONG, Serve, digest, get, left


def test_a_line_that_breaks_more_often_than_there_are_tries_brings_the_file_if_each_brings_something(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MIN_BYTES", 30_000)
    server = serve(CONTENT, cut(20_000))
    assert get(server, tmp_path) == CONTENT
    assert len(server.ranges) == -(-len(CONTENT) // 20_000) > 5 * TRIES


def test_a_line_that_breaks_where_the_server_ignores_the_range_is_given_up(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MIN_BYTES", 30_000)
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
    monkeypatch.setattr(fetching, "TIMEOUT", 0.2)
    over, ended = threading.Event(), SimpleQueue[bool]()

    def stall(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[:HALF])
        ended.put(over.wait(15))
        handler.close_connection = True

    server = serve(CONTENT, stall, whole)
    assert get(server, tmp_path) == CONTENT
    over.set()
    assert ended.get()  # it was still silent when all had come
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
    with pytest.raises(UnreachableError, match=f"{length} of {FILE.bytes} bytes were received"):
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
    for part in (
        FILE.name,
        f"expected {FILE.sha256}",
        f"its SHA-256 is {digest(WRONG)}",
        f"{server.address}/{FILE.name}",
    ):
        assert part in caught.value.what
    assert "LEMMA_MIRROR" in caught.value.fix
    assert left(tmp_path) == set()
    assert get(serve(CONTENT, whole), tmp_path) == CONTENT


@pytest.mark.parametrize("extra", [1, 10_000])
def test_more_bytes_than_the_file_has_are_refused_and_not_kept(extra: int, serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=f"more than the expected {FILE.bytes} bytes"):
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


def test_a_folder_with_wrong_bytes_falls_through_to_the_next_place(serve: Serve, tmp_path: Path) -> None:
    for name, content in (("wrong", WRONG), ("right", CONTENT)):
        (tmp_path / name / "set").mkdir(parents=True)
        (tmp_path / name / FILE.name).write_bytes(content)
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    assert fetch_file(FILE, [wrong, right], [], tmp_path / "state") == right / FILE.name
    assert get(serve(CONTENT, whole), tmp_path / "state", [wrong]) == CONTENT
    shutil.rmtree(tmp_path / "state")
    with pytest.raises(ChecksumError, match=re.escape(f"{wrong / FILE.name}: its SHA-256 is {digest(WRONG)}")):
        fetch_file(FILE, [wrong], [], tmp_path / "state")

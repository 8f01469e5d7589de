"""Servers that break off, stall, lie or send wrong bytes: the file is complete, or there is an error."""

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


def test_a_connection_that_keeps_breaking_is_resumed_as_long_as_it_makes_progress(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MIN_BYTES", 30_000)
    server = serve(CONTENT, cut(20_000))
    assert get(server, tmp_path) == CONTENT
    assert len(server.ranges) == -(-len(CONTENT) // 20_000) > 5 * TRIES


def test_a_connection_that_keeps_breaking_without_progress_is_given_up(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MIN_BYTES", 30_000)
    server = serve(CONTENT, lambda handler, content: send(handler, 200, content[:HALF], len(content)))
    with pytest.raises(UnreachableError, match=re.escape(server.address)):
        get(server, tmp_path)
    assert len(server.ranges) == 1 + TRIES


def test_the_wait_between_tries_grows(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(fetching, "FIRST_WAIT", 100.0)
    monkeypatch.setattr(fetching, "LONGEST_WAIT", 300.0)
    monkeypatch.setattr("random.uniform", lambda least, most: most)
    monkeypatch.setattr("time.sleep", waits.append)
    with pytest.raises(UnreachableError):
        get(serve(CONTENT, status(500)), tmp_path)
    assert waits == [100.0, 200.0, 300.0]


def test_after_a_timeout_the_rest_is_requested(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_one_wrong_content_length_does_not_damage_the_file(length: int, serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, lambda handler, content: send(handler, 200, content, length), whole)
    assert get(server, tmp_path) == CONTENT


@pytest.mark.parametrize("length", [0, 1, HALF, len(CONTENT) - 1])
def test_a_server_that_always_states_a_smaller_length_is_given_up(length: int, serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, lambda handler, content: send(handler, 200, content, length))
    with pytest.raises(UnreachableError, match=f"{length} of {FILE.bytes} bytes were received"):
        get(server, tmp_path)


def test_a_server_without_http_is_an_error_after_the_allowed_tries(serve: Serve, tmp_path: Path) -> None:
    def babble(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        handler.wfile.write(b"\x16\x03\x01 no http \r\n\r\n")
        handler.close_connection = True

    server = serve(CONTENT, babble)
    with pytest.raises(UnreachableError, match=re.escape(server.address)):
        get(server, tmp_path)
    assert len(server.ranges) == TRIES


def test_circular_redirects_are_an_error(serve: Serve, tmp_path: Path) -> None:
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
def test_a_server_error_is_retried(code: int, serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, status(code), status(code), whole)
    assert get(server, tmp_path) == CONTENT
    assert len(server.ranges) == 3


def test_a_permanent_server_error_is_given_up_after_the_allowed_tries(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, status(500))
    with pytest.raises(UnreachableError, match="500"):
        get(server, tmp_path)
    assert (len(server.ranges), left(tmp_path)) == (TRIES, set())


def test_redirects_are_followed(serve: Serve, tmp_path: Path) -> None:
    target = serve(CONTENT, whole)
    server = serve(CONTENT, lambda handler, _: send(handler, 302, b"", Location=f"{target.address}/there"))
    assert get(server, tmp_path) == CONTENT


def test_content_encoding_gzip_does_not_change_the_bytes_of_a_gz_file(serve: Serve, tmp_path: Path) -> None:
    def label(handler: BaseHTTPRequestHandler, content: bytes) -> None:
        assert "gzip" not in handler.headers["Accept-Encoding"]
        send(handler, 200, content, Content_Encoding="gzip")

    assert get(serve(CONTENT, label), tmp_path) == CONTENT


def test_a_wrong_checksum_is_an_error_with_both_values_and_the_file_is_not_kept(serve: Serve, tmp_path: Path) -> None:
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
def test_a_response_with_too_many_bytes_is_refused_and_not_kept(extra: int, serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=f"more than the expected {FILE.bytes} bytes"):
        get(serve(CONTENT + b"!" * extra, whole), tmp_path)
    assert get(serve(CONTENT, whole), tmp_path) == CONTENT


def test_a_truncated_response_is_an_error_and_does_not_damage_the_next_try(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=re.escape(f"{HALF} of {FILE.bytes} bytes")):
        get(serve(CONTENT[:HALF], whole), tmp_path)
    assert get(serve(CONTENT, whole), tmp_path) == CONTENT


def test_a_response_without_content_length_is_resumed(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, lambda handler, content: send(handler, 200, content[:HALF], length=-1), whole)
    assert get(server, tmp_path) == CONTENT
    assert server.ranges == [None, f"bytes={HALF}-"]


def test_after_a_wrong_file_in_a_folder_the_next_place_is_tried(serve: Serve, tmp_path: Path) -> None:
    for name, content in (("wrong", WRONG), ("right", CONTENT)):
        (tmp_path / name / "set").mkdir(parents=True)
        (tmp_path / name / FILE.name).write_bytes(content)
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    assert fetch_file(FILE, [wrong, right], [], tmp_path / "state") == right / FILE.name
    assert get(serve(CONTENT, whole), tmp_path / "state", [wrong]) == CONTENT
    shutil.rmtree(tmp_path / "state")
    with pytest.raises(ChecksumError, match=re.escape(f"{wrong / FILE.name}: its SHA-256 is {digest(WRONG)}")):
        fetch_file(FILE, [wrong], [], tmp_path / "state")

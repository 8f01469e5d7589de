"""Tests of reading standard input: lines are classified as they arrive; an unreadable one is reported in its turn."""

import io
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest

from lemma.errors import InputError
from lemma.prediction.stdin import read_blocks


def test_waiting_lines_are_read_as_a_block_and_a_single_line_immediately() -> None:
    queue: Queue[str | None] = Queue()
    blocks = read_blocks(iter(queue.get, None))
    for text in ("one\n", "two\n", "three"):
        queue.put(text)
        assert next(blocks) == [text.rstrip()]
    lines = [f"{number}\n" for number in range(1000)]
    blocks_read = list(read_blocks(lines))
    assert [line for block in blocks_read for line in block] == [line.rstrip() for line in lines]
    queue.put(None)
    assert list(blocks) == []


def gather(blocks: Iterator[list[str]], lines: list[str]) -> None:
    for block in blocks:
        lines += block


@pytest.mark.parametrize("error", [ValueError("I/O operation on closed file"), OSError("gone"), TypeError("odd")])
def test_an_unreadable_line_is_reported_after_the_lines_before_it(error: Exception) -> None:
    def lines() -> Any:
        yield "one\n"
        yield "two\n"
        raise error

    lines_read: list[str] = []
    with pytest.raises(InputError, match=f"Line 3 of standard input cannot be read: {error}"):
        gather(read_blocks(lines()), lines_read)
    assert lines_read == ["one", "two"]


def test_invalid_utf8_is_refused_only_with_strict_decoding() -> None:
    content = b"good\nfine\ncaf\xe9\nbad\n"
    lines_read: list[str] = []
    with pytest.raises(InputError, match="Line 3 of standard input cannot be read"):
        gather(read_blocks(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="strict")), lines_read)
    assert lines_read == ["good", "fine"]
    lenient = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="surrogateescape")
    assert [line for block in read_blocks(lenient) for line in block] == ["good", "fine", "caf\udce9", "bad"]


def test_a_closed_standard_input_is_refused() -> None:
    with pytest.raises(InputError, match="Standard input is closed"):
        list(read_blocks(None))

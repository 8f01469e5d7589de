"""Lines of standard input are classified as they come, and one that cannot be read is named after those before it."""

import io
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest

from lemma.errors import InputError
from lemma.prediction.stdin import read_blocks


def test_lines_that_wait_come_together_and_one_that_does_not_wait_at_once() -> None:
    given: Queue[str | None] = Queue()
    blocks = read_blocks(iter(given.get, None))
    for text in ("one\n", "two\n", "three"):
        given.put(text)
        assert next(blocks) == [text.rstrip()]
    lines = [f"{number}\n" for number in range(1000)]
    found = list(read_blocks(lines))
    assert [line for block in found for line in block] == [line.rstrip() for line in lines]
    given.put(None)
    assert list(blocks) == []


def gather(blocks: Iterator[list[str]], found: list[str]) -> None:
    for block in blocks:
        found += block


@pytest.mark.parametrize("error", [ValueError("I/O operation on closed file"), OSError("gone"), TypeError("odd")])
def test_a_line_that_cannot_be_read_is_named_after_those_before_it(error: Exception) -> None:
    def lines() -> Any:
        yield "one\n"
        yield "two\n"
        raise error

    found: list[str] = []
    with pytest.raises(InputError, match=f"Line 3 of standard input cannot be read: {error}"):
        gather(read_blocks(lines()), found)
    assert found == ["one", "two"]


def test_bytes_that_are_no_text_end_a_strict_standard_input_and_only_there() -> None:
    content = b"good\nfine\ncaf\xe9\nbad\n"
    found: list[str] = []
    with pytest.raises(InputError, match="Line 3 of standard input cannot be read"):
        gather(read_blocks(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="strict")), found)
    assert found == ["good", "fine"]
    lenient = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="surrogateescape")
    assert [line for block in read_blocks(lenient) for line in block] == ["good", "fine", "caf\udce9", "bad"]


def test_a_closed_standard_input_is_bad_input() -> None:
    with pytest.raises(InputError, match="Standard input is closed"):
        list(read_blocks(None))

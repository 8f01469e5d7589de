"""Read texts from standard input, one per line, in blocks as they arrive."""

import re
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from queue import Queue
from threading import Thread

from lemma.errors import InputError
from lemma.prediction.classifier import BLOCK

SURROGATES = re.compile("[\ud800-\udfff]")  # how Python represents bytes that are not UTF-8


def read_blocks(lines: Iterable[str] | None) -> Iterator[list[str]]:
    """Yield the lines of standard input without line ends: all that have arrived, up to BLOCK, or the next one.

    Args:
        lines: `sys.stdin`.

    Raises:
        InputError: standard input is closed, or a line cannot be decoded; the lines before it are yielded first.
    """
    if lines is None:
        raise InputError("Standard input is closed.", "Give the texts as arguments, or one per line on standard input.")
    queue: Queue[str | InputError | None] = Queue(16 * BLOCK)
    is_strict = isinstance(lines, TextIOWrapper) and lines.errors == "strict"
    if isinstance(lines, TextIOWrapper) and is_strict:
        lines.reconfigure(errors="surrogateescape")  # "strict" would lose good lines that are decoded with a bad one

    def read() -> None:
        number, end = 1, None
        try:
            for line in lines:
                if is_strict and SURROGATES.search(line):
                    raise ValueError("it is not valid UTF-8")
                queue.put(line.rstrip("\n"))
                number += 1
        except Exception as error:  # any error: without an end mark the command would wait for ever
            end = InputError(f"Line {number} of standard input cannot be read: {error}.", "Fix or remove this line.")
        queue.put(end)

    Thread(target=read, daemon=True).start()
    item: str | InputError | None = ""
    while isinstance(item, str):
        block = []
        while isinstance(item := queue.get(), str):
            block.append(item)
            if len(block) == BLOCK or queue.empty():
                break
        if block:
            yield block
    if item is not None:
        raise item

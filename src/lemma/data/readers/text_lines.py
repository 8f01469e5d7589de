"""Decode the lines of a text file as they stream; a wrong byte is an error and is never replaced."""

import codecs
import io
from collections.abc import Iterator
from typing import IO

from lemma.data.sources.archives import guard
from lemma.errors import InputError

BLOCK = 1 << 20  # bytes read at a time
NEWLINE = "\n"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SURROGATE_FIX = "Write both surrogates of the pair, or the character itself."


def find_surrogate(text: str) -> tuple[int, str] | None:
    """Return position and description of the first unpaired surrogate (half of a character) in a text."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start, f"U+{ord(text[error.start]):04X}, an unpaired surrogate (half of a character)"
    return None


def decode_lines(name: str, stream: IO[bytes], encoding: str, newline: str = "\n") -> Iterator[str]:
    """Yield the lines of a text, each with its end of line.

    Args:
        name: of the file, for error messages.
        stream: its bytes.
        encoding: of the text.
        newline: end of a line; "" stands for each of "\\n", "\\r" and "\\r\\n".

    Raises:
        InputError: the encoding is unknown, or a byte is not valid in it. The line is named, unless the file is binary.
    """
    decoder = _make_decoder(name, encoding)
    pending: list[str] = []  # the start of a line whose end has not been read
    number = 1
    while True:
        block = guard(name, stream.read, BLOCK)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            if number == 1 and not pending and error.object.startswith(UTF16_MARKS):
                raise InputError(
                    f"{name} begins with the byte order mark of UTF-16, and its encoding is given as {encoding}.",
                    "Write `encoding: utf-16` in params.yaml beside its path.",
                ) from None
            if b"\0" in error.object:
                raise InputError(f"{name} is no text file: it contains null bytes.", "Put a text file there.") from None
            before = _decode_before(error, encoding)
            raise InputError(
                f"{name}, line {number + before.count(NEWLINE)}: "
                f"byte 0x{error.object[error.start]:02x} is not {encoding}.",
                "Write the file's encoding (for example latin-1 or cp1252) in params.yaml beside its path.",
            ) from None
        except UnicodeError as error:  # for example a missing byte order mark
            raise InputError(
                f"{name}, line {number}: not {encoding}: {error}.", "Write the file's encoding in params.yaml."
            ) from None
        if surrogate := find_surrogate(text):
            position, description = surrogate
            raise InputError(f"{name}, line {number + text.count(NEWLINE, 0, position)}: {description}.", SURROGATE_FIX)
        number += text.count(NEWLINE)
        if not block:
            yield from io.StringIO("".join([*pending, text]), newline=newline)
            return
        # A carriage return at the end of a block may be half of an end of line.
        end = 1 + max(text.rfind(NEWLINE), -1 if newline else text.rfind("\r", 0, len(text) - 1))
        if end:
            yield from io.StringIO("".join([*pending, text[:end]]), newline=newline)
            pending.clear()
        pending.append(text[end:])


def _decode_before(error: UnicodeDecodeError, encoding: str) -> str:
    """Return the text before a wrong byte; "" in encodings such as idna, which cannot replace characters."""
    try:
        return error.object[: error.start].decode(encoding, "replace")
    except UnicodeError:
        return ""


def _make_decoder(name: str, encoding: str) -> codecs.IncrementalDecoder:
    try:
        codec = codecs.lookup(encoding)
        codec = codecs.lookup("utf-8-sig") if codec.name == "utf-8" else codec
        "".encode(encoding)  # fails for a codec that is not an encoding of text
        assert codec.incrementaldecoder is not None
        return codec.incrementaldecoder()
    except (LookupError, ValueError, AssertionError):
        raise InputError(f"{name}: unknown encoding '{encoding}'.", "Write utf-8, latin-1 or cp1252, say.") from None

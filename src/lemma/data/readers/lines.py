"""Lines of a text as they stream, in the encoding it is said to have: a wrong byte is an error, never replaced."""

import codecs
import io
from collections.abc import Iterator
from typing import IO

from lemma.data.archives import guarded
from lemma.errors import InputError

BLOCK = 1 << 20  # bytes read at a time
NEWLINE = "\n"
MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HALF = "Write both halves, or the character."


def half(text: str) -> tuple[int, str] | None:
    """Return where the first half of a character stands that lacks its other half, and its name."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start, f"U+{ord(text[error.start]):04X}, half of a character"
    return None


def decoded(name: str, stream: IO[bytes], encoding: str, newline: str = "\n") -> Iterator[str]:
    """Yield the lines of a text, each with what ends it: `newline`; where that is "", "\\n", "\\r" or "\\r\\n".

    Raises:
        InputError: the encoding is unknown, or a byte is not of it: its line is named, unless the file is no text.
    """
    decoder = _decoder(name, encoding)
    held: list[str] = []  # the beginning of a line whose end is yet to come
    number = 1
    while True:
        block = guarded(name, stream.read, BLOCK)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            if number == 1 and not held and error.object.startswith(MARKS):
                raise InputError(
                    f"{name} begins like UTF-16, not like {encoding}.",
                    "Write `encoding: utf-16` in params.yaml beside its path.",
                ) from None
            if b"\0" in error.object:
                raise InputError(f"{name} is no text: it holds bytes of zero.", "Put a text file there.") from None
            before = _before(error, encoding)
            raise InputError(
                f"{name}, line {number + before.count(NEWLINE)}: "
                f"byte 0x{error.object[error.start]:02x} is not {encoding}.",
                "Say the file's encoding in params.yaml (latin-1 or cp1252, say) beside its path.",
            ) from None
        except UnicodeError as error:  # no mark of the order of bytes, say
            raise InputError(
                f"{name}, line {number}: not {encoding}: {error}.", "Say the file's encoding in params.yaml."
            ) from None
        if torn := half(text):
            raise InputError(f"{name}, line {number + text.count(NEWLINE, 0, torn[0])}: {torn[1]}.", HALF)
        number += text.count(NEWLINE)
        if not block:
            yield from io.StringIO("".join([*held, text]), newline=newline)
            return
        # A carriage return at the end of a block may be half of what ends the line.
        end = 1 + max(text.rfind(NEWLINE), -1 if newline else text.rfind("\r", 0, len(text) - 1))
        if end:
            yield from io.StringIO("".join([*held, text[:end]]), newline=newline)
            held.clear()
        held.append(text[end:])


def _before(error: UnicodeDecodeError, encoding: str) -> str:
    """Return the text before a wrong byte; none where the encoding, such as idna, cannot replace others."""
    try:
        return error.object[: error.start].decode(encoding, "replace")
    except UnicodeError:
        return ""


def _decoder(name: str, encoding: str) -> codecs.IncrementalDecoder:
    try:
        codec = codecs.lookup(encoding)
        codec = codecs.lookup("utf-8-sig") if codec.name == "utf-8" else codec
        "".encode(encoding)  # only an encoding of texts takes one
        assert codec.incrementaldecoder is not None
        return codec.incrementaldecoder()
    except (LookupError, ValueError, AssertionError):
        raise InputError(f"{name}: unknown encoding '{encoding}'.", "Write utf-8, latin-1 or cp1252, say.") from None

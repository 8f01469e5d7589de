"""Files that are whole or absent: atomic writes, canonical JSON, SHA-256.

A reader never sees a half-written file: content goes to a temporary neighbour, is flushed to disk and renamed.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from lemma.errors import InputError


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """Yield a binary file that replaces `path` when the block ends, and vanishes when it fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with temporary.open("xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically."""
    with atomic(path) as stream:
        stream.write(content)


def canonical(value: Any) -> str:
    """Return `value` as JSON with sorted keys and no NaN: equal values give equal text.

    Raises:
        ValueError: a float is NaN or infinite, which JSON does not have.
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1)


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as canonical JSON, atomically."""
    write_bytes(path, (canonical(value) + "\n").encode())


def read_json(path: Path) -> Any:
    """Return the JSON in `path`.

    Raises:
        InputError: the file is missing or is not JSON; the message names the file and the line.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run the stage that makes it: `snakemake --cores 2`.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}.", f"Delete it and run again: `rm {path}`.") from None


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

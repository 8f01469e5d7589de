"""Atomic writes, canonical JSON and SHA-256 checksums.

A reader never sees a half-written file: content goes to a temporary file beside it, is flushed to disk and renamed.
The SHA-256 of the content is stored in an extended attribute of the file, if the file system has them, so that later
damage is detected. Copies without the attribute, such as those that DVC restores, are not checked.
"""

import fcntl
import glob
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from lemma.errors import ChecksumError, InputError

MARK = "user.lemma.sha256"


@contextmanager
def atomic(path: Path, digest: str | None = None, marked: bool = True) -> Iterator[IO[bytes]]:
    """Yield a binary file that replaces `path` when the block ends, and is removed when the block fails.

    Args:
        path: of the file to write.
        digest: SHA-256 of the content in hexadecimal; None: it is computed by reading the file again.
        marked: whether to store the SHA-256, which `verify_checksums` compares.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        _remove_leftover(leftover)
    stream, temporary = _open_temporary(path)
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            if marked:
                with suppress(OSError, AttributeError):  # no extended attributes here
                    os.setxattr(temporary, MARK, (digest or sha256(temporary)).encode())
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _open_temporary(path: Path) -> tuple[IO[bytes], Path]:
    """Open and lock a new temporary file beside `path`; the lock, which ends with the process, marks it as in use."""
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
        stream = temporary.open("xb")
        with suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_EX)
        if temporary.exists():  # otherwise another writer has removed it in between
            return stream, temporary
        stream.close()


def _remove_leftover(leftover: Path) -> None:
    """Remove a temporary file of a process that was killed; one that is still being written is locked and stays."""
    with suppress(OSError), leftover.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        leftover.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically."""
    with atomic(path, hashlib.sha256(content).hexdigest()) as stream:
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
    """Read a JSON file.

    Raises:
        InputError: the file is missing or is not JSON; the message names file and line.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", f"Make it: `snakemake --cores 2 {path}`.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}.", f"Delete it and run again: `rm {path}`.") from None


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_once(path: Path) -> str:
    """Return the SHA-256 of a file, computed once in a process as long as the file does not change.

    A file has not changed if its device, inode, size, and modification and status times are the same.
    """
    status = path.stat()
    return _sha256_of(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))


@lru_cache(maxsize=1024)
def _sha256_of(path: Path, _: tuple[int, ...]) -> str:
    return sha256(path)


def verify_checksums(paths: Iterable[Path]) -> None:
    """Check files against the SHA-256 that was stored when they were written; files without one are not checked.

    Raises:
        ChecksumError: a file was damaged since it was written.
    """
    for path in paths:
        try:
            expected = os.getxattr(path, MARK).decode()
        except (OSError, AttributeError):
            continue
        actual = sha256_once(path)
        if actual != expected:
            raise ChecksumError(
                f"{path} is damaged: its SHA-256 is {actual[:12]}…, but {expected[:12]}… was written.",
                f"Delete it and make it again: `rm {path} && snakemake --cores 2 {path}`.",
            )

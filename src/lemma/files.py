"""Files that are whole or absent: atomic writes, canonical JSON, SHA-256.

A reader never sees a half-written file: content goes to a temporary neighbour, is flushed to disk and renamed. The
file carries the SHA-256 of what was written as an extended attribute, where the file system has such, so that damage
done later is found; a copy without the attribute, such as DVC restores, is DVC's to answer for.
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
    """Yield a binary file that replaces `path` when the block ends, and vanishes when it fails.

    Args:
        path: of the file.
        digest: SHA-256 of what will be written, in hexadecimal, where the caller knows it; else the file is read again.
        marked: whether the file carries its SHA-256, so that `verify_checksums` can judge it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        _sweep(left)
    stream, temporary = _begin(path)
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            if marked:
                with suppress(OSError, AttributeError):  # a file system, or a system, that has no extended attributes
                    os.setxattr(temporary, MARK, (digest or sha256(temporary)).encode())
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _begin(path: Path) -> tuple[IO[bytes], Path]:
    """Return a new neighbour of `path`, open and locked: the lock goes with the process, and says that it is in use."""
    while True:
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
        stream = temporary.open("xb")
        with suppress(OSError):
            fcntl.flock(stream, fcntl.LOCK_EX)
        if temporary.exists():  # else another writer swept it away in between
            return stream, temporary
        stream.close()


def _sweep(left: Path) -> None:
    """Remove what a killed process left of a file; what another still writes is locked, and stays."""
    with suppress(OSError), left.open("rb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        left.unlink(missing_ok=True)


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
    """Return the JSON in `path`.

    Raises:
        InputError: the file is missing or is not JSON; the message names the file and the line.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", f"Run what makes it: `snakemake --cores 2 {path}`.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}.", f"Delete it and run again: `rm {path}`.") from None


def sha256(path: Path) -> str:
    """Return the SHA-256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_once(path: Path) -> str:
    """Return the SHA-256 of a file that a process reads in several places, computed once while the file is the same.

    The same means: device, inode, size and times of content and metadata have not changed.
    """
    status = path.stat()
    return _sha256_of(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))


@lru_cache(maxsize=1024)
def _sha256_of(path: Path, _: tuple[int, ...]) -> str:
    return sha256(path)


def verify_checksums(paths: Iterable[Path]) -> None:
    """Refuse files that are no longer what was written; such as are missing or bear no mark pass.

    Raises:
        ChecksumError: a file was cut short, or a bit of it turned.
    """
    for path in paths:
        try:
            written = os.getxattr(path, MARK).decode()
        except (OSError, AttributeError):
            continue
        if (found := sha256_once(path)) != written:
            raise ChecksumError(
                f"{path} is damaged: its SHA-256 is {found[:12]}…, and {written[:12]}… was written.",
                f"Delete it and make it again: `rm {path} && snakemake --cores 2 {path}`.",
            )

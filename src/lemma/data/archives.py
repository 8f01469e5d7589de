"""Members of archives, read one by one in memory, nothing unpacked to disk.

Only regular files are read. A link, a device, a path that leads out of the archive, or more members or bytes than any
published set has, ends the reading with an error that names the member: before its bytes are read, so that an archive
bomb stops early.
"""

import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, ParamSpec, TypeVar

from lemma.errors import InputError

P = ParamSpec("P")
T = TypeVar("T")
MEMBERS = 250_000  # the largest set that is known has 100,021
ONE = 1 << 30  # bytes of one member; the largest that is known has 84 MB
TOTAL = 4 << 30  # bytes of all
# What the archive modules raise on damaged bytes: bad magic, lengths, flags, codes and names, each in its own way.
DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
)


def guarded(what: str, action: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `action` returns; where it finds damage, `what` is named."""
    try:
        return action(*args, **kwargs)
    except DAMAGE as error:
        raise InputError(f"{what} cannot be read: {error}.", "Delete it and download the data set again.") from None


def open_zip(source: Path | IO[bytes], where: str, own: bool = False) -> zipfile.ZipFile:
    """Return an open zip whose members are few, small and regular files below it; the user's `own` may be of any size.

    Raises:
        InputError: it is missing or damaged, or holds what no published set does.
    """
    if isinstance(source, Path) and not source.exists():
        raise InputError(f"{source} does not exist.", "Run `lemma download` for this data set first.")
    archive = guarded(where, zipfile.ZipFile, source)
    total = 0
    for number, info in enumerate([] if own else archive.infolist(), start=1):
        kind = info.external_attr >> 28  # of Unix: 8 is a regular file, 4 a folder, 0 says nothing
        regular = kind in (0, 8) or (kind == 4 and info.is_dir())
        total += info.file_size
        _check(where, info.filename, number, info.file_size, total, regular)
    return archive


def member(archive: zipfile.ZipFile, name: str, where: str) -> bytes:
    """Return one member of a zip.

    Raises:
        InputError: it is missing or damaged.
    """
    return guarded(f"{where}: {name}", archive.read, name)


def tar_members(stream: IO[bytes], where: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the name of each regular file of a gzipped tar, in its own order, and what reads it, if at once.

    Raises:
        InputError: the archive is damaged, or holds what no published set does.
    """
    archive = guarded(where, tarfile.open, fileobj=stream, mode="r|gz")
    total = number = 0
    while (info := guarded(where, archive.next)) is not None:
        number += 1
        total += info.size
        _check(where, info.name, number, info.size, total, info.isreg() or info.isdir())
        archive.members.clear()  # type: ignore[attr-defined]  # what has been read is not kept
        content = guarded(f"{where}: {info.name}", archive.extractfile, info)
        if content is not None:
            yield info.name, partial(guarded, f"{where}: {info.name}", content.read)


def _check(where: str, name: str, number: int, size: int, total: int, regular: bool) -> None:
    """Refuse a member that no published set has."""
    problem = ""
    windows = PureWindowsPath(name)
    if not regular:
        problem = "is neither a regular file nor a folder, but a link or a device"
    elif PurePosixPath(name).is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        problem = "leads out of the archive"
    elif size > ONE:
        problem = f"has {size} bytes, more than {ONE}"
    elif number > MEMBERS:
        problem = f"is the member number {number}, more than {MEMBERS}"
    elif total > TOTAL:
        problem = f"brings the archive to {total} bytes, more than {TOTAL}"
    if problem:
        raise InputError(f"{where}: member {name[:200]!r} {problem}.", "This is not the published file: do not use it.")

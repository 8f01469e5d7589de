"""Members of archives, read one by one in memory, nothing unpacked to disk.

Only regular files are read. A link, a device, a path that leads out of the archive, or more members or bytes than any
published set has, ends the reading with an error that names the member: before its bytes are read, so that an archive
bomb stops early. So does an archive that unpacks to far more than its own bytes, whatever its members claim, and
whether they overlap or lie in one another.
"""

import gzip
import hashlib
import struct
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, ParamSpec, TypeVar, cast

from lemma.errors import InputError

P = ParamSpec("P")
T = TypeVar("T")
MEMBERS = 250_000  # the largest set that is known has 100,021
ONE = 1 << 28  # bytes of one member; the largest that is known has 84 MB
TOTAL = 4 << 30  # bytes of all
RATIO = 200  # times its own bytes that an archive unpacks to; published sets come to 4, a tar of one-byte files to 150
FREE = 1 << 20  # bytes for which that does not count
HEADERS = 1 << 16  # bytes of a tar's headers before a member: long names and the like, which tarfile reads unasked
PIECE = 1 << 16  # bytes unpacked at a time
UNPUBLISHED = "This is not the published file: do not use it."
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
    if own:
        return archive
    size = source.stat().st_size if isinstance(source, Path) else source.seek(0, 2)
    total = packed = 0
    for number, info in enumerate(archive.infolist(), start=1):
        kind = info.external_attr >> 28  # of Unix: 8 is a regular file, 4 a folder, 0 says nothing
        regular = kind in (0, 8) or (kind == 4 and info.is_dir())
        total += info.file_size
        _check(where, info.filename, number, info.file_size, total, regular)
        packed += zipfile.sizeFileHeader + info.compress_size  # type: ignore[attr-defined]
        if packed > size:
            raise InputError(f"{where}: member {info.filename[:200]!r} lies on another.", UNPUBLISHED)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{where}: member {info.filename[:200]!r} is neither stored nor deflated.", UNPUBLISHED)
        if total > FREE + RATIO * size:
            raise _bomb(f"{where}: member {info.filename[:200]!r}")
    return archive


def member(archive: zipfile.ZipFile, name: str, where: str) -> bytes:
    """Return one member of a zip.

    Raises:
        InputError: it is missing or damaged.
    """

    def read() -> bytes:
        # With no size given, all is unpacked before it is compared with what the member claims to have.
        with archive.open(name) as stream:
            return stream.read(archive.getinfo(name).file_size + 1)

    return guarded(f"{where}: {name}", read)


def tar_members(stream: IO[bytes], where: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the name of each regular file of a gzipped tar, in its own order, and what reads it, if at once.

    Raises:
        InputError: the archive is damaged, or holds what no published set does.
    """
    unpacked = _Unpacked(stream, where)
    archive = guarded(where, tarfile.TarFile, fileobj=cast(IO[bytes], unpacked))
    total = number = 0
    while (info := guarded(where, archive.next)) is not None:
        number += 1
        total += info.size
        regular = info.isdir() or (info.isreg() and not info.issparse())
        _check(where, info.name, number, info.size, total, regular)
        archive.members.clear()  # type: ignore[attr-defined]  # what has been read is not kept
        unpacked.headers = 0
        if info.isreg():
            yield info.name, partial(guarded, f"{where}: {info.name}", unpacked.take, info)
    # A header that is none counts as the end for tarfile; whether it is one, the checksum at the end says.
    guarded(where, unpacked.seek, sys.maxsize)


def digest(hashes: Mapping[str, str]) -> str:
    """Return the SHA-256 of the lines "HASH  NAME", sorted by name: one for many files, however they are packed."""
    return hashlib.sha256("".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()).hexdigest()


class _Unpacked:
    """A gzipped tar, unpacked as it is read, forwards: by tarfile, whose reads are headers, and by `take`."""

    def __init__(self, packed: IO[bytes], where: str) -> None:
        self.headers = 0  # bytes of them since the last member
        self._packed, self._where = packed, where
        self._start, self._at = packed.tell(), 0
        self._gzip = gzip.GzipFile(fileobj=packed, mode="rb")

    def tell(self) -> int:
        return self._at

    def read(self, size: int) -> bytes:
        self.headers += size
        if self.headers > HEADERS:
            raise InputError(f"{self._where}: more than {HEADERS} bytes of headers stand in a row.", UNPUBLISHED)
        return b"".join(self._pieces(size))

    def seek(self, to: int) -> None:
        """Go forwards, to the end at most."""
        for _ in self._pieces(to - self._at):
            pass

    def take(self, info: tarfile.TarInfo) -> bytes:
        """Return the bytes of a member, whose header has just been read."""
        if self._at != info.offset_data:
            raise ValueError("it has been passed over")
        content = b"".join(self._pieces(info.size))
        if len(content) < info.size:
            raise EOFError(f"it ends after {len(content)} of {info.size} bytes")
        return content

    def _pieces(self, size: int) -> Iterator[bytes]:
        if size < 0:
            raise ValueError("a header leads back")
        while size > 0 and (piece := self._gzip.read(min(size, PIECE))):
            size -= len(piece)
            self._at += len(piece)
            if self._at > FREE + RATIO * (self._packed.tell() - self._start):
                raise _bomb(self._where)
            yield piece


def _bomb(where: str) -> InputError:
    return InputError(f"{where}: it unpacks to more than {RATIO} times the archive's own bytes.", UNPUBLISHED)


def _check(where: str, name: str, number: int, size: int, total: int, regular: bool) -> None:
    """Refuse a member that no published set has."""
    problem = ""
    steps = PurePosixPath(name)
    if not regular:
        problem = "is neither a regular file nor a folder, but a link, a device or a file with holes"
    elif steps.is_absolute() or ".." in steps.parts or "\\" in name or PureWindowsPath(name).drive:
        problem = "leads out of the archive"
    elif not 0 <= size <= ONE:
        problem = f"has {size} bytes, more than {ONE}" if size > 0 else f"has {size} bytes"
    elif number > MEMBERS:
        problem = f"is the member number {number}, more than {MEMBERS}"
    elif total > TOTAL:
        problem = f"brings the archive to {total} bytes, more than {TOTAL}"
    if problem:
        raise InputError(f"{where}: member {name[:200]!r} {problem}.", UNPUBLISHED)

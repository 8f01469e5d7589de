"""Read the members of archives one by one in memory, without unpacking to disk.

Only regular files are read. A link, a device, a path outside of the archive, or more members or bytes than any
published data set has, is refused with an error that names the member, before its bytes are read. So is an archive
bomb: an archive that unpacks to far more than its own size, whatever sizes its members claim, overlapping or nested.
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
MAX_MEMBERS = 250_000  # the largest known data set has 100,021
MAX_MEMBER_BYTES = 1 << 28  # the largest known member has 84 MB
MAX_TOTAL_BYTES = 4 << 30
MAX_RATIO = 200  # of unpacked to packed bytes; published data sets reach 4, a tar of one-byte files 150
FREE_BYTES = 1 << 20  # unpacked bytes that MAX_RATIO allows in addition
MAX_HEADER_BYTES = 1 << 16  # tar headers before a member: tarfile reads long names and the like unasked
CHUNK_BYTES = 1 << 16  # unpacked at a time
UNPUBLISHED = "This is not the published file: do not use it."
# Exceptions that the archive modules raise on damaged bytes: magic numbers, lengths, flags, codes and names.
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


def guard(location: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call `function` and return its result; report damage with the location.

    Raises:
        InputError: the function raised one of DAMAGE.
    """
    try:
        return function(*args, **kwargs)
    except DAMAGE as error:
        raise InputError(f"{location} cannot be read: {error}.", "Delete it and download the data set again.") from None


def open_zip(source: Path | IO[bytes], location: str, own: bool = False) -> zipfile.ZipFile:
    """Open a zip archive and check its directory.

    Args:
        source: path or seekable stream.
        location: name of the archive in error messages.
        own: the archive holds the user's own files, whose size is not limited.

    Raises:
        InputError: it is missing or damaged, or has a member that no published data set has.
    """
    if isinstance(source, Path) and not source.exists():
        raise InputError(f"{source} does not exist.", "Run `lemma download` for this data set first.")
    archive = guard(location, zipfile.ZipFile, source)
    if own:
        return archive
    size = source.stat().st_size if isinstance(source, Path) else source.seek(0, 2)
    total = packed = 0
    for number, info in enumerate(archive.infolist(), start=1):
        member = f"{location}: member {info.filename[:200]!r}"
        file_type = info.external_attr >> 28  # of Unix: 8 is a regular file, 4 a folder, 0 unknown
        is_regular = file_type in (0, 8) or (file_type == 4 and info.is_dir())
        total += info.file_size
        _check_member(location, info.filename, number, info.file_size, total, is_regular)
        packed += zipfile.sizeFileHeader + info.compress_size  # type: ignore[attr-defined]
        if packed > size:
            raise InputError(f"{member} overlaps another one.", UNPUBLISHED)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{member} is neither stored nor deflated.", UNPUBLISHED)
        if total > FREE_BYTES + MAX_RATIO * size:
            raise _bomb(member)
    return archive


def read_member(archive: zipfile.ZipFile, name: str, location: str) -> bytes:
    """Return the bytes of one member of a zip.

    Raises:
        InputError: it is missing or damaged.
    """

    def read() -> bytes:
        # Without a limit all would be unpacked before its size is compared with the claimed one.
        with archive.open(name) as stream:
            return stream.read(archive.getinfo(name).file_size + 1)

    return guard(f"{location}: {name}", read)


def read_tar_members(stream: IO[bytes], location: str) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Iterate over the regular files of a gzipped tar, in their order in the archive.

    Yields:
        The name of a member, and a function that returns its bytes; it must be called before the next step.

    Raises:
        InputError: the archive is damaged, or has a member that no published data set has.
    """
    unpacked = _UnpackedStream(stream, location)
    archive = guard(location, tarfile.TarFile, fileobj=cast(IO[bytes], unpacked))
    total = number = 0
    while (info := guard(location, archive.next)) is not None:
        number += 1
        total += info.size
        is_regular = info.isdir() or (info.isreg() and not info.issparse())
        _check_member(location, info.name, number, info.size, total, is_regular)
        archive.members.clear()  # type: ignore[attr-defined]  # free the memory of earlier members
        unpacked.header_bytes = 0
        if info.isreg():
            yield info.name, partial(guard, f"{location}: {info.name}", unpacked.read_member, info)
    # tarfile takes an invalid header for the end of the archive; reading on checks the checksum of gzip.
    guard(location, unpacked.seek, sys.maxsize)


def hash_members(hashes: Mapping[str, str]) -> str:
    """Return one SHA-256 for many files, which does not depend on how they are packed.

    Args:
        hashes: SHA-256 of each file, by name.

    Returns:
        The SHA-256 of the lines "HASH  NAME", sorted by name.
    """
    return hashlib.sha256("".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()).hexdigest()


class _UnpackedStream:
    """A gzipped tar, unpacked while it is read forwards: headers by tarfile, members by `read_member`."""

    def __init__(self, packed: IO[bytes], location: str) -> None:
        self.header_bytes = 0  # since the last member
        self._packed, self._location = packed, location
        self._start, self._position = packed.tell(), 0
        self._gzip = gzip.GzipFile(fileobj=packed, mode="rb")

    def tell(self) -> int:
        return self._position

    def read(self, size: int) -> bytes:
        self.header_bytes += size
        if self.header_bytes > MAX_HEADER_BYTES:
            raise InputError(f"{self._location}: more than {MAX_HEADER_BYTES} bytes of headers in a row.", UNPUBLISHED)
        return b"".join(self._read_chunks(size))

    def seek(self, position: int) -> None:
        """Go forwards, to the end at most."""
        for _ in self._read_chunks(position - self._position):
            pass

    def read_member(self, info: tarfile.TarInfo) -> bytes:
        """Return the bytes of a member, whose header has just been read."""
        if self._position != info.offset_data:
            raise ValueError("it has been skipped")
        content = b"".join(self._read_chunks(info.size))
        if len(content) < info.size:
            raise EOFError(f"it ends after {len(content)} of {info.size} bytes")
        return content

    def _read_chunks(self, size: int) -> Iterator[bytes]:
        if size < 0:
            raise ValueError("a header points backwards")
        while size > 0 and (chunk := self._gzip.read(min(size, CHUNK_BYTES))):
            size -= len(chunk)
            self._position += len(chunk)
            if self._position > FREE_BYTES + MAX_RATIO * (self._packed.tell() - self._start):
                raise _bomb(self._location)
            yield chunk


def _bomb(location: str) -> InputError:
    return InputError(f"{location}: it unpacks to more than {MAX_RATIO} times the size of the archive.", UNPUBLISHED)


def _check_member(location: str, name: str, number: int, size: int, total: int, is_regular: bool) -> None:
    """Refuse a member that no published data set has."""
    problem = ""
    path = PurePosixPath(name)
    if not is_regular:
        problem = "is neither a regular file nor a folder, but a link, a device or a sparse file"
    elif path.is_absolute() or ".." in path.parts or "\\" in name or PureWindowsPath(name).drive:
        problem = "has a path outside of the archive"
    elif not 0 <= size <= MAX_MEMBER_BYTES:
        problem = f"has {size} bytes, more than {MAX_MEMBER_BYTES}" if size > 0 else f"has {size} bytes"
    elif number > MAX_MEMBERS:
        problem = f"is member number {number}, more than {MAX_MEMBERS}"
    elif total > MAX_TOTAL_BYTES:
        problem = f"brings the archive to {total} bytes, more than {MAX_TOTAL_BYTES}"
    if problem:
        raise InputError(f"{location}: member {name[:200]!r} {problem}.", UNPUBLISHED)

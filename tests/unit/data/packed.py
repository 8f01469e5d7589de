"""Archives in memory, and their contents as they are read."""

import io
import tarfile
import zipfile
from typing import IO

from lemma.data.sources.archives import open_zip, read_member, read_tar_members


def tarred(*members: tarfile.TarInfo | tuple[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for entry in members:
            info, content = (
                (entry, b"") if isinstance(entry, tarfile.TarInfo) else (tarfile.TarInfo(entry[0]), entry[1])
            )
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return io.BytesIO(stream.getvalue())


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream


def read_tar(stream: io.BytesIO) -> dict[str, bytes]:
    return {name: content() for name, content in read_tar_members(stream, "here.tar.gz")}


def passed_over(stream: IO[bytes]) -> list[str]:
    return [name for name, _ in read_tar_members(stream, "here.tar.gz")]


def read_zip(stream: io.BytesIO) -> dict[str, bytes]:
    with open_zip(stream, "here.zip") as archive:
        return {name: read_member(archive, name, "here.zip") for name in archive.namelist()}


class Counted(io.BytesIO):
    """Counts the bytes that are taken from it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        self.taken += len(chunk)
        return chunk


def head(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a tar's header of a member."""
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)

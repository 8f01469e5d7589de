"""Random and hostile archives are read or refused, with bounded memory, and no file is ever written."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.data.sources import archives
from lemma.errors import LemmaError
from tests.fuzz.fuzzing import fuzz, mutated, survived
from tests.unit.data.packed import head, read_tar, read_zip, tarred, zipped

MEMBERS = (("a", b"some text " * 20), ("b/c.txt", bytes(range(256))), ("d", b""))
TAR, ZIP = tarred(*MEMBERS).getvalue(), zipped(*MEMBERS).getvalue()
PLAIN = gzip.decompress(TAR)
KINDS = [
    getattr(tarfile, name)
    for name in dir(tarfile)
    if name.endswith("TYPE") and isinstance(getattr(tarfile, name), bytes)
]
NAMES = st.sampled_from(
    ["a", "a/b", "../x", "/etc/passwd", "C:\\x", "a\0b", "", ".", "a" * 5000, "é\N{PILE OF POO}", "a/../../b"]
)
PAX = (
    b"30 mtime=1e999999999999999999\n",
    b"20 size=99999999999\n",
    b"11 path=..\n",
    b"17 GNU.sparse.map=\n",
    b"9999 x=y\n",
    b"0 =\n",
)
PIECES = (
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"\xff\xff\xff\xff",
    b"\0\0",
    b"\x01\0\x10\0",
    b"../",
)
HEAD = head("x", 0)


def _taken(target: str, read: Callable[[io.BytesIO], dict[str, bytes]], content: bytes) -> object:
    result = survived(f"archives: {target}", lambda: read(io.BytesIO(content)))
    if not isinstance(result, LemmaError):
        assert sum(map(len, result.values())) <= archives.FREE_BYTES + archives.MAX_RATIO * len(content)
        assert not any(".." in name.split("/") or name.startswith("/") for name in result)
    return result


@fuzz()
@given(content=mutated(st.just(ZIP), *PIECES))
def test_a_mutated_zip_is_read_or_refused(content: bytes) -> None:
    _taken("zip", read_zip, content)


@fuzz(0.5)
@given(content=mutated(st.just(TAR)))
def test_a_mutated_gzipped_tar_is_read_or_refused(content: bytes) -> None:
    _taken("tar.gz", read_tar, content)


@fuzz()
@given(content=mutated(st.just(PLAIN), *PAX, b"\x80", b"-1", b"7" * 12, HEAD, HEAD[:200], b"\0" * 512))
def test_a_mutated_tar_in_valid_gzip_is_read_or_refused(content: bytes) -> None:
    _taken("tar", read_tar, gzip.compress(content, 1))


@st.composite
def _headers(draw: st.DrawFn) -> bytes:
    """Return a header with a valid checksum and otherwise random fields, and the data after it."""
    header = bytearray(
        head("x", draw(st.integers(-3, 3000)), draw(st.sampled_from(KINDS) | st.binary(min_size=1, max_size=1)))
    )
    for start, end in draw(
        st.lists(st.sampled_from([(0, 100), (100, 108), (124, 136), (157, 257), (345, 500), (386, 483)]))
    ):
        header[start:end] = draw(st.binary(max_size=end - start)).ljust(end - start, b"\0")
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
    body = draw(st.sampled_from(PAX) | st.binary(max_size=600))
    return bytes(header) + body.ljust(-(-len(body) // 512) * 512, b"\0")


@fuzz()
@given(headers=st.lists(_headers(), min_size=1, max_size=4))
def test_random_headers_of_a_tar_are_read_or_refused(headers: list[bytes]) -> None:
    _taken("tar headers", read_tar, gzip.compress(b"".join(headers) + bytes(1024), 1))


@fuzz(0.5)
@given(
    names=st.lists(NAMES, max_size=4),
    mode=st.integers(0, 0xFFFF),
    flags=st.integers(0, 0xFFFF),
    method=st.integers(0, 99),
)
def test_random_names_and_kinds_in_a_zip_are_read_or_refused(
    names: list[str], mode: int, flags: int, method: int
) -> None:
    infos = [zipfile.ZipInfo(name) for name in dict.fromkeys(name.partition("\0")[0] or "b" for name in names)]
    content = bytearray(zipped(*((info, b"x" * 50) for info in infos)).getvalue())
    at = content.find(b"PK\x01\x02")
    if at >= 0:
        content[at + 8 : at + 12] = struct.pack("<HH", flags, method)
        content[at + 40 : at + 42] = struct.pack("<H", mode)
    _taken("zip entries", read_zip, bytes(content))


@fuzz(0.5)
@given(content=st.binary(max_size=300))
@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar"])
def test_random_bytes_are_read_or_refused(kind: str, content: bytes) -> None:
    read = read_zip if kind == "zip" else read_tar
    _taken(kind, read, gzip.compress(content, 1) if kind == "tar" else content)


def _linked(kind: bytes, name: str = "link", target: str = "/etc/passwd") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return tarred(info, ("link/passwd", b"x")).getvalue()


def _nested(depth: int) -> bytes:
    content = b"0" * 10_000_000
    for _ in range(depth):
        content = zipped(("inner.zip", content)).getvalue()
    return content


HOSTILE: dict[str, tuple[Callable[[io.BytesIO], dict[str, bytes]], Callable[[], bytes]]] = {
    "a link and a file through it": (read_tar, lambda: _linked(tarfile.SYMTYPE)),
    "a hard link": (read_tar, lambda: _linked(tarfile.LNKTYPE)),
    "a device": (read_tar, lambda: _linked(tarfile.BLKTYPE)),
    "a pipe": (read_tar, lambda: _linked(tarfile.FIFOTYPE)),
    "a name that leads out": (read_tar, lambda: tarred(("../../pwned", b"x")).getvalue()),
    "an absolute name": (read_zip, lambda: zipped(("/tmp/pwned", b"x")).getvalue()),
    "a bomb": (read_tar, lambda: gzip.compress(head("bomb", 1 << 27) + bytes(1 << 27), 9)),
    "a zip bomb": (read_zip, lambda: zipped(("bomb", bytes(1 << 27))).getvalue()),
    "a bomb in a zip": (read_zip, lambda: _nested(1)),
    "a size without end": (read_tar, lambda: gzip.compress(head("x", (1 << 62)) + bytes(512))),
    "gzip in gzip": (read_tar, lambda: gzip.compress(gzip.compress(gzip.compress(bytes(1 << 27))))),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_and_writes_no_file(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    read, make = HOSTILE[case]
    assert isinstance(_taken("hand-made", read, make()), LemmaError)
    assert not list(tmp_path.iterdir())
    assert not Path("/tmp/pwned").exists()
    assert not (tmp_path.parent / "pwned").exists()

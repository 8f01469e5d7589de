"""Archives: regular files are read; links, devices and paths outside of the archive are refused."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.data.sources import archives
from lemma.data.sources.archives import open_zip, read_tar_members
from lemma.errors import InputError
from tests.unit.data.packed import head, read_tar, read_zip, tarred, zipped

OUT = ["/etc/passwd", "../up.txt", "a/../../up.txt", "..", "C:\\x.txt", "a\\b", "a\\..\\..\\x", "\\\\host\\x", "C:x"]
names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


def of_kind(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("bad")
    info.type, info.linkname = kind, "/etc/passwd"
    return info


READ: dict[str, tuple[Callable[..., io.BytesIO], Callable[[io.BytesIO], dict[str, bytes]]]] = {
    "tar": (tarred, read_tar),
    "zip": (zipped, read_zip),
}


@pytest.mark.parametrize("kind", READ)
@settings(derandomize=True, max_examples=25)
@given(contents=st.dictionaries(names, st.binary(max_size=200), max_size=5))
def test_members_are_read_as_they_were_packed(kind: str, contents: dict[str, bytes]) -> None:
    pack, read = READ[kind]
    assert read(pack(*contents.items())) == contents


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("name", OUT)
def test_a_path_outside_of_the_archive_is_refused(kind: str, name: str) -> None:
    pack, read = READ[kind]
    with pytest.raises(InputError, match="has a path outside of the archive"):
        read(pack(("good", b"x"), (name, b"x")))


@pytest.mark.parametrize(
    "type_", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_of_a_tar_are_refused(type_: bytes) -> None:
    with pytest.raises(InputError, match="'bad' is neither a regular file nor a folder"):
        read_tar(tarred(("good", b"x"), of_kind(type_)))


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140666])
def test_links_and_devices_of_a_zip_are_refused(mode: int) -> None:
    info = zipfile.ZipInfo("bad")
    info.external_attr = mode << 16
    with pytest.raises(InputError, match="'bad' is neither a regular file nor a folder"):
        read_zip(zipped(("good", b"x"), (info, b"/etc/passwd")))


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize(
    ("cap", "most", "problem"),
    [
        ("MAX_MEMBERS", 3, "'3' is member number 4, more than 3"),
        ("MAX_MEMBER_BYTES", 99, "'0' has 100 bytes, more than 99"),
        ("MAX_TOTAL_BYTES", 350, "'3' brings the archive to 400 bytes"),
    ],
)
def test_too_many_members_or_bytes_are_refused(
    kind: str, cap: str, most: int, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, read = READ[kind]
    contents = {f"{n}": bytes(100) for n in range(4)}
    assert read(pack(*contents.items())) == contents
    monkeypatch.setattr(archives, cap, most)
    with pytest.raises(InputError, match=problem):
        read(pack(*contents.items()))


def test_a_truncated_tar_is_an_error_that_names_the_member() -> None:
    with pytest.raises(InputError, match="cut cannot be read: it ends after 100 of 600 bytes"):
        read_tar(io.BytesIO(gzip.compress(head("cut", 600) + bytes(100))))


def test_a_skipped_member_cannot_be_read_later() -> None:
    members = read_tar_members(tarred(("a", b"one"), ("b", b"two")), "here")
    _, first = next(members)
    _, second = next(members)
    with pytest.raises(InputError, match="here: a cannot be read: it has been skipped"):
        first()
    assert second() == b"two"
    with pytest.raises(InputError, match="here: b cannot be read"):
        second()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_with_an_unusual_compression_is_refused(method: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a", b"x")
    with pytest.raises(InputError, match="'a' is neither stored nor deflated"):
        open_zip(stream, "here.zip")


def test_a_damaged_tar_gives_the_packed_bytes_or_an_error() -> None:
    contents = {f"{n}": bytes([n]) * 600 for n in range(6)}
    good = tarred(*contents.items()).getvalue()
    for place in range(10, len(good)):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :]):
            try:
                unpacked = read_tar(io.BytesIO(content))
            except InputError as error:
                assert error.what.startswith("here.tar.gz")  # noqa: PT017
            else:
                assert unpacked == contents


@pytest.mark.parametrize("kind", READ)
def test_a_damaged_archive_is_read_or_is_an_error_that_names_it(kind: str) -> None:
    pack, read = READ[kind]
    good = pack(("a", b"some text"), ("b", bytes(range(256)))).getvalue()
    for place in range(0, len(good), 5):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]):
            try:
                read(io.BytesIO(content))
            except InputError as error:
                assert error.what.startswith("here")  # noqa: PT017

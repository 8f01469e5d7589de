"""Archives: regular files are read; links, devices, ways out and bombs are refused before their bytes are."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.data import archives
from lemma.data.archives import member, open_zip, tar_members
from lemma.errors import InputError

OUT = ["/etc/passwd", "../up.txt", "a/../../up.txt", "..", "C:\\x.txt", "a\\b", "a\\..\\..\\x", "\\\\host\\x", "C:x"]
names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


def tarred(*members: tarfile.TarInfo | tuple[str, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for held in members:
            info, content = (held, b"") if isinstance(held, tarfile.TarInfo) else (tarfile.TarInfo(held[0]), held[1])
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return io.BytesIO(stream.getvalue())


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream


def of_kind(kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo("bad")
    info.type, info.linkname = kind, "/etc/passwd"
    return info


def read_tar(stream: io.BytesIO) -> dict[str, bytes]:
    return {name: content() for name, content in tar_members(stream, "here.tar.gz")}


def passed_over(stream: IO[bytes]) -> list[str]:
    return [name for name, _ in tar_members(stream, "here.tar.gz")]


def read_zip(stream: io.BytesIO) -> dict[str, bytes]:
    with open_zip(stream, "here.zip") as archive:
        return {name: member(archive, name, "here.zip") for name in archive.namelist()}


READ: dict[str, tuple[Callable[..., io.BytesIO], Callable[[io.BytesIO], dict[str, bytes]]]] = {
    "tar": (tarred, read_tar),
    "zip": (zipped, read_zip),
}


@pytest.mark.parametrize("kind", READ)
@settings(derandomize=True, deadline=None, max_examples=25)
@given(held=st.dictionaries(names, st.binary(max_size=200), max_size=5))
def test_what_was_packed_comes_back(kind: str, held: dict[str, bytes]) -> None:
    pack, read = READ[kind]
    assert read(pack(*held.items())) == held


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("name", OUT)
def test_a_name_that_leads_out_is_refused(kind: str, name: str) -> None:
    pack, read = READ[kind]
    with pytest.raises(InputError, match="leads out of the archive"):
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
        ("MEMBERS", 3, "'3' is the member number 4, more than 3"),
        ("ONE", 99, "'0' has 100 bytes, more than 99"),
        ("TOTAL", 350, "'3' brings the archive to 400 bytes"),
    ],
)
def test_too_many_members_or_bytes_are_refused(
    kind: str, cap: str, most: int, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, read = READ[kind]
    held = {f"{n}": bytes(100) for n in range(4)}
    assert read(pack(*held.items())) == held
    monkeypatch.setattr(archives, cap, most)
    with pytest.raises(InputError, match=problem):
        read(pack(*held.items()))


class Counted(io.BytesIO):
    """Counts the bytes that are taken from it."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.taken += len(found)
        return found


def head(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Return a tar's header of a member."""
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def bomb(size: int, kind: bytes = tarfile.REGTYPE) -> Counted:
    """Return a gzipped tar of a small member and one of `size` zeros, in a thousandth of that."""
    small = head("small", 1) + b"x".ljust(512, b"\0")
    return Counted(gzip.compress(small + head("bomb", size, kind)) + gzip.compress(bytes(1 << 20)) * (size >> 20))


def test_a_member_that_is_too_large_stops_before_it_is_unpacked() -> None:
    stream = bomb(archives.ONE << 1)
    found: list[tuple[str, bytes]] = []
    with pytest.raises(InputError, match=f"'bomb' has {archives.ONE << 1} bytes"):
        found.extend((name, content()) for name, content in tar_members(stream, "here"))
    assert found == [("small", b"x")]
    assert stream.taken < 150_000 < len(stream.getvalue())  # one buffer of gzip's


@pytest.mark.parametrize("read", [read_tar, passed_over], ids=["read", "passed over"])
def test_a_member_that_may_be_large_stops_where_it_unpacks_out_of_all_proportion(
    read: Callable[[io.BytesIO], object],
) -> None:
    stream = bomb(archives.ONE)
    tracemalloc.start()
    with pytest.raises(InputError, match=r"here\.tar\.gz: it unpacks to more than 200 times"):
        read(stream)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert stream.taken < 150_000 < len(stream.getvalue())
    assert most < archives.ONE / 4


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE])
def test_a_name_or_header_that_is_a_bomb_stops_before_it_is_unpacked(kind: bytes) -> None:
    stream = bomb(archives.ONE, kind)
    tracemalloc.start()
    with pytest.raises(InputError, match="bytes of headers"):
        read_tar(stream)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert stream.taken < 150_000
    assert most < 1 << 20


def test_headers_of_headers_without_end_are_refused() -> None:
    header = head("x", 10, tarfile.XHDTYPE) + b"10 path=a\n".ljust(512, b"\0")
    with pytest.raises(InputError, match="here"):
        read_tar(io.BytesIO(gzip.compress(header * 10_000)))


def test_a_file_with_holes_is_refused_for_it_is_large_without_any_bytes() -> None:
    held = bytearray(head("holes", 0, tarfile.GNUTYPE_SPARSE))
    held[483:495] = b"%011o\0" % archives.ONE  # the size with its holes
    held[148:156] = b"%06o\0 " % (sum(held[:148]) + 8 * 32 + sum(held[156:]))
    with pytest.raises(InputError, match="'holes' is neither a regular file"):
        read_tar(io.BytesIO(gzip.compress(bytes(held) + bytes(1024))))


def test_a_member_of_negative_size_is_refused_and_nothing_is_read_twice() -> None:
    with pytest.raises(InputError, match="'back' has -1024 bytes"):
        read_tar(io.BytesIO(gzip.compress(head("a", 0) + head("back", -1024) + bytes(1024))))
    with pytest.raises(InputError, match="a header leads back"):
        read_tar(io.BytesIO(gzip.compress(head("a", 0) + head("back", -1024, tarfile.XHDTYPE) + bytes(1024))))


def test_a_tar_that_ends_within_a_member_is_refused_by_the_members_name() -> None:
    with pytest.raises(InputError, match="cut cannot be read: it ends after 100 of 600 bytes"):
        read_tar(io.BytesIO(gzip.compress(head("cut", 600) + bytes(100))))


def test_memory_does_not_grow_with_the_number_of_members() -> None:
    most = {}
    for number in (300, 3000):
        stream = io.BytesIO(gzip.compress(b"".join(head(f"{n}", 1) + b"x".ljust(512, b"\0") for n in range(number))))
        tracemalloc.start()
        assert len(passed_over(stream)) == number
        most[number] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most[3000] < most[300] + 3000 * 200


def test_a_member_is_read_when_it_comes_or_not_at_all() -> None:
    members = tar_members(tarred(("a", b"one"), ("b", b"two")), "here")
    _, first = next(members)
    _, second = next(members)
    with pytest.raises(InputError, match="here: a cannot be read: it has been passed over"):
        first()
    assert second() == b"two"
    with pytest.raises(InputError, match="here: b cannot be read"):
        second()


def test_a_zip_that_unpacks_out_of_all_proportion_is_refused_by_its_own_account() -> None:
    stream = Counted(zipped(("small", b"x"), ("bomb", bytes(1 << 24))).getvalue())
    with pytest.raises(InputError, match="'bomb': it unpacks to more than"):
        open_zip(stream, "here.zip")


def test_a_zip_that_claims_to_hold_less_than_it_does_is_not_unpacked_beyond_its_claim() -> None:
    content = bytearray(zipped(("bomb", bytes(1 << 24))).getvalue())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    tracemalloc.start()
    with pytest.raises(InputError, match="bomb cannot be read: Bad CRC"):
        read_zip(io.BytesIO(bytes(content)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 20


def test_members_of_a_zip_that_lie_on_one_another_are_refused() -> None:
    content = zipped(("a", b"".join(b"%d" % n for n in range(1000)))).getvalue()
    directory, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, times, last = content[directory:end], 200, bytearray(content[end:])
    last[8:12] = times.to_bytes(2, "little") * 2
    last[12:16] = (len(entry) * times).to_bytes(4, "little")
    stream = io.BytesIO(content[:directory] + entry * times + last)
    assert len(zipfile.ZipFile(stream).namelist()) == times
    with pytest.raises(InputError, match="'a' lies on another"):
        open_zip(stream, "here.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_as_no_published_one_is_refused(method: int) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a", b"x")
    with pytest.raises(InputError, match="'a' is neither stored nor deflated"):
        open_zip(stream, "here.zip")


def test_a_bomb_in_an_archive_in_an_archive_is_found_in_either() -> None:
    outer = open_zip(zipped(("inner.tar.gz", bomb(1 << 26).getvalue())), "outer")
    with outer, outer.open("inner.tar.gz") as stream, pytest.raises(InputError, match="unpacks to more than"):
        passed_over(stream)
    with pytest.raises(InputError, match=r"outer: member 'inner.tar.gz': it unpacks to more than"):
        open_zip(zipped(("inner.tar.gz", bomb(1 << 34).getvalue())), "outer")


def test_a_tar_changed_or_cut_anywhere_gives_what_was_packed_or_nothing() -> None:
    held = {f"{n}": bytes([n]) * 600 for n in range(6)}
    good = tarred(*held.items()).getvalue()
    for place in range(10, len(good)):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0x10]) + good[place + 1 :]):
            try:
                found = read_tar(io.BytesIO(content))
            except InputError as error:
                assert error.what.startswith("here.tar.gz")  # noqa: PT017
            else:
                assert found == held


@pytest.mark.parametrize("kind", READ)
def test_an_archive_cut_or_changed_anywhere_is_read_or_refused_by_name(kind: str) -> None:
    pack, read = READ[kind]
    good = pack(("a", b"some text"), ("b", bytes(range(256)))).getvalue()
    for place in range(0, len(good), 5):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]):
            try:
                read(io.BytesIO(content))
            except InputError as error:
                assert error.what.startswith("here")  # noqa: PT017

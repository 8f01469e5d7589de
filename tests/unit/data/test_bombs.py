"""Archive bombs: they are refused early, however they are made."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from lemma.data.sources import archives
from lemma.data.sources.archives import open_zip, read_tar_members
from lemma.errors import InputError
from tests.unit.data.packed import Counted, head, passed_over, read_tar, read_zip, zipped


def bomb(size: int, kind: bytes = tarfile.REGTYPE) -> Counted:
    """Return a gzipped tar of a small member and one of `size` zeros, in a thousandth of that."""
    small = head("small", 1) + b"x".ljust(512, b"\0")
    return Counted(gzip.compress(small + head("bomb", size, kind)) + gzip.compress(bytes(1 << 20)) * (size >> 20))


def test_a_member_that_is_too_large_is_refused_before_it_is_unpacked() -> None:
    stream = bomb(archives.MAX_MEMBER_BYTES << 1)
    unpacked: list[tuple[str, bytes]] = []
    with pytest.raises(InputError, match=f"'bomb' has {archives.MAX_MEMBER_BYTES << 1} bytes"):
        unpacked.extend((name, content()) for name, content in read_tar_members(stream, "here"))
    assert unpacked == [("small", b"x")]
    assert stream.taken < 150_000 < len(stream.getvalue())  # one buffer of gzip's


@pytest.mark.parametrize("read", [read_tar, passed_over], ids=["read", "passed over"])
def test_a_member_with_an_extreme_compression_ratio_is_refused_while_it_is_unpacked(
    read: Callable[[io.BytesIO], object],
) -> None:
    stream = bomb(archives.MAX_MEMBER_BYTES)
    tracemalloc.start()
    with pytest.raises(InputError, match=r"here\.tar\.gz: it unpacks to more than 200 times"):
        read(stream)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert stream.taken < 150_000 < len(stream.getvalue())
    assert most < archives.MAX_MEMBER_BYTES / 4


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE])
def test_a_bomb_in_a_name_or_header_is_refused_before_it_is_unpacked(kind: bytes) -> None:
    stream = bomb(archives.MAX_MEMBER_BYTES, kind)
    tracemalloc.start()
    with pytest.raises(InputError, match="bytes of headers"):
        read_tar(stream)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert stream.taken < 150_000
    assert most < 1 << 20


def test_an_endless_chain_of_headers_is_refused() -> None:
    header = head("x", 10, tarfile.XHDTYPE) + b"10 path=a\n".ljust(512, b"\0")
    with pytest.raises(InputError, match="here"):
        read_tar(io.BytesIO(gzip.compress(header * 10_000)))


def test_a_sparse_file_is_refused() -> None:
    header = bytearray(head("holes", 0, tarfile.GNUTYPE_SPARSE))
    header[483:495] = b"%011o\0" % archives.MAX_MEMBER_BYTES  # the size with its holes
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
    with pytest.raises(InputError, match="'holes' is neither a regular file"):
        read_tar(io.BytesIO(gzip.compress(bytes(header) + bytes(1024))))


def test_a_member_of_negative_size_is_refused_and_nothing_is_read_twice() -> None:
    with pytest.raises(InputError, match="'back' has -1024 bytes"):
        read_tar(io.BytesIO(gzip.compress(head("a", 0) + head("back", -1024) + bytes(1024))))
    with pytest.raises(InputError, match="a header points backwards"):
        read_tar(io.BytesIO(gzip.compress(head("a", 0) + head("back", -1024, tarfile.XHDTYPE) + bytes(1024))))


def test_memory_does_not_grow_with_the_number_of_members() -> None:
    def taken(number: int) -> int:
        stream = io.BytesIO(gzip.compress(b"".join(head(f"{n}", 1) + b"x".ljust(512, b"\0") for n in range(number))))
        tracemalloc.start()
        assert len(passed_over(stream)) == number
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    # The least of three times: Python's table of names, which pathlib fills, may grow by megabytes in one of them.
    least = {number: min(taken(number) for _ in range(3)) for number in (3000, 300)}
    assert least[3000] < least[300] + 3000 * 200


def test_a_zip_that_states_an_extreme_compression_ratio_is_refused() -> None:
    stream = Counted(zipped(("small", b"x"), ("bomb", bytes(1 << 24))).getvalue())
    with pytest.raises(InputError, match="'bomb': it unpacks to more than"):
        open_zip(stream, "here.zip")


def test_a_zip_member_is_not_unpacked_beyond_its_stated_size() -> None:
    content = bytearray(zipped(("bomb", bytes(1 << 24))).getvalue())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    tracemalloc.start()
    with pytest.raises(InputError, match="bomb cannot be read: Bad CRC"):
        read_zip(io.BytesIO(bytes(content)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 20


def test_overlapping_members_of_a_zip_are_refused() -> None:
    content = zipped(("a", b"".join(b"%d" % n for n in range(1000)))).getvalue()
    directory, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry, times, last = content[directory:end], 200, bytearray(content[end:])
    last[8:12] = times.to_bytes(2, "little") * 2
    last[12:16] = (len(entry) * times).to_bytes(4, "little")
    stream = io.BytesIO(content[:directory] + entry * times + last)
    assert len(zipfile.ZipFile(stream).namelist()) == times
    with pytest.raises(InputError, match="'a' overlaps another one"):
        open_zip(stream, "here.zip")


def test_a_bomb_in_a_nested_archive_is_refused() -> None:
    outer = open_zip(zipped(("inner.tar.gz", bomb(1 << 26).getvalue())), "outer")
    with outer, outer.open("inner.tar.gz") as stream, pytest.raises(InputError, match="unpacks to more than"):
        passed_over(stream)
    with pytest.raises(InputError, match=r"outer: member 'inner.tar.gz': it unpacks to more than"):
        open_zip(zipped(("inner.tar.gz", bomb(1 << 34).getvalue())), "outer")

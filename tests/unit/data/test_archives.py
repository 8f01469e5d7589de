"""Archives: regular files are read; links, devices, ways out and bombs are refused before their bytes are."""

import io
import tarfile
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.data import archives
from lemma.data.archives import member, open_zip, tar_members
from lemma.errors import InputError

OUT = ["/etc/passwd", "../up.txt", "a/../../up.txt", "..", "C:\\x.txt", "a\\..\\..\\x", "\\\\host\\x", "C:x"]
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
    [("MEMBERS", 3, "more than 3"), ("ONE", 99, "has 100 bytes, more than 99"), ("TOTAL", 350, "to 400 bytes")],
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


def test_a_bomb_stops_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ONE", 1 << 20)
    bomb = Counted(tarred(("small", b"x"), ("bomb", bytes(1 << 28)), ("after", bytes(1 << 20))).getvalue())
    found: list[tuple[str, bytes]] = []
    with pytest.raises(InputError, match="'bomb' has 268435456 bytes"):
        found.extend((name, content()) for name, content in tar_members(bomb, "here"))
    assert found == [("small", b"x")]
    assert bomb.taken <= 100_000 < len(bomb.getvalue())


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

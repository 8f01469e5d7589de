"""Zips and tars: random, damaged, and such as are made to harm."""

import gzip
import io
import tarfile
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from lemma.data.archives import member, open_zip, tar_members
from tests.fuzz.harness import damaged, fuzzed, tried

LINKS, DEVICES = [tarfile.SYMTYPE, tarfile.LNKTYPE], [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
KINDS = [tarfile.REGTYPE, *LINKS, *DEVICES, b"S", b"x"]
BAD = ["a", "../a", "/etc/passwd", "a/../../b", "C:\\a", "a\x00b", "a" * 300, "con", "é/ü"]
NAMES = st.sampled_from(BAD) | st.text(min_size=1, max_size=20)


@st.composite
def tars(draw: st.DrawFn) -> bytes:
    """Return a tar whose members have any name, kind, size and link."""
    content = io.BytesIO()
    form = draw(st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
    with tarfile.open(fileobj=content, mode="w", format=form) as archive:
        for _ in range(draw(st.integers(0, 4))):
            info = tarfile.TarInfo(draw(NAMES))
            info.type = draw(st.sampled_from(KINDS))
            info.linkname = draw(st.sampled_from(["", "/etc/passwd", "../x"]))
            data = draw(st.binary(max_size=600))
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data))
    return content.getvalue()


@st.composite
def zips(draw: st.DrawFn) -> bytes:
    """Return a zip whose members have any name, mode and packing."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in draw(st.lists(NAMES, max_size=4, unique_by=lambda name: name.split("\0")[0])):
            info = zipfile.ZipInfo(name)
            info.external_attr = draw(st.sampled_from([0, 0o100644, 0o120777, 0o020666, 0o040755])) << 16
            info.compress_type = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]))
            archive.writestr(info, draw(st.binary(max_size=200)) * draw(st.sampled_from([1, 1, 5000])))
    return content.getvalue()


@fuzzed
@given(data=st.data())
def test_a_zip(data: st.DataObject) -> None:
    content = data.draw(zips())
    content = data.draw(st.just(content) | damaged(content) | st.binary(max_size=300))
    with tried("archives"):
        archive = open_zip(io.BytesIO(content), "here")
        for name in archive.namelist():
            member(archive, name, "here")


@fuzzed
@given(data=st.data())
def test_a_gzipped_tar(data: st.DataObject) -> None:
    content = data.draw(tars())
    content = gzip.compress(data.draw(st.just(content) | damaged(content)), 1)
    content = data.draw(st.just(content) | damaged(content))
    with tried("archives"):
        for _, read in tar_members(io.BytesIO(content), "here"):
            read()

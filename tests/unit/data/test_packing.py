"""The IMDb reviews, in the official archive or in other archives with the same members."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from lemma.data.download import download
from lemma.data.readers.imdb import hash_reviews
from lemma.data.sources import catalog
from lemma.data.sources.catalog import CATALOG, File
from lemma.errors import ChecksumError
from lemma.layout import Layout
from tests.unit.data.conftest import whole
from tests.unit.data.fetched import PARAMS, Serve, members

REVIEW = "aclImdb/train/pos/0_8.txt"


def archive(*names: str, content: bytes = b"x") -> bytes:
    """Return a gzipped tar of these members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a mirror that has the members of imdb, one labelled and one unlabelled review, in two archives."""
    mirror = tmp_path / "mirror"
    (mirror / "imdb").mkdir(parents=True)
    labelled, unlabelled = (mirror / name for name in CATALOG["imdb"].packing)
    labelled.write_bytes(archive("aclImdb/README", REVIEW))
    unlabelled.write_bytes(archive("aclImdb/train/unsup/0_0.txt"))
    digests = frozenset(hash_reviews(labelled) | hash_reviews(unlabelled))
    official = File("imdb/aclImdb_v1.tar.gz", 9, "0" * 64)
    entry = replace(CATALOG["imdb"], files=(official,), digests=digests)
    monkeypatch.setitem(catalog.CATALOG, "imdb", entry)
    monkeypatch.setenv("LEMMA_MIRROR", str(mirror))
    return mirror


def test_the_digest_of_reviews_depends_on_names_and_contents_only(tmp_path: Path) -> None:
    names = [REVIEW, "aclImdb/test/neg/3_1.txt", "aclImdb/train/unsup/7_0.txt"]
    (tmp_path / "one.tar.gz").write_bytes(archive(*names, "aclImdb/README"))
    (tmp_path / "other.tar.gz").write_bytes(archive(*reversed(names)))
    lines = [f"{hashlib.sha256(b'x').hexdigest()}  {name}\n" for name in sorted(names)]
    expected = {hashlib.sha256("".join(part).encode()).hexdigest() for part in (lines[:2], lines[2:])}
    assert hash_reviews(tmp_path / "one.tar.gz") == hash_reviews(tmp_path / "other.tar.gz") == expected


def test_other_archives_with_the_same_members_are_accepted(packed: Path, tmp_path: Path) -> None:
    download(Layout(tmp_path), "imdb", PARAMS)
    assert set(members(Layout(tmp_path), "imdb")) == {Path(name).name for name in CATALOG["imdb"].packing}


WRONG = {
    "another text": archive(REVIEW, content=b"y"),
    "another name": archive("aclImdb/train/pos/1_8.txt"),
    "one more": archive(REVIEW, "aclImdb/train/pos/1_8.txt"),
    "nothing": archive(),
    "cut": archive(REVIEW)[:-20],
    "a page": b"<html>log in</html>",
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
def test_archives_with_other_members_are_an_error_that_names_them(packed: Path, tmp_path: Path, content: bytes) -> None:
    (packed / CATALOG["imdb"].packing[0]).write_bytes(content)
    with pytest.raises(ChecksumError, match=r"not the published ones|cannot be read") as caught:
        download(Layout(tmp_path), "imdb", PARAMS)
    assert str(packed / CATALOG["imdb"].packing[0]) in caught.value.what
    assert not Layout(tmp_path).source("imdb").exists()


@pytest.mark.parametrize("first", ["official", "packing", "wrong packing", "half a packing"])
def test_the_official_archive_is_preferred_then_other_archives_then_the_address(
    first: str, packed: Path, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = archive(REVIEW, "aclImdb/train/unsup/0_0.txt", "aclImdb/imdb.vocab")
    server = serve(content, whole)
    official = File("imdb/aclImdb_v1.tar.gz", len(content), hashlib.sha256(content).hexdigest(), (server.address,))
    monkeypatch.setitem(catalog.CATALOG, "imdb", replace(CATALOG["imdb"], files=(official,)))
    if first == "official":
        (packed / official.name).write_bytes(content)
    if first == "wrong packing":
        (packed / CATALOG["imdb"].packing[1]).write_bytes(WRONG["cut"])
    if first == "half a packing":
        (packed / CATALOG["imdb"].packing[1]).unlink()
    download(Layout(tmp_path), "imdb", PARAMS)
    names = CATALOG["imdb"].packing if first == "packing" else [official.name]
    assert set(members(Layout(tmp_path), "imdb")) == {Path(name).name for name in names}
    assert len(server.ranges) == (first in ("wrong packing", "half a packing"))


def test_the_digests_of_the_official_archive_are_verified(
    packed: Path, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = archive(REVIEW)
    official = File("i/a.tar.gz", len(content), hashlib.sha256(content).hexdigest(), (serve(content, whole).address,))
    monkeypatch.setitem(catalog.CATALOG, "imdb", replace(CATALOG["imdb"], files=(official,)))
    monkeypatch.delenv("LEMMA_MIRROR")
    with pytest.raises(ChecksumError, match="not the published ones"):
        download(Layout(tmp_path), "imdb", PARAMS)
    assert not Layout(tmp_path).source("imdb").exists()

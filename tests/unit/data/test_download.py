"""Stage `download`: one zip with the right bytes, or none."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lemma.data import catalog
from lemma.data.catalog import CATALOG, Entry, File
from lemma.data.download import download
from lemma.data.readers.imdb import digests
from lemma.errors import ChecksumError, InputError, UnreachableError
from lemma.layout import Layout
from lemma.params import Params
from tests.unit.data.conftest import VALUES, Make, Server, cut, status, whole

CONTENT = bytes(range(256)) * 1000
FILE = File("sst/a.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
PARAMS = Params.model_validate(VALUES)
Serve = Callable[..., Server]
Publish = Callable[..., None]


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Return a function that makes files the published ones of sst2, at an address, with no mirror."""
    monkeypatch.delenv("LEMMA_MIRROR", raising=False)

    def put(address: str, *published: File) -> None:
        chosen = published or (FILE,)
        at = [File(f.name, f.bytes, f.sha256, (f"{address}/{f.name}",)) for f in chosen]
        entry = Entry("t", tuple(at), "sst2", "s", "l", "c")
        monkeypatch.setitem(catalog.CATALOG, "sst2", entry)

    return put


def members(layout: Layout, dataset: str = "sst2") -> dict[str, bytes]:
    with zipfile.ZipFile(layout.source(dataset)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_zip_holds_the_file_uncompressed_and_nothing_else_is_left(
    publish: Publish, serve: Serve, tmp_path: Path
) -> None:
    publish(serve(CONTENT, whole).address)
    layout = Layout(tmp_path)
    download(layout, "sst2", PARAMS)
    assert members(layout) == {"a.bin": CONTENT}
    assert layout.source("sst2").stat().st_size < len(CONTENT) + 1000
    assert [path.name for path in layout.source("sst2").parent.iterdir()] == ["source.zip"]
    assert {path.suffix for path in (layout.state / "downloads").iterdir()} <= {".lock"}


def test_equal_files_give_equal_bytes_whenever_they_were_written(make: Make, tmp_path: Path) -> None:
    project = make("a.csv", "text,label\na,p\n")
    download(project.layout, "own", project.params)
    before = project.layout.source("own").read_bytes()
    with zipfile.ZipFile(project.layout.source("own")) as archive:
        assert [info.date_time for info in archive.infolist()] == [(1980, 1, 1, 0, 0, 0)]
    (tmp_path / "a.csv").touch()
    (tmp_path / "a.csv").chmod(0o600)
    download(project.layout, "own", project.params)
    assert project.layout.source("own").read_bytes() == before


def test_a_set_of_several_files_is_one_zip_in_the_order_of_their_names(
    publish: Publish, serve: Serve, tmp_path: Path
) -> None:
    publish(serve(CONTENT, whole).address, File("s/b", FILE.bytes, FILE.sha256), File("s/a", FILE.bytes, FILE.sha256))
    download(Layout(tmp_path), "sst2", PARAMS)
    assert list(members(Layout(tmp_path))) == ["a", "b"]


@pytest.mark.parametrize("kind", ["folder", "address", "address with a slash"])
def test_the_mirror_is_tried_before_the_official_address(
    kind: str, publish: Publish, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official, mirror = serve(CONTENT, whole), serve(CONTENT, whole)
    publish(official.address)
    (tmp_path / "mirror/sst").mkdir(parents=True)
    (tmp_path / "mirror" / FILE.name).write_bytes(CONTENT)
    place = {"folder": str(tmp_path / "mirror"), "address": mirror.address}.get(kind, f"{mirror.address}/")
    monkeypatch.setenv("LEMMA_MIRROR", place)
    download(Layout(tmp_path / "root"), "sst2", PARAMS)
    assert members(Layout(tmp_path / "root")) == {"a.bin": CONTENT}
    assert official.ranges == []
    assert len(mirror.ranges) == (kind != "folder")


@pytest.mark.parametrize("trouble", ["empty folder", "no folder", "wrong bytes", "404", "portal"])
def test_a_mirror_in_trouble_falls_through_to_the_official_address(
    trouble: str, publish: Publish, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(serve(CONTENT, whole).address)
    (tmp_path / "mirror/sst").mkdir(parents=True)
    place = str(tmp_path / ("nowhere" if trouble == "no folder" else "mirror"))
    if trouble == "wrong bytes":
        (tmp_path / "mirror" / FILE.name).write_bytes(CONTENT[:-1])
    if trouble in ("404", "portal"):
        place = serve(b"<html>log in</html>", status(404) if trouble == "404" else whole).address
    monkeypatch.setenv("LEMMA_MIRROR", place)
    download(Layout(tmp_path / "root"), "sst2", PARAMS)
    assert members(Layout(tmp_path / "root")) == {"a.bin": CONTENT}


@pytest.mark.parametrize("trouble", ["cut", "wrong", "404"])
def test_after_a_failure_there_is_no_zip_and_an_older_one_is_untouched(
    trouble: str, publish: Publish, serve: Serve, tmp_path: Path
) -> None:
    answer, content = {"cut": (cut(1000), CONTENT), "wrong": (whole, CONTENT[::-1]), "404": (status(404), b"")}[trouble]
    publish(serve(content, answer).address)
    layout = Layout(tmp_path)
    wanted = ChecksumError if trouble == "wrong" else UnreachableError
    with pytest.raises(wanted, match=FILE.name):
        download(layout, "sst2", PARAMS)
    assert not layout.source("sst2").parent.exists()
    layout.source("sst2").parent.mkdir(parents=True)
    layout.source("sst2").write_bytes(b"older")
    with pytest.raises(wanted, match=FILE.name):
        download(layout, "sst2", PARAMS)
    assert layout.source("sst2").read_bytes() == b"older"
    publish(serve(CONTENT, whole).address)
    download(layout, "sst2", PARAMS)
    assert members(layout) == {"a.bin": CONTENT}


def test_two_processes_at_once_both_end_with_the_whole_zip(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, cut(50_000), whole)
    code = """if True:
        import json, sys
        from pathlib import Path
        from lemma.data import catalog, download, fetch
        from lemma.layout import Layout
        from lemma.params import Params
        name, size, digest, address, values = json.loads(sys.argv[2])
        file = catalog.File(name, size, digest, (address,))
        catalog.CATALOG["sst2"] = catalog.Entry("t", (file,), "sst2", "s", "l", "c")
        fetch.FIRST_WAIT = fetch.LONGEST_WAIT = 0
        print("ready", flush=True)
        sys.stdin.read(1)
        for _ in range(5):
            download.download(Layout(Path(sys.argv[1])), "sst2", Params.model_validate(values))
    """
    about = json.dumps([FILE.name, FILE.bytes, FILE.sha256, server.address, VALUES])
    command = [sys.executable, "-c", code, str(tmp_path), about]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    processes = [subprocess.Popen(command, text=True, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go")
        process.stdin.flush()
    for process in processes:
        _, complaint = process.communicate()
        assert process.returncode == 0, complaint
    assert members(Layout(tmp_path)) == {"a.bin": CONTENT}
    assert not list(Layout(tmp_path).source("sst2").parent.glob(".*"))


def test_a_missing_file_of_the_users_own_is_told_by_key_and_path(make: Make, tmp_path: Path) -> None:
    project = make("a.csv", "")
    (tmp_path / "a.csv").unlink()
    with pytest.raises(InputError) as caught:
        download(project.layout, "own", project.params)
    assert caught.value.what == f"params.yaml: datasets.own.path: there is no file {tmp_path / 'a.csv'}."


def test_a_users_file_is_checked_against_the_checksum_beside_it(make: Make) -> None:
    content = "text,label\na,p\n"
    right, wrong = hashlib.sha256(content.encode()).hexdigest(), "0" * 64
    project = make("a.csv", content, sha256=right)
    download(project.layout, "own", project.params)
    project.layout.source("own").unlink()
    project = make("a.csv", content, sha256=wrong)
    with pytest.raises(ChecksumError, match=f"expected {wrong}, got {right}") as caught:
        download(project.layout, "own", project.params)
    assert "datasets.own.sha256" in caught.value.fix
    assert not project.layout.source("own").exists()


def test_a_users_file_may_lie_outside_the_project_and_bear_a_catalogued_name(make: Make, tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    project = make("else/a b ü.csv", "text,label\na,p\n")
    own = project.params.datasets["own"].model_copy(update={"path": str(tmp_path / "else/a b ü.csv")})
    params = project.params.model_copy(update={"datasets": {"sst2": own}})
    download(Layout(tmp_path / "root"), "sst2", params)
    assert members(Layout(tmp_path / "root")) == {"a b ü.csv": b"text,label\na,p\n"}


def test_a_folder_is_packed_by_relative_names_in_their_order_without_what_is_hidden(make: Make) -> None:
    held = {"b/2.txt": b"two", "b/10.txt": b"ten", "a/x.txt": b"", ".git/a": b"?", "a/.DS_Store": b"?", "c/.x/y": b"?"}
    project = make("own", held)
    download(project.layout, "own", project.params)
    found = members(project.layout, "own")
    assert list(found) == ["a/x.txt", "b/10.txt", "b/2.txt", "c/"]
    assert found["b/10.txt"] == b"ten"


def test_a_folder_of_equal_files_gives_equal_bytes(make: Make, tmp_path: Path) -> None:
    project = make("own", {"b/2.txt": b"two", "a/1.txt": b"one"})
    download(project.layout, "own", project.params)
    before = project.layout.source("own").read_bytes()
    (tmp_path / "own").rename(tmp_path / "older")
    make("own", {"a/1.txt": b"one", "b/2.txt": b"two"})
    download(project.layout, "own", project.params)
    assert project.layout.source("own").read_bytes() == before


def test_a_folder_is_checked_against_the_checksum_of_its_files(make: Make, tmp_path: Path) -> None:
    lines = "".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}/1.txt\n" for name in "ab")
    right = hashlib.sha256(lines.encode()).hexdigest()
    project = make("own", {"b/1.txt": b"b", "a/1.txt": b"a"}, sha256=right)
    download(project.layout, "own", project.params)
    project.layout.source("own").unlink()
    (tmp_path / "own/a/1.txt").rename(tmp_path / "own/a/2.txt")
    with pytest.raises(ChecksumError, match=f"expected {right}, got"):
        download(project.layout, "own", project.params)
    assert not project.layout.source("own").exists()


@pytest.mark.parametrize("to", ["/etc", "/etc/hostname", "nowhere", "a/1.txt", "."])
def test_links_in_a_folder_are_refused_wherever_they_lead(to: str, make: Make, tmp_path: Path) -> None:
    project = make("own", {"a/1.txt": b"one"})
    (tmp_path / "own/b").symlink_to(to)
    with pytest.raises(InputError, match="own/b is a link"):
        download(project.layout, "own", project.params)
    assert not project.layout.source("own").exists()


def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(make: Make, tmp_path: Path) -> None:
    project = make("own", {"a/1.txt": b"one"})
    os.mkfifo(tmp_path / "own/a/pipe")
    with pytest.raises(InputError, match="own/a/pipe is neither a file nor a folder"):
        download(project.layout, "own", project.params)


def test_a_name_in_a_folder_that_is_not_utf8_is_told(make: Make, tmp_path: Path) -> None:
    project = make("own", {"a/1.txt": b"one"})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/own/a/caf\xe9.txt")).write_bytes(b"two")
    with pytest.raises(InputError, match=r"caf\\udce9\.txt': the name is not UTF-8"):
        download(project.layout, "own", project.params)


@pytest.mark.parametrize("name", ["own/a/1.txt", "own.csv"])
def test_a_file_that_may_not_be_read_is_told(name: str, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make("own.csv", "text,label\na,p\n") if name == "own.csv" else make("own", {"a/1.txt": b"one"})
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith(name))  # root may read all
    with pytest.raises(InputError, match=f"{name} cannot be read"):
        download(project.layout, "own", project.params)


def test_an_unknown_set_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Unknown dataset 'sst1'\. Did you mean 'sst\d'"):
        download(Layout(tmp_path), "sst1", PARAMS)


@pytest.mark.parametrize("dataset", CATALOG)
def test_the_catalogue_names_every_file_with_size_checksum_terms_and_a_place(dataset: str) -> None:
    entry = CATALOG[dataset]
    for file in entry.files:
        assert file.bytes > 0
        assert len(bytes.fromhex(file.sha256)) == 32
        assert file.addresses or (Path(__file__).parents[3] / "resources" / file.name).exists()
    assert entry.source
    assert entry.licence
    assert entry.citation


REVIEW = "aclImdb/train/pos/0_8.txt"


def archive(*names: str, content: bytes = b"x") -> bytes:
    """Return a gzipped tar of these members."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as held:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            held.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a mirror that has the members of imdb, one labelled and one unlabelled review, in two archives."""
    mirror = tmp_path / "mirror"
    (mirror / "imdb").mkdir(parents=True)
    labelled, unlabelled = (mirror / name for name in CATALOG["imdb"].packing)
    labelled.write_bytes(archive("aclImdb/README", REVIEW))
    unlabelled.write_bytes(archive("aclImdb/train/unsup/0_0.txt"))
    held = frozenset(digests(labelled) | digests(unlabelled))
    official = File("imdb/aclImdb_v1.tar.gz", 9, "0" * 64)
    entry = replace(CATALOG["imdb"], files=(official,), digests=held)
    monkeypatch.setitem(catalog.CATALOG, "imdb", entry)
    monkeypatch.setenv("LEMMA_MIRROR", str(mirror))
    return mirror


def test_the_digest_of_reviews_is_of_their_names_and_contents_in_whatever_order_and_packing(tmp_path: Path) -> None:
    names = [REVIEW, "aclImdb/test/neg/3_1.txt", "aclImdb/train/unsup/7_0.txt"]
    (tmp_path / "one.tar.gz").write_bytes(archive(*names, "aclImdb/README"))
    (tmp_path / "other.tar.gz").write_bytes(archive(*reversed(names)))
    lines = [f"{hashlib.sha256(b'x').hexdigest()}  {name}\n" for name in sorted(names)]
    expected = {hashlib.sha256("".join(part).encode()).hexdigest() for part in (lines[:2], lines[2:])}
    assert digests(tmp_path / "one.tar.gz") == digests(tmp_path / "other.tar.gz") == expected


def test_another_packing_of_the_same_members_is_taken(packed: Path, tmp_path: Path) -> None:
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
def test_a_packing_with_other_members_is_refused_and_named(packed: Path, tmp_path: Path, content: bytes) -> None:
    (packed / CATALOG["imdb"].packing[0]).write_bytes(content)
    with pytest.raises(ChecksumError, match=r"not those published|cannot be read") as caught:
        download(Layout(tmp_path), "imdb", PARAMS)
    assert str(packed / CATALOG["imdb"].packing[0]) in caught.value.what
    assert not Layout(tmp_path).source("imdb").exists()


@pytest.mark.parametrize("first", ["official", "packing", "wrong packing", "half a packing"])
def test_the_official_archive_in_a_mirror_comes_first_then_the_packing_then_the_address(
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


def test_the_official_archive_is_held_to_the_digests_too(
    packed: Path, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = archive(REVIEW)
    official = File("i/a.tar.gz", len(content), hashlib.sha256(content).hexdigest(), (serve(content, whole).address,))
    monkeypatch.setitem(catalog.CATALOG, "imdb", replace(CATALOG["imdb"], files=(official,)))
    monkeypatch.delenv("LEMMA_MIRROR")
    with pytest.raises(ChecksumError, match="not those published"):
        download(Layout(tmp_path), "imdb", PARAMS)
    assert not Layout(tmp_path).source("imdb").exists()


def test_several_mirrors_are_tried_in_order(
    publish: Publish, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official, second = serve(CONTENT, whole), serve(CONTENT, whole)
    publish(official.address)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("LEMMA_MIRROR", f"{tmp_path / 'empty'}, {serve(b'', status(500)).address} ,,{second.address}")
    download(Layout(tmp_path), "sst2", PARAMS)
    assert members(Layout(tmp_path)) == {"a.bin": CONTENT}
    assert (len(second.ranges), official.ranges) == (1, [])

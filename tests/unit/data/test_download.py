"""Stage `download`: one zip with the right bytes, or none."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lemma.data.download import download
from lemma.data.sources import catalog
from lemma.data.sources.catalog import CATALOG, Entry, File
from lemma.errors import ChecksumError, InputError, UnreachableError
from lemma.layout import Layout
from tests.unit.data.conftest import VALUES, cut, status, whole
from tests.unit.data.fetched import PARAMS, Serve, members

CONTENT = bytes(range(256)) * 1000
FILE = File("sst/a.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
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


def test_the_zip_contains_the_file_uncompressed_and_no_other_file_is_left(
    publish: Publish, serve: Serve, tmp_path: Path
) -> None:
    publish(serve(CONTENT, whole).address)
    layout = Layout(tmp_path)
    download(layout, "sst2", PARAMS)
    assert members(layout) == {"a.bin": CONTENT}
    assert layout.source("sst2").stat().st_size < len(CONTENT) + 1000
    assert [path.name for path in layout.source("sst2").parent.iterdir()] == ["source.zip"]
    assert {path.suffix for path in (layout.state / "downloads").iterdir()} <= {".lock"}


def test_several_files_are_one_zip_sorted_by_name(publish: Publish, serve: Serve, tmp_path: Path) -> None:
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
def test_after_a_failing_mirror_the_official_address_is_tried(
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
def test_a_failure_writes_no_zip_and_keeps_an_older_one(
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


def test_two_processes_at_once_both_write_the_complete_zip(serve: Serve, tmp_path: Path) -> None:
    server = serve(CONTENT, cut(50_000), whole)
    code = """if True:
        import json, sys
        from pathlib import Path
        from lemma.data.sources import catalog
        from lemma.data import download, fetch
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


def test_the_error_for_an_unknown_data_set_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Unknown dataset 'sst1'\. Did you mean 'sst\d'"):
        download(Layout(tmp_path), "sst1", PARAMS)


@pytest.mark.parametrize("dataset", CATALOG)
def test_the_catalogue_is_complete(dataset: str) -> None:
    entry = CATALOG[dataset]
    for file in entry.files:
        assert file.bytes > 0
        assert len(bytes.fromhex(file.sha256)) == 32
        assert file.addresses or (Path(__file__).parents[3] / "resources" / file.name).exists()
    assert entry.source
    assert entry.licence
    assert entry.citation


def test_several_mirrors_are_tried_in_order(
    publish: Publish, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official, second = serve(CONTENT, whole), serve(CONTENT, whole)
    publish(official.address)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("LEMMA_MIRROR", f"{tmp_path / 'empty'}, {serve(b'', status(500)).address},, {second.address} ")
    download(Layout(tmp_path), "sst2", PARAMS)
    assert members(Layout(tmp_path)) == {"a.bin": CONTENT}
    assert (len(second.ranges), official.ranges) == (1, [])

"""Stage `download` on a user's own file or folder."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from lemma.data.download import download
from lemma.errors import ChecksumError, InputError
from lemma.layout import Layout
from tests.unit.data.conftest import Make
from tests.unit.data.fetched import members


def test_equal_files_give_equal_bytes_whatever_their_dates(make: Make, tmp_path: Path) -> None:
    project = make("a.csv", "text,label\na,p\n")
    download(project.layout, "own", project.params)
    before = project.layout.source("own").read_bytes()
    with zipfile.ZipFile(project.layout.source("own")) as archive:
        assert [info.date_time for info in archive.infolist()] == [(1980, 1, 1, 0, 0, 0)]
    (tmp_path / "a.csv").touch()
    (tmp_path / "a.csv").chmod(0o600)
    download(project.layout, "own", project.params)
    assert project.layout.source("own").read_bytes() == before


def test_the_error_for_a_users_missing_file_names_key_and_path(make: Make, tmp_path: Path) -> None:
    project = make("a.csv", "")
    (tmp_path / "a.csv").unlink()
    with pytest.raises(InputError) as caught:
        download(project.layout, "own", project.params)
    assert caught.value.what == f"params.yaml: datasets.own.path: there is no file {tmp_path / 'a.csv'}."


def test_the_checksum_of_a_users_file_is_verified(make: Make) -> None:
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


def test_a_users_file_may_be_outside_of_the_project_and_have_a_catalogued_name(make: Make, tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    project = make("else/a b ü.csv", "text,label\na,p\n")
    own = project.params.datasets["own"].model_copy(update={"path": str(tmp_path / "else/a b ü.csv")})
    params = project.params.model_copy(update={"datasets": {"sst2": own}})
    download(Layout(tmp_path / "root"), "sst2", params)
    assert members(Layout(tmp_path / "root")) == {"a b ü.csv": b"text,label\na,p\n"}


def test_a_folder_is_packed_by_sorted_relative_names_without_hidden_files(make: Make) -> None:
    contents = {
        "b/2.txt": b"two",
        "b/10.txt": b"ten",
        "a/x.txt": b"",
        ".git/a": b"?",
        "a/.DS_Store": b"?",
        "c/.x/y": b"?",
    }
    project = make("own", contents)
    download(project.layout, "own", project.params)
    packed = members(project.layout, "own")
    assert list(packed) == ["a/x.txt", "b/10.txt", "b/2.txt", "c/"]
    assert packed["b/10.txt"] == b"ten"


def test_an_empty_folder_is_an_empty_zip(make: Make, tmp_path: Path) -> None:
    project = make("own", {})
    (tmp_path / "own").mkdir()
    download(project.layout, "own", project.params)
    assert members(project.layout, "own") == {}


def test_a_folder_of_equal_files_gives_equal_bytes(make: Make, tmp_path: Path) -> None:
    project = make("own", {"b/2.txt": b"two", "a/1.txt": b"one"})
    download(project.layout, "own", project.params)
    before = project.layout.source("own").read_bytes()
    (tmp_path / "own").rename(tmp_path / "older")
    make("own", {"a/1.txt": b"one", "b/2.txt": b"two"})
    download(project.layout, "own", project.params)
    assert project.layout.source("own").read_bytes() == before


def test_the_checksum_of_a_folder_is_verified(make: Make, tmp_path: Path) -> None:
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
def test_links_in_a_folder_are_refused(to: str, make: Make, tmp_path: Path) -> None:
    project = make("own", {"a/1.txt": b"one"})
    (tmp_path / "own/b").symlink_to(to)
    with pytest.raises(InputError, match="own/b is a link"):
        download(project.layout, "own", project.params)
    assert not project.layout.source("own").exists()


def test_a_pipe_in_a_folder_is_refused_at_once(make: Make, tmp_path: Path) -> None:
    project = make("own", {"a/1.txt": b"one"})
    os.mkfifo(tmp_path / "own/a/pipe")
    with pytest.raises(InputError, match="own/a/pipe is neither a file nor a folder"):
        download(project.layout, "own", project.params)


def test_a_file_name_that_is_not_utf8_is_an_error(make: Make, tmp_path: Path) -> None:
    project = make("own", {"a/1.txt": b"one"})
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/own/a/caf\xe9.txt")).write_bytes(b"two")
    with pytest.raises(InputError, match=r"caf\\udce9\.txt': the name is not UTF-8"):
        download(project.layout, "own", project.params)


@pytest.mark.parametrize("name", ["own/a/1.txt", "own.csv"])
def test_an_unreadable_file_is_an_error(name: str, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make("own.csv", "text,label\na,p\n") if name == "own.csv" else make("own", {"a/1.txt": b"one"})
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith(name))  # root may read all
    with pytest.raises(InputError, match=f"{name} cannot be read"):
        download(project.layout, "own", project.params)

"""Atomic writes, canonical JSON and checksums."""

import hashlib
import json
import math
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.errors import ChecksumError, InputError
from lemma.files import atomic, canonical, read_json, sha256, verify_checksums, write_bytes, write_json

FAIR = settings(derandomize=True, max_examples=60)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=10,
)


def reverse_keys(value: Any) -> Any:
    """Return an equal value whose mappings have their keys in the opposite order."""
    if isinstance(value, dict):
        return {key: reverse_keys(value[key]) for key in reversed(value)}
    return [reverse_keys(item) for item in value] if isinstance(value, list) else value


def test_the_file_appears_with_its_folder_only_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "a/b/c.bin"
    with atomic(path) as stream:
        stream.write(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"
    assert [file.name for file in path.parent.iterdir()] == ["c.bin"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_old_file_and_no_temporary_one(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "c.bin"
    path.write_bytes(b"old")
    with pytest.raises(error), atomic(path) as stream:  # noqa: PT012
        stream.write(b"half")
        raise error
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["c.bin"]


def test_a_first_failure_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), atomic(tmp_path / "c.bin"):
        raise ValueError("no")
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_json_lacks_leaves_the_old_file(tmp_path: Path) -> None:
    write_json(tmp_path / "c.json", {"a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "c.json", {"a": math.nan})
    assert read_json(tmp_path / "c.json") == {"a": 1}


def test_a_reader_never_sees_half_a_file_while_writers_replace_it(tmp_path: Path) -> None:
    path, seen = tmp_path / "c.bin", set()
    contents = [bytes([letter]) * 200_000 for letter in b"ab"]
    write_bytes(path, contents[0])

    def write(content: bytes) -> None:
        for _ in range(10):
            write_bytes(path, content)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        seen.add(path.read_bytes())
    assert seen <= set(contents)
    assert [file.name for file in tmp_path.iterdir()] == ["c.bin"]


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_permissions_follow_the_umask(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        write_bytes(tmp_path / "c.bin", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "c.bin").stat().st_mode & 0o777 == 0o666 & ~mask


@FAIR
@given(values)
def test_json_is_read_back_and_equal_values_give_equal_text(value: Any) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(reverse_keys(value)) == canonical(value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical([number])


def test_json_is_utf_8_and_ends_with_a_line_end(tmp_path: Path) -> None:
    write_json(tmp_path / "c.json", {"é": "…"})
    assert (tmp_path / "c.json").read_bytes() == '{\n "é": "…"\n}\n'.encode()


def test_a_missing_json_file_is_reported_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"c\.json does not exist") as caught:
        read_json(tmp_path / "c.json")
    assert "snakemake" in caught.value.fix


@pytest.mark.parametrize("content", [b"", b"{", b'{\n"a": }', b"\xff", b"[" * 100_000, b"1" * 5000])
def test_invalid_json_is_reported_with_the_command_that_removes_it(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is not JSON") as caught:
        read_json(path)
    assert str(path) in caught.value.what
    assert f"rm {path}" in caught.value.fix


def test_the_line_of_invalid_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{\n"a": 1,\n"b" 2\n}')
    with pytest.raises(InputError, match="line 3"):
        read_json(tmp_path / "c.json")


@FAIR
@given(st.binary())
def test_sha256_is_that_of_all_bytes(content: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        assert sha256(Path(file.name)) == hashlib.sha256(content).hexdigest()


@given(content=st.binary(min_size=1), at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_and_a_truncated_end_are_detected(content: bytes, at: float, bit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        write_bytes(path, content)
        verify_checksums([path])
        flipped = bytearray(content)
        flipped[int(at * len(content))] ^= 1 << bit
        for damaged in (bytes(flipped), content[: int(at * len(content))]):
            path.write_bytes(damaged)
            with pytest.raises(ChecksumError, match=f"{path} is damaged"):
                verify_checksums([path])
        write_bytes(path, bytes(flipped))
        verify_checksums([path])


def test_missing_files_and_files_without_a_checksum_pass(tmp_path: Path) -> None:
    (tmp_path / "copied").write_bytes(b"x")
    verify_checksums([tmp_path / "copied", tmp_path / "missing"])


def test_the_temporary_file_of_a_killed_writer_is_removed_and_one_in_use_stays(tmp_path: Path) -> None:
    leftover = tmp_path / ".x.0123456789ab.part"
    leftover.write_bytes(b"half")
    with atomic(tmp_path / "x") as first:
        first.write(b"first")
        write_bytes(tmp_path / "x", b"second")
        assert not leftover.exists()
    assert (tmp_path / "x").read_bytes() == b"first"


def test_the_command_for_a_missing_file_makes_that_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("reports/sample/metrics.json")
    with pytest.raises(InputError, match=r"metrics\.json does not exist") as caught:
        read_json(path)
    assert "`snakemake --cores 2 reports/sample/metrics.json`" in caught.value.fix

"""`documents.parquet` is read in small blocks, whatever the length of the documents."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.corpus import documents
from lemma.corpus.documents import read_blocks, read_documents, read_range
from lemma.errors import InputError
from tests.unit.data.shards import Work


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = Work.of(tmp_path_factory.mktemp("documents"), [str(number) for number in range(50)], group=7)
    return work.layout.documents("own")


@settings(derandomize=True, max_examples=60)
@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 60), st.integers(1, 60))
def test_a_range_has_the_documents_from_start_up_to_stop(
    path: Path, start: int, stop: int, size: int, rows: int
) -> None:
    _, file = read_documents(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "BYTES", size)
        patch.setattr(documents, "ROWS", rows)
        batches = [batch.column("text").to_pylist() for batch in read_range(file, path, start, stop)]
    assert [int(text) for batch in batches for text in batch] == list(range(start, stop))
    assert all(batches)


def test_long_documents_are_read_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Work.of(tmp_path, [f"{number} " * 5000 for number in range(30)], group=30).layout.documents("own")
    monkeypatch.setattr(documents, "BYTES", 50_000)
    _, file = read_documents(path)
    assert max(len(batch) for batch in read_range(file, path, 0, 30)) <= 10


def test_an_empty_row_group_is_skipped(tmp_path: Path) -> None:
    whole = Work.of(tmp_path, ["a", "b", "c"]).layout.documents("own")
    rows = pq.read_table(whole)
    with pq.ParquetWriter(whole, rows.schema) as writer:
        for piece in (rows.slice(0, 0), rows.slice(0, 2), rows.slice(0, 0), rows.slice(2), rows.slice(0, 0)):
            writer.write_table(piece)
    _, file = read_documents(whole)
    assert [batch.column("text").to_pylist() for batch in read_range(file, whole, 0, 3)] == [["a", "b", "c"]]


def test_blocks_have_the_given_size(path: Path) -> None:
    _, file = read_documents(path)
    assert [len(batch) for batch in read_blocks(file, path, 20)] == [20, 20, 10]
    assert [batch.schema.names for batch in read_blocks(file, path, 50, ["text"])] == [["text"]]


def test_a_file_with_other_columns_than_expected_is_an_error(path: Path) -> None:
    with pytest.raises(InputError, match=r"its columns are \['text', 'label', 'split'\], expected \['text'\]"):
        read_documents(path, ["text"])

"""`tokens.arrow` is read as it was written, in any number of chunks; a damaged file is an error that names it."""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.corpus import splits
from lemma.corpus.tokens import SCHEMA, Corpus, open_corpus
from lemma.errors import InputError

Chunk = list[tuple[list[int], int, int]]  # type ids, label, split
FIXED = {"kind": "fixed"}
FOLDS = {"kind": "folds", "folds": 3, "dev": 0.4}
METADATA = {"dataset": "own", "classes": ["n", "p"], "protocol": FIXED, "types": 8}
CHUNK: Chunk = [([5, 6, 5], 0, 0), ([], 1, 1), ([7], 1, 2), ([6], 0, 2)]
documents = st.tuples(st.lists(st.integers(0, 2**31 - 1), max_size=5), st.integers(0, 1), st.integers(0, 2))
corpora = st.lists(st.lists(documents, max_size=5), max_size=4)
FAIR = settings(derandomize=True, max_examples=40)


def write(path: Path, chunks: list[Chunk], metadata: dict[str, Any] = METADATA) -> Path:
    schema = SCHEMA.with_metadata({b"lemma": json.dumps(metadata).encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for chunk in chunks:
            columns = [pa.array([row[i] for row in chunk], field.type) for i, field in enumerate(schema)]
            writer.write_batch(pa.record_batch(columns, schema=schema))
    return path


def list_type_ids(corpus: Corpus) -> list[list[int]]:
    return [corpus.type_ids(np.array([at])).tolist() for at in range(len(corpus))]


@FAIR
@given(corpora)
def test_documents_labels_and_splits_are_read_from_any_number_of_chunks(chunks: list[Chunk]) -> None:
    rows = [row for chunk in chunks for row in chunk]
    with tempfile.TemporaryDirectory() as folder:
        corpus = open_corpus(write(Path(folder) / "tokens.arrow", chunks))
        assert list_type_ids(corpus) == [ids for ids, _, _ in rows]
        assert corpus.lengths.tolist() == [len(ids) for ids, _, _ in rows]
        assert (corpus.labels.tolist(), corpus.split.tolist()) == ([r[1] for r in rows], [r[2] for r in rows])
        assert (len(corpus), corpus.offsets[-1]) == (len(rows), sum(map(len, corpus.chunks)))
        assert corpus.first.tolist() == np.cumsum([0, *map(len, chunks)]).tolist()
        dtypes = [corpus.offsets.dtype, corpus.first.dtype, corpus.labels.dtype, corpus.split.dtype]
        assert [*dtypes, *(chunk.dtype for chunk in corpus.chunks)] == [
            *(np.int64, np.int64, np.int32, np.int8),
            *[np.int32] * len(chunks),
        ]


@FAIR
@given(corpora, st.data())
def test_the_type_ids_of_documents_are_returned_in_the_given_order(chunks: list[Chunk], data: st.DataObject) -> None:
    rows = [row[0] for chunk in chunks for row in chunk]
    members = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8) if rows else st.just([]))
    with tempfile.TemporaryDirectory() as folder:
        corpus = open_corpus(write(Path(folder) / "tokens.arrow", chunks))
        type_ids = corpus.type_ids(np.array(members, np.int64))
    assert type_ids.tolist() == [number for at in members for number in rows[at]]
    assert type_ids.dtype == np.int32


@FAIR
@given(corpora, st.integers(1, 6))
def test_blocks_cover_all_documents_in_order_and_have_at_most_the_given_size(chunks: list[Chunk], size: int) -> None:
    rows = [row[0] for chunk in chunks for row in chunk]
    with tempfile.TemporaryDirectory() as folder:
        corpus = open_corpus(write(Path(folder) / "tokens.arrow", chunks))
        blocks = [(start, stop, ids.tolist()) for start, stop, ids in corpus.blocks(size)]
    assert [at for start, stop, _ in blocks for at in range(start, stop)] == list(range(len(rows)))
    assert all(0 < stop - start <= size for start, stop, _ in blocks)
    assert [ids for _, _, ids in blocks] == [[n for row in rows[start:stop] for n in row] for start, stop, _ in blocks]


def test_the_metadata_are_read(tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path / "tokens.arrow", [CHUNK]))
    assert (corpus.dataset, corpus.classes, corpus.protocol, corpus.types) == ("own", ["n", "p"], FIXED, 8)


def test_type_ids_are_memory_mapped(tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path / "tokens.arrow", [CHUNK, CHUNK]))
    for ids in (*corpus.chunks, *(ids for _, _, ids in corpus.blocks(2))):
        assert not ids.flags.owndata
        assert not ids.flags.writeable


@pytest.mark.parametrize("protocol", [FIXED, FOLDS])
def test_the_splits_of_a_run_follow_the_protocol(protocol: dict[str, Any], tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path / "tokens.arrow", [CHUNK * 5], METADATA | {"protocol": protocol}))
    for run in range(3):
        assert (corpus.splits(run) == splits.assign_splits(corpus.labels, corpus.split, protocol, run)).all()


def test_the_error_for_a_missing_file_names_the_stage_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tokens\.arrow does not exist") as caught:
        open_corpus(tmp_path / "tokens.arrow")
    assert "lemma index" in caught.value.fix


def test_a_file_truncated_anywhere_is_an_error_that_names_it(tmp_path: Path) -> None:
    good = write(tmp_path / "tokens.arrow", [CHUNK, CHUNK]).read_bytes()
    for length in range(len(good)):
        path = tmp_path / f"{length}.arrow"
        path.write_bytes(good[:length])
        with pytest.raises(InputError, match=f"{length}.arrow is damaged"):
            open_corpus(path)


@pytest.mark.parametrize("flip", [0x01, 0xFF])
def test_a_file_with_any_byte_changed_is_an_error_or_still_has_complete_documents(flip: int, tmp_path: Path) -> None:
    good = write(tmp_path / "tokens.arrow", [CHUNK, CHUNK]).read_bytes()
    for place in range(0, len(good), 2):
        path = tmp_path / f"{place}.arrow"
        path.write_bytes(good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :])
        try:
            corpus = open_corpus(path)
        except InputError as error:
            assert path.name in error.what  # noqa: PT017
        else:
            assert (corpus.lengths >= 0).all()
            assert corpus.offsets[-1] == sum(map(len, corpus.chunks))
            assert len(corpus.offsets) - 1 == len(corpus.labels) == len(corpus.split) == corpus.first[-1]
            assert len(corpus.type_ids(np.arange(len(corpus)))) == corpus.offsets[-1]
            assert set(corpus.labels.tolist()) <= set(range(len(corpus.classes)))
            corpus.splits(0)


def test_an_arrow_file_that_lemma_did_not_write_is_an_error(tmp_path: Path) -> None:
    good = pa.ipc.open_file(write(tmp_path / "a.arrow", [CHUNK]).read_bytes()).read_all()
    for table, problem in (
        (good.rename_columns(["a", "b", "c"]), "is damaged: its columns"),
        (good.set_column(1, "label", good.column("label").cast(pa.int64())), "is damaged: its columns"),
        (good.replace_schema_metadata({b"lemma": b"{"}), "was not written by lemma"),
        (good.replace_schema_metadata(None), "was not written by lemma"),
        (good.replace_schema_metadata({b"lemma": json.dumps(METADATA | {"types": "8"}).encode()}), "is damaged: "),
    ):
        with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        with pytest.raises(InputError, match=rf"a\.arrow {problem}"):
            open_corpus(tmp_path / "a.arrow")


@pytest.mark.parametrize("label", [-1, 2])
def test_a_label_outside_of_the_classes_is_an_error(label: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a label is not one of its classes"):
        open_corpus(write(tmp_path / "tokens.arrow", [[([1], label, 0)]]))


def test_a_missing_value_is_an_error(tmp_path: Path) -> None:
    schema = SCHEMA.with_metadata({b"lemma": json.dumps(METADATA).encode()})
    for column in range(3):
        row: list[Any] = [[[1]], [0], [0]]
        row[column] = [None]
        with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            writer.write_batch(pa.record_batch([pa.array(v, f.type) for v, f in zip(row, schema)], schema=schema))
        with pytest.raises(InputError, match=r"a\.arrow is damaged: a value is missing"):
            open_corpus(tmp_path / "a.arrow")

"""`tokens.arrow`: what was written comes back from any number of chunks; a damaged file is refused by name."""

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

Chunk = list[tuple[list[int], int, int]]  # ids, label, part
FIXED = {"kind": "fixed"}
FOLDS = {"kind": "folds", "folds": 3, "dev": 0.4}
ABOUT = {"dataset": "own", "classes": ["n", "p"], "protocol": FIXED, "types": 8}
CHUNK: Chunk = [([5, 6, 5], 0, 0), ([], 1, 1), ([7], 1, 2), ([6], 0, 2)]
documents = st.tuples(st.lists(st.integers(0, 2**31 - 1), max_size=5), st.integers(0, 1), st.integers(0, 2))
corpora = st.lists(st.lists(documents, max_size=5), max_size=4)
FAIR = settings(derandomize=True, max_examples=40)


def write(path: Path, chunks: list[Chunk], about: dict[str, Any] = ABOUT) -> Path:
    schema = SCHEMA.with_metadata({b"lemma": json.dumps(about).encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for chunk in chunks:
            columns = [pa.array([row[i] for row in chunk], field.type) for i, field in enumerate(schema)]
            writer.write_batch(pa.record_batch(columns, schema=schema))
    return path


def texts(corpus: Corpus) -> list[list[int]]:
    return [corpus.type_ids(np.array([at])).tolist() for at in range(len(corpus))]


@FAIR
@given(corpora)
def test_documents_labels_and_parts_come_back_from_any_number_of_chunks(chunks: list[Chunk]) -> None:
    rows = [row for chunk in chunks for row in chunk]
    with tempfile.TemporaryDirectory() as folder:
        corpus = open_corpus(write(Path(folder) / "tokens.arrow", chunks))
        assert texts(corpus) == [ids for ids, _, _ in rows]
        assert corpus.lengths.tolist() == [len(ids) for ids, _, _ in rows]
        assert (corpus.labels.tolist(), corpus.split.tolist()) == ([r[1] for r in rows], [r[2] for r in rows])
        assert (len(corpus), corpus.offsets[-1]) == (len(rows), sum(map(len, corpus.chunks)))
        assert corpus.first.tolist() == np.cumsum([0, *map(len, chunks)]).tolist()
        held = [corpus.offsets.dtype, corpus.first.dtype, corpus.labels.dtype, corpus.split.dtype]
        assert [*held, *(chunk.dtype for chunk in corpus.chunks)] == [
            *(np.int64, np.int64, np.int32, np.int8),
            *[np.int32] * len(chunks),
        ]


@FAIR
@given(corpora, st.data())
def test_the_tokens_of_any_documents_come_in_the_order_asked_for(chunks: list[Chunk], data: st.DataObject) -> None:
    rows = [row[0] for chunk in chunks for row in chunk]
    members = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=8) if rows else st.just([]))
    with tempfile.TemporaryDirectory() as folder:
        corpus = open_corpus(write(Path(folder) / "tokens.arrow", chunks))
        found = corpus.type_ids(np.array(members, np.int64))
    assert found.tolist() == [number for at in members for number in rows[at]]
    assert found.dtype == np.int32


@FAIR
@given(corpora, st.integers(1, 6))
def test_blocks_are_all_documents_in_order_and_none_is_larger_than_asked_for(chunks: list[Chunk], size: int) -> None:
    rows = [row[0] for chunk in chunks for row in chunk]
    with tempfile.TemporaryDirectory() as folder:
        corpus = open_corpus(write(Path(folder) / "tokens.arrow", chunks))
        held = [(start, stop, ids.tolist()) for start, stop, ids in corpus.blocks(size)]
    assert [at for start, stop, _ in held for at in range(start, stop)] == list(range(len(rows)))
    assert all(0 < stop - start <= size for start, stop, _ in held)
    assert [ids for _, _, ids in held] == [[n for row in rows[start:stop] for n in row] for start, stop, _ in held]


def test_what_the_file_says_of_itself_comes_back(tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path / "tokens.arrow", [CHUNK]))
    assert (corpus.dataset, corpus.classes, corpus.protocol, corpus.types) == ("own", ["n", "p"], FIXED, 8)


def test_the_ids_are_mapped_and_not_copied(tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path / "tokens.arrow", [CHUNK, CHUNK]))
    for ids in (*corpus.chunks, *(ids for _, _, ids in corpus.blocks(2))):
        assert not ids.flags.owndata
        assert not ids.flags.writeable


@pytest.mark.parametrize("protocol", [FIXED, FOLDS])
def test_the_parts_of_a_run_are_those_of_the_splits(protocol: dict[str, Any], tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path / "tokens.arrow", [CHUNK * 5], ABOUT | {"protocol": protocol}))
    for run in range(3):
        assert (corpus.splits(run) == splits.assign_splits(corpus.labels, corpus.split, protocol, run)).all()


def test_a_missing_file_is_told_with_the_stage_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tokens\.arrow does not exist") as caught:
        open_corpus(tmp_path / "tokens.arrow")
    assert "lemma index" in caught.value.fix


def test_a_file_cut_short_anywhere_is_refused_by_name(tmp_path: Path) -> None:
    good = write(tmp_path / "tokens.arrow", [CHUNK, CHUNK]).read_bytes()
    for length in range(len(good)):
        path = tmp_path / f"{length}.arrow"
        path.write_bytes(good[:length])
        with pytest.raises(InputError, match=f"{length}.arrow is damaged"):
            open_corpus(path)


@pytest.mark.parametrize("flip", [0x01, 0xFF])
def test_a_file_with_any_byte_changed_is_refused_by_name_or_still_holds_whole_documents(
    flip: int, tmp_path: Path
) -> None:
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


def test_an_arrow_file_of_anothers_making_is_not_taken_for_a_corpus(tmp_path: Path) -> None:
    good = pa.ipc.open_file(write(tmp_path / "a.arrow", [CHUNK]).read_bytes()).read_all()
    for held, problem in (
        (good.rename_columns(["a", "b", "c"]), "is damaged: its columns"),
        (good.set_column(1, "label", good.column("label").cast(pa.int64())), "is damaged: its columns"),
        (good.replace_schema_metadata({b"lemma": b"{"}), "was not written by lemma"),
        (good.replace_schema_metadata(None), "was not written by lemma"),
        (good.replace_schema_metadata({b"lemma": json.dumps(ABOUT | {"types": "8"}).encode()}), "is damaged: "),
    ):
        with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_file(sink, held.schema) as writer:
            writer.write_table(held)
        with pytest.raises(InputError, match=rf"a\.arrow {problem}"):
            open_corpus(tmp_path / "a.arrow")


@pytest.mark.parametrize("label", [-1, 2])
def test_a_label_of_no_class_is_damage(label: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a label is not one of its classes"):
        open_corpus(write(tmp_path / "tokens.arrow", [[([1], label, 0)]]))


def test_a_missing_value_is_damage(tmp_path: Path) -> None:
    schema = SCHEMA.with_metadata({b"lemma": json.dumps(ABOUT).encode()})
    for column in range(3):
        row: list[Any] = [[[1]], [0], [0]]
        row[column] = [None]
        with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            writer.write_batch(pa.record_batch([pa.array(v, f.type) for v, f in zip(row, schema)], schema=schema))
        with pytest.raises(InputError, match=r"a\.arrow is damaged: a value is missing"):
            open_corpus(tmp_path / "a.arrow")

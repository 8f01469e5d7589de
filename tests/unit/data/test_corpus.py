"""`tokens.arrow`: what was written comes back from any number of blocks; a damaged file is refused by name."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.data import splits
from lemma.data.corpus import Corpus, open_corpus
from lemma.errors import InputError

Block = list[tuple[list[int], int, int]]  # ids, label, part
FIXED = {"kind": "fixed"}
FOLDS = {"kind": "folds", "folds": 3, "dev": 0.4}
ABOUT = {"dataset": "own", "classes": ["n", "p"], "protocol": FIXED}
BLOCK: Block = [([5, 6, 5], 0, 0), ([], 1, 1), ([7], 1, 2), ([6], 0, 2)]
documents = st.tuples(st.lists(st.integers(0, 2**31 - 1), max_size=5), st.integers(0, 1), st.integers(0, 2))


def write(path: Path, blocks: list[Block], about: dict[str, Any] = ABOUT) -> Path:
    fields = [("tokens", pa.list_(pa.int32())), ("label", pa.int32()), ("part", pa.int8())]
    schema = pa.schema(fields, metadata={b"lemma": json.dumps(about).encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for block in blocks:
            columns = [pa.array([row[i] for row in block], field.type) for i, field in enumerate(schema)]
            writer.write_batch(pa.record_batch(columns, schema=schema))
    return path


def texts(corpus: Corpus) -> list[list[int]]:
    return [corpus.ids[a:b].tolist() for a, b in zip(corpus.offsets[:-1], corpus.offsets[1:])]


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.lists(st.lists(documents, max_size=5), max_size=4))
def test_documents_labels_and_parts_come_back_from_any_number_of_blocks(blocks: list[Block]) -> None:
    rows = [row for block in blocks for row in block]
    with tempfile.TemporaryDirectory() as folder:
        corpus = open_corpus(write(Path(folder) / "tokens.arrow", blocks))
        assert texts(corpus) == [ids for ids, _, _ in rows]
        assert corpus.lengths.tolist() == [len(ids) for ids, _, _ in rows]
        assert (corpus.labels.tolist(), corpus.part.tolist()) == ([r[1] for r in rows], [r[2] for r in rows])
        assert (len(corpus), corpus.offsets[-1]) == (len(rows), len(corpus.ids))
        assert [str(a.dtype) for a in (corpus.ids, corpus.offsets, corpus.labels)] == ["int32", "int64", "int32"]


def test_what_the_file_says_of_itself_comes_back(tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path / "tokens.arrow", [BLOCK]))
    assert (corpus.dataset, corpus.classes, corpus.protocol) == ("own", ["n", "p"], FIXED)


def test_the_ids_of_one_block_are_mapped_not_copied(tmp_path: Path) -> None:
    ids = open_corpus(write(tmp_path / "tokens.arrow", [BLOCK])).ids
    assert not ids.flags.owndata
    assert not ids.flags.writeable


@pytest.mark.parametrize("protocol", [FIXED, FOLDS])
def test_the_parts_of_a_run_are_those_of_the_splits(protocol: dict[str, Any], tmp_path: Path) -> None:
    corpus = open_corpus(write(tmp_path / "tokens.arrow", [BLOCK * 5], ABOUT | {"protocol": protocol}))
    for run in range(3):
        assert (corpus.parts(run) == splits.parts(corpus.labels, corpus.part, protocol, run)).all()


def test_a_missing_file_is_told_with_the_stage_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tokens\.arrow does not exist") as caught:
        open_corpus(tmp_path / "tokens.arrow")
    assert "lemma tokenize" in caught.value.fix


def test_a_file_cut_short_anywhere_is_refused_by_name(tmp_path: Path) -> None:
    good = write(tmp_path / "tokens.arrow", [BLOCK, BLOCK]).read_bytes()
    for length in range(len(good)):
        path = tmp_path / f"{length}.arrow"
        path.write_bytes(good[:length])
        with pytest.raises(InputError, match=f"{length}.arrow is damaged"):
            open_corpus(path)


@pytest.mark.parametrize("flip", [0x01, 0xFF])
def test_a_file_with_any_byte_changed_is_refused_by_name_or_still_holds_whole_documents(
    flip: int, tmp_path: Path
) -> None:
    good = write(tmp_path / "tokens.arrow", [BLOCK, BLOCK]).read_bytes()
    for place in range(0, len(good), 2):
        path = tmp_path / f"{place}.arrow"
        path.write_bytes(good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :])
        try:
            corpus = open_corpus(path)
        except InputError as error:
            assert path.name in error.what  # noqa: PT017
        else:
            assert (corpus.lengths >= 0).all()
            assert corpus.offsets[-1] == len(corpus.ids)
            assert len(corpus.offsets) - 1 == len(corpus.labels) == len(corpus.part)
            assert set(corpus.labels.tolist()) <= set(range(len(corpus.classes)))
            corpus.parts(0)


def test_an_arrow_file_of_anothers_making_is_not_taken_for_a_corpus(tmp_path: Path) -> None:
    table = pa.table({"tokens": pa.array([[1]], pa.list_(pa.int32())), "label": [0], "part": [0]})
    for held in (table, table.rename_columns(["a", "b", "c"]), table.replace_schema_metadata({b"lemma": b"{"})):
        with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as sink, pa.ipc.new_file(sink, held.schema) as writer:
            writer.write_table(held)
        with pytest.raises(InputError, match=r"a\.arrow (was not written by lemma|is damaged: its columns)"):
            open_corpus(tmp_path / "a.arrow")


@pytest.mark.parametrize("label", [-1, 2])
def test_a_label_of_no_class_is_damage(label: int, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a label is none of its classes"):
        open_corpus(write(tmp_path / "tokens.arrow", [[([1], label, 0)]]))

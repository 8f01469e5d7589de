"""Stage `index`: a lossless encoding that does not depend on the shards, which must belong together."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lemma.corpus import documents
from lemma.corpus.tokenizer import TokenizerConfig, tokenize
from lemma.corpus.tokens import open_corpus
from lemma.data import index as stage
from lemma.data.index import index
from lemma.errors import InputError
from tests.unit.data.shards import TEXTS, Work, spelled

FAIR = settings(derandomize=True, max_examples=25)
corpora = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1, max_size=8)


@FAIR
@given(corpora, st.booleans(), st.booleans(), st.integers(1, 4))
@example(["the word [UNK] itself", "glued<link>on", "[unk] [PAD]", "\x1c\x85\u200b"], False, True, 2)
@example(["", " ", "\x85"], False, True, 1)
def test_type_ids_decode_to_the_tokens_of_the_texts(
    texts: list[str], tokenized: bool, lowercase: bool, shards: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Work.of(Path(folder), texts, tokenized=tokenized, lowercase=lowercase, shards=list(range(shards)))
        corpus, tokenizer = work.run()
        how = TokenizerConfig.from_params(work.params.tokenize, tokenized)
        assert spelled(corpus, tokenizer) == tokenize(texts, how).to_pylist()
        assert (corpus.labels.tolist(), corpus.split.tolist()) == (
            [i % 2 for i in range(len(texts))],
            [i % 3 for i in range(len(texts))],
        )


@FAIR
@given(corpora, st.integers(2, 9), st.integers(1, 12))
def test_the_output_does_not_depend_on_the_number_of_shards_and_blocks(
    texts: list[str], shards: int, chunk: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "CHUNK", chunk)
        work = Work.of(Path(folder), texts)
        work.run()
        once = work.outputs()
        patch.setattr(documents, "ROWS", 2)
        work.with_options(shards=list(range(shards))).run()
        assert work.outputs() == once


@FAIR
@given(corpora, st.integers(1, 12))
def test_chunks_are_filled_and_only_a_single_document_may_exceed_the_size(texts: list[str], most: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "CHUNK", most)
        corpus, _ = Work.of(Path(folder), texts).run()
        sizes, counts = [len(chunk) for chunk in corpus.chunks], np.diff(corpus.first)
        assert all(size <= most or count == 1 for size, count in zip(sizes, counts))
        following = corpus.lengths[corpus.first[1:-1]]
        assert all(size + length > most for size, length in zip(sizes, following))


def test_type_ids_follow_counts_then_the_alphabet(tmp_path: Path) -> None:
    work = Work.of(tmp_path, ["b a z", "z b ä", "b Z"], tokenized=True, lowercase=False)
    corpus, tokenizer = work.run()
    assert tokenizer.tokens == ["b", "z", "Z", "a", "ä"]
    assert corpus.types == 5
    assert corpus.chunks[0].tolist() == [0, 3, 1, 1, 0, 4, 0, 2]


def test_type_ids_are_unique_and_all_are_used(tmp_path: Path) -> None:
    corpus, tokenizer = Work.of(tmp_path, TEXTS, shards=[0, 1]).run()
    counts = Counter(word for text in spelled(corpus, tokenizer) for word in text)
    assert tokenizer.tokens == sorted(counts, key=lambda word: (-counts[word], word))


@pytest.mark.parametrize(("text", "apart"), [("do n't it 's", True), ("don't it's", False), ("no such word", True)])
def test_a_tokenized_data_set_decides_whether_contractions_are_separate(text: str, apart: bool, tmp_path: Path) -> None:
    assert Work.of(tmp_path, [text], tokenized=True).run()[1].config.contractions is apart
    assert Work.of(tmp_path, [text], tokenized=False).run()[1].config.contractions


def test_indexing_twice_gives_equal_bytes(tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS)
    work.run()
    before = work.outputs()
    work.run()
    assert work.outputs() == before


def test_the_error_for_a_missing_shard_names_the_stage_that_writes_it(tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS, shards=[0, 1])
    work.tokenize()
    work.layout.shard("own", 1).unlink()
    with pytest.raises(InputError, match=r"shards/1\.arrow does not exist") as caught:
        index(work.layout, "own", work.params)
    assert "lemma tokenize" in caught.value.fix


def test_shards_that_do_not_belong_together_are_an_error(tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS, shards=[0, 1])
    work.tokenize()
    first, second = (work.layout.shard("own", shard) for shard in (0, 1))
    good = second.read_bytes()
    with pytest.raises(InputError, match=r"0\.arrow ends at document 3 of 6"):
        index(work.layout, "own", work.with_options(shards=[0]).params)
    second.write_bytes(first.read_bytes())
    with pytest.raises(InputError, match=r"1\.arrow .*: it starts at document 0, expected 3"):
        index(work.layout, "own", work.params)
    second.write_bytes(good)
    for other in (
        Work.of(tmp_path, TEXTS, shards=[0, 1], lowercase=False),
        Work.of(tmp_path, [*TEXTS[:-1], "c a"], shards=[0, 1]),
    ):
        other.tokenize()
        second.write_bytes(good)
        with pytest.raises(InputError, match=r"1\.arrow .*: its (config|documents) differs"):
            index(work.layout, "own", work.params)


def test_a_truncated_shard_is_an_error_that_names_it_and_nothing_is_written(tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS, shards=[0, 1])
    work.tokenize()
    path = work.layout.shard("own", 1)
    good = path.read_bytes()
    for length in [*range(0, len(good) - 8, 13), len(good) - 9]:  # the last eight bytes only say that it ends
        path.write_bytes(good[:length])
        with pytest.raises(InputError, match=r"shards/1\.arrow (is damaged|was not written by lemma)"):
            index(work.layout, "own", work.params)
        assert not work.layout.tokens("own").exists()
        assert not work.layout.tokenizer("own").exists()


@pytest.mark.parametrize("flip", [0x01, 0xFF])
def test_a_shard_with_any_byte_changed_is_an_error_or_gives_a_valid_corpus(flip: int, tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS, shards=[0, 1])
    work.tokenize()
    path = work.layout.shard("own", 1)
    good = path.read_bytes()
    for place in range(0, len(good), 3):
        path.write_bytes(good[:place] + bytes([good[place] ^ flip]) + good[place + 1 :])
        try:
            index(work.layout, "own", work.params)
        except InputError as error:
            assert ".arrow" in error.what  # noqa: PT017
        else:
            try:
                corpus = open_corpus(work.layout.tokens("own"))
            except InputError as error:
                assert "a label is not one of its classes" in error.what  # noqa: PT017
            else:
                assert len(corpus) == len(TEXTS)
                assert all(((chunk >= 0) & (chunk < corpus.types)).all() for chunk in corpus.chunks)

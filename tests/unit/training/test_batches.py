"""Tests of batches: each document occurs once, and only padding is added."""

import tracemalloc
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.corpus.tokens import Corpus
from lemma.corpus.vocabulary import Vocabulary
from lemma.training.batches import POOL, CorpusDocuments, TextDocuments, shuffle_into_batches, sort_into_batches

LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=120)
REPEATED = settings(max_examples=40)


def build_documents(documents: list[list[int]], pieces: list[list[int]]) -> CorpusDocuments:
    """Build documents of token types, where type t has the token ids `pieces[t]`, in chunks of two documents."""
    offsets = np.cumsum([0, *map(len, documents)])
    first = np.unique([*range(0, len(documents), 2), len(documents)])
    ids = np.array([number for document in documents for number in document], np.int32)
    corpus = Corpus(
        dataset="own",
        classes=["a", "b", "c"],
        protocol={"kind": "fixed"},
        types=len(pieces),
        chunks=tuple(ids[offsets[start] : offsets[stop]] for start, stop in pairwise(first)),
        offsets=offsets,
        first=first,
        labels=np.arange(len(documents), dtype=np.int32) % 3,
        split=np.zeros(len(documents), np.int8),
    )
    rows = np.array([row for piece in pieces for row in piece], np.int32)
    table = Vocabulary(rows, np.cumsum([0, *map(len, pieces)]), 1 + int(rows.max(initial=0)))
    return CorpusDocuments(corpus, table, corpus.labels.astype(np.int64))


@REPEATED
@given(lengths=LENGTHS, size=st.integers(1, 40), data=st.data())
def test_an_epoch_contains_every_document_once_and_no_batch_is_too_large(
    lengths: list[int], size: int, data: st.DataObject
) -> None:
    members = np.array(data.draw(st.lists(st.integers(0, len(lengths) - 1), unique=True)), np.int64)
    length_array = np.array(lengths, np.int64)
    for batches in (
        list(shuffle_into_batches(length_array, members, size, np.random.default_rng(0))),
        list(sort_into_batches(length_array, members, size, 10**9)),
    ):
        assert sorted(int(m) for batch in batches for m in batch) == sorted(members.tolist())
        assert all(0 < len(batch) <= size for batch in batches)
        assert len(batches) == -(-len(members) // size)


@REPEATED
@given(lengths=LENGTHS, max_positions=st.integers(1, 200))
def test_a_scoring_batch_has_at_most_max_positions_or_one_document(lengths: list[int], max_positions: int) -> None:
    length_array = np.array(lengths, np.int64)
    batches = list(sort_into_batches(length_array, np.arange(len(length_array)), 40, max_positions))
    assert sorted(int(m) for batch in batches for m in batch) == list(range(len(length_array)))
    assert all(len(batch) == 1 or len(batch) * length_array[batch].max() <= max_positions for batch in batches)


@REPEATED
@given(
    documents=st.lists(st.lists(st.integers(0, 9), max_size=7), min_size=1, max_size=9),
    pieces=st.one_of(
        st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=1), min_size=10, max_size=10),
        st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=4), min_size=10, max_size=10),
    ),
    data=st.data(),
)
def test_a_batch_equals_naively_padded_documents(
    documents: list[list[int]], pieces: list[list[int]], data: st.DataObject
) -> None:
    members = data.draw(st.lists(st.integers(0, len(documents) - 1), min_size=1, max_size=9))
    corpus_documents = build_documents(documents, pieces)
    batch = corpus_documents.batch(np.array(members, np.int64))
    distinct, positions, lengths, labels = batch
    tokens = torch.where(torch.arange(positions.shape[1]) < lengths[:, None], distinct[positions], 0)
    rows = [[row for number in document for row in pieces[number]] for document in documents]
    assert corpus_documents.lengths.tolist() == [*map(len, rows)]
    longest = max(1, *(len(rows[member]) for member in members), 0)
    assert tokens.tolist() == [rows[member] + [0] * (longest - len(rows[member])) for member in members]
    assert lengths.tolist() == [len(rows[member]) for member in members]
    assert labels.tolist() == [member % 3 for member in members]
    assert {tensor.dtype for tensor in batch} == {torch.int64}
    if any(rows[member] for member in members):
        assert distinct.tolist() == sorted({row for member in members for row in rows[member]})
    assert positions.max() < len(distinct)
    pieces_of = list(batch.split(max_positions=2 * longest))
    assert all(len(piece.positions) <= 2 for piece in pieces_of)
    for whole, *parts in zip(batch[1:], *(piece[1:] for piece in pieces_of)):
        assert torch.equal(torch.cat(parts), whole)


def test_texts_without_labels_are_batched_as_they_are() -> None:
    texts = [[5, 6, 7], [8], [9, 9]]
    documents = TextDocuments(texts)
    token_ids, lengths = documents.encode(np.array([2, 0, 1]))
    assert (token_ids.tolist(), lengths.tolist()) == ([9, 9, 5, 6, 7, 8], [2, 3, 1])
    assert documents.lengths.tolist() == [3, 1, 2]


def test_a_document_longer_than_a_part_is_alone_in_it_and_an_empty_batch_is_one_padding_token() -> None:
    documents = TextDocuments([[5, 6, 7], [8], [9, 9]])
    parts = list(documents.batch(np.array([0, 1, 2])).split(max_positions=2))
    assert [part.positions.shape for part in parts] == [(1, 3)] * 3
    empty = TextDocuments([[], []]).batch(np.array([0, 1]))
    assert (empty.token_ids.tolist(), empty.positions.tolist()) == ([0], [[0], [0]])


def test_ngrams_are_appended_where_there_are_some() -> None:
    class Last:
        def append_ngrams(self, token_ids: Any, lengths: Any) -> Any:
            return np.append(token_ids, 99), lengths + 1

    documents = build_documents([[1, 2]], [[row] for row in range(1, 11)])
    documents.ngrams = Last()  # type: ignore[assignment]
    token_ids, lengths = documents.encode(np.array([0]))
    assert (token_ids.tolist(), lengths.tolist()) == ([2, 3, 99], [3])


def test_the_order_of_documents_depends_only_on_the_generator() -> None:
    lengths = np.random.default_rng(1).integers(1, 40, 3 * POOL)
    members = np.arange(len(lengths))

    def draw_epoch(generator: np.random.Generator) -> list[list[int]]:
        return [batch.tolist() for batch in shuffle_into_batches(lengths, members, 2, generator)]

    generator = np.random.default_rng(5)
    first, second = draw_epoch(generator), draw_epoch(generator)
    assert first == draw_epoch(np.random.default_rng(5))
    assert first != second, "every epoch has its own order"
    assert first != draw_epoch(np.random.default_rng(6))


def test_short_and_long_documents_are_mixed_over_an_epoch() -> None:
    lengths = np.random.default_rng(1).integers(1, 60, 1000)
    longest = [
        lengths[batch].max() for batch in shuffle_into_batches(lengths, np.arange(1000), 20, np.random.default_rng(0))
    ]
    assert 0.3 < np.mean(np.diff(longest) > 0) < 0.7


def test_at_most_five_per_cent_of_the_positions_are_padding() -> None:
    lengths = np.random.default_rng(1).integers(1, 60, 5000)
    positions = sum(
        len(batch) * int(lengths[batch].max())
        for batch in shuffle_into_batches(lengths, np.arange(len(lengths)), 50, np.random.default_rng(0))
    )
    assert lengths.sum() / positions > 0.95


def test_scoring_batches_are_sorted_by_length() -> None:
    lengths = np.random.default_rng(1).integers(0, 60, 100)
    order = np.concatenate(list(sort_into_batches(lengths, np.arange(100), 7, 10**9)))
    assert (np.diff(lengths[order]) >= 0).all()


def test_a_batch_copies_only_its_own_part_of_the_corpus() -> None:
    words, pieces = [[row] for row in range(2, 12)], [[row, row] for row in range(2, 12)]
    for rows in (words, pieces):
        documents = build_documents([list(range(10)) * 1000] * 100, rows)  # a million words
        tracemalloc.start()
        try:
            again = CorpusDocuments(documents.corpus, documents.vocabulary, documents.labels)
            positions = again.batch(np.array([3])).positions
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert positions.shape == (1, 10_000 * len(rows[0]))
        assert peak < 2_000_000, "as int32 the corpus has four million bytes"

"""Tests of the ids of a document's n-grams: they follow those of its tokens, and no n-gram crosses documents."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.models.shared.ngrams import NgramHasher

VOCABULARY_SIZE = 51
DOCUMENTS = st.lists(st.lists(st.integers(0, VOCABULARY_SIZE - 1), max_size=6), min_size=1, max_size=5)


def append_ngrams(documents: list[list[int]], hasher: NgramHasher) -> list[list[int]]:
    token_ids = np.array([token_id for document in documents for token_id in document], np.int32)
    all_ids, lengths = hasher.append_ngrams(token_ids, np.array([len(document) for document in documents]))
    return [ids.tolist() for ids in np.split(all_ids, np.cumsum(lengths)[:-1])]


@settings(max_examples=60)
@given(documents=DOCUMENTS, max_n=st.integers(2, 4))
def test_a_documents_tokens_are_followed_by_a_bucket_for_each_ngram(documents: list[list[int]], max_n: int) -> None:
    hasher = NgramHasher(max_n, 1000, VOCABULARY_SIZE)
    for document, ids in zip(documents, append_ngrams(documents, hasher), strict=True):
        assert ids[: len(document)] == document
        count = sum(max(0, len(document) - n + 1) for n in range(2, max_n + 1))
        assert len(ids) == len(document) + count
        assert all(VOCABULARY_SIZE <= bucket < VOCABULARY_SIZE + 1000 for bucket in ids[len(document) :])
        assert [ids] == append_ngrams([document], hasher), "the other documents change the n-grams"


def test_equal_ngrams_share_a_bucket_and_different_ones_rarely_do() -> None:
    hasher = NgramHasher(2, 1000, VOCABULARY_SIZE)
    (ids,) = append_ngrams([[3, 4, 3, 4]], hasher)
    assert ids[4] == ids[6]
    assert append_ngrams([[1, 2]], hasher) != append_ngrams([[2, 1]], hasher)
    pairs = [[first, second] for first in range(60) for second in range(60)]
    buckets = [ids[2] for ids in append_ngrams(pairs, NgramHasher(2, 1_000_000, 0))]
    assert len(set(buckets)) > 0.99 * len(pairs)

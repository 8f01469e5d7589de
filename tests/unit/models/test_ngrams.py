"""N-grams stand after a document's words, and never reach over its end."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.models.shared.ngrams import Ngrams

DOCUMENTS = st.lists(st.lists(st.integers(0, 50), max_size=6), min_size=1, max_size=5)


def extended(documents: list[list[int]], how: Ngrams) -> list[list[int]]:
    flat = np.array([row for document in documents for row in document], np.int32)
    rows, lengths = how.extend(flat, np.array([len(document) for document in documents]))
    return [part.tolist() for part in np.split(rows, np.cumsum(lengths)[:-1])]


@settings(max_examples=60)
@given(documents=DOCUMENTS, longest=st.integers(2, 4))
def test_a_document_has_its_words_and_then_a_bucket_for_each_ngram(documents: list[list[int]], longest: int) -> None:
    how = Ngrams(longest, 1000, 51)
    for document, found in zip(documents, extended(documents, how), strict=True):
        assert found[: len(document)] == document
        more = sum(max(0, len(document) - size + 1) for size in range(2, longest + 1))
        assert len(found) == len(document) + more
        assert all(51 <= row < 1051 for row in found[len(document) :])
        assert [found] == extended([document], how), "a document is read as if it stood alone"


def test_equal_ngrams_share_a_bucket_and_others_hardly_ever_do() -> None:
    pairs = [[one, other] for one in range(60) for other in range(60)]
    buckets = [found[2] for found in extended(pairs, Ngrams(2, 1_000_000, 0))]
    assert extended([[3, 4, 3, 4]], Ngrams(2, 1000, 51))[0][4] == extended([[3, 4, 3, 4]], Ngrams(2, 1000, 51))[0][6]
    assert len(set(buckets)) > 0.99 * len(pairs)
    assert extended([[1, 2]], Ngrams(2, 1000, 51)) != extended([[2, 1]], Ngrams(2, 1000, 51))

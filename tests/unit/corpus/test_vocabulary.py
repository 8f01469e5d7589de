"""The vocabulary of a network: fitted on the training split, and the same map from tokens to ids as its encoder."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.corpus import vocabulary
from lemma.corpus.special_tokens import FIRST, UNKNOWN
from lemma.corpus.text_encoder import TextEncoder
from lemma.corpus.tokens import Corpus
from lemma.corpus.vocabulary import build_vocabulary, count_tokens, select_tokens
from tests.unit.corpus.encoders import CONFIG, ENCODERS, TOKENS, UNSEEN

TYPES = 13
DOCUMENTS = st.lists(st.lists(st.integers(0, TYPES - 1), max_size=8), min_size=1, max_size=8)
REPEATED = settings(max_examples=50)


def make_corpus(documents: list[list[int]], types: int = TYPES, chunk: int = 8) -> Corpus:
    """Return a corpus of documents, each a list of type ids, with `chunk` documents in a chunk."""
    offsets = np.cumsum([0, *map(len, documents)])
    first = np.unique([*range(0, len(documents), chunk), len(documents)])
    type_ids = np.array([type_id for document in documents for type_id in document], np.int32)
    return Corpus(
        dataset="made",
        classes=["negative", "positive"],
        protocol={"kind": "fixed"},
        types=types,
        chunks=tuple(type_ids[offsets[start] : offsets[stop]] for start, stop in pairwise(first)),
        offsets=offsets,
        first=first,
        labels=np.zeros(len(documents), np.int32),
        split=np.zeros(len(documents), np.int8),
    )


@REPEATED
@given(documents=DOCUMENTS, data=st.data(), chunk=st.integers(1, 4), block=st.integers(1, 4))
def test_tokens_are_counted_in_the_selected_documents_only_in_blocks_of_any_size(
    documents: list[list[int]], data: st.DataObject, chunk: int, block: int
) -> None:
    selected = data.draw(st.lists(st.booleans(), min_size=len(documents), max_size=len(documents)))
    expected = Counter(t for document, is_selected in zip(documents, selected) if is_selected for t in document)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "BLOCK", block)
        counts = count_tokens(make_corpus(documents, chunk=chunk), np.array(selected))
    assert counts.tolist() == [expected[type_id] for type_id in range(TYPES)]


@REPEATED
@given(counts=st.lists(st.integers(0, 4), min_size=1, max_size=9), minimum=st.integers(1, 4))
def test_tokens_are_selected_by_count_and_sorted_by_count_then_alphabetically(counts: list[int], minimum: int) -> None:
    tokens = list("zyxwvutsr")  # in another order than their type ids
    chosen = [(-count, token) for count, token in zip(counts, tokens) if count >= minimum]
    assert select_tokens(np.array(counts), tokens, minimum) == tuple(token for _, token in sorted(chosen))


def test_a_token_with_a_pretrained_vector_needs_one_occurrence() -> None:
    counts = np.array([5, 1, 1, 0])
    assert select_tokens(counts, ["a", "b", "c", "d"], 2, {"c", "d"}) == ("a", "c")


@REPEATED
@given(documents=DOCUMENTS, types=st.lists(st.integers(0, TYPES - 1), unique=True, max_size=8))
def test_tokens_of_the_vocabulary_have_ids_in_order_and_all_others_are_unknown(
    documents: list[list[int]], types: list[int]
) -> None:
    corpus, tokens = make_corpus(documents), [f"token{type_id}" for type_id in range(TYPES)]
    built = build_vocabulary(TextEncoder(CONFIG, tuple(tokens[type_id] for type_id in types), None), tokens)
    (type_ids,) = corpus.chunks
    token_ids = built.encode(type_ids)
    assert token_ids.tolist() == [types.index(t) + FIRST if t in types else UNKNOWN for t in type_ids.tolist()]
    assert token_ids.dtype == np.int32
    assert built.size == len(types) + FIRST
    assert built.lengths(corpus).tolist() == [*map(len, documents)]


@pytest.mark.parametrize("kind", ENCODERS)
@REPEATED
@given(data=st.data(), block=st.integers(1, 4))
def test_training_and_prediction_encode_every_document_the_same(kind: str, data: st.DataObject, block: int) -> None:
    encoder, tokens = ENCODERS[kind], [*reversed(TOKENS), *UNSEEN]
    documents = data.draw(st.lists(st.lists(st.integers(0, len(tokens) - 1), max_size=6), min_size=1, max_size=6))
    corpus = make_corpus(documents, len(tokens), chunk=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "BLOCK", block)
        built = build_vocabulary(encoder, tokens)
        lengths = built.lengths(corpus)
    expected = [encoder.encode([tokens[type_id] for type_id in document]) for document in documents]
    encoded = [built.encode(corpus.type_ids(np.array([number]))).tolist() for number in range(len(documents))]
    assert encoded == expected
    assert lengths.tolist() == [*map(len, expected)]
    assert built.size == encoder.size > max((token_id for ids in expected for token_id in ids), default=0)

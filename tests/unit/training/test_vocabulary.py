"""A network knows the words of its training part, and no others."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.corpus import vocabulary
from lemma.corpus.special_tokens import UNKNOWN
from lemma.corpus.splits import TRAIN
from lemma.corpus.text_encoder import TextEncoder
from lemma.corpus.tokenizer import TokenizerConfig, read_tokenizer
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.corpus.vocabulary import build_vocabulary, select_tokens
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET

TOTAL = 13
CONFIG = TokenizerConfig(tokenized=True, lowercase=True, numbers=False, users=True, links=True, breaks=True)
DOCUMENTS = st.lists(st.lists(st.integers(0, TOTAL - 1), max_size=8), min_size=1, max_size=8)
REPEATED = settings(max_examples=50)


def corpus_of(documents: list[list[int]], many: int = 8) -> Corpus:
    """Return a corpus of documents of types, `many` documents a chunk."""
    offsets = np.cumsum([0, *map(len, documents)])
    first = np.unique([*range(0, len(documents), many), len(documents)])
    ids = np.array([number for document in documents for number in document], np.int32)
    return Corpus(
        dataset=DATASET,
        classes=tiny.CLASSES,
        protocol={"kind": "fixed"},
        types=TOTAL,
        chunks=tuple(ids[offsets[start] : offsets[stop]] for start, stop in pairwise(first)),
        offsets=offsets,
        first=first,
        labels=np.zeros(len(documents), np.int32),
        split=np.zeros(len(documents), np.int8),
    )


@REPEATED
@given(documents=DOCUMENTS, data=st.data(), many=st.integers(1, 4), block=st.integers(1, 4))
def test_types_are_counted_in_the_chosen_documents_alone_block_by_block(
    documents: list[list[int]], data: st.DataObject, many: int, block: int
) -> None:
    chosen = data.draw(st.lists(st.booleans(), min_size=len(documents), max_size=len(documents)))
    expected = Counter(number for document, there in zip(documents, chosen) if there for number in document)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "BLOCK", block)
        counts = vocabulary.count_tokens(corpus_of(documents, many), np.array(chosen))
    assert counts.tolist() == [expected[number] for number in range(TOTAL)]


@REPEATED
@given(counts=st.lists(st.integers(0, 4), min_size=1, max_size=9), minimum=st.integers(1, 4))
def test_the_known_words_are_those_met_often_enough_the_most_frequent_first(counts: list[int], minimum: int) -> None:
    words = list("zyxwvutsr")  # whose order is not that of their numbers
    expected = sorted((n for n, count in enumerate(counts) if count >= minimum), key=lambda n: (-counts[n], words[n]))
    assert select_tokens(np.array(counts), words, minimum) == tuple(words[n] for n in expected)


@REPEATED
@given(documents=DOCUMENTS, types=st.lists(st.integers(0, TOTAL - 1), unique=True, max_size=8))
def test_encoding_gives_known_words_their_rows_and_all_others_the_unknown_one(
    documents: list[list[int]], types: list[int]
) -> None:
    corpus, tokens = corpus_of(documents), [f"token{n}" for n in range(TOTAL)]
    table = build_vocabulary(TextEncoder(CONFIG, tuple(tokens[n] for n in types), None), tokens)
    (ids,) = corpus.chunks
    rows = table.encode(ids)
    assert rows.tolist() == [types.index(n) + 2 if n in types else UNKNOWN for n in ids.tolist()]
    assert rows.dtype == np.int32
    assert table.size == len(types) + 2
    assert table.lengths(corpus).tolist() == [*map(len, documents)]


@pytest.mark.parametrize("subwords", tiny.SUBWORDS)
@pytest.mark.parametrize("model", ["logreg", "mlp"])
def test_a_corpus_in_many_chunks_gives_the_same_bytes_as_in_one(
    make: Callable[..., Project], monkeypatch: pytest.MonkeyPatch, model: str, subwords: str
) -> None:
    changed: dict[str, Any] = {"tokenize": {"subwords": tiny.SUBWORDS[subwords]}}
    whole = make().train(model, **changed)
    monkeypatch.setattr("lemma.data.index.CHUNK", 50)
    monkeypatch.setattr(vocabulary, "BLOCK", 7)
    project = make()
    assert len(open_corpus(project.layout.tokens(DATASET)).chunks) > 5
    assert project.train(model, **changed) == whole


def test_the_model_reads_a_text_as_the_rows_that_the_network_was_trained_on(project: Project) -> None:
    corpus, tokenizer = open_corpus(project.layout.tokens(DATASET)), read_tokenizer(project.layout.tokenizer(DATASET))
    known = select_tokens(vocabulary.count_tokens(corpus, corpus.splits(0) == TRAIN), tokenizer.tokens, 2)
    reading = TextEncoder.from_json(project.train("mlp", models={"mlp": {"min_count": 2}})["tokenizer.json"].decode())
    assert reading.tokens == known
    (ids,) = corpus.chunks
    expected = build_vocabulary(reading, tokenizer.tokens).encode(ids).tolist()
    assert [row for d in tiny.documents() for row in reading.encode(*reading.tokenize([d.text]))] == expected
    assert reading.encode(["never", "seen"]) == [UNKNOWN, UNKNOWN]

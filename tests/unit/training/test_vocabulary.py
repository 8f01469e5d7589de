"""A network knows the words of its training part, and no others."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from lemma.data.corpus import Corpus, open_corpus
from lemma.data.splits import DEV, TEST, TRAIN
from lemma.models.layers import PAD, UNKNOWN
from lemma.training import vocabulary
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET, Document

TYPES = st.lists(st.lists(st.integers(0, 12), max_size=8), min_size=1, max_size=8)


def corpus_of(documents: list[list[int]]) -> Corpus:
    return Corpus(
        dataset=DATASET,
        classes=tiny.CLASSES,
        protocol={"kind": "fixed"},
        ids=np.array([number for document in documents for number in document], np.int32),
        offsets=np.cumsum([0, *map(len, documents)]).astype(np.int64),
        labels=np.zeros(len(documents), np.int32),
        part=np.zeros(len(documents), np.int8),
    )


@settings(deadline=None, max_examples=50)
@given(documents=TYPES, data=st.data(), minimum=st.integers(1, 4))
def test_the_known_words_are_those_a_counter_finds_often_enough(
    documents: list[list[int]], data: st.DataObject, minimum: int
) -> None:
    chosen = data.draw(st.lists(st.booleans(), min_size=len(documents), max_size=len(documents)))
    counts = Counter(number for document, there in zip(documents, chosen) if there for number in document)
    del counts[0]  # a text's own "[UNK]"
    found = vocabulary.fit(corpus_of(documents), np.array(chosen), minimum)
    expected = sorted((n for n, count in counts.items() if count >= minimum), key=lambda n: (-counts[n], n))
    assert found.types.tolist() == expected
    assert found.rows == len(expected) + 2


@settings(deadline=None, max_examples=50)
@given(documents=TYPES, types=st.lists(st.integers(1, 15), unique=True, max_size=8))
def test_encoding_gives_known_words_their_rows_and_all_others_the_unknown_one(
    documents: list[list[int]], types: list[int]
) -> None:
    ids = corpus_of(documents).ids
    rows = vocabulary.Vocabulary(np.array(types, np.int64)).encode(ids)
    assert rows.tolist() == [types.index(n) + 2 if n in types else UNKNOWN for n in ids.tolist()]
    assert rows.dtype == np.int32


def test_words_of_dev_and_test_alone_are_in_no_model(make: Callable[..., Project]) -> None:
    poison = {TRAIN: "", DEV: " devpoison" * 9, TEST: " testpoison" * 9}
    project = make([Document(d.text + poison[d.part], d.label, d.part) for d in tiny.documents()])
    for model in tiny.MODELS:
        for name, content in project.train(model).items():
            assert b"poison" not in content, f"{model}: {name}"


def test_words_of_the_training_part_are_in_every_model_that_reads_words(make: Callable[..., Project]) -> None:
    project = make([d._replace(text=d.text + " marker" * (d.part == TRAIN)) for d in tiny.documents()])
    for model in ("logreg", *tiny.NETWORKS):
        found = project.train(model)
        home = "tokenizer.json" if model != "logreg" else "estimator.skops"
        content = found[home] if model != "logreg" else _unzipped(found[home])
        assert b"marker" in content, model


def _unzipped(content: bytes) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("schema.json")


def test_the_models_tokenizer_gives_the_rows_that_the_network_was_trained_on(project: Project) -> None:
    corpus = open_corpus(project.layout.tokens(DATASET))
    words = vocabulary.fit(corpus, corpus.parts(0) == TRAIN, 2)
    corpus_tokenizer = Tokenizer.from_file(str(project.layout.tokenizer(DATASET)))
    own = Tokenizer.from_str(vocabulary.known(corpus_tokenizer, words))
    assert own.get_vocab_size() == words.rows
    expected = words.encode(corpus.ids).tolist()
    assert [row for d in tiny.documents() for row in own.encode(d.text).ids] == expected
    assert own.encode("never seen").ids == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("literal", ["[UNK]", "[PAD]"])
def test_a_text_that_spells_a_special_word_takes_no_ones_place(make: Callable[..., Project], literal: str) -> None:
    held = [d._replace(text=f"{d.text} {literal} {literal}") for d in tiny.documents()]
    project = make(held, None, tiny.CLASSES, False)
    corpus = open_corpus(project.layout.tokens(DATASET))
    words = vocabulary.fit(corpus, corpus.parts(0) == TRAIN, 2)
    tokenizer = Tokenizer.from_file(str(project.layout.tokenizer(DATASET)))
    own = Tokenizer.from_str(vocabulary.known(tokenizer, words))
    assert (own.token_to_id("[PAD]"), own.token_to_id("[UNK]")) == (PAD, UNKNOWN)
    assert own.encode("neverseen").ids == [UNKNOWN]
    assert own.encode("film").ids == [words.types.tolist().index(tokenizer.token_to_id("film")) + 2]

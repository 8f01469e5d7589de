"""Tests that a trained model encodes text as in training, with whole tokens and with subwords."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lemma.corpus import vocabulary
from lemma.corpus.special_tokens import UNKNOWN
from lemma.corpus.splits import TEST, TRAIN
from lemma.corpus.text_encoder import TextEncoder
from lemma.corpus.tokenizer import read_tokenizer
from lemma.corpus.tokens import open_corpus
from lemma.corpus.vocabulary import build_vocabulary, count_tokens, select_tokens
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET


@pytest.mark.parametrize("subwords", tiny.SUBWORDS)
@pytest.mark.parametrize("model", ["logreg", "mlp"])
def test_the_number_of_chunks_of_a_corpus_does_not_change_the_model(
    make: Callable[..., Project], monkeypatch: pytest.MonkeyPatch, model: str, subwords: str
) -> None:
    changed: dict[str, Any] = {"tokenize": {"subwords": tiny.SUBWORDS[subwords]}}
    expected = make().train(model, **changed)
    monkeypatch.setattr("lemma.data.index.CHUNK", 50)
    monkeypatch.setattr(vocabulary, "BLOCK", 7)
    project = make()
    assert len(open_corpus(project.layout.tokens(DATASET)).chunks) > 5
    assert project.train(model, **changed) == expected


def test_a_model_encodes_text_to_the_token_ids_of_its_training(project: Project) -> None:
    corpus, tokenizer = open_corpus(project.layout.tokens(DATASET)), read_tokenizer(project.layout.tokenizer(DATASET))
    tokens = select_tokens(count_tokens(corpus, corpus.splits(0) == TRAIN), tokenizer.tokens, 2)
    results = project.train("mlp", models={"mlp": {"min_count": 2}})
    encoder = TextEncoder.from_json(results["tokenizer.json"].decode())
    assert encoder.tokens == tokens
    (type_ids,) = corpus.chunks
    expected = build_vocabulary(encoder, tokenizer.tokens).encode(type_ids).tolist()
    texts = encoder.tokenize([document.text for document in tiny.documents()])
    assert [token_id for text in texts for token_id in encoder.encode(text)] == expected
    assert encoder.encode(["never", "seen"]) == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
@pytest.mark.parametrize("model", ["logreg", "mlp"])
def test_a_model_with_subwords_classifies_unseen_tokens(make: Callable[..., Project], kind: str, model: str) -> None:
    """Every token of the test documents differs from those of train in an ending that is independent of the class."""
    documents = [
        d._replace(text=" ".join(word + "ly" for word in d.text.split())) if d.part == TEST else d
        for d in tiny.documents(count=120)
    ]
    project = make(documents)
    changed: dict[str, Any] = {"train": {"epochs": 30, "patience": 30}, "tokenize": {"subwords": tiny.SUBWORDS[kind]}}
    project.train(model, **changed)
    predicted = project.probabilities(model).argmax(1)
    assert np.mean([predicted[index] == d.label for index, d in enumerate(documents) if d.part == TEST]) > 0.8

"""The text encoder of a trained model."""

import json

import pytest
from hypothesis import given, settings

from lemma.corpus.special_tokens import UNKNOWN
from lemma.corpus.text_encoder import TextEncoder, encode_subwords, split_into_subwords
from tests.unit.corpus.encoders import ENCODERS, KINDS, TEXTS


@pytest.mark.parametrize("kind", ENCODERS)
@settings(max_examples=30)
@given(text=TEXTS)
def test_an_encoder_restored_from_json_encodes_every_text_the_same(kind: str, text: str) -> None:
    encoder = ENCODERS[kind]
    restored = TextEncoder.from_json(encoder.to_json())
    assert restored.to_json() == encoder.to_json()
    (tokens,) = encoder.tokenize([text])
    assert restored.tokenize([text]) == [tokens]
    assert restored.encode(tokens) == encoder.encode(tokens)
    assert restored.split_subwords(tokens) == encoder.split_subwords(tokens)


def test_raw_text_is_tokenized_although_the_data_set_is_published_tokenized() -> None:
    encoder = ENCODERS["tokens"]
    first, second, empty = encoder.tokenize(["It isn't Zoë's FILM.", "a FILM,films", ""])
    assert encoder.split_subwords(first) == first == ["it", "is", "n't", "zoë", "'s", "film", "."]
    assert encoder.encode(second) == [UNKNOWN, 2, UNKNOWN, 3]
    assert empty == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_encoded_token_by_token(kind: str) -> None:
    encoder = ENCODERS[kind]
    assert encoder.subwords is not None
    expected = [
        token_id for token in ("films", "filmy", "qqq") for token_id in encode_subwords(encoder.subwords, [token])[0]
    ]
    assert encoder.encode(["films", "filmy", "qqq"]) == expected
    assert encoder.split_subwords(["films", "filmy"]) == [
        *split_into_subwords(encoder.subwords, ["films"])[0],
        *split_into_subwords(encoder.subwords, ["filmy"])[0],
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_token_has_a_token_id(kind: str) -> None:
    encoder = ENCODERS[kind]
    assert encoder.subwords is not None
    assert all(encode_subwords(encoder.subwords, ["\N{GRINNING FACE}", "\u0308", "\u2581", "\u200d"]))
    assert UNKNOWN in encode_subwords(encoder.subwords, ["\N{GRINNING FACE}"])[0]


@pytest.mark.parametrize("changed", [{"tokenizer": {"lowercase": True}}, {"tokens": None}, {"subwords": {"model": 1}}])
def test_json_of_another_structure_is_an_error(changed: dict[str, object]) -> None:
    value = json.loads(ENCODERS["bpe"].to_json()) | changed
    with pytest.raises((ValueError, KeyError, TypeError)):
        TextEncoder.from_json(json.dumps(value))

"""How a model reads a text comes back from JSON as it was."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.corpus import subwords
from lemma.corpus.special_tokens import UNKNOWN
from lemma.corpus.text_encoder import TextEncoder, encode_subwords, split_into_subwords
from lemma.corpus.tokenizer import TokenizerConfig
from lemma.params import Subwords

SPLITTING = TokenizerConfig(tokenized=True, lowercase=True, numbers=False, users=True, links=True, breaks=True)
WORDS = ["film", "films", "filming", "<unk>", "'s", "zoë"]
TEXTS = st.lists(st.sampled_from([*WORDS, "filmy", "\N{GRINNING FACE}", "Zoe\u0308", "qqq"]), max_size=6).map(" ".join)


def readings() -> dict[str, TextEncoder]:
    counts = np.array([9, 5, 3, 1, 1, 1])
    made = {kind: subwords.fit_subwords(WORDS, counts, Subwords(kind=kind, size=100)) for kind in ("bpe", "unigram")}
    cutting = {kind: TextEncoder(SPLITTING, (), found) for kind, found in made.items()}
    return {"words": TextEncoder(SPLITTING, tuple(WORDS), None), **cutting}


READINGS = readings()


@pytest.mark.parametrize("kind", READINGS)
@settings(max_examples=30)
@given(text=TEXTS)
def test_written_and_read_it_reads_every_text_the_same(kind: str, text: str) -> None:
    reading = READINGS[kind]
    again = TextEncoder.from_json(reading.to_json())
    assert again.to_json() == reading.to_json()
    (words,) = reading.tokenize([text])
    assert again.tokenize([text]) == [words]
    assert again.encode(words) == reading.encode(words)
    assert again.split_subwords(words) == reading.split_subwords(words)


def test_a_text_is_split_as_a_person_writes_it_though_the_set_comes_tokenized() -> None:
    reading = READINGS["words"]
    one, other, none = reading.tokenize(["It isn't Zoë's FILM.", "a FILM,films", ""])
    assert reading.split_subwords(one) == one == ["it", "is", "n't", "zoë", "'s", "film", "."]
    assert reading.encode(other) == [UNKNOWN, 2, UNKNOWN, 3]
    assert none == []


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_the_rows_of_a_text_are_those_of_its_words_one_by_one(kind: str) -> None:
    reading = READINGS[kind]
    assert reading.subwords is not None
    found = [row for word in ("films", "filmy", "qqq") for row in encode_subwords(reading.subwords, [word])[0]]
    assert reading.encode(["films", "filmy", "qqq"]) == found
    assert reading.split_subwords(["films", "filmy"]) == [
        *split_into_subwords(reading.subwords, ["films"])[0],
        *split_into_subwords(reading.subwords, ["filmy"])[0],
    ]


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_no_word_is_without_a_row(kind: str) -> None:
    reading = READINGS[kind]
    assert reading.subwords is not None
    assert all(encode_subwords(reading.subwords, ["\N{GRINNING FACE}", "\u0308", "\u2581", "\u200d"]))
    assert UNKNOWN in encode_subwords(reading.subwords, ["\N{GRINNING FACE}"])[0]


@pytest.mark.parametrize("changed", [{"splitting": {"lowercase": True}}, {"words": None}, {"subwords": {"model": 1}}])
def test_json_of_another_shape_is_an_error(changed: dict[str, object]) -> None:
    held = json.loads(READINGS["bpe"].to_json()) | changed
    with pytest.raises((ValueError, KeyError, TypeError)):
        TextEncoder.from_json(json.dumps(held))

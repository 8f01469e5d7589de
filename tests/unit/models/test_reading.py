"""How a model reads a text comes back from JSON as it was."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.corpus import subwords
from lemma.corpus.special_tokens import UNKNOWN
from lemma.corpus.text_encoder import Reading, cut, numbered
from lemma.corpus.tokenizer import Splitting
from lemma.params import Subwords

SPLITTING = Splitting(tokenized=True, lowercase=True, numbers=False, users=True, links=True, breaks=True)
WORDS = ["film", "films", "filming", "<unk>", "'s", "zoë"]
TEXTS = st.lists(st.sampled_from([*WORDS, "filmy", "\N{GRINNING FACE}", "Zoe\u0308", "qqq"]), max_size=6).map(" ".join)


def readings() -> dict[str, Reading]:
    counts = np.array([9, 5, 3, 1, 1, 1])
    made = {kind: subwords.fit(WORDS, counts, Subwords(kind=kind, size=100)) for kind in ("bpe", "unigram")}
    cutting = {kind: Reading(SPLITTING, (), found) for kind, found in made.items()}
    return {"words": Reading(SPLITTING, tuple(WORDS), None), **cutting}


READINGS = readings()


@pytest.mark.parametrize("kind", READINGS)
@settings(max_examples=30)
@given(text=TEXTS)
def test_written_and_read_it_reads_every_text_the_same(kind: str, text: str) -> None:
    reading = READINGS[kind]
    again = Reading.of(reading.json())
    assert again.json() == reading.json()
    (words,) = reading.split([text])
    assert again.split([text]) == [words]
    assert again.rows(words) == reading.rows(words)
    assert again.units(words) == reading.units(words)


def test_a_text_is_split_as_a_person_writes_it_though_the_set_comes_tokenized() -> None:
    reading = READINGS["words"]
    one, other, none = reading.split(["It isn't Zoë's FILM.", "a FILM,films", ""])
    assert reading.units(one) == one == ["it", "is", "n't", "zoë", "'s", "film", "."]
    assert reading.rows(other) == [UNKNOWN, 2, UNKNOWN, 3]
    assert none == []


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_the_rows_of_a_text_are_those_of_its_words_one_by_one(kind: str) -> None:
    reading = READINGS[kind]
    assert reading.subwords is not None
    found = [row for word in ("films", "filmy", "qqq") for row in numbered(reading.subwords, [word])[0]]
    assert reading.rows(["films", "filmy", "qqq"]) == found
    assert reading.units(["films", "filmy"]) == [
        *cut(reading.subwords, ["films"])[0],
        *cut(reading.subwords, ["filmy"])[0],
    ]


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_no_word_is_without_a_row(kind: str) -> None:
    reading = READINGS[kind]
    assert reading.subwords is not None
    assert all(numbered(reading.subwords, ["\N{GRINNING FACE}", "\u0308", "\u2581", "\u200d"]))
    assert UNKNOWN in numbered(reading.subwords, ["\N{GRINNING FACE}"])[0]


@pytest.mark.parametrize("changed", [{"splitting": {"lowercase": True}}, {"words": None}, {"subwords": {"model": 1}}])
def test_json_of_another_shape_is_an_error(changed: dict[str, object]) -> None:
    held = json.loads(READINGS["bpe"].json()) | changed
    with pytest.raises((ValueError, KeyError, TypeError)):
        Reading.of(json.dumps(held))

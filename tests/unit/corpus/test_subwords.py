"""Subwords: fitted on the tokens of the training split, and equal in every process."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from lemma.corpus import subwords
from lemma.corpus.special_tokens import PAD, UNKNOWN
from lemma.corpus.text_encoder import TextEncoder, encode_subwords, split_into_subwords
from lemma.corpus.vocabulary import build_vocabulary
from lemma.errors import InputError
from lemma.params import Subwords
from tests.unit.corpus.encoders import CONFIG

ROOT = Path(__file__).parents[3]
KINDS = pytest.mark.parametrize("kind", ["bpe", "unigram"])
FAIR = settings(max_examples=25, derandomize=True)
CHARACTERS = "abcdeé<>'.\u0301\u2060\N{GRINNING FACE}"
COUNTS = st.dictionaries(st.text(CHARACTERS, min_size=1, max_size=6), st.integers(0, 5), max_size=12)
AFFIXES = ["film", "un", "re", "ing", "ed", "ly", "s", "act", "e"]
GENERATOR = np.random.default_rng(0)
TOKEN_COUNTS = {  # tokens with common stems, as in languages, and many of equal frequency, so that order could matter
    "".join(GENERATOR.choice(["film", "un", "re", "ing", "ed", "ly", "s", "act", "e"], GENERATOR.integers(1, 4))): 1
    + i % 3
    for i in range(300)
}
SCRIPT = """
from lemma.params import Subwords
from tests.unit.corpus.test_subwords import TOKEN_COUNTS, fit
print(fit(TOKEN_COUNTS, "{kind}", 120).to_str())
"""


def fit(token_counts: dict[str, int], kind: str, size: int = 100) -> Tokenizer:
    settings = Subwords.model_validate({"kind": kind, "size": size})
    return subwords.fit_subwords(list(token_counts), np.array([*token_counts.values()], np.int64), settings)


@KINDS
def test_the_model_is_equal_in_every_process_and_for_every_order_of_tokens(kind: str) -> None:
    model = fit(TOKEN_COUNTS, kind, 120).to_str()
    assert model == fit(dict(reversed(TOKEN_COUNTS.items())), kind, 120).to_str()
    for seed in "12":
        output = subprocess.run(
            [sys.executable, "-c", SCRIPT.format(kind=kind)],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        )
        assert output.stdout.rstrip("\n") == model


@KINDS
@FAIR
@given(token_counts=COUNTS)
def test_tokens_without_occurrences_have_no_influence(kind: str, token_counts: dict[str, int]) -> None:
    occurring = {word: count for word, count in token_counts.items() if count}
    assert fit(token_counts, kind).to_str() == fit(occurring, kind).to_str()


@KINDS
@FAIR
@given(token_counts=COUNTS)
def test_the_sub_words_of_a_training_token_join_to_it(kind: str, token_counts: dict[str, int]) -> None:
    tokenizer = fit(token_counts, kind)
    words = [word for word, count in token_counts.items() if count]
    for word, pieces, rows in zip(
        words, split_into_subwords(tokenizer, words), encode_subwords(tokenizer, words), strict=True
    ):
        assert "".join(pieces) == subwords.START + word
        assert not {PAD, UNKNOWN} & set(rows)
        assert [tokenizer.id_to_token(row) for row in rows] == pieces


@KINDS
@FAIR
@given(token_counts=COUNTS, words=st.lists(st.text(CHARACTERS + "xyz", min_size=1, max_size=9), max_size=6))
def test_the_vocabulary_has_the_ids_of_the_sub_words_of_every_token(
    kind: str, token_counts: dict[str, int], words: list[str]
) -> None:
    tokenizer = fit(token_counts, kind)
    table = build_vocabulary(TextEncoder(CONFIG, (), tokenizer), words)
    encoded = [table.encode(np.array([number], np.int32)).tolist() for number in range(len(words))]
    assert encoded == [tokenizer.encode(word).ids for word in words]
    assert all(0 < row < table.size and row != PAD for rows in encoded for row in rows)
    assert table.size == tokenizer.get_vocab_size() <= 100


@KINDS
def test_a_character_of_no_training_token_is_unknown_and_its_neighbours_are_not(kind: str) -> None:
    tokenizer = fit({"film": 3, "fun": 2, "\N{GRINNING FACE}": 0}, kind)
    (rows,) = encode_subwords(tokenizer, ["fi\N{GRINNING FACE}m"])
    assert rows.count(UNKNOWN) == 1
    assert (tokenizer.id_to_token(rows[-1]) or "").endswith("m")


@KINDS
def test_frequent_tokens_are_one_sub_word_and_tokens_are_never_joined(kind: str) -> None:
    # A unigram model chooses among strings that occur in several tokens.
    token_counts = {
        "masterpiece": 500,
        "masterpieces": 2,
        "terrible": 500,
        "terribles": 2,
        **dict.fromkeys(TOKEN_COUNTS, 1),
    }
    tokenizer = fit(token_counts, kind, 150)
    assert split_into_subwords(tokenizer, ["masterpiece", "terrible"]) == [["\u2581masterpiece"], ["\u2581terrible"]]
    assert not any(subwords.START in piece[1:] for piece in tokenizer.get_vocab())


def test_byte_pairs_are_merged_in_the_order_of_a_naive_count() -> None:
    """Compare with algorithm 1 of Sennrich et al. (2016), for tokens without ties of the most frequent pair."""
    token_counts = {"abac": 53, "bacad": 29, "cadab": 17, "dacb": 11, "abd": 5, "bd": 7, "cb": 3, "bad": 13, "dab": 23}
    words = {(subwords.START, *word): count for word, count in token_counts.items()}
    learnt = []
    for _ in range(6):
        pairs: Counter[tuple[str, str]] = Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        (best, most), (_, second) = pairs.most_common(2)
        assert most > second
        learnt.append("".join(best))
        merged = {}
        for word, count in words.items():
            new: list[str] = []
            for sign in word:
                new = [*new[:-1], "".join(best)] if new and (new[-1], sign) == best else [*new, sign]
            merged[tuple(new)] = count
        words = merged
    pieces = {row: piece for piece, row in fit(token_counts, "bpe").get_vocab().items()}
    signs = len({*"".join(token_counts), subwords.START}) + 2
    assert [pieces[signs + number] for number in range(len(learnt))] == learnt


@KINDS
def test_the_counts_of_tokens_decide(kind: str) -> None:
    words = ["abab", "cdcd", "ab", "cd"]
    one, other = (
        fit(dict(zip(words, counts, strict=True)), kind).to_str() for counts in ([900, 1, 900, 1], [1, 900, 1, 900])
    )
    assert one != other


@KINDS
def test_more_characters_than_sub_words_is_an_error_that_suggests_a_size(kind: str) -> None:
    token_counts = dict.fromkeys((chr(0x4E00 + number) for number in range(98)), 1)
    with pytest.raises(InputError, match="size is 100, but the training split has 101 distinct characters") as caught:
        fit(token_counts, kind)
    assert "2000" in caught.value.fix
    token_counts.popitem()
    assert fit(token_counts, kind).get_vocab_size() == 100

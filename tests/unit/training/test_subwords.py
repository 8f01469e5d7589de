"""Pieces of words: fitted on the counted words alone, the same in every process, and all that was known is known."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from lemma.corpus import subwords
from lemma.corpus.special_tokens import PAD, UNKNOWN
from lemma.corpus.text_encoder import TextEncoder, encode_subwords, split_into_subwords
from lemma.corpus.tokenizer import TokenizerConfig
from lemma.corpus.vocabulary import build_vocabulary
from lemma.errors import InputError
from lemma.params import Subwords
from tests.unit.training import tiny
from tests.unit.training.conftest import Project

CONFIG = TokenizerConfig(tokenized=True, lowercase=True, numbers=False, users=True, links=True, breaks=True)
KINDS = pytest.mark.parametrize("kind", ["bpe", "unigram"])
FAIR = settings(max_examples=25, derandomize=True)
SIGNS = "abcdeé<>'.\u0301\u2060\N{GRINNING FACE}"
COUNTED = st.dictionaries(st.text(SIGNS, min_size=1, max_size=6), st.integers(0, 5), max_size=12)
RANDOM = np.random.default_rng(0)
MANY = {  # words of a common stem, as languages have them, and enough of equal frequency that order could decide
    "".join(RANDOM.choice(["film", "un", "re", "ing", "ed", "ly", "s", "act", "e"], RANDOM.integers(1, 4))): 1 + i % 3
    for i in range(300)
}
SAID = """
from lemma.params import Subwords
from tests.unit.training.test_subwords import MANY, fitted
print(fitted(MANY, "{kind}", 120).to_str())
"""


def fitted(counted: dict[str, int], kind: str, size: int = 100) -> Tokenizer:
    settings = Subwords.model_validate({"kind": kind, "size": size})
    return subwords.fit_subwords(list(counted), np.array([*counted.values()], np.int64), settings)


@KINDS
def test_the_pieces_are_the_same_in_every_process_and_order(kind: str) -> None:
    found = fitted(MANY, kind, 120).to_str()
    assert found == fitted(dict(reversed(MANY.items())), kind, 120).to_str()
    for seed in "12":
        said = subprocess.run(
            [sys.executable, "-c", SAID.format(kind=kind)],
            cwd=tiny.ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        )
        assert said.stdout.rstrip("\n") == found


@KINDS
@FAIR
@given(counted=COUNTED)
def test_words_that_were_not_counted_leave_no_trace(kind: str, counted: dict[str, int]) -> None:
    there = {word: count for word, count in counted.items() if count}
    assert fitted(counted, kind).to_str() == fitted(there, kind).to_str()


@KINDS
@FAIR
@given(counted=COUNTED)
def test_every_counted_word_is_the_pieces_it_is_cut_into(kind: str, counted: dict[str, int]) -> None:
    tokenizer = fitted(counted, kind)
    words = [word for word, count in counted.items() if count]
    for word, pieces, rows in zip(
        words, split_into_subwords(tokenizer, words), encode_subwords(tokenizer, words), strict=True
    ):
        assert "".join(pieces) == subwords.START + word
        assert not {PAD, UNKNOWN} & set(rows)
        assert [tokenizer.id_to_token(row) for row in rows] == pieces


@KINDS
@FAIR
@given(counted=COUNTED, words=st.lists(st.text(SIGNS + "xyz", min_size=1, max_size=9), max_size=6))
def test_the_table_holds_for_every_word_the_rows_of_its_pieces(
    kind: str, counted: dict[str, int], words: list[str]
) -> None:
    tokenizer = fitted(counted, kind)
    table = build_vocabulary(TextEncoder(CONFIG, (), tokenizer), words)
    found = [table.encode(np.array([number], np.int32)).tolist() for number in range(len(words))]
    assert found == [tokenizer.encode(word).ids for word in words]
    assert all(0 < row < table.size and row != PAD for rows in found for row in rows)
    assert table.size == tokenizer.get_vocab_size() <= 100


@KINDS
def test_a_sign_of_no_training_word_is_unknown_and_its_neighbours_are_not(kind: str) -> None:
    tokenizer = fitted({"film": 3, "fun": 2, "\N{GRINNING FACE}": 0}, kind)
    (rows,) = encode_subwords(tokenizer, ["fi\N{GRINNING FACE}m"])
    assert rows.count(UNKNOWN) == 1
    assert (tokenizer.id_to_token(rows[-1]) or "").endswith("m")


@KINDS
def test_frequent_words_become_one_piece_and_words_are_never_joined(kind: str) -> None:
    # A unigram model chooses among what stands in several words.
    counted = {"masterpiece": 500, "masterpieces": 2, "terrible": 500, "terribles": 2, **dict.fromkeys(MANY, 1)}
    tokenizer = fitted(counted, kind, 150)
    assert split_into_subwords(tokenizer, ["masterpiece", "terrible"]) == [["\u2581masterpiece"], ["\u2581terrible"]]
    assert not any(subwords.START in piece[1:] for piece in tokenizer.get_vocab())


def test_byte_pairs_are_merged_in_the_order_of_a_naive_count() -> None:
    """Sennrich et al. 2016, algorithm 1, on words in which no two pairs are the most frequent."""
    counted = {"abac": 53, "bacad": 29, "cadab": 17, "dacb": 11, "abd": 5, "bd": 7, "cb": 3, "bad": 13, "dab": 23}
    words = {(subwords.START, *word): count for word, count in counted.items()}
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
    pieces = {row: piece for piece, row in fitted(counted, "bpe").get_vocab().items()}
    signs = len({*"".join(counted), subwords.START}) + 2
    assert [pieces[signs + number] for number in range(len(learnt))] == learnt


@KINDS
def test_how_often_a_word_stands_decides(kind: str) -> None:
    words = ["abab", "cdcd", "ab", "cd"]
    one, other = (
        fitted(dict(zip(words, counts, strict=True)), kind).to_str() for counts in ([900, 1, 900, 1], [1, 900, 1, 900])
    )
    assert one != other


@KINDS
def test_more_signs_than_pieces_are_bad_input_that_says_what_to_write(kind: str) -> None:
    counted = dict.fromkeys((chr(0x4E00 + number) for number in range(98)), 1)
    with pytest.raises(InputError, match="size is 100, but the training split has 101 distinct characters") as caught:
        fitted(counted, kind)
    assert "2000" in caught.value.fix
    counted.popitem()
    assert fitted(counted, kind).get_vocab_size() == 100


@KINDS
@pytest.mark.parametrize("model", ["logreg", "mlp"])
def test_models_of_pieces_know_words_they_never_met(make: Callable[..., Project], kind: str, model: str) -> None:
    """Test documents whose words all differ from those of train in their endings, which tell nothing."""
    held = [
        d._replace(text=" ".join(word + "ly" for word in d.text.split())) if d.part == 2 else d
        for d in tiny.documents(count=120)
    ]
    project = make(held)
    changed: dict[str, Any] = {"train": {"epochs": 30, "patience": 30}, "tokenize": {"subwords": tiny.SUBWORDS[kind]}}
    project.train(model, **changed)
    rows = project.probabilities(model)
    right = [rows[at].argmax() == d.label for at, d in enumerate(held) if d.part == 2]
    assert np.mean(right) > 0.8

"""Shingles, their Jaccard index, and the bands that find candidates."""

import math
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.data.audit.duplicate_counts import DuplicateCounts
from lemma.data.audit.near_duplicates import MAX_MISS, PERMUTATIONS, NearDuplicateFinder, choose_bands
from lemma.data.audit.shingles import compute_jaccard, hash_shingles
from tests.unit.data.audit.corpora import shingle_set

texts = st.lists(st.lists(st.sampled_from("abé"), max_size=7).map(" ".join), min_size=1, max_size=8)


@settings(derandomize=True)
@given(texts_=texts)
def test_equal_trigrams_and_only_those_have_equal_hashes(texts_: list[str]) -> None:
    values, offsets = hash_shingles(texts_)
    names: dict[int, tuple[str, ...]] = {}
    for number, text in enumerate(texts_):
        words = text.split()
        grams = list(zip(words, words[1:], words[2:])) if len(words) >= 3 else [(word,) for word in words]
        hashes = values[offsets[number] : offsets[number + 1]].tolist()
        assert len(hashes) == len(grams)
        assert all(names.setdefault(value, gram) == gram for value, gram in zip(hashes, grams))
    assert len(set(names.values())) == len(names)


def test_the_order_of_words_in_a_trigram_matters() -> None:
    values, _ = hash_shingles(["a b c", "a c b", "b a c", "b c a", "c a b", "c b a"])
    assert len(set(values.tolist())) == 6


@settings(derandomize=True)
@given(texts_=texts)
def test_the_jaccard_index_is_that_of_sets(texts_: list[str]) -> None:
    left_texts, right_texts = (side.ravel() for side in np.indices((len(texts_), len(texts_))))
    measured = compute_jaccard(*hash_shingles(texts_), left_texts, right_texts)
    for a, b, finder in zip(left_texts, right_texts, measured):
        left, right = shingle_set(texts_[a]), shingle_set(texts_[b])
        assert finder == (len(left & right) / len(left | right) if left | right else 0)


def test_no_pairs_have_no_similarities() -> None:
    none = np.empty(0, np.int32)
    assert compute_jaccard(*hash_shingles(["a b c"]), none, none).tolist() == []


@pytest.mark.parametrize("similarity", [*np.linspace(0.5, 1, 51).tolist(), 0.9999, math.nextafter(1, 0)])
def test_a_pair_at_the_threshold_is_missed_with_a_probability_of_at_most_one_in_a_million(similarity: float) -> None:
    rows, bands = choose_bands(similarity)
    assert rows >= 1
    assert 1 <= rows * bands <= PERMUTATIONS
    assert (1 - similarity**rows) ** bands <= MAX_MISS


def test_pairs_at_the_threshold_are_found_and_pairs_below_it_are_not(tmp_path: Path) -> None:
    texts_: list[str] = []
    for number in range(2000):
        words = [f"{number}x{place}" for place in range(28)]
        texts_ += [" ".join(words[:22]), " ".join(words[: 27 + number % 2])]  # 20 of 25 trigrams, or of 26
    with closing(NearDuplicateFinder(0.8, len(texts_), tmp_path)) as finder:
        finder.add(texts_)
        counts = DuplicateCounts(np.arange(len(texts_), dtype=np.int32), np.zeros(len(texts_), np.int8), 1)
        pairs_found = [
            (a, b, s) for pairs in finder.find_pairs(counts) for a, b, s in zip(*(of.tolist() for of in pairs))
        ]
    assert set(pairs_found) == {(place, place + 1, 0.8) for place in range(0, len(texts_), 4)}

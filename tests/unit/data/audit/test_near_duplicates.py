"""Sets of trigrams, their Jaccard index, and the bands that find candidates."""

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
@given(held=texts)
def test_equal_trigrams_and_only_those_have_equal_hashes(held: list[str]) -> None:
    values, offsets = hash_shingles(held)
    names: dict[int, tuple[str, ...]] = {}
    for number, text in enumerate(held):
        words = text.split()
        grams = list(zip(words, words[1:], words[2:])) if len(words) >= 3 else [(word,) for word in words]
        hashes = values[offsets[number] : offsets[number + 1]].tolist()
        assert len(hashes) == len(grams)
        assert all(names.setdefault(value, gram) == gram for value, gram in zip(hashes, grams))
    assert len(set(names.values())) == len(names)


def test_the_order_of_three_words_counts() -> None:
    values, _ = hash_shingles(["a b c", "a c b", "b a c", "b c a", "c a b", "c b a"])
    assert len(set(values.tolist())) == 6


@settings(derandomize=True)
@given(held=texts)
def test_the_jaccard_index_is_that_of_sets(held: list[str]) -> None:
    one, other = (side.ravel() for side in np.indices((len(held), len(held))))
    measured = compute_jaccard(*hash_shingles(held), one, other)
    for a, b, index in zip(one, other, measured):
        left, right = shingle_set(held[a]), shingle_set(held[b])
        assert index == (len(left & right) / len(left | right) if left | right else 0)


def test_no_pairs_have_no_similarities() -> None:
    none = np.empty(0, np.int32)
    assert compute_jaccard(*hash_shingles(["a b c"]), none, none).tolist() == []


@pytest.mark.parametrize("similarity", [*np.linspace(0.5, 1, 51).tolist(), 0.9999, math.nextafter(1, 0)])
def test_a_pair_at_any_threshold_is_missed_once_in_a_million_at_most(similarity: float) -> None:
    rows, bands = choose_bands(similarity)
    assert rows >= 1
    assert 1 <= rows * bands <= PERMUTATIONS
    assert (1 - similarity**rows) ** bands <= MAX_MISS


def test_of_a_thousand_pairs_at_the_threshold_none_is_missed_and_none_below_it_is_found(tmp_path: Path) -> None:
    held: list[str] = []
    for number in range(2000):
        words = [f"{number}x{place}" for place in range(28)]
        held += [" ".join(words[:22]), " ".join(words[: 27 + number % 2])]  # 20 of 25 trigrams, or of 26
    with closing(NearDuplicateFinder(0.8, len(held), tmp_path)) as index:
        index.add(held)
        tally = DuplicateCounts(np.arange(len(held), dtype=np.int32), np.zeros(len(held), np.int8), 1)
        found = [(a, b, s) for pairs in index.find_pairs(tally) for a, b, s in zip(*(of.tolist() for of in pairs))]
    assert set(found) == {(place, place + 1, 0.8) for place in range(0, len(held), 4)}

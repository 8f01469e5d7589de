"""A dev split drawn from train: about its fraction of every class, and no group in both splits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.data.preparation.split import draw_fraction

SHARE = st.sampled_from([0.1, 0.2, 0.25])


@settings(derandomize=True, max_examples=30)
@given(sizes=st.lists(st.integers(20, 60), min_size=2, max_size=4), share=SHARE)
def test_without_groups_the_fraction_of_each_class_is_drawn(sizes: list[int], share: float) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    chosen = draw_fraction(labels, share, None)
    for label, size in enumerate(sizes):
        assert abs(int(chosen[labels == label].sum()) - share * size) <= 1


@settings(derandomize=True, max_examples=30)
@given(seed=st.integers(0, 999), share=SHARE)
def test_groups_are_drawn_as_a_whole_and_fraction_and_classes_are_approximated(seed: int, share: float) -> None:
    generator = np.random.default_rng(seed)
    groups = generator.integers(0, 150, 1000).astype(np.int32)
    labels = generator.integers(0, 2, 1000).astype(np.int32)
    chosen = draw_fraction(labels, share, groups)
    assert not set(groups[chosen]) & set(groups[~chosen])
    assert chosen.mean() == pytest.approx(share, abs=0.03)
    assert labels[chosen].mean() == pytest.approx(labels.mean(), abs=0.1)
    assert (draw_fraction(labels, share, groups) == chosen).all()

"""Random splits, stratified by class, and the splits of each run."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lemma.corpus.splits import DEV, SPLITS, TEST, TRAIN, assign_splits, stratify

labelled = st.lists(st.integers(0, 4), min_size=1, max_size=200).map(lambda values: np.array(values, np.int32))
seeds = st.integers(0, 2**32)
fractions = st.lists(st.integers(1, 9), min_size=1, max_size=6).map(lambda sizes: [size / sum(sizes) for size in sizes])
counts = st.integers(3, 12)


def make_folds(labels: NDArray[np.int32], folds: int, dev: float = 0.1) -> tuple[NDArray[np.int8], dict[str, Any]]:
    return stratify(labels, [1 / folds] * folds, seed=0), {"kind": "folds", "folds": folds, "dev": dev}


@settings(derandomize=True, max_examples=50)
@given(labelled, fractions, seeds)
def test_each_group_has_its_fraction_of_each_class_to_within_one_document(
    labels: NDArray[np.int32], sizes: list[float], seed: int
) -> None:
    groups = stratify(labels, sizes, seed)
    assert groups.shape == labels.shape
    assert set(groups.tolist()) <= set(range(len(sizes)))
    for value in np.unique(labels):
        counts = np.bincount(groups[labels == value], minlength=len(sizes))
        expected = (labels == value).sum() * np.array(sizes)
        assert (np.abs(counts - expected) <= 1 + 1e-9).all()
        assert (np.abs(np.cumsum(counts - expected)) <= 0.5 + 1e-9).all()  # rounded, not truncated


def test_the_groups_of_a_seed_never_change() -> None:
    """Published splits depend on these draws."""
    groups = stratify(np.arange(20) % 2, [0.7, 0.1, 0.2], seed=0)
    assert groups.tolist() == [0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 2, 2, 0, 0, 2, 0]


@settings(derandomize=True, max_examples=50)
@given(labelled, fractions, seeds)
def test_equal_labels_fractions_and_seed_give_equal_groups(
    labels: NDArray[np.int32], sizes: list[float], seed: int
) -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[index]
    assert (stratify(labels, sizes, seed) == stratify(labels.copy(), list(sizes), seed)).all()
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index]


def test_another_seed_draws_other_groups() -> None:
    labels = np.arange(200) % 2
    assert (stratify(labels, [0.5, 0.5], 0) != stratify(labels, [0.5, 0.5], 1)).any()


@settings(derandomize=True, max_examples=50)
@given(labelled, counts)
def test_run_r_is_tested_on_exactly_fold_r(labels: NDArray[np.int32], folds: int) -> None:
    split, protocol = make_folds(labels, folds)
    for run in range(folds):
        assert ((assign_splits(labels, split, protocol, run) == TEST) == (split == run)).all()


@settings(derandomize=True, max_examples=50)
@given(labelled, counts)
def test_every_document_is_in_test_in_one_run_and_in_train_or_dev_in_all_others(
    labels: NDArray[np.int32], folds: int
) -> None:
    split, protocol = make_folds(labels, folds)
    splits = np.stack([assign_splits(labels, split, protocol, run) for run in range(folds)])
    assert ((splits == TEST).sum(axis=0) == 1).all()
    assert np.isin(splits, (TRAIN, DEV, TEST)).all()


@settings(derandomize=True, max_examples=50)
@given(labelled, counts, st.floats(0.01, 0.49))
def test_dev_has_its_fraction_of_each_class_outside_of_the_held_out_fold(
    labels: NDArray[np.int32], folds: int, dev: float
) -> None:
    split, protocol = make_folds(labels, folds, dev)
    for run in range(folds):
        is_dev = assign_splits(labels, split, protocol, run) == DEV
        assert not (is_dev & (split == run)).any()
        for value in np.unique(labels):
            rest = ((labels == value) & (split != run)).sum()
            assert abs((is_dev & (labels == value)).sum() - dev * rest) <= 1 + 1e-9


def test_different_runs_have_different_dev_splits() -> None:
    labels = np.arange(400, dtype=np.int32) % 2
    split, protocol = make_folds(labels, 5)
    drawn = {tuple(np.flatnonzero(assign_splits(labels, split, protocol, run) == DEV).tolist()) for run in range(5)}
    assert len(drawn) == 5
    no_fold = np.full_like(split, 5)  # the same documents to draw from in every run
    assert (assign_splits(labels, no_fold, protocol, 0) != assign_splits(labels, no_fold, protocol, 1)).any()


@settings(derandomize=True, max_examples=50)
@given(labelled, st.integers(0, 20))
def test_fixed_splits_are_equal_in_every_run(labels: NDArray[np.int32], run: int) -> None:
    split = (np.arange(len(labels)) % 3).astype(np.int8)
    assert (assign_splits(labels, split, {"kind": "fixed"}, run) == split).all()


@pytest.mark.parametrize(("number", "name"), [(TRAIN, "train"), (DEV, "dev"), (TEST, "test")])
def test_the_numbers_of_the_splits_index_their_names(number: int, name: str) -> None:
    assert SPLITS[number] == name

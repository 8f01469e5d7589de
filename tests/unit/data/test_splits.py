from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lemma.corpus.splits import DEV, SPLITS, TEST, TRAIN, assign_splits, stratify

labelled = st.lists(st.integers(0, 4), min_size=1, max_size=200).map(lambda values: np.array(values, np.int32))
seeds = st.integers(0, 2**32)
shares = st.lists(st.integers(1, 9), min_size=1, max_size=6).map(lambda sizes: [size / sum(sizes) for size in sizes])
counts = st.integers(3, 12)


def folded(labels: NDArray[np.int32], folds: int, dev: float = 0.1) -> tuple[NDArray[np.int8], dict[str, Any]]:
    return stratify(labels, [1 / folds] * folds, seed=0), {"kind": "folds", "folds": folds, "dev": dev}


@settings(derandomize=True, max_examples=50)
@given(labelled, shares, seeds)
def test_each_class_fills_each_group_to_within_one_document_of_its_share(
    labels: NDArray[np.int32], sizes: list[float], seed: int
) -> None:
    groups = stratify(labels, sizes, seed)
    assert groups.shape == labels.shape
    assert set(groups.tolist()) <= set(range(len(sizes)))
    for value in np.unique(labels):
        got = np.bincount(groups[labels == value], minlength=len(sizes))
        wanted = (labels == value).sum() * np.array(sizes)
        assert (np.abs(got - wanted) <= 1 + 1e-9).all()
        assert (np.abs(np.cumsum(got - wanted)) <= 0.5 + 1e-9).all()  # rounded, not cut: no group gains by its place


@settings(derandomize=True, max_examples=50)
@given(labelled, shares, seeds)
def test_the_groups_are_those_of_dealing_out_one_permutation_class_by_class(
    labels: NDArray[np.int32], sizes: list[float], seed: int
) -> None:
    order, borders = np.random.default_rng(seed).permutation(len(labels)).tolist(), np.cumsum(sizes)[:-1].tolist()
    groups = stratify(labels, sizes, seed).tolist()
    for value in set(labels.tolist()):
        members = [member for member in order if labels[member] == value]
        for place, member in enumerate(members):
            assert groups[member] == sum((place + 0.5) / len(members) >= border for border in borders)


@settings(derandomize=True, max_examples=50)
@given(labelled, shares, seeds)
def test_equal_labels_shares_and_seed_give_equal_groups(
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
    part, protocol = folded(labels, folds)
    for run in range(folds):
        assert ((assign_splits(labels, part, protocol, run) == TEST) == (part == run)).all()


@settings(derandomize=True, max_examples=50)
@given(labelled, counts)
def test_every_document_is_tested_in_one_run_and_learnt_from_or_stopped_on_in_all_others(
    labels: NDArray[np.int32], folds: int
) -> None:
    part, protocol = folded(labels, folds)
    seen = np.stack([assign_splits(labels, part, protocol, run) for run in range(folds)])
    assert ((seen == TEST).sum(axis=0) == 1).all()
    assert np.isin(seen, (TRAIN, DEV, TEST)).all()


@settings(derandomize=True, max_examples=50)
@given(labelled, counts, st.floats(0.01, 0.49))
def test_dev_takes_its_share_of_each_class_outside_the_held_out_fold(
    labels: NDArray[np.int32], folds: int, dev: float
) -> None:
    part, protocol = folded(labels, folds, dev)
    for run in range(folds):
        chosen = assign_splits(labels, part, protocol, run) == DEV
        assert not (chosen & (part == run)).any()
        for value in np.unique(labels):
            rest = ((labels == value) & (part != run)).sum()
            assert abs((chosen & (labels == value)).sum() - dev * rest) <= 1 + 1e-9


def test_different_runs_draw_different_dev_parts() -> None:
    labels = np.arange(400, dtype=np.int32) % 2
    part, protocol = folded(labels, 5)
    drawn = {tuple(np.flatnonzero(assign_splits(labels, part, protocol, run) == DEV).tolist()) for run in range(5)}
    assert len(drawn) == 5
    nowhere = np.full_like(part, 5)  # the same documents to draw from in every run
    assert (assign_splits(labels, nowhere, protocol, 0) != assign_splits(labels, nowhere, protocol, 1)).any()


@settings(derandomize=True, max_examples=50)
@given(labelled, st.integers(0, 20))
def test_fixed_parts_are_the_same_in_every_run(labels: NDArray[np.int32], run: int) -> None:
    part = (np.arange(len(labels)) % 3).astype(np.int8)
    assert (assign_splits(labels, part, {"kind": "fixed"}, run) == part).all()


@pytest.mark.parametrize(("number", "name"), [(TRAIN, "train"), (DEV, "dev"), (TEST, "test")])
def test_the_numbers_of_the_parts_are_places_in_their_names(number: int, name: str) -> None:
    assert SPLITS[number] == name

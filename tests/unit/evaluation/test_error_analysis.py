"""Accuracy by length, and the surest mistakes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.evaluation.error_analysis import MISTAKES, compute_accuracy_by_length, find_mistakes


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_groups_contain_every_tested_document_once_and_do_not_split_a_length(rows: list[tuple[int, int, int]]) -> None:
    lengths, right, tested = (np.array(column) for column in zip(*rows))
    right = np.minimum(right, tested)
    if not tested.any():
        return
    groups = compute_accuracy_by_length(lengths, right, tested)
    assert sum(group["documents"] for group in groups) == (tested > 0).sum()
    assert all(shorter["high"] < longer["low"] for shorter, longer in zip(groups, groups[1:]))
    for group in groups:
        inside = (tested > 0) & (lengths >= group["low"]) & (lengths <= group["high"])
        assert group["accuracy"] == pytest.approx((right[inside] / tested[inside]).mean())


def test_five_groups_of_as_many_documents_where_lengths_allow() -> None:
    groups = compute_accuracy_by_length(np.arange(100), np.ones(100), np.ones(100))
    assert [group["documents"] for group in groups] == [20, 20, 20, 20, 20]


def test_mistakes_are_wrong_and_tested_and_sorted_by_confidence() -> None:
    generator = np.random.default_rng(0)
    labels, tested = generator.integers(0, 3, 200), generator.integers(0, 2, 200)
    probabilities = generator.dirichlet(np.ones(3), 200)
    mistakes = find_mistakes(labels, probabilities, tested)
    confidences = [mistake["confidence"] for mistake in mistakes]
    assert len(mistakes) == MISTAKES
    assert confidences == sorted(confidences, reverse=True)
    for mistake in mistakes:
        document = mistake["document"]
        assert tested[document]
        assert mistake["true"] == labels[document] != mistake["predicted"] == probabilities[document].argmax()
    others = [
        probabilities[document].max()
        for document in range(200)
        if tested[document]
        and probabilities[document].argmax() != labels[document]
        and document not in {mistake["document"] for mistake in mistakes}
    ]
    assert max(others) <= min(confidences)


def test_a_faultless_model_has_no_mistakes() -> None:
    exact: Any = np.eye(3)[[0, 1, 2]]
    assert find_mistakes(np.arange(3), exact, np.ones(3)) == []

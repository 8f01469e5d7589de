"""Accuracy in groups of documents, disagreement of two models, and the most confident mistakes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.corpus.splits import DEV, TEST, TRAIN
from lemma.corpus.tokens import Corpus
from lemma.evaluation.error_analysis import (
    MISTAKES,
    TestedRuns,
    _describe,
    compare_mistakes,
    find_mistakes,
    group_by_contrast,
    group_by_length,
    group_by_unseen,
    measure_unseen,
)
from lemma.evaluation.uncertainty import compute_interval, spread_accuracy

WORDS = ["good", "bad", "not", "But", "film"]
DOCUMENTS = [[0, 4], [1, 4], [2, 0], [3, 1, 1], [0, 0, 0, 4]]
SPLIT = np.array([TRAIN, TRAIN, TEST, TEST, TEST], dtype=np.int8)


def corpus() -> Corpus:
    return Corpus(
        dataset="tiny",
        classes=["no", "yes"],
        protocol={"kind": "fixed"},
        types=len(WORDS),
        chunks=(np.concatenate(DOCUMENTS).astype(np.int32),),
        offsets=np.cumsum([0, *map(len, DOCUMENTS)]),
        first=np.array([0, len(DOCUMENTS)]),
        labels=np.array([0, 1, 0, 1, 1], dtype=np.int32),
        split=SPLIT,
    )


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60))
def test_groups_contain_every_tested_document_once_and_do_not_split_a_length(rows: list[tuple[int, bool]]) -> None:
    lengths = np.array([length for length, _ in rows])
    tested = np.flatnonzero([is_tested for _, is_tested in rows])
    if len(tested) == 0:
        return
    groups = list(group_by_length(lengths, tested))
    assert sorted(np.concatenate([members for _, _, members in groups])) == sorted(tested)
    assert all(shorter[1] < longer[0] for shorter, longer in zip(groups, groups[1:]))
    for low, high, members in groups:
        assert (lengths[members].min(), lengths[members].max()) == (low, high)


def test_five_groups_of_as_many_documents_where_lengths_allow() -> None:
    groups = group_by_length(np.arange(100), np.arange(100))
    assert [len(members) for _, _, members in groups] == [20, 20, 20, 20, 20]


def test_the_share_of_unseen_tokens_is_relative_to_the_training_split() -> None:
    """Training documents hold good, bad and film."""
    assert measure_unseen(corpus(), [SPLIT, SPLIT]).tolist() == pytest.approx([0, 0, 1 / 2, 1 / 3, 0])
    other = np.array([TEST, TRAIN, TRAIN, DEV, TRAIN], dtype=np.int8)  # here all of document 0 is seen
    assert measure_unseen(corpus(), [SPLIT, other])[0] == 0


def test_every_tested_document_is_in_one_group_of_unseen_tokens() -> None:
    shares = np.array([0, 0.01, 0.05, 0.07, 0.5, 1])
    groups = {(low, high): members.tolist() for low, high, members in group_by_unseen(shares, np.arange(6))}
    assert groups == {(0, 0): [0], (0, 0.05): [1, 2], (0.05, 0.1): [3], (0.1, 1): [4, 5]}


def test_documents_with_negation_or_contrast_are_told_apart_by_whole_tokens() -> None:
    groups = {value: members.tolist() for value, members in group_by_contrast(corpus(), WORDS, np.array([2, 3, 4]))}
    assert groups == {1: [2, 3], 0: [4]}
    assert list(group_by_contrast(corpus(), ["gut", "note", "knot", "a", "b"], np.array([2, 3, 4]))) == []


def test_disagreement_counts_pairs_of_runs_and_sums_to_1() -> None:
    right, wrong = np.eye(2)[corpus().labels], np.eye(2)[1 - corpus().labels]
    half = np.where(np.arange(5)[:, None] == 2, wrong, right)  # wrong about one of three tested documents
    tested = TestedRuns([SPLIT, SPLIT], {"cnn": [right, half], "logreg": [right, right]}, corpus().labels)
    outcomes = compare_mistakes(tested, "cnn", "logreg", 0.95)
    fractions = {(outcome["reference"], outcome["linear"]): outcome["fraction"] for outcome in outcomes}
    assert fractions[True, True] == pytest.approx(5 / 6)
    assert fractions[False, True] == pytest.approx(1 / 6)
    assert sum(fractions.values()) == pytest.approx(1)
    assert all(outcome["interval"][0] <= outcome["fraction"] <= outcome["interval"][1] for outcome in outcomes)


def test_each_outcome_of_two_models_is_a_mean_over_documents_of_the_runs_that_test_them() -> None:
    generator = np.random.default_rng(3)
    documents, splits = 40, [generator.choice([TEST, TRAIN], 40, p=[0.7, 0.3]) for _ in range(3)]
    labels = generator.integers(0, 2, documents)
    probabilities = {model: [generator.dirichlet([1, 1], documents) for _ in splits] for model in ("cnn", "logreg")}
    outcomes = compare_mistakes(TestedRuns(splits, probabilities, labels), "cnn", "logreg", 0.95)
    assert [(row["reference"], row["linear"]) for row in outcomes] == [(1, 1), (1, 0), (0, 1), (0, 0)]
    used = [document for document in range(documents) if any(split[document] == TEST for split in splits)]
    for row in outcomes:
        means = []
        for document in used:
            runs = [run for run, split in enumerate(splits) if split[document] == TEST]
            right = {
                model: [arrays[run][document].argmax() == labels[document] for run in runs]
                for model, arrays in probabilities.items()
            }
            pairs = zip(right["cnn"], right["logreg"], strict=True)
            means.append(np.mean([pair == (row["reference"], row["linear"]) for pair in pairs]))
        assert row["fraction"] == pytest.approx(np.mean(means))
        assert row["documents"] == len(used)


def test_intervals_of_fractions_are_between_0_and_1() -> None:
    right = np.eye(2)[corpus().labels]
    almost = np.where(np.arange(5)[:, None] == 2, 1 - right, right)
    tested = TestedRuns([SPLIT], {"cnn": [right], "logreg": [almost]}, corpus().labels)
    outcomes = compare_mistakes(tested, "cnn", "logreg", 0.95)
    assert [row["interval"] for row in outcomes] == [[0, 1], [0, 1], [0, 0], [0, 0]]


def test_a_group_has_the_mean_accuracy_of_its_documents_and_an_interval_between_0_and_1() -> None:
    marks = np.array([[1, 0, np.nan, 1, 1], [1, 1, 0, np.nan, np.nan]])
    group = _describe(3, 9, marks, np.array([0, 1, 2]), 0.95)
    assert group["accuracy"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert (group["low"], group["high"], group["documents"], group["interval"]) == (3, 9, 3, [0, 1])
    many = np.tile([1.0, 1.0, 1.0, 0.0], 100)[None]
    error = spread_accuracy(many)
    assert _describe(0, 1, many, np.arange(400), 0.9)["interval"] == list(compute_interval(0.75, error, 0.9))
    assert _describe(0, 1, many, np.array([0]), 0.95)["interval"] == [0, 1]  # of one document nothing is known
    assert _describe(0, 1, many, np.array([0, 1]), 0.95)["interval"] == [1, 1]


def test_unseen_tokens_are_counted_by_the_training_split_of_each_fold() -> None:
    """Document 2 holds not and good; the last fold tests document 0, whose tokens occur in documents 1 to 4."""
    empty = np.array([TEST, TRAIN, TRAIN, TRAIN, TRAIN], dtype=np.int8)
    second = np.array([TRAIN, TEST, DEV, DEV, TRAIN], dtype=np.int8)  # bad is unseen
    assert measure_unseen(corpus(), [SPLIT, SPLIT, second, empty]).tolist() == pytest.approx(
        [0, 1 / 2, 1 / 2, 1 / 3, 0]
    )


def test_probabilities_are_averaged_over_the_runs_that_test_a_document() -> None:
    other = np.array([TEST, TRAIN, TEST, TRAIN, TRAIN], dtype=np.int8)
    first, second = np.full((5, 2), 0.2), np.full((5, 2), 0.6)
    means = TestedRuns([SPLIT, other], {"cnn": [first, second]}, corpus().labels).average("cnn")
    assert means[:, 0].tolist() == pytest.approx([0.6, 0, 0.4, 0.2, 0.2])


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

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, confusion_matrix

from lemma.evaluation.curves import (
    GRID,
    compute_precision_at_recall,
    compute_precision_recall,
    count_confusions,
    summarize_losses,
)


@settings(derandomize=True, max_examples=50)
@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(0, 20))
def test_the_curve_is_the_precision_at_the_highest_threshold_that_reaches_each_recall(
    seed: int, positives: int, negatives: int
) -> None:
    relevant = np.arange(positives + negatives) < positives
    scores = np.random.default_rng(seed).integers(10, size=len(relevant)).astype(np.float32)
    curve = compute_precision_at_recall(relevant, scores)
    for step, precision in enumerate(curve):
        # Whole numbers: recall >= step / 100, and above 0 at the left end.
        reach = [t for t in np.unique(scores) if 100 * relevant[scores >= t].sum() >= max(step, 1e-9) * positives]
        assert precision == pytest.approx(relevant[scores >= max(reach)].mean())


@pytest.mark.parametrize("positives", [20, 50, 100])
def test_the_area_under_the_curve_is_the_average_precision(positives: int) -> None:
    relevant = np.arange(300) < positives
    scores = np.random.default_rng(positives).normal(size=300) + relevant
    # Every step ends on a point of the grid when the positives divide 100, so the sum of its bars is the area.
    assert compute_precision_at_recall(relevant, scores)[1:].mean() == pytest.approx(
        average_precision_score(relevant, scores)
    )


def test_a_constant_scorer_has_a_flat_curve_at_the_prevalence() -> None:
    assert compute_precision_at_recall(np.arange(40) < 10, np.ones(40)) == pytest.approx(np.full(101, 0.25))


def test_a_perfect_scorer_has_a_flat_curve_at_1() -> None:
    assert (compute_precision_at_recall(np.arange(40) < 10, -np.arange(40.0)) == 1).all()


def test_a_curve_has_mean_minimum_and_maximum_over_runs() -> None:
    labels = np.array([0, 0, 1, 1])
    good, bad = np.array([[0.9, 0.1]] * 2 + [[0.1, 0.9]] * 2), np.full((4, 2), 0.5)
    curves = compute_precision_recall([(labels, good), (labels, bad)], ["a", "b"])
    for band in (curves["macro"], *curves["per_class"].values()):
        assert band["recall"] == GRID.tolist()
        assert (band["precision"], band["low"], band["high"]) == ([0.75] * 101, [0.5] * 101, [1.0] * 101)


def test_a_class_without_test_documents_has_no_curve() -> None:
    labels = np.array([0, 2])
    curves = compute_precision_recall([(labels, np.eye(3)[labels])], ["a", "absent", "c"])
    assert set(curves["per_class"]) == {"a", "c"}
    assert curves["macro"]["precision"] == [1.0] * 101


def test_each_epochs_loss_is_over_the_runs_that_reached_it() -> None:
    curves = summarize_losses([{1: (1.0, 2.0), 2: (0.5, 1.5)}, {1: (3.0, 4.0), 2: (1.5, 0.5), 3: (0.25, 1.25)}])
    assert curves == {
        "epochs": [1, 2, 3],
        "n": [2, 2, 1],
        "runs": 2,
        "train": {"mean": [2.0, 1.0, 0.25], "low": [1.0, 0.5, 0.25], "high": [3.0, 1.5, 0.25]},
        "dev": {"mean": [3.0, 1.0, 1.25], "low": [2.0, 0.5, 1.25], "high": [4.0, 1.5, 1.25]},
    }


def test_a_model_without_epochs_has_no_loss_curve() -> None:
    assert summarize_losses([{1: (0.7, 0.7)}, {1: (0.6, 0.7)}]) is None


def test_confusion_agrees_with_scikit_learn_summed_over_runs() -> None:
    generator = np.random.default_rng(2)
    runs = [(generator.integers(3, size=50).astype(np.int32), generator.dirichlet(np.ones(4), 50)) for _ in range(3)]
    oracle = sum(
        confusion_matrix(labels, probabilities.argmax(axis=1), labels=range(4)) for labels, probabilities in runs
    )
    assert count_confusions(runs, ["a", "b", "c", "never"]) == oracle.tolist()

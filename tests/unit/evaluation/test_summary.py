import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.evaluation.summary import compute_interval, summarize

UNKNOWN = {"std": None, "low": None, "high": None}


@settings(derandomize=True, max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=2, max_size=10), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_scipys_student_t(values: list[float], confidence: float) -> None:
    interval = compute_interval(values, confidence)
    assert interval["mean"] == pytest.approx(np.mean(values))
    assert interval["std"] == pytest.approx(np.std(values, ddof=1), abs=1e-12)
    error = np.std(values, ddof=1) / len(values) ** 0.5
    if error > 1e-9:
        oracle = scipy.stats.t.interval(confidence, len(values) - 1, loc=np.mean(values), scale=error)
        assert (interval["low"], interval["high"]) == pytest.approx(oracle)


def test_the_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    draws = np.random.default_rng(1).normal(0.8, 0.02, size=(4000, 5))
    interval = [compute_interval(row, 0.95) for row in draws.tolist()]
    covered = np.mean([entry["low"] <= 0.8 <= entry["high"] for entry in interval])  # type: ignore[operator]
    assert 0.93 <= covered <= 0.97


def test_equal_runs_have_a_standard_deviation_of_exactly_0() -> None:
    assert compute_interval([0.7, 0.7, 0.7], 0.95) == {"mean": 0.7, "std": 0.0, "low": 0.7, "high": 0.7}


def test_one_run_has_a_mean_and_no_standard_deviation() -> None:
    assert compute_interval([0.7], 0.95) == {"mean": 0.7, **UNKNOWN}


def test_runs_without_a_score_are_ignored() -> None:
    assert compute_interval([0.2, None, 0.4], 0.95) == compute_interval([0.2, 0.4], 0.95)
    assert compute_interval([None, None], 0.95) == {"mean": None, **UNKNOWN}


def test_a_summary_has_the_tree_of_its_runs_with_an_interval_at_every_leaf() -> None:
    trees = [{"a": 0.1, "b": {"c": 1, "d": None}}, {"a": 0.3, "b": {"c": 2, "d": 0.5}}]
    assert summarize(trees, 0.9) == {
        "a": compute_interval([0.1, 0.3], 0.9),
        "b": {"c": compute_interval([1, 2], 0.9), "d": compute_interval([None, 0.5], 0.9)},
    }

"""Expected validation performance, compared with an enumeration of all draws."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.tuning.expected_performance import expected_performance


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_mean_and_deviation_are_those_of_the_maximum_over_all_tuples_of_draws(scores: list[float]) -> None:
    for line in expected_performance(scores):
        best = [max(drawn) for drawn in itertools.product(scores, repeat=line["budget"])]
        mean = math.fsum(best) / len(best)
        assert line["expected"] == pytest.approx(mean, abs=1e-12)
        assert line["std"] == pytest.approx(math.sqrt(math.fsum((b - mean) ** 2 for b in best) / len(best)), abs=1e-9)


@settings(derandomize=True)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_expected_performance_does_not_decrease_and_ignores_the_order_of_trials(scores: list[float]) -> None:
    lines = expected_performance(scores)
    assert [line["budget"] for line in lines] == [*range(1, len(scores) + 1)]
    expected = [line["expected"] for line in lines]
    assert all(b >= a - 1e-12 for a, b in itertools.pairwise(expected))
    assert expected[0] >= min(scores) - 1e-12
    assert expected[-1] <= max(scores) + 1e-12
    assert expected_performance(sorted(scores)) == expected_performance(scores[::-1]) == lines


def test_one_trial_has_its_own_score_and_no_trials_have_no_curve() -> None:
    assert expected_performance([0.75]) == [{"budget": 1, "expected": 0.75, "std": 0.0}]
    assert expected_performance([]) == []


def test_scores_that_differ_in_their_last_digits_keep_their_deviation() -> None:
    """The formula E[x²] - E[x]² would lose it."""
    (first, _) = expected_performance([1.0, 1.0 - 2e-15])
    assert first["std"] == pytest.approx(1e-15, rel=0.2)

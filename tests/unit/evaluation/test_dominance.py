"""Almost stochastic order, against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from lemma.evaluation.dominance import THRESHOLD, compare_dominance, compute_epsilon, compute_violation_ratio

SCORES = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=7)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@given(SCORES, SCORES)
def test_the_ratios_of_two_models_sum_to_one(first: list[float], second: list[float]) -> None:
    one, other = np.array(first), np.array(second)
    assert compute_violation_ratio(one, other) + compute_violation_ratio(other, one) == pytest.approx(1)


@given(SCORES, SCORES)
def test_the_ratio_is_the_integral_over_the_quantile_functions(first: list[float], second: list[float]) -> None:
    one, other = np.array(first), np.array(second)
    middle = (np.arange(7 * 6 * 5 * 4 * 2) + 0.5) / (7 * 6 * 5 * 4 * 2)  # never at a step
    ahead, behind = (np.quantile(scores, middle, method="inverted_cdf") for scores in (one, other))
    squares = (ahead - behind) ** 2
    expected = squares[ahead < behind].sum() / squares.sum() if squares.any() else 0.5
    assert compute_violation_ratio(one, other) == pytest.approx(expected)


@pytest.mark.parametrize(("shift", "scale"), [(0.5, 1.0), (0.2, 2.0), (-0.3, 0.5)])
def test_the_ratio_approaches_that_of_normal_distributions(shift: float, scale: float) -> None:
    def square(t: float) -> float:
        return float((shift + (scale - 1) * norm.ppf(t)) ** 2)

    crossing = norm.cdf(-shift / (scale - 1)) if scale != 1 else 0.0
    low, high = quad(square, 0, crossing)[0], quad(square, crossing, 1)[0]
    expected = (low if scale > 1 else high) / (low + high) if scale != 1 else 0.0
    one, other = (
        norm.ppf((np.arange(20_000) + 0.5) / 20_000) * scale + shift,
        norm.ppf((np.arange(20_000) + 0.5) / 20_000),
    )
    assert compute_violation_ratio(one, other) == pytest.approx(expected, abs=0.002)


def test_models_whose_runs_do_not_overlap_are_fully_ordered() -> None:
    assert compute_epsilon([0.8, 0.81, 0.82], [0.7, 0.71, 0.72], 0.95, rng()) == 0
    assert compute_epsilon([0.7, 0.71, 0.72], [0.8, 0.81, 0.82], 0.95, rng()) == 1


def test_the_ratio_of_equal_runs_is_one_half() -> None:
    for runs in ([0.8, 0.8], [0.8, 0.81]):
        assert compute_violation_ratio(np.array(runs), np.array(runs)) == 0.5


@pytest.mark.parametrize(
    ("first", "second"),
    [([0.8], [0.7, 0.71]), ([0.8, 0.81], [0.7]), ([0.8, 0.8], [0.7, 0.7]), ([0.7, 0.7, 0.7], [0.8, 0.8])],
    ids=["one run", "one run of the other", "no chance in either", "nor in the worse"],
)
def test_epsilon_is_unknown_without_runs_that_differ(first: list[float], second: list[float]) -> None:
    assert compute_epsilon(first, second, 0.95, rng()) is None
    assert not compare_dominance({"one": first, "other": second}, "one", 0.95, rng())[0]["dominant"]


def test_epsilon_increases_with_confidence() -> None:
    first, second = [0.79, 0.81, 0.82, 0.84, 0.80], [0.78, 0.80, 0.815, 0.83, 0.81]
    epsilons = [compute_epsilon(first, second, confidence, rng()) or 0 for confidence in (0.6, 0.8, 0.95, 0.99)]
    assert epsilons == sorted(epsilons)
    assert compute_violation_ratio(np.array(first), np.array(second)) < epsilons[0]


@pytest.mark.parametrize("runs", [5, 20])
def test_samples_of_one_distribution_are_rarely_called_dominant(runs: int) -> None:
    source = rng()
    pairs = [source.normal(size=(2, runs)).tolist() for _ in range(400)]
    called = [(compute_epsilon(first, second, 0.95, source) or 0) < THRESHOLD for first, second in pairs]
    assert 0 < np.mean(called) < 0.09, "about five in a hundred"


def test_the_best_is_compared_with_every_other_at_a_corrected_confidence() -> None:
    scores = {"cnn": [0.79, 0.81, 0.82], "mlp": [0.78, 0.80, 0.815], "majority": [0.5, 0.5, 0.5]}
    rows = compare_dominance(scores, "cnn", 0.95, rng())
    assert [row["model"] for row in rows] == ["mlp", "majority"]
    assert rows[0]["epsilon"] == compute_epsilon(scores["cnn"], scores["mlp"], 0.975, rng())
    assert rows[1] == {"model": "majority", "epsilon": 0.0, "dominant": True}

import itertools
import tracemalloc

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lemma.evaluation import significance
from lemma.evaluation.significance import adjust_holm, paired_bootstrap


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    "differences", [[1, 0, 0, 0, -1, 1], [1, 1, 1, 0, 0, 0], [0.5, -1, 0.25, 0, 0.75, 1], [-1, -1, -1, 0, 0, 1]]
)
def test_p_and_interval_are_those_of_all_possible_resamples(differences: list[float]) -> None:
    means = np.array(list(itertools.product(differences, repeat=6))).mean(axis=1)
    observed = np.mean(differences)
    result = paired_bootstrap(np.array(differences), 200_000, 0.9, rng())
    assert result.difference == pytest.approx(observed)
    exact = np.mean(np.abs(means - observed) >= abs(observed) - 1e-9)
    assert result.p == pytest.approx(exact, abs=0.005)
    assert (result.low, result.high) == pytest.approx(tuple(np.quantile(means, [0.05, 0.95])), abs=1e-9)


def test_the_interval_agrees_with_scipys_paired_percentile_bootstrap() -> None:
    differences = rng(4).choice([-1, -0.5, 0, 0.5, 1], size=400)
    oracle = scipy.stats.bootstrap((differences,), np.mean, n_resamples=5000, method="percentile", rng=rng(5))
    result = paired_bootstrap(differences, 5000, 0.95, rng(6))
    assert (result.low, result.high) == pytest.approx(tuple(oracle.confidence_interval), abs=0.006)


def test_p_approaches_the_z_test_on_many_documents() -> None:
    differences = rng(7).choice([-1, 0, 1], p=[0.09, 0.8, 0.11], size=5000)
    z = differences.mean() / (differences.std() / len(differences) ** 0.5)
    assert paired_bootstrap(differences, 50_000, 0.95, rng()).p == pytest.approx(
        2 * scipy.stats.norm.sf(abs(z)), abs=0.01
    )


def test_without_a_difference_p_is_uniform_and_the_interval_covers_0() -> None:
    source = rng(8)
    result = [
        paired_bootstrap(source.choice([-1, 0, 1], p=[0.15, 0.7, 0.15], size=500), 999, 0.95, source)
        for _ in range(2000)
    ]
    p = np.array([row.p for row in result])
    for level in (0.05, 0.2, 0.5):
        assert np.mean(p <= level) == pytest.approx(level, abs=0.03)
    assert 0.93 <= np.mean([row.low <= 0 <= row.high for row in result]) <= 0.97


def test_p_is_never_0() -> None:
    assert paired_bootstrap(np.ones(100), 99, 0.95, rng()).p == 1 / 100


def test_equal_models_have_p_1_and_an_interval_of_width_0() -> None:
    assert paired_bootstrap(np.zeros(100), 99, 0.95, rng()) == (0, 0, 0, 1)


def test_swapping_the_models_changes_the_sign_and_not_p() -> None:
    differences = rng(9).choice([-1, 0, 1], p=[0.1, 0.7, 0.2], size=200)
    first, second = (paired_bootstrap(sign * differences, 100_000, 0.95, rng()) for sign in (1, -1))
    assert first.difference == -second.difference
    assert first.p == pytest.approx(second.p, abs=0.01)
    assert first.low == pytest.approx(-second.high, abs=0.01)


def test_the_size_of_a_block_changes_memory_and_not_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    differences = rng(10).normal(size=50)
    whole = paired_bootstrap(differences, 1000, 0.95, rng())
    monkeypatch.setattr(significance, "BLOCK", 700)
    assert paired_bootstrap(differences, 1000, 0.95, rng()) == whole


def test_25000_documents_and_10000_resamples_take_less_than_200_mb() -> None:
    runs = rng(11).integers(-10, 11, size=25_000)
    tracemalloc.start()
    paired_bootstrap(runs / 10, 10_000, 0.95, rng())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6


def test_the_multinomial_form_agrees_with_the_textbook_bootstrap() -> None:
    differences = rng(2).choice([-1.0, 0.0, 1.0], size=300, p=[0.1, 0.75, 0.15])
    observed = differences.mean()
    means = differences[rng(3).integers(300, size=(20_000, 300))].mean(axis=1)
    p = (1 + np.sum(np.abs(means - observed) >= abs(observed))) / (1 + 20_000)
    result = paired_bootstrap(differences, 20_000, 0.95, rng(4))
    assert result.difference == pytest.approx(observed)
    assert result.p == pytest.approx(p, abs=0.01)
    assert (result.low, result.high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), abs=0.004)


@pytest.mark.parametrize("first_class", [0, 1])
def test_a_metric_with_equal_classes_resamples_the_mean_of_class_means(first_class: int) -> None:
    """The last class is rare: some resamples lack it, and their mean is over the others."""
    classes = first_class + np.repeat([0, 1, 2], [12, 6, 2])
    differences = rng(12).choice([-1.0, 0.0, 1.0], size=20, p=[0.1, 0.5, 0.4])

    def score(documents: NDArray[np.int64]) -> float:
        drawn = classes[documents]
        return float(np.mean([differences[documents][drawn == name].mean() for name in np.unique(drawn)]))

    observed = score(np.arange(20))
    means = np.array([score(documents) for documents in rng(13).integers(20, size=(20_000, 20))])
    result = paired_bootstrap(differences, 20_000, 0.9, rng(14), classes)
    assert result.difference == pytest.approx(observed)
    assert result.p == pytest.approx(np.mean(np.abs(means - observed) >= abs(observed) - 1e-9), abs=0.02)
    assert (result.low, result.high) == pytest.approx(tuple(np.quantile(means, [0.05, 0.95])), abs=0.02)


def test_an_adjusted_p_value_is_at_most_1() -> None:
    assert adjust_holm([0.9, 0.7, 0.02]) == pytest.approx([1.0, 1.0, 0.06])


def test_holm_agrees_with_a_worked_example() -> None:
    assert adjust_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert adjust_holm([]) == []


@settings(derandomize=True, max_examples=50)
@given(st.lists(st.floats(1e-4, 1), max_size=8), st.floats(0.001, 0.999))
def test_holm_rejects_what_the_step_down_procedure_rejects(p: list[float], alpha: float) -> None:
    order = sorted(range(len(p)), key=lambda index: p[index])
    rejected = set()
    for rank, index in enumerate(order):
        if p[index] * (len(p) - rank) > alpha:
            break
        rejected.add(index)
    assert {index for index, value in enumerate(adjust_holm(p)) if value <= alpha} == rejected

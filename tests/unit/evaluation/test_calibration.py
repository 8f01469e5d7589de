"""Reliability by confidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.evaluation.calibration import compute_calibration


def drawn(seed: int, size: int = 400, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.ones(classes), size).astype(np.float32)
    return generator.integers(0, classes, size), probabilities


def test_a_calibrated_model_has_no_error() -> None:
    probabilities = np.tile(np.array([0.75, 0.25], np.float32), (400, 1))
    labels = np.repeat([0, 0, 0, 1], 100)
    calibration = compute_calibration([(labels, probabilities)])
    assert calibration["ece"] == [pytest.approx(0)]
    (only,) = calibration["bins"]
    assert only == {"low": 0.7, "high": 0.8, "confidence": 0.75, "accuracy": 0.75, "documents": 400}


def test_a_confident_model_that_is_always_wrong_has_error_1() -> None:
    probabilities = np.tile(np.array([1.0, 0.0], np.float32), (7, 1))
    assert compute_calibration([(np.ones(7, int), probabilities)])["ece"] == [1.0]


@given(st.integers(0, 50))
def test_the_error_is_the_mean_difference_of_confidence_and_accuracy_by_bin(seed: int) -> None:
    labels, probabilities = drawn(seed)
    sure, right = probabilities.max(1).astype(float), probabilities.argmax(1) == labels
    edges = np.linspace(0, 1, 11)
    total = 0.0
    for low, high in zip(edges, edges[1:]):
        inside = (sure >= low) & ((sure < high) | (high == 1))
        if inside.any():
            total += inside.mean() * abs(sure[inside].mean() - right[inside].mean())
    assert compute_calibration([(labels, probabilities)])["ece"] == [pytest.approx(total)]


def test_bins_are_over_all_runs_and_errors_of_single_runs() -> None:
    runs = [drawn(0), drawn(1, 200)]
    calibration = compute_calibration(runs)
    assert sum(entry["documents"] for entry in calibration["bins"]) == 600
    assert calibration["ece"] == [compute_calibration([run])["ece"][0] for run in runs]
    assert all(entry["low"] <= entry["confidence"] <= entry["high"] for entry in calibration["bins"])

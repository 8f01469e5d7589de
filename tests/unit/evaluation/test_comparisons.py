"""Choice of the compared models, and the numbers of a comparison."""

from typing import Any

import numpy as np
import pytest
import scipy.stats

from lemma.evaluation.comparisons import choose_sides, compare_models
from lemma.evaluation.spreads import score_split

CLASSES = ["no", "yes"]
PRIMARY = ("accuracy",)


def predict(right: Any) -> tuple[Any, Any]:
    labels = np.arange(len(right)) % 2
    return labels, np.eye(2)[np.where(right, labels, 1 - labels)]


def test_a_pair_is_compared_once_and_a_model_not_with_itself() -> None:
    dev = {"cnn": 0.8, "rnn": 0.9, "logreg": 0.7}
    sides = [("network", "linear"), ("rnn", "logreg"), ("rnn", "network"), ("network", "majority")]
    assert choose_sides(sides, list(dev), dev) == [("rnn", "logreg")]


def test_a_difference_of_folds_has_the_corrected_t_test_of_its_values_on_the_folds() -> None:
    generator, ratio = np.random.default_rng(0), 0.25
    runs = {
        model: [predict(generator.random(50) < skill) for _ in range(5)] for model, skill in (("a", 0.9), ("b", 0.6))
    }
    scores = score_split(runs, CLASSES, PRIMARY, 10, 0, ratio)
    (row,) = compare_models(scores, [("a", "b")], PRIMARY, 0.95, ratio)
    values = {model: np.array([run["accuracy"] for run in scores.runs[model]]) for model in runs}
    differences = values["a"] - values["b"]
    error = np.sqrt((1 / 5 + ratio) * differences.var(ddof=1))
    assert (row["difference"], row["error"], row["freedom"]) == pytest.approx((differences.mean(), error, 4))
    assert row["p"] == pytest.approx(2 * scipy.stats.t.sf(differences.mean() / error, 4))

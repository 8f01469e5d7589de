"""Almost stochastic order: are the scores of one model's runs higher than those of another's?

Model A stochastically dominates model B if each quantile of A's scores is at least the same quantile of B's. For
trained networks this rarely holds at every quantile. The violation ratio (del Barrio et al., 2018; Dror et al., 2019)
measures how far it is violated: 0 if A dominates B, 1 if B dominates A. A bootstrap over runs gives epsilon, an upper
confidence bound of the violation ratio. For two models with the same distribution of scores and five runs each,
epsilon is below 0.5 in a fifth of comparisons and below 0.2 in one of twenty. The threshold is therefore 0.2, as Ulmer
et al. (2022) recommend. The result is about other seeds; `significance` is about other test documents.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

RESAMPLES = 1000
THRESHOLD = 0.2


def compute_violation_ratio(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    """Return the part of the squared distance between two quantile functions where the first is below the second.

    With the quantile functions F and G of the two samples this is the integral of max(0, G - F)^2 over [0, 1], divided
    by the integral of (F - G)^2; it is 0.5 if the samples are equal.

    Args:
        first: (..., n) scores of one model's runs.
        second: (..., m) scores of the other model's runs.

    Returns:
        (...) ratios between 0 and 1.
    """
    n, m = first.shape[-1], second.shape[-1]
    # Both quantile functions are step functions and constant between two of these points, which are multiplied by
    # n * m so that equal fractions are equal integers.
    steps = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    widths = np.diff(steps) / (n * m)
    first_quantiles = np.sort(first, -1)[..., steps[:-1] // m]
    second_quantiles = np.sort(second, -1)[..., steps[:-1] // n]
    squares = (first_quantiles - second_quantiles) ** 2 * widths
    total = squares.sum(-1)
    below = np.where(first_quantiles < second_quantiles, squares, 0).sum(-1)
    ratio: NDArray[np.float64] = np.divide(below, total, out=np.full_like(total, 0.5), where=total > 0)
    return ratio


def compute_epsilon(
    first: Sequence[float], second: Sequence[float], confidence: float, generator: np.random.Generator
) -> float | None:
    """Return the upper end of the one-sided confidence interval of the violation ratio, between 0 and 1.

    Args:
        first: scores of the model whose dominance is tested, one for each run.
        second: scores of the other model.
        confidence: level of the interval, between 0.5 and 1.
        generator: source of randomness.

    Returns:
        epsilon; None if nothing is known about other seeds, because one of the models has a single run or all runs of
        each model have the same score.
    """
    samples = np.asarray(first, float), np.asarray(second, float)
    n, m = map(len, samples)
    if min(n, m) < 2 or all((sample == sample[0]).all() for sample in samples):
        return None
    ratio = float(compute_violation_ratio(*samples))
    resampled = [sample[generator.integers(0, len(sample), (RESAMPLES, len(sample)))] for sample in samples]
    scale = (n * m / (n + m)) ** 0.5
    deviation = float(np.std(scale * (compute_violation_ratio(*resampled) - ratio)))
    return float(np.clip(ratio + deviation * float(ndtri(confidence)) / scale, 0, 1))


def compare_dominance(
    scores: Mapping[str, Sequence[float]], best: str, confidence: float, generator: np.random.Generator
) -> list[dict[str, Any]]:
    """Compute epsilon of the best model over every other model, with Bonferroni's correction (Dror et al., 2019).

    Args:
        scores: for each model one score for each run.
        best: the model whose dominance is tested.
        confidence: level for all comparisons together.
        generator: source of randomness.

    Returns:
        [{model, epsilon, dominant}] in the order of `scores`; `dominant` if epsilon is known and below `THRESHOLD`.
    """
    others = [model for model in scores if model != best]
    corrected = 1 - (1 - confidence) / max(1, len(others))
    rows = []
    for model in others:
        epsilon = compute_epsilon(scores[best], scores[model], corrected, generator)
        rows.append({"model": model, "epsilon": epsilon, "dominant": epsilon is not None and epsilon < THRESHOLD})
    return rows

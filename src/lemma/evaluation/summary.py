"""Mean, standard deviation and confidence interval of a score over runs.

The interval covers the variance between trainings with other seeds or folds. The variance due to the choice of test
documents is in `significance`.
"""

import statistics
from collections.abc import Sequence
from typing import Any

from scipy.special import stdtrit


def compute_interval(values: Sequence[float | None], confidence: float) -> dict[str, float | None]:
    """Return mean, standard deviation and Student's t interval of the mean, mean -+ t std / sqrt(n).

    The interval treats the runs as independent draws from a normal distribution, and may exceed 0 or 1. Folds share
    training documents, so their interval is somewhat too narrow (Bengio and Grandvalet, 2004).

    Args:
        values: one for each run; None for a run without this score, which is ignored.
        confidence: level of the interval, between 0 and 1.

    Returns:
        {mean, std, low, high}, with the unbiased variance (n - 1); std, low and high are None for a single value, all
        four without a value.
    """
    # `statistics` computes with fractions and rounds once: equal values have exactly their mean, and std 0.
    known = [value for value in values if value is not None]
    mean = float(statistics.mean(known)) if known else None
    if mean is None or len(known) < 2:
        return {"mean": mean, "std": None, "low": None, "high": None}
    std = statistics.stdev(known)
    half_width = float(stdtrit(len(known) - 1, (1 + confidence) / 2)) * std / len(known) ** 0.5
    return {"mean": mean, "std": std, "low": mean - half_width, "high": mean + half_width}


def summarize(trees: Sequence[Any], confidence: float) -> Any:
    """Return a tree of the same shape in which each leaf is the `compute_interval` of that leaf over all trees.

    Args:
        trees: nested dictionaries with equal keys and numbers or None as leaves, one for each run.
        confidence: level of the intervals.
    """
    if isinstance(trees[0], dict):
        return {key: summarize([tree[key] for tree in trees], confidence) for key in trees[0]}
    return compute_interval(trees, confidence)

"""Mean, spread and interval over runs: how much a score owes to the seed, or to the fold.

The interval is of training variance alone. What the choice of test documents adds is in `significance`.
"""

import statistics
from collections.abc import Sequence
from typing import Any

from scipy.special import stdtrit


def interval(values: Sequence[float | None], confidence: float) -> dict[str, float | None]:
    """Return the mean of `values`, their standard deviation and the interval of the mean.

    The interval is Student's (1908), mean -+ t std / sqrt(n), which takes the runs for independent draws from a normal
    distribution; it may reach beyond 0 and 1. Folds share training documents, so theirs is somewhat too narrow
    (Bengio & Grandvalet 2004).

    Args:
        values: one a run; null where the run has no such score, and those runs do not count.
        confidence: probability of the interval, between 0 and 1.

    Returns:
        {mean, std, low, high}, std with n - 1 below the fraction. What cannot be known is null: spread and interval of
        a single value, everything of none.
    """
    # `statistics` computes in fractions and rounds once: the mean of equal values is theirs, and their spread is 0.
    known = [value for value in values if value is not None]
    mean = float(statistics.mean(known)) if known else None
    if mean is None or len(known) < 2:
        return {"mean": mean, "std": None, "low": None, "high": None}
    std = statistics.stdev(known)
    half = float(stdtrit(len(known) - 1, (1 + confidence) / 2)) * std / len(known) ** 0.5
    return {"mean": mean, "std": std, "low": mean - half, "high": mean + half}


def summarize(trees: Sequence[Any], confidence: float) -> Any:
    """Return one tree like each of `trees`, every leaf replaced by its `interval` over them.

    Args:
        trees: nested dictionaries with the same keys and numbers or null as leaves, one a run.
        confidence: probability of the intervals.
    """
    if isinstance(trees[0], dict):
        return {key: summarize([tree[key] for tree in trees], confidence) for key in trees[0]}
    return interval(trees, confidence)

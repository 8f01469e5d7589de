"""Mean, standard deviation and confidence interval of each score of a model.

The standard deviation is that over runs. The interval covers other runs and other documents (see `uncertainty`).
"""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from lemma.evaluation.uncertainty import Spread, compute_interval

Path = tuple[str, ...]  # keys from the root of a tree of scores to a leaf


def summarize(trees: Sequence[Any], spreads: Mapping[Path, Spread], confidence: float, path: Path = ()) -> Any:
    """Return a tree of the same shape in which each leaf is summarized over all trees.

    Args:
        trees: nested dictionaries with equal keys and numbers or None as leaves, one for each run.
        spreads: standard error of the mean of a leaf by its path; leaves without one get no interval.
        confidence: level of the intervals.
        path: path of the trees.

    Returns:
        Leaves {mean, std, low, high}: std is None for a single run, low and high without a spread, all without a value.
    """
    if isinstance(trees[0], dict):
        return {key: summarize([tree[key] for tree in trees], spreads, confidence, (*path, key)) for key in trees[0]}
    # `statistics` computes with fractions and rounds once: equal values have exactly their mean, and std 0.
    known = [value for value in trees if value is not None]
    summary: dict[str, float | None] = {
        "mean": float(statistics.mean(known)) if known else None,
        "std": statistics.stdev(known) if len(known) > 1 else None,
        "low": None,
        "high": None,
    }
    if known and path in spreads:
        summary["low"], summary["high"] = compute_interval(float(statistics.mean(known)), spreads[path], confidence)
    return summary

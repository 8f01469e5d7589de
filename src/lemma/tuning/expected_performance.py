"""Expected validation performance: the expected best dev score of n trials, as a function of n.

Dodge et al. (2019), "Show Your Work: Improved Reporting of Experimental Results", equations 2 to 7: n trials are n
draws with replacement from the scores of all trials. Therefore the curve ends below the best score, and it is biased
downwards (Tang et al., 2020). It serves to compare models at equal budgets.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np


def expected_performance(scores: Sequence[float]) -> list[dict[str, Any]]:
    """Return mean and standard deviation of the maximum of n draws, for n from 1 to the number of scores.

    They are exact: the maximum of n draws is at most the i-th smallest of N scores with probability (i/N)^n.

    Args:
        scores: dev scores of all trials, finite, in any order.

    Returns:
        [{budget, expected, std}] with an item for each budget; empty without scores.
    """
    values = np.sort(np.asarray(scores, np.float64))
    ranks = np.arange(len(values) + 1) / max(1, len(values))
    lines = []
    for budget in range(1, len(values) + 1):
        probabilities = np.diff(ranks**budget)  # of being the maximum: (N,), sums to 1
        expected = float(probabilities @ values)
        # not E[x²] - E[x]², which would cancel: scores differ in their third digit only
        std = float(np.sqrt(probabilities @ (values - expected) ** 2))
        lines.append({"budget": budget, "expected": expected, "std": std})
    return lines

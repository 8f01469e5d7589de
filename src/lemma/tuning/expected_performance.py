"""Expected validation performance: the best dev score that so many trials can be expected to find.

Dodge et al. 2019, "Show Your Work: Improved Reporting of Experimental Results", equations 2 to 7: the trials made stand
for all that could have been made, so n trials are n draws with replacement from their scores. By that the curve ends
below the best score found, and is biased downwards (Tang et al. 2020): it compares models, it does not forecast.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np


def expected_performance(scores: Sequence[float]) -> list[dict[str, Any]]:
    """Return mean and standard deviation of the best of n draws, for n from 1 to the number of scores.

    With the scores in order, the best of n is at most the i-th with probability (i/N)^n: no draw is simulated.

    Args:
        scores: the dev scores of all trials, each finite, in any order.

    Returns:
        [{budget, expected, std}], a line for each budget; none where there is no score.
    """
    values = np.sort(np.asarray(scores, np.float64))
    ranks = np.arange(len(values) + 1) / max(1, len(values))
    lines = []
    for budget in range(1, len(values) + 1):
        chances = np.diff(ranks**budget)  # of being the best: (N,), sums to 1
        expected = float(chances @ values)
        # About the mean, not E[x²] - E[x]²: scores differ in their third digit, and squares would cancel.
        std = float(np.sqrt(chances @ (values - expected) ** 2))
        lines.append({"budget": budget, "expected": expected, "std": std})
    return lines

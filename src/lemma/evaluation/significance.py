"""Paired bootstrap over documents of two experiments, with Holm's correction: `lemma compare`.

The trained models are fixed and the documents are resampled, so the result is about other documents from the same
distribution, not about other seeds. The report uses `uncertainty`, which covers both.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Counts drawn at once: 8 MB, and another 8 MB for their product with the values.
BLOCK = 2**20
# Larger than the rounding error of a mean of differences, smaller than the smallest step between two such means.
ROUNDING = 1e-12


class Bootstrap(NamedTuple):
    """An observed mean difference, its confidence interval, and the two-sided p-value of no difference."""

    difference: float
    low: float
    high: float
    p: float


def paired_bootstrap(
    differences: NDArray[Any],
    resamples: int,
    confidence: float,
    generator: np.random.Generator,
    classes: NDArray[Any] | None = None,
) -> Bootstrap:
    """Compute the percentile interval and the p-value of a mean difference by resampling documents.

    For accuracy, the textbook form is::

        observed = differences.mean()
        samples = generator.integers(len(differences), size=(resamples, len(differences)))
        means = differences[samples].mean(axis=1)
        low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
        p = (1 + np.sum(np.abs(means - observed) >= abs(observed))) / (1 + resamples)

    The p-value is the fraction of resamples in which the mean deviates from the observed mean by at least its absolute
    value: the bootstrap distribution, shifted to mean 0, estimates the distribution under the null hypothesis (Efron
    and Tibshirani, 1993, section 16.4; in NLP Berg-Kirkpatrick et al., 2012). The observed sample counts as one more
    resample, so that p is never 0 (Davison and Hinkley, 1997, section 4.2).

    The mean of a resample depends only on how often each distinct value of `differences` was drawn. These counts have
    a multinomial distribution, so drawing the counts gives the same distribution of means. It takes one random number
    for each distinct value instead of one for each document.

    Args:
        differences: (documents,) score of one model minus the score of the other on each document.
        resamples: number of resamples.
        confidence: level of the interval, between 0 and 1.
        generator: source of randomness.
        classes: (documents,) true class of each document, for a metric in which every class has the same weight, such
            as macro recall: the mean is then the mean of the class means, over the classes that occur in the resample.
            None: every document has the same weight.
    """
    groups = np.zeros(len(differences)) if classes is None else classes
    (group, values), counts = np.unique(np.stack([groups, differences]), axis=1, return_counts=True)
    documents = len(differences)
    starts = np.flatnonzero(np.diff(group, prepend=-1))  # `np.unique` sorts by class, then by value
    observed = float(_mean_of_class_means(counts[None], values, starts)[0])
    means = np.empty(resamples)
    step = max(1, BLOCK // len(values))
    for start in range(0, resamples, step):
        block = means[start : start + step]  # a view: assigning to it fills `means`
        drawn_counts = generator.multinomial(documents, counts / documents, size=len(block))
        block[:] = _mean_of_class_means(drawn_counts, values, starts)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    # Means take few distinct values, so ties are common; rounding must not decide whether a tie counts.
    extreme = np.count_nonzero(np.abs(means - observed) >= abs(observed) - ROUNDING)
    return Bootstrap(observed, float(low), float(high), (extreme + 1) / (resamples + 1))


def _mean_of_class_means(
    counts: NDArray[np.int64], values: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the mean over classes of the mean value in each class: (resamples,).

    Args:
        counts: (resamples, values) how often each value was drawn.
        values: (values,) distinct differences, grouped by class.
        starts: (classes,) index of the first value of each class.
    """
    # Not `counts @ values`: the order in which BLAS adds depends on the block size, and with it the last digit.
    sums, sizes = (np.add.reduceat(array, starts, axis=1) for array in (counts * values, counts))
    class_means: NDArray[np.float64] = np.divide(sums, sizes, out=np.zeros(sums.shape), where=sizes > 0)
    means: NDArray[np.float64] = class_means.sum(axis=1) / (sizes > 0).sum(axis=1)
    return means


def adjust_holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for multiple comparisons by Holm's (1979) step-down procedure, in the same order.

    Rejecting where the adjusted p-value is at most alpha keeps the probability of any false rejection at most alpha.
    The smallest of m p-values is multiplied by m, the next one by m - 1, and so on; an adjusted value is at least as
    large as the one before it, and at most 1.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted

"""Standard errors of mean scores that cover both the trainings and the test documents.

A mean score over runs varies for two reasons: another seed gives another model, and other test documents give another
score. Where all runs share their test documents, both are resampled, independently of each other: the crossed, or
pigeonhole, bootstrap (Owen, 2007; Bouthillier et al., 2021, argue that comparisons of learning algorithms need both).
With k folds, each run has its own test documents, and the runs share training documents: the standard error is that of
the corrected resampled t-test (Nadeau and Bengio, 2003).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr, stdtrit

Floats = NDArray[np.float64]
POWER = 0.8  # with which the smallest detectable difference is detected


class Spread(NamedTuple):
    """The standard error of an estimate, and the degrees of freedom of its t distribution."""

    error: float
    freedom: float


class Comparison(NamedTuple):
    """An interval of a difference, its p-value, and the smallest difference that the test would have detected."""

    low: float
    high: float
    p: float
    detectable: float


class Resampled(NamedTuple):
    """The scores of the runs of a model, and on resampled documents.

    Attributes:
        scores: (runs,) observed.
        draws: (resamples, runs) on resampled documents, the same resamples for all runs and models.
    """

    scores: Floats
    draws: Floats


def spread_crossed(models: Sequence[Resampled], documents: int) -> Spread:
    """Return the spread of the mean score of a model, or of the difference of the mean scores of two.

    The variance is that of the crossed bootstrap with the interaction of runs and documents counted once: the plain
    form counts it three times (Owen, 2007), which makes its intervals too wide if runs err on different documents. The
    degrees of freedom are those of Satterthwaite (1946), since the variance over few runs is itself uncertain.

    Args:
        models: one model, or two whose difference is estimated.
        documents: number of documents.
    """
    signs = (1, -1)
    means = sum(sign * model.draws.mean(axis=1) for sign, model in zip(signs, models, strict=False))
    of_documents = float(np.nanvar(means, ddof=1))
    variance, uncertain = of_documents, of_documents**2 / max(1, documents - 1)
    for scores, draws in models:
        runs = len(scores)
        if runs > 1:
            deviations = draws - draws.mean(axis=1, keepdims=True)
            interaction = float(np.nanvar(deviations, axis=0, ddof=1).sum()) / (runs - 1)
            of_runs = float(np.var(scores, ddof=1))
            variance += max(0.0, of_runs - interaction) / runs
            uncertain += (of_runs / runs) ** 2 / (runs - 1)
    return _make_spread(variance, uncertain, documents)


def _make_spread(variance: float, uncertain: float, documents: int) -> Spread:
    """Return the spread of a variance, with at least one degree of freedom: a variance of 0 has none by the formula."""
    return Spread(variance**0.5, max(1.0, variance**2 / uncertain) if uncertain > 0 else float(max(1, documents - 1)))


def spread_accuracy(marks: Floats) -> Spread:
    """Return the spread of a mean over runs and documents, in closed form; as `spread_crossed`, without resampling.

    Args:
        marks: (runs, documents) value of each document in each run; NaN where the run does not test the document. With
            folds, each document has one value, and only documents vary.
    """
    runs, documents = marks.shape
    of_documents = float(np.var(np.nanmean(marks, axis=0), ddof=1)) / documents
    variance, uncertain = of_documents, of_documents**2 / max(1, documents - 1)
    if runs > 1 and not np.isnan(marks).any():
        deviations = marks - marks.mean(axis=0)
        interaction = float(np.var(deviations, axis=1, ddof=1).sum()) / (runs - 1) / documents
        of_runs = float(np.var(marks.mean(axis=1), ddof=1))
        variance += max(0.0, of_runs - interaction) / runs
        uncertain += (of_runs / runs) ** 2 / (runs - 1)
    return _make_spread(variance, uncertain, documents)


def spread_folds(scores: Sequence[float], ratio: float) -> Spread:
    """Return the spread of a mean over folds, corrected for overlapping training sets (Nadeau and Bengio, 2003).

    Args:
        scores: score of each fold, or difference of two models on each fold.
        ratio: number of test documents over number of training documents of a fold.
    """
    folds = len(scores)
    variance = (1 / folds + ratio) * float(np.var(scores, ddof=1))
    return Spread(variance**0.5, float(folds - 1))


def compute_interval(mean: float, spread: Spread, confidence: float) -> tuple[float, float]:
    """Return the t interval of an estimate."""
    width = float(stdtrit(spread.freedom, (1 + confidence) / 2)) * spread.error
    return mean - width, mean + width


def compare_with_zero(difference: float, spread: Spread, confidence: float, comparisons: int) -> Comparison:
    """Test whether a difference is 0, as one of several comparisons.

    Interval and p-value are adjusted by Bonferroni's inequality and agree: the interval excludes 0 if and only if the
    p-value is below 1 - confidence. All intervals of a family cover their differences with this confidence at once.

    Args:
        difference: the estimated difference.
        spread: its spread.
        confidence: level of the intervals.
        comparisons: number of comparisons of the family.
    """
    level = 1 - (1 - confidence) / comparisons
    low, high = compute_interval(difference, spread, level)
    if spread.error == 0:
        p = 1.0 if difference == 0 else 0.0
    else:
        p = 2 * float(stdtr(spread.freedom, -abs(difference) / spread.error))
    critical = float(stdtrit(spread.freedom, (1 + level) / 2))
    detectable = (critical + float(ndtri(POWER))) * spread.error
    return Comparison(low, high, min(1.0, comparisons * p), detectable)

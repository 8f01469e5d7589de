"""Is the best model better, or was the test set kind to it? Paired bootstrap over test documents, Holm-corrected.

The best model is chosen on dev by the caller: the best on test, then tested on test, would be selection. The trained
models are held fixed and the documents resampled, so the answer speaks of other test documents, not of other seeds;
those are in `summary`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.primary_metric import MACRO_RECALL

# Entries drawn at once: 8 MB each for the counts and for their product with the values.
BLOCK = 2**20
# Far above the rounding of a mean of differences, far below the least step between two such means.
ROUNDING = 1e-12


class Bootstrap(NamedTuple):
    """A mean difference, its interval and the two-sided p-value of no difference."""

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
    """Resample documents with replacement and return the mean difference with its percentile interval and p-value.

    p is the share of resamples whose mean strays from the observed one at least as far as that is from 0: the
    resampled distribution, shifted to a mean of 0, stands for the null hypothesis (Efron & Tibshirani 1993, section
    16.4; Berg-Kirkpatrick et al. 2012 for its use in NLP). The observed sample counts as one resample,
    (s + 1) / (b + 1), so p is never 0 (Davison & Hinkley 1997, section 4.2).

    A resample's mean depends only on how often each distinct difference was drawn, and these counts are multinomial.
    Drawing the counts is exact and takes as many numbers a resample as there are distinct differences, few when each
    is a count of runs, instead of one a document.

    Args:
        differences: (documents,) score of one model less that of the other, document by document.
        resamples: number of resamples b.
        confidence: probability of the interval, between 0 and 1.
        generator: source of randomness.
        classes: (documents,) true classes, where every class weighs the same, as in macro recall: the mean is then that
            of the classes' means, a class that a resample lacks left out. None: every document weighs the same.
    """
    groups = np.zeros(len(differences)) if classes is None else classes
    (group, values), counts = np.unique(np.stack([groups, differences]), axis=1, return_counts=True)
    documents = len(differences)
    first = np.flatnonzero(np.diff(group, prepend=-1))  # of each class: `unique` sorts by it
    observed = float(_means(counts[None], values, first)[0])
    means = np.empty(resamples)
    step = max(1, BLOCK // len(values))
    for start in range(0, resamples, step):
        block = means[start : start + step]  # a view: filling it fills `means`
        drawn = generator.multinomial(documents, counts / documents, size=len(block))
        block[:] = _means(drawn, values, first)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    # Ties are common, since means move in steps; rounding must not decide on which side they count.
    extreme = np.count_nonzero(np.abs(means - observed) >= abs(observed) - ROUNDING)
    return Bootstrap(observed, float(low), float(high), (extreme + 1) / (resamples + 1))


def _means(counts: NDArray[np.int64], values: NDArray[np.float64], first: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of the classes' mean values: (resamples,).

    Args:
        counts: (resamples, values) how often each was drawn.
        values: (values,) in the order of their classes.
        first: (classes,) place of each class's first value.
    """
    # Not `counts @ values`: a BLAS adds in an order that hangs on the block's size, and the last digit with it.
    sums, sizes = (np.add.reduceat(held, first, axis=1) for held in (counts * values, counts))
    means: NDArray[np.float64] = np.divide(sums, sizes, out=np.zeros(sums.shape), where=sizes > 0)
    found: NDArray[np.float64] = means.sum(axis=1) / (sizes > 0).sum(axis=1)
    return found


def holm(p: Sequence[float]) -> list[float]:
    """Return the p-values corrected for their number.

    Calling those with p <= alpha significant raises any false alarm with probability alpha at most. Step-down: the
    smallest is multiplied by m, the next by m - 1, and so on; none falls below one before it (Holm 1979).
    """
    corrected = [0.0] * len(p)
    least = 0.0
    for rank, index in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        least = max(least, min(1.0, (len(p) - rank) * p[index]))
        corrected[index] = least
    return corrected


def compare(
    right: Mapping[str, NDArray[Any]],
    tested: NDArray[Any],
    best: str,
    resamples: int,
    confidence: float,
    generator: np.random.Generator,
    classes: NDArray[Any] | None = None,
) -> dict[str, Any]:
    """Return the paired bootstrap of `best` against every other model, in the order of `right`.

    A document's score is the share of the runs testing it that classify it rightly; documents that no run tests are
    left out. `significant` says that p_holm <= 1 - confidence, in either direction: the best on dev may be
    significantly worse on test, which `difference` < 0 tells.

    Args:
        right: for each model (documents,) number of runs that test the document and are right about it.
        tested: (documents,) number of runs that test the document.
        best: the model with the highest mean score on dev.
        resamples: of each comparison.
        confidence: of the intervals; 1 - confidence is the level of the tests.
        generator: source of randomness.
        classes: (documents,) true classes where the score is macro recall; None where it is accuracy.

    Returns:
        {best, metric, resamples, documents, comparisons: [{model, difference, low, high, p, p_holm, significant}]}
    """
    used = tested > 0
    others = [model for model in right if model != best]
    # Whole numbers are subtracted before the division: equal differences are then equal floats.
    pairs = ((right[best][used] - right[model][used]) / tested[used] for model in others)
    inside = None if classes is None else classes[used]
    found = [paired_bootstrap(pair, resamples, confidence, generator, inside) for pair in pairs]
    corrected = holm([one.p for one in found])
    return {
        "best": best,
        "metric": "accuracy" if classes is None else MACRO_RECALL,
        "resamples": resamples,
        "documents": int(np.count_nonzero(used)),
        "comparisons": [
            {"model": model, **one._asdict(), "p_holm": p_holm, "significant": bool(p_holm <= 1 - confidence)}
            for model, one, p_holm in zip(others, found, corrected, strict=True)
        ],
    }

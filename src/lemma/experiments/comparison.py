"""What a comparison of two experiments holds, whichever way it was made."""

from dataclasses import dataclass

from lemma.evaluation.judged import judged
from lemma.experiments.recorded import Results

DOCUMENTS, FOLDS, PAIRED_RUNS, RUNS = "documents", "folds", "paired runs", "runs"  # what conclusions are drawn from


@dataclass(frozen=True)
class Difference:
    """A model's mean scores in two experiments, and the second less the first with its confidence interval.

    Interval and p-values are None where nothing varies. `p_holm` is corrected for all comparisons that are printed.
    """

    model: str
    first: float
    second: float
    difference: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None


@dataclass(frozen=True)
class Comparison:
    """The comparison of two experiments on one data set.

    Attributes:
        dataset: name of the data set.
        split: dev or test.
        metric: the primary one of the data set.
        by: DOCUMENTS, FOLDS, PAIRED_RUNS or RUNS.
        size: number of the documents, or of the runs of either experiment.
        reason: why it is not by documents; "" if it is.
        differences: one a model.
    """

    dataset: str
    split: str
    metric: str
    by: str
    size: tuple[int, ...]
    reason: str
    differences: list[Difference]


def scores(results: Results, dataset: str, model: str, split: str, metric: str) -> dict[int, float]:
    """Return a model's score on a split by run."""
    entries = results.metrics[dataset]["models"][model]["runs"]
    return {int(entry["run"]): float(judged(entry[split], metric)) for entry in entries}

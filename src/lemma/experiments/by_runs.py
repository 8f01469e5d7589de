"""Compare two experiments by the scores of their runs, where no predictions were kept: Student's t (1908).

The documents are held fixed, so the p-value speaks of other seeds and not of other documents; folds vary both. Equal
runs have equal seeds, or the same fold, and are paired; other runs are two samples (Welch 1947).
"""

from statistics import fmean
from typing import Any

from scipy import stats

from lemma.data.catalog import metric_of
from lemma.errors import InputError
from lemma.experiments.comparison import FOLDS, PAIRED_RUNS, RUNS, Comparison, Difference, scores
from lemma.experiments.recorded import Results

ROUNDING = 1e-12  # of a difference of scores


def by_runs(
    first: Results, second: Results, dataset: str, models: list[str], split: str, confidence: float, reason: str
) -> Comparison:
    """Return the differences of models on a split, by the scores of their runs.

    Args:
        first: an experiment.
        second: the other; differences are its scores less those of the first.
        dataset: name of the data set.
        models: that both have.
        split: dev or test.
        confidence: of the intervals.
        reason: why it is not by documents.

    Raises:
        InputError: as far as the kept results tell, the two were not scored on the same documents.
    """
    _refuse_other_documents(first, second, dataset, models, split)
    metric = metric_of(dataset)
    pairs = {
        model: (scores(first, dataset, model, split, metric), scores(second, dataset, model, split, metric))
        for model in models
    }
    is_paired = all(one.keys() == other.keys() for one, other in pairs.values())
    differences = [_difference(model, *pairs[model], is_paired, confidence) for model in models]
    one, other = pairs[models[0]]
    size = (len(one),) if is_paired else (len(one), len(other))
    by = RUNS if not is_paired else FOLDS if _protocol(first, dataset)["kind"] == "folds" else PAIRED_RUNS
    return Comparison(dataset, split, metric, by, size, reason, differences)


def _difference(
    model: str, first: dict[int, float], second: dict[int, float], is_paired: bool, confidence: float
) -> Difference:
    means = fmean(first.values()), fmean(second.values())
    one, other = ([scores[run] for run in sorted(scores)] for scores in (first, second))
    gains = [after - before for before, after in zip(one, other)]
    varies = [gains] if is_paired else [one, other]
    # nothing varies in a model without chance, and one run has no variance
    if min(map(len, varies)) < 2 or all(max(values) - min(values) < ROUNDING for values in varies):
        return Difference(model, *means, means[1] - means[0])
    test = stats.ttest_rel(other, one) if is_paired else stats.ttest_ind(other, one, equal_var=False)
    interval = test.confidence_interval(confidence)
    return Difference(model, *means, means[1] - means[0], float(interval.low), float(interval.high), float(test.pvalue))


def _refuse_other_documents(first: Results, second: Results, dataset: str, models: list[str], split: str) -> None:
    for what, value in (
        (f"datasets.{dataset}", lambda it: it.params["datasets"].get(dataset)),
        ("prepare.duplicates", lambda it: it.params["prepare"].get("duplicates")),
        ("the protocol", lambda it: _protocol(it, dataset)),
        (f"the number of {split} documents of a class", lambda it: _supports(it, dataset, models[0], split)),
    ):
        if value(first) != value(second):
            raise InputError(
                f"{first.name} and {second.name} were not scored on the same {split} documents of {dataset}: "
                f"{what} differs.",
                "Compare two experiments in which these are the same.",
            )


def _protocol(results: Results, dataset: str) -> dict[str, Any]:
    protocol = results.metrics[dataset]["protocol"]
    return {key: protocol.get(key) for key in ("kind", "folds", "dev")}


def _supports(results: Results, dataset: str, model: str, split: str) -> Any:
    """Return the documents of each class; under folds of each run, else of any."""
    entries = results.metrics[dataset]["models"][model]["runs"]
    supports = {
        int(entry["run"]): {name: scores["support"] for name, scores in entry[split]["per_class"].items()}
        for entry in entries
    }
    is_folds = results.metrics[dataset]["protocol"]["kind"] == "folds"
    return supports if is_folds else next(iter(supports.values()))

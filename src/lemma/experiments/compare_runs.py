"""Compare two experiments by the scores of their runs, if predictions do not exist: Student's t test (1908).

On a fixed split the documents are held fixed, and intervals account for the seeds only. Runs with equal seeds are
paired; other runs are two independent samples (Welch, 1947). Folds are paired too. They share training documents, which
the corrected resampled t test takes into account (Nadeau and Bengio, 2003).
"""

from math import sqrt
from statistics import fmean, variance
from typing import Any

from scipy import stats

from lemma.data.sources.catalog import get_primary_metric
from lemma.errors import InputError
from lemma.experiments.comparison import FOLDS, PAIRED_RUNS, RUNS, Comparison, Difference, scores_by_run
from lemma.experiments.results import Results

ROUNDING = 1e-12  # rounding error of a difference of scores


def compare_runs(
    first: Results, second: Results, dataset: str, models: list[str], split: str, confidence: float, reason: str
) -> Comparison:
    """Return the differences of models on a split, by the scores of their runs.

    Args:
        first: results of the first experiment.
        second: of the second; differences are its scores minus those of the first.
        dataset: name of the data set.
        models: names of models of both.
        split: dev or test.
        confidence: level of the intervals.
        reason: why documents cannot be compared.

    Raises:
        InputError: the results show that the two were not scored on the same documents.
    """
    _check_same_documents(first, second, dataset, models, split)
    metric = get_primary_metric(dataset)
    scores_by_model = {
        model: (
            scores_by_run(first, dataset, model, split, metric),
            scores_by_run(second, dataset, model, split, metric),
        )
        for model in models
    }
    is_paired = all(before.keys() == after.keys() for before, after in scores_by_model.values())
    by = RUNS if not is_paired else FOLDS if _get_protocol(first, dataset)["kind"] == "folds" else PAIRED_RUNS
    differences = []
    for model, (before, after) in scores_by_model.items():
        ratio = max(_test_ratio(results, dataset, model, split) for results in (first, second)) if by == FOLDS else 0.0
        differences.append(_compare_model(model, before, after, by, confidence, ratio))
    before, after = scores_by_model[models[0]]
    size = (len(before),) if is_paired else (len(before), len(after))
    return Comparison(dataset, split, metric, by, size, reason, differences)


def _compare_model(
    model: str, first: dict[int, float], second: dict[int, float], by: str, confidence: float, ratio: float
) -> Difference:
    means = fmean(first.values()), fmean(second.values())
    before, after = ([scores[run] for run in sorted(scores)] for scores in (first, second))
    gains = [later - earlier for earlier, later in zip(before, after)]
    samples = [before, after] if by == RUNS else [gains]
    # a deterministic model and a single run have no variance
    if min(map(len, samples)) < 2 or all(max(sample) - min(sample) < ROUNDING for sample in samples):
        return Difference(model, *means, means[1] - means[0])
    if by == FOLDS:
        return Difference(model, *means, means[1] - means[0], *corrected_resampled_t(gains, ratio, confidence))
    test = stats.ttest_ind(after, before, equal_var=False) if by == RUNS else stats.ttest_rel(after, before)
    interval = test.confidence_interval(confidence)
    return Difference(model, *means, means[1] - means[0], float(interval.low), float(interval.high), float(test.pvalue))


def corrected_resampled_t(gains: list[float], ratio: float, confidence: float) -> tuple[float, float, float]:
    """Return confidence interval and two-sided p-value of the mean difference over folds.

    Folds share training documents, so their differences are correlated: the variance of the mean is estimated by
    s² (1/k + n_test/n_train) in place of s²/k (Nadeau and Bengio, 2003, "Inference for the generalization error").

    Args:
        gains: differences of the scores, one for each fold.
        ratio: n_test/n_train, where test is the split that is scored.
        confidence: level of the interval.

    Returns:
        Lower and upper limit of the interval, and the p-value.
    """
    freedom = len(gains) - 1
    mean, error = fmean(gains), sqrt(variance(gains) * (1 / len(gains) + ratio))
    margin = float(stats.t.ppf((1 + confidence) / 2, freedom)) * error
    return mean - margin, mean + margin, float(2 * stats.t.sf(abs(mean) / error, freedom))


def _test_ratio(results: Results, dataset: str, model: str, split: str) -> float:
    """Return the size of a split relative to the training split, averaged over runs."""
    entries = results.metrics[dataset]["models"][model]["runs"]
    return fmean(_count_documents(entry[split]) / _count_documents(entry["train"]) for entry in entries)


def _count_documents(scores: dict[str, Any]) -> int:
    return sum(int(of_class["support"]) for of_class in scores["per_class"].values())


def _check_same_documents(first: Results, second: Results, dataset: str, models: list[str], split: str) -> None:
    """Raise an error if the recorded results show that two experiments were scored on other documents."""
    for name, value in (
        (f"datasets.{dataset}", lambda results: results.params["datasets"].get(dataset)),
        ("prepare.duplicates", lambda results: results.params["prepare"].get("duplicates")),
        ("the protocol", lambda results: _get_protocol(results, dataset)),
        (
            f"the number of {split} documents of a class",
            lambda results: _count_by_class(results, dataset, models[0], split),
        ),
    ):
        if value(first) != value(second):
            raise InputError(
                f"{first.name} and {second.name} were not scored on the same {split} documents of {dataset}: "
                f"{name} differs.",
                "Compare two experiments in which these are the same.",
            )


def _get_protocol(results: Results, dataset: str) -> dict[str, Any]:
    protocol = results.metrics[dataset]["protocol"]
    return {key: protocol.get(key) for key in ("kind", "folds", "dev")}


def _count_by_class(results: Results, dataset: str, model: str, split: str) -> Any:
    """Return the number of documents of each class: under folds by run, else of one run."""
    entries = results.metrics[dataset]["models"][model]["runs"]
    supports = {
        int(entry["run"]): {name: scores["support"] for name, scores in entry[split]["per_class"].items()}
        for entry in entries
    }
    is_folds = results.metrics[dataset]["protocol"]["kind"] == "folds"
    return supports if is_folds else next(iter(supports.values()))

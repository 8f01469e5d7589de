"""Data classes of a comparison of two experiments."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lemma.corpus.primary_metric import get_primary_score
from lemma.errors import InputError
from lemma.experiments.results import Results
from lemma.experiments.score_parameters import Change

DOCUMENTS, FOLDS, PAIRED_RUNS, RUNS = "documents", "folds", "paired runs", "runs"  # values of `Comparison.by`


@dataclass(frozen=True)
class Difference:
    """Mean scores of a model in two experiments, and their difference.

    Interval and p-values are None if the scores do not vary, or if `is_selected`.

    Attributes:
        model: name of the model.
        first: mean score in the first experiment, as a fraction.
        second: in the second.
        difference: `second` minus `first`.
        low: lower limit of the confidence interval of the difference.
        high: upper limit.
        p: two-sided p-value.
        p_holm: p-value corrected for all comparisons that are printed.
        is_selected: whether the split is dev and the hyperparameters of the model were selected on it by different
            searches, or in one experiment only.
    """

    model: str
    first: float
    second: float
    difference: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    is_selected: bool = False


@dataclass(frozen=True)
class Comparison:
    """The comparison of models of two experiments on one data set by one method.

    Attributes:
        dataset: name of the data set.
        split: dev or test.
        metric: the primary one of the data set.
        by: what is resampled or compared: DOCUMENTS, FOLDS, PAIRED_RUNS or RUNS.
        size: number of documents, or of the runs of each experiment.
        reason: why documents are not resampled; "" if they are.
        differences: one for each model.
    """

    dataset: str
    split: str
    metric: str
    by: str
    size: tuple[int, ...]
    reason: str
    differences: list[Difference]


@dataclass(frozen=True)
class Comparisons:
    """All comparisons of two experiments.

    Attributes:
        first: name of the first experiment.
        second: name of the second.
        values: the values of params.yaml that differ.
        items: the comparisons.
        identical: by data set the models with identical values in both experiments, which are not compared.
        tuned: by model the experiments that tuned its hyperparameters, for differences with `is_selected`.
        notes: sentences on what could not be checked.
        failures: errors of data sets and models that could not be compared.
    """

    first: str
    second: str
    values: list[Change]
    items: list[Comparison]
    identical: Mapping[str, list[str]] = field(default_factory=dict)
    tuned: Mapping[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failures: list[InputError] = field(default_factory=list)


def scores_by_run(results: Results, dataset: str, model: str, split: str, metric: str) -> dict[int, float]:
    """Return the score of a model on a split, by number of the run."""
    entries = results.metrics[dataset]["models"][model]["runs"]
    return {int(entry["run"]): float(get_primary_score(entry[split], metric)) for entry in entries}

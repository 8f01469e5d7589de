"""What a comparison of two experiments consists of, whichever method it uses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lemma.corpus.primary_metric import get_primary_score
from lemma.errors import InputError
from lemma.experiments.results import Results
from lemma.experiments.score_parameters import Change

DOCUMENTS, FOLDS, PAIRED_RUNS, RUNS = "documents", "folds", "paired runs", "runs"  # what a test is based on


@dataclass(frozen=True)
class Difference:
    """A model's mean scores in two experiments, and the second minus the first with its confidence interval.

    Interval and p-values are None where nothing varies, and where `is_selected`: the split is dev and the experiments
    selected the model's hyperparameters on it by different searches, or only one of them did. `p_holm` is corrected for
    all comparisons that are printed.
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


@dataclass(frozen=True)
class Comparisons:
    """All comparisons of two experiments.

    Attributes:
        first: name of the first experiment.
        second: name of the second.
        values: the values of params.yaml that differ.
        items: the comparisons.
        identical: by data set the models that have identical values in both experiments, and are not compared.
        tuned: names of the experiments whose hyperparameters were searched for, by model; only of selected rows.
        notes: sentences on what could not be checked.
        failures: why a data set or a model could not be compared.
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
    """Return a model's score on a split by run."""
    entries = results.metrics[dataset]["models"][model]["runs"]
    return {int(entry["run"]): float(get_primary_score(entry[split], metric)) for entry in entries}

"""Under folds a comparison estimates the difference of the printed scores, with a correct standard error."""

import shutil
from math import sqrt
from pathlib import Path
from statistics import fmean, variance

import pytest
import yaml
from scipy import stats

from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.experiments.compare_experiments import compare_experiments
from lemma.experiments.compare_runs import corrected_resampled_t
from lemma.experiments.comparison import DOCUMENTS, FOLDS, scores_by_run
from lemma.experiments.comparison_table import format_comparisons
from lemma.experiments.results import load_results
from tests.unit.experiments.predicted import DATASET, Predicted
from tests.unit.experiments.predicted import FOLDS as PROTOCOL

VALUES = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text(encoding="utf-8"))
UNEQUAL = 241  # documents, which three folds cannot share equally


@pytest.mark.parametrize("split", ["dev", "test"])
@pytest.mark.parametrize("metric", ["accuracy", MACRO_RECALL])
def test_the_bootstrap_estimates_the_difference_of_the_mean_scores(tmp_path: Path, metric: str, split: str) -> None:
    predicted = Predicted(tmp_path, VALUES, "tweeteval" if metric == MACRO_RECALL else DATASET, metric)
    for name, skill in (("first", 0.6), ("second", 1.3)):
        predicted.experiment(name, {"cnn": skill}, [0, 1, 2], protocol=PROTOCOL, size=UNEQUAL)
    (comparison,) = compare_experiments(tmp_path, "first", "second", split=split).items
    (row,) = comparison.differences
    assert comparison.by == DOCUMENTS
    assert row.second - row.first == pytest.approx(row.difference, abs=1e-12)
    assert row.low is not None
    assert row.high is not None
    assert row.low < row.difference < row.high


def test_without_predictions_the_variance_accounts_for_shared_training_documents(tmp_path: Path) -> None:
    predicted = Predicted(tmp_path, VALUES)
    for name, skill in (("first", 0.6), ("second", 1.3)):
        shutil.rmtree(predicted.experiment(name, {"cnn": skill}, [0, 1, 2], protocol=PROTOCOL, size=UNEQUAL).root)
    comparisons = compare_experiments(tmp_path, "first", "second", split="test")
    (comparison,) = comparisons.items
    (row,) = comparison.differences
    before, after = (
        list(scores_by_run(load_results(tmp_path, name), DATASET, "cnn", "test", "accuracy").values())
        for name in ("first", "second")
    )
    gains = [later - earlier for earlier, later in zip(before, after)]
    documents = [
        {part: sum(of_class["support"] for of_class in entry[part]["per_class"].values()) for part in ("train", "test")}
        for entry in load_results(tmp_path, "first").metrics[DATASET]["models"]["cnn"]["runs"]
    ]
    ratio = fmean(sizes["test"] / sizes["train"] for sizes in documents)
    assert ratio == pytest.approx(1 / (2 * 0.8), rel=0.05), "a third, and four fifths of two thirds"
    error = sqrt(variance(gains) * (1 / 3 + ratio))
    assert comparison.by == FOLDS
    assert row.p == pytest.approx(2 * stats.t.sf(abs(fmean(gains)) / error, 2))
    assert row.high == pytest.approx(fmean(gains) + stats.t.ppf(0.975, 2) * error)
    assert "Nadeau and Bengio, 2003" in format_comparisons(comparisons, 0.95, 500)


def test_without_shared_documents_the_corrected_test_equals_students() -> None:
    gains = [0.01, 0.03, -0.01, 0.02]
    student = stats.ttest_1samp(gains, 0)
    interval = student.confidence_interval(0.9)
    assert corrected_resampled_t(gains, 0.0, 0.9) == pytest.approx((interval.low, interval.high, student.pvalue))

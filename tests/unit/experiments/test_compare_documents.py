"""Two experiments are compared by their predictions for the same documents, or else by the scores of their runs."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scipy import stats

from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.corpus.splits import SPLITS
from lemma.errors import InputError
from lemma.evaluation.evaluate import SEED
from lemma.evaluation.significance import adjust_holm, paired_bootstrap
from lemma.experiments.compare_experiments import compare_experiments
from lemma.experiments.comparison import DOCUMENTS, PAIRED_RUNS, RUNS, Comparison, Comparisons, scores_by_run
from lemma.experiments.comparison import FOLDS as BY_FOLDS
from lemma.experiments.comparison_table import format_comparisons
from lemma.experiments.definition import workspace_layout
from lemma.experiments.results import load_results
from lemma.layout import Layout
from tests.unit.experiments.predicted import DATASET, FOLDS, Predicted

VALUES = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text(encoding="utf-8"))
FIRST, SECOND = {"majority": 0.0, "mlp": 0.9, "cnn": 1.0}, {"mlp": 0.7, "cnn": 1.6}


@pytest.fixture
def predicted(tmp_path: Path) -> Predicted:
    return Predicted(tmp_path, VALUES)


def only(comparisons: Comparisons) -> Comparison:
    assert comparisons.failures == []
    (comparison,) = comparisons.items
    return comparison


def right(layout: Layout, dataset: str, model: str, runs: list[int], labels: Any) -> Any:
    read = [np.load(layout.probabilities(dataset, model, run)).argmax(1) == labels for run in runs]
    return np.sum(read, axis=0)


@pytest.mark.parametrize(("split", "number"), [("dev", 1), ("test", 2)])
@pytest.mark.parametrize("metric", ["accuracy", MACRO_RECALL])
def test_differences_equal_those_of_the_evaluation_within_one_experiment(
    tmp_path: Path, metric: str, split: str, number: int
) -> None:
    # tweeteval is the data set of the catalogue that is scored by macro recall
    predicted = Predicted(tmp_path, VALUES, "tweeteval" if metric == MACRO_RECALL else DATASET, metric)
    for name, skill in (("low", 0.8), ("high", 1.1)):
        predicted.experiment(name, {"cnn": skill}, [0, 1])
    comparison = only(compare_experiments(tmp_path, "low", "high", split=split))
    labels, part, _ = predicted.documents(Layout(tmp_path / "oracle"))
    inside = part == number
    by_name = {
        name: np.where(inside, right(workspace_layout(tmp_path, name), predicted.dataset, "cnn", [0, 1], labels), 0)
        for name in ("high", "low")
    }
    generator = np.random.default_rng(SEED)
    classes = labels[inside] if metric == MACRO_RECALL else None
    differences = (by_name["high"] - by_name["low"])[inside] / 2
    (row,) = comparison.differences
    assert (row.difference, row.low, row.high, row.p) == paired_bootstrap(differences, 500, 0.95, generator, classes)
    assert row.p_holm == row.p
    assert row.second - row.first == pytest.approx(row.difference)
    assert (comparison.metric, comparison.by, comparison.size) == (metric, DOCUMENTS, (int(inside.sum()),))


def test_models_of_both_experiments_are_compared_and_p_is_corrected_for_their_number(predicted: Predicted) -> None:
    predicted.experiment("one", FIRST, [0, 1])
    predicted.experiment("other", SECOND, [0, 1, 2])
    comparison = only(compare_experiments(predicted.root, "one", "other"))
    assert [row.model for row in comparison.differences] == ["mlp", "cnn"]
    assert [row.p_holm for row in comparison.differences] == adjust_holm(
        [row.p or 0.0 for row in comparison.differences]
    )
    single = only(compare_experiments(predicted.root, "one", "other", DATASET, "cnn"))
    assert [row.model for row in single.differences] == ["cnn"]
    assert single.differences[0].p_holm == single.differences[0].p


def test_the_present_results_can_be_one_of_the_two(predicted: Predicted) -> None:
    predicted.experiment(None, FIRST, [0, 1])
    predicted.experiment("other", SECOND, [0, 1])
    forward, backward = (
        only(compare_experiments(predicted.root, ".", "other")),
        only(compare_experiments(predicted.root, "other", "params.yaml")),
    )
    assert forward.by == backward.by == DOCUMENTS
    assert [row.difference for row in forward.differences] == [-row.difference for row in backward.differences]
    for first, second in ((".", "params.yaml"), ("other", "other")):
        with pytest.raises(InputError, match="cannot be compared with itself"):
            compare_experiments(predicted.root, first, second)


def test_further_training_documents_do_not_matter(predicted: Predicted) -> None:
    predicted.experiment("sentences", FIRST, [0, 1])
    predicted.experiment("phrases", SECOND, [0, 1], extra=50)
    comparison = only(compare_experiments(predicted.root, "sentences", "phrases"))
    assert comparison.by == DOCUMENTS
    (_, cnn) = comparison.differences
    assert cnn.second - cnn.first == pytest.approx(cnn.difference)


@pytest.mark.parametrize("split", ["dev", "test"])
def test_experiments_with_other_documents_are_an_error(predicted: Predicted, split: str) -> None:
    _, part, _ = predicted.documents(Layout(predicted.root / "oracle"))
    predicted.experiment("one", FIRST, [0, 1])
    changed = int(np.flatnonzero(part == SPLITS.index(split))[0])
    predicted.experiment("other", SECOND, [0, 1], changed=changed)
    with pytest.raises(InputError, match=rf"The {split} documents of sample .* are not the same"):
        compare_experiments(predicted.root, "one", "other", split=split)
    assert compare_experiments(predicted.root, "one", "other", split="test" if split == "dev" else "dev").items


def test_folds_are_compared_by_documents_and_other_folds_are_an_error(predicted: Predicted) -> None:
    for name, skill, shift in (("one", 0.9, 0), ("other", 1.2, 0), ("shifted", 1.2, 1)):
        predicted.experiment(name, {"cnn": skill}, [0, 1, 2], protocol=FOLDS, shift=shift)
    comparison = only(compare_experiments(predicted.root, "one", "other", split="test"))
    assert (comparison.by, comparison.size) == (DOCUMENTS, (240,))
    (row,) = comparison.differences
    assert row.second - row.first == pytest.approx(row.difference), "folds of equal size"
    with pytest.raises(InputError, match="not in the same folds"):
        compare_experiments(predicted.root, "one", "shifted", split="test")


def test_without_predictions_runs_with_equal_seeds_are_compared_in_pairs_and_the_output_says_so(
    predicted: Predicted,
) -> None:
    predicted.experiment("one", FIRST, [0, 1, 2])
    layout = predicted.experiment("other", SECOND, [0, 1, 2])
    shutil.rmtree(layout.root)
    comparisons = compare_experiments(predicted.root, "one", "other")
    comparison = only(comparisons)
    assert (comparison.by, comparison.size) == (PAIRED_RUNS, (3,))
    for row in comparison.differences:
        one, other = (
            list(scores_by_run(load_results(predicted.root, name), DATASET, row.model, "dev", "accuracy").values())
            for name in ("one", "other")
        )
        oracle = stats.ttest_rel(other, one)
        assert row.p == pytest.approx(oracle.pvalue)
        assert [row.low, row.high] == pytest.approx(list(oracle.confidence_interval(0.95)))
        assert row.difference == pytest.approx(np.mean(other) - np.mean(one))
    text = format_comparisons(comparisons, 0.95, 500)
    assert "Student's t over 3 pairs of runs; the documents are held fixed" in text
    assert "The interval does not account for the sampling of documents." in text
    assert f"No bootstrap over documents, since {layout.root} does not exist." in text


def test_without_predictions_other_seeds_are_two_samples_and_folds_are_pairs(predicted: Predicted) -> None:
    predicted.experiment("one", FIRST, [0, 1])
    shutil.rmtree(predicted.experiment("other", SECOND, [2, 3, 4]).root)
    comparisons = compare_experiments(predicted.root, "one", "other")
    comparison = only(comparisons)
    assert (comparison.by, comparison.size) == (RUNS, (2, 3))
    assert "Welch's t over 2 and 3 runs" in format_comparisons(comparisons, 0.95, 500)
    for name, models in (("a", FIRST), ("b", SECOND)):
        shutil.rmtree(predicted.experiment(name, models, [0, 1, 2], protocol=FOLDS).root)
    assert only(compare_experiments(predicted.root, "a", "b")).by == BY_FOLDS


def test_predictions_of_other_results_are_not_used(predicted: Predicted) -> None:
    predicted.experiment("one", FIRST, [0, 1])
    layout = predicted.experiment("other", SECOND, [0, 1])
    path = layout.probabilities(DATASET, "cnn", 1)
    np.save(path, np.load(path)[:, ::-1])
    by_documents, by_runs = compare_experiments(predicted.root, "one", "other").items
    assert (by_documents.by, [row.model for row in by_documents.differences]) == (DOCUMENTS, ["mlp"])
    assert (by_runs.by, [row.model for row in by_runs.differences]) == (PAIRED_RUNS, ["cnn"])
    assert "cnn/1/probabilities.npy gives another score than" in by_runs.reason
    path.unlink()
    assert only(compare_experiments(predicted.root, "one", "other", model="mlp")).by == DOCUMENTS, "cnn is not compared"
    layout.params.write_text(
        yaml.safe_dump(yaml.safe_load(layout.params.read_text()) | {"train": VALUES["train"] | {"epochs": 3}})
    )
    assert (
        "was run with other values (train.epochs)" in only(compare_experiments(predicted.root, "one", "other")).reason
    )


def test_an_inconclusive_comparison_is_an_error_with_a_fix(predicted: Predicted) -> None:
    for epochs, name in ((3, "one"), (4, "other")):
        predicted.values["train"] = VALUES["train"] | {"epochs": epochs}
        shutil.rmtree(predicted.experiment(name, {"majority": 0.5, "cnn": 1.0}, [0, 1]).root)
    with pytest.raises(InputError, match="do not vary over runs") as error:
        compare_experiments(predicted.root, "one", "other", model="majority")
    assert error.value.fix == "Run `lemma experiment run one other` to train again."


def test_recorded_results_of_other_documents_are_an_error_if_they_show_it(predicted: Predicted) -> None:
    shutil.rmtree(predicted.experiment("one", FIRST, [0, 1]).root)
    shutil.rmtree(predicted.experiment("smaller", SECOND, [0, 1], size=200).root)
    with pytest.raises(InputError, match="number of dev documents of a class differs"):
        compare_experiments(predicted.root, "one", "smaller")
    predicted.values["prepare"] = predicted.values["prepare"] | {"duplicates": "drop"}
    shutil.rmtree(predicted.experiment("dropped", SECOND, [0, 1]).root)
    with pytest.raises(InputError, match=r"prepare\.duplicates differs"):
        compare_experiments(predicted.root, "one", "dropped")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"second": "othr"}, r"(?s)Unknown experiment 'othr'.*Did you mean 'other'"),
        ({"second": "."}, "has no present results"),
        ({"dataset": "trec"}, "Unknown data set of both experiments 'trec'"),
        ({"model": "majority"}, "Unknown model of both experiments 'majority'"),
        ({"split": "train"}, "Unknown split 'train'"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_valid_names(
    predicted: Predicted, options: dict[str, str], message: str
) -> None:
    predicted.experiment("one", FIRST, [0])
    predicted.experiment("other", SECOND, [0])
    with pytest.raises(InputError, match=message):
        compare_experiments(predicted.root, **({"first": "one", "second": "other"} | options))

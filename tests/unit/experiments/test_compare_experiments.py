"""A comparison lists the values that differ, and has no test if the values make it biased or void."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.errors import InputError
from lemma.evaluation.significance import adjust_holm
from lemma.experiments.compare_experiments import compare_experiments
from lemma.experiments.comparison_table import format_comparisons
from lemma.experiments.results import results_path
from lemma.experiments.score_parameters import Change, list_differences
from lemma.files import read_json, write_json
from lemma.layout import Layout
from tests.unit.experiments.predicted import DATASET, Predicted

VALUES = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text(encoding="utf-8"))
UNTUNED = VALUES | {"tune": VALUES["tune"] | {"models": []}}
SEARCHED = VALUES | {"tune": VALUES["tune"] | {"models": ["cnn"], "trials": 16}}


@pytest.fixture
def predicted(tmp_path: Path) -> Predicted:
    return Predicted(tmp_path, UNTUNED)


@pytest.fixture
def tuned(predicted: Predicted) -> Predicted:
    """Two experiments of which the second has tuned the CNN, and not the MLP."""
    predicted.experiment("plain", {"mlp": 0.9, "cnn": 0.8}, [0, 1])
    predicted.values |= {"tune": SEARCHED["tune"]}
    predicted.experiment("tuned", {"mlp": 1.1, "cnn": 1.4}, [0, 1])
    return predicted


def test_a_model_tuned_on_dev_has_no_p_value_on_dev_and_one_on_test(tuned: Predicted) -> None:
    comparisons = compare_experiments(tuned.root, "plain", "tuned")
    (comparison,) = comparisons.items
    mlp, cnn = comparison.differences
    assert cnn.difference > 0
    assert (cnn.is_selected, cnn.low, cnn.high, cnn.p, cnn.p_holm) == (True, None, None, None, None)
    assert not mlp.is_selected
    assert mlp.p_holm == mlp.p is not None, "cnn is no member of the family"
    text = format_comparisons(comparisons, 0.95, 500)
    assert "cnn: hyperparameters were selected on this split (by tuned); the difference is biased in favour of" in text
    (on_test,) = compare_experiments(tuned.root, "plain", "tuned", split="test").items
    assert [row.is_selected for row in on_test.differences] == [False, False]
    assert None not in [row.p for row in on_test.differences]
    (only,) = compare_experiments(tuned.root, "plain", "tuned", model="cnn").items
    assert [row.p for row in only.differences] == [None], "the difference is printed all the same"


def test_models_tuned_by_the_same_search_are_compared_on_dev(tuned: Predicted) -> None:
    tuned.experiment("other", {"cnn": 1.0}, [0, 1])
    (comparison,) = compare_experiments(tuned.root, "tuned", "other").items
    assert comparison.differences[0].p is not None


def test_the_values_that_differ_are_printed(tuned: Predicted) -> None:
    comparisons = compare_experiments(tuned.root, "plain", "tuned", model="cnn", split="test")
    expected = [Change("models.cnn.min_count", "9", "15"), Change("tune.models", "[]", "[cnn]")]
    assert comparisons.values == [*expected, Change("tune.trials", "–", "16")]
    lines = format_comparisons(comparisons, 0.95, 500).splitlines()
    assert [line.split() for line in lines[:2]] == [["value", "plain", "tuned"], ["models.cnn.min_count", "9", "15"]]


def test_values_of_models_and_data_sets_that_are_not_compared_are_left_out() -> None:
    second = VALUES | {"models": VALUES["models"] | {"rnn": VALUES["models"]["rnn"] | {"hidden_size": 256}}}
    second |= {"experiment": VALUES["experiment"] | {"runs": [0]}, "report": {}}
    assert list_differences(VALUES, second, ["trec"], ["cnn"]) == [Change("experiment.runs", "[0, 1, 2, 3, 4]", "[0]")]
    assert [change.key for change in list_differences(VALUES, second, ["trec"], ["rnn"])] == [
        "experiment.runs",
        "models.rnn.hidden_size",
    ]


def test_models_with_identical_values_are_left_out_before_the_correction(predicted: Predicted) -> None:
    predicted.experiment("first", {"majority": 0.0, "mlp": 0.9, "cnn": 1.0, "rnn": 0.8}, [0, 1])
    predicted.experiment("second", {"majority": 0.0, "mlp": 0.9, "cnn": 1.2, "rnn": 0.9}, [0, 1])
    comparisons = compare_experiments(predicted.root, "first", "second")
    (comparison,) = comparisons.items
    assert comparisons.identical == {DATASET: ["majority", "mlp"]}
    assert [row.model for row in comparison.differences] == ["cnn", "rnn"]
    assert [row.p_holm for row in comparison.differences] == adjust_holm(
        [row.p or 0.0 for row in comparison.differences]
    )
    text = format_comparisons(comparisons, 0.95, 500)
    assert "majority, mlp not compared: identical values in both experiments." in text
    assert "p is corrected for 2 comparisons" in text
    with pytest.raises(InputError, match="identical values for every model that they share"):
        compare_experiments(predicted.root, "first", "second", model="mlp")


def trained(layout: Layout, model: str, runs: list[int], settings: dict[str, Any], train: dict[str, Any]) -> None:
    for run in runs:
        with zipfile.ZipFile(layout.model(DATASET, model, run), "w") as archive:
            archive.writestr("settings.json", json.dumps({"settings": settings, "train": train}))


def test_present_results_older_than_params_yaml_are_an_error_that_names_model_and_value(predicted: Predicted) -> None:
    predicted.experiment("second", {"mlp": 0.7, "cnn": 1.2}, [0, 1])
    layout = predicted.experiment(None, {"mlp": 0.9, "cnn": 1.0}, [0, 1])
    now = yaml.safe_load(layout.params.read_text())
    trained(layout, "mlp", [0, 1], now["models"]["mlp"], now["train"])
    trained(layout, "cnn", [0], now["models"]["cnn"], now["train"])
    trained(layout, "cnn", [1], now["models"]["cnn"] | {"dropout": 0.125}, now["train"] | {"epochs": 7})
    comparisons = compare_experiments(predicted.root, ".", "second")
    assert [row.model for row in comparisons.items[0].differences] == ["mlp"]
    (failure,) = comparisons.failures
    assert "params.yaml is newer than the present results of cnn on sample" in failure.what
    assert "models.cnn.dropout was 0.125 and is 0.5, train.epochs was 7 and is 20" in failure.what
    assert comparisons.notes == []


def test_tuned_values_do_not_make_the_present_results_outdated(predicted: Predicted) -> None:
    predicted.values |= {"tune": SEARCHED["tune"]}
    predicted.experiment("second", {"cnn": 1.2}, [0, 1])
    layout = predicted.experiment(None, {"cnn": 1.0}, [0, 1])
    now = yaml.safe_load(layout.params.read_text())
    trained(layout, "cnn", [0], now["models"]["cnn"] | {"dropout": 0.125}, now["train"])
    comparisons = compare_experiments(predicted.root, ".", "second")
    assert comparisons.failures == []
    assert "Not checked: whether params.yaml is newer than the results of cnn on sample" in comparisons.notes[0]


def test_a_data_set_with_other_documents_does_not_hide_the_others(tmp_path: Path) -> None:
    """Join the results of two projects with one data set each in one file."""
    for name, skill in (("first", 0.8), ("second", 1.2)):
        results: dict[str, Any] = {}
        for dataset in ("trec", DATASET):
            predicted = Predicted(tmp_path, UNTUNED, dataset)
            size = 200 if (name, dataset) == ("second", "trec") else 240
            predicted.experiment(name, {"cnn": skill}, [0, 1], size=size)
            content = read_json(results_path(tmp_path, name))
            results |= content["results"]
        content["params"]["experiment"]["datasets"] = list(results)
        write_json(results_path(tmp_path, name), content | {"results": results})
    comparisons = compare_experiments(tmp_path, "first", "second")
    assert [item.dataset for item in comparisons.items] == [DATASET]
    assert ["dev documents of" in failure.what and "trec" in failure.what for failure in comparisons.failures] == [True]

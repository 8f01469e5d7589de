from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lemma import files, params
from lemma.corpus.primary_metric import get_primary_score
from lemma.corpus.splits import DEV, SPLITS, TEST, TRAIN
from lemma.corpus.tokens import open_corpus
from lemma.errors import InputError
from lemma.evaluation.evaluate import CORRECTED, CROSSED, evaluate
from lemma.layout import Layout

Build = Callable[..., Layout]
SETTINGS = params.Evaluate(resamples=300, confidence=0.95, primary=[["network", "linear"], ["network", "majority"]])
MODELS, RUNS = ["majority", "logreg", "cnn"], [0, 1, 2]
CLASSES = {"negative", "neutral", "positive"}
SCORES = {"precision", "recall", "f1", "pr_auc"}
FOLDS = {"kind": "folds", "folds": 3, "dev": 0.1}
BOTH = pytest.mark.parametrize("protocol", [{"kind": "fixed"}, FOLDS], ids=["fixed", "folds"])


def _relabel(layout: Layout, labels: Any) -> None:
    """Give the documents of the corpus other labels."""
    path = layout.tokens("tiny")
    content = pa.ipc.open_file(path.read_bytes()).read_all()
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, content.schema) as writer:
        writer.write_table(content.set_column(1, "label", pa.array(labels)).cast(content.schema))


def by_model(layout: Layout) -> dict[str, Any]:
    models: dict[str, Any] = files.read_json(layout.metrics("tiny"))["models"]
    return models


@BOTH
def test_metrics_have_exactly_the_keys_of_the_contract(build: Build, protocol: dict[str, Any]) -> None:
    layout = build(protocol)
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    content = files.read_json(layout.metrics("tiny"))
    assert set(content) == {"dataset", "protocol", "models"}
    assert content["dataset"] == "tiny"
    interval = CORRECTED if protocol["kind"] == "folds" else CROSSED
    added = {"runs": RUNS, "confidence": 0.95, "interval": interval}
    assert content["protocol"] == {**protocol, **added}
    assert set(content["models"]) == set(MODELS)
    for model in content["models"].values():
        assert set(model) == {"runs", "summary"}
        assert [run["run"] for run in model["runs"]] == RUNS
        assert all(set(run) == {"run", *SPLITS} for run in model["runs"])
        assert set(model["summary"]) == set(SPLITS)
        for split in [*(run[part] for run in model["runs"] for part in SPLITS), *model["summary"].values()]:
            assert set(split) == {"accuracy", "macro", "per_class"}
            assert set(split["macro"]) == SCORES
            assert set(split["per_class"]) == CLASSES
            assert all(set(class_scores) == {*SCORES, "support"} for class_scores in split["per_class"].values())
        assert set(model["summary"]["test"]["per_class"]["neutral"]["f1"]) == {"mean", "std", "low", "high"}


def test_scores_are_on_the_splits_of_each_run(build: Build) -> None:
    layout = build(FOLDS)
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    corpus = open_corpus(layout.tokens("tiny"))
    cnn = files.read_json(layout.metrics("tiny"))["models"]["cnn"]
    for run in RUNS:
        right = np.load(layout.probabilities("tiny", "cnn", run)).argmax(axis=1) == corpus.labels
        for number, part in enumerate(SPLITS):
            assert cnn["runs"][run][part]["accuracy"] == pytest.approx(right[corpus.splits(run) == number].mean())
    accuracies = [run["test"]["accuracy"] for run in cnn["runs"]]
    summary = cnn["summary"]["test"]["accuracy"]
    assert summary["mean"] == pytest.approx(np.mean(accuracies))
    assert summary["std"] == pytest.approx(np.std(accuracies, ddof=1))
    assert summary["low"] < summary["mean"] < summary["high"]


def test_an_interval_of_equal_runs_is_that_of_documents(build: Build) -> None:
    layout = build()
    for run in RUNS[1:]:
        np.save(layout.probabilities("tiny", "cnn", run), np.load(layout.probabilities("tiny", "cnn", 0)))
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    accuracy = by_model(layout)["cnn"]["summary"]["test"]["accuracy"]
    documents = files.read_json(layout.significance("tiny"))["documents"]
    error = np.sqrt(accuracy["mean"] * (1 - accuracy["mean"]) / documents)
    assert accuracy["std"] == 0
    assert (accuracy["high"] - accuracy["low"]) / 2 == pytest.approx(1.99 * error, rel=0.15)


@pytest.mark.parametrize("metric", ["accuracy", "macro recall"])
def test_the_primary_metric_of_the_data_set_is_what_is_compared(build: Build, metric: str) -> None:
    layout = build(metric=metric)
    corpus = open_corpus(layout.tokens("tiny"))
    rare = (corpus.labels == 2) & (np.arange(len(corpus)) % 4 > 0)  # three in four are taken to be of class 0
    labels = np.where(rare, 0, corpus.labels)
    for run in RUNS:
        right = np.eye(3, dtype=np.float32)[labels]
        np.save(
            layout.probabilities("tiny", "logreg", run), np.eye(3, dtype=np.float32)[np.where(labels == 2, 0, labels)]
        )
        right[(labels == 0) & (np.arange(len(labels)) % 3 == 0)] = [0, 1, 0]
        np.save(layout.probabilities("tiny", "cnn", run), right)
    _relabel(layout, labels.astype(np.int32))
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    content = files.read_json(layout.significance("tiny"))
    assert content["metric"] == metric
    row = content["primary"][0]
    scores = {
        model: get_primary_score(entry["summary"]["test"], metric)["mean"] for model, entry in by_model(layout).items()
    }
    assert row["difference"] == pytest.approx(scores["cnn"] - scores["logreg"])


@BOTH
def test_primary_comparisons_are_of_the_best_network_and_the_best_linear_model(
    build: Build, protocol: dict[str, Any]
) -> None:
    layout = build(protocol, models={"majority": 0.0, "nb": 0.5, "logreg": 1.0, "mlp": 2.0, "cnn": 3.0})
    models = ["majority", "nb", "logreg", "mlp", "cnn"]
    evaluate(layout, "tiny", models, RUNS, SETTINGS)
    content = files.read_json(layout.significance("tiny"))
    assert (content["reference"], content["linear"], content["metric"]) == ("cnn", "logreg", "accuracy")
    corpus = open_corpus(layout.tokens("tiny"))
    assert content["documents"] == np.any([corpus.splits(run) == TEST for run in RUNS], axis=0).sum()
    pairs = {family: [(row["model"], row["other"]) for row in content[family]] for family in ("primary", "exploratory")}
    assert pairs == {
        "primary": [("cnn", "logreg"), ("cnn", "majority")],
        "exploratory": [("cnn", "nb"), ("cnn", "mlp")],
    }
    tests = {name: model["summary"]["test"]["accuracy"]["mean"] for name, model in by_model(layout).items()}
    for row in content["primary"] + content["exploratory"]:
        assert row["difference"] == pytest.approx(tests[row["model"]] - tests[row["other"]])
        assert row["low"] < row["difference"] < row["high"]
        assert row["significant"] == (row["p"] <= 0.05) == (row["low"] > 0 or row["high"] < 0)


@pytest.mark.parametrize("folds", [2, 3])
def test_the_spread_of_folds_uses_the_ratio_of_test_to_training_documents(build: Build, folds: int) -> None:
    layout, runs = build({**FOLDS, "folds": folds}, runs=folds), list(range(folds))
    evaluate(layout, "tiny", MODELS, runs, SETTINGS)
    corpus = open_corpus(layout.tokens("tiny"))
    ratio = np.mean([np.sum(corpus.splits(run) == TEST) / np.sum(corpus.splits(run) == TRAIN) for run in runs])
    content = files.read_json(layout.significance("tiny"))
    assert content["method"] == CORRECTED
    accuracies = {
        model: np.array([run["test"]["accuracy"] for run in entry["runs"]]) for model, entry in by_model(layout).items()
    }
    row = content["primary"][0]
    variance = np.var(accuracies[row["model"]] - accuracies[row["other"]], ddof=1)
    assert row["error"] == pytest.approx(np.sqrt((1 / folds + ratio) * variance))


def test_a_fixed_split_is_compared_by_the_crossed_bootstrap(build: Build) -> None:
    layout = build()
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    assert files.read_json(layout.significance("tiny"))["method"] == CROSSED
    outcomes = files.read_json(layout.curves("tiny"))["disagreement"]
    assert sum(outcome["fraction"] for outcome in outcomes) == pytest.approx(1)
    scores = files.read_json(layout.scores("tiny"))
    assert scores["cnn"]["test"]["accuracy"] == {
        key: by_model(layout)["cnn"]["summary"]["test"]["accuracy"][key] for key in ("mean", "std")
    }


def test_under_folds_every_document_is_a_test_document_once(build: Build) -> None:
    layout = build(FOLDS)
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    assert files.read_json(layout.significance("tiny"))["documents"] == 240
    assert np.sum(files.read_json(layout.curves("tiny"))["confusion"]["cnn"]) == 240


def test_the_best_network_is_chosen_on_dev_even_where_it_is_worse_on_test(build: Build) -> None:
    layout = build(models={"logreg": 1.0, "mlp": 1.0, "cnn": 3.0})
    corpus = open_corpus(layout.tokens("tiny"))
    # Right about every dev document and wrong about all others.
    labels = np.where(corpus.splits(0) == DEV, corpus.labels, (corpus.labels + 1) % 3)
    for run in RUNS:
        np.save(layout.probabilities("tiny", "mlp", run), np.eye(3, dtype=np.float32)[labels])
    evaluate(layout, "tiny", ["logreg", "mlp", "cnn"], RUNS, SETTINGS)
    content = files.read_json(layout.significance("tiny"))
    assert content["reference"] == "mlp"
    assert all(row["difference"] < 0 and row["significant"] for row in content["primary"])


def test_without_a_network_the_best_model_on_dev_is_compared_with_all_others(build: Build) -> None:
    layout = build(models={"logreg": 0.0, "majority": 0.0})
    evaluate(layout, "tiny", ["majority", "logreg"], RUNS, SETTINGS)
    content = files.read_json(layout.significance("tiny"))
    assert (content["reference"], content["primary"]) == ("majority", [])  # the first of two with the same dev score
    assert [(row["model"], row["other"]) for row in content["exploratory"]] == [("majority", "logreg")]


def test_a_comparison_can_be_decided_on_by_the_names_of_models(build: Build) -> None:
    layout = build()
    named = SETTINGS.model_copy(update={"primary": [["logreg", "cnn"]]})
    evaluate(layout, "tiny", MODELS, RUNS, named)
    content = files.read_json(layout.significance("tiny"))
    assert [(row["model"], row["other"]) for row in content["primary"]] == [("logreg", "cnn")]
    assert [(row["model"], row["other"]) for row in content["exploratory"]] == [("logreg", "majority")]


def test_curves_cover_every_model_and_loss_only_the_networks(build: Build) -> None:
    layout = build()
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    content = files.read_json(layout.curves("tiny"))
    analysis = {"length", "unseen", "contrast", "disagreement", "mistakes"}
    assert set(content) == {"precision_recall", "confusion", "calibration", "loss"} | analysis
    for name in ("precision_recall", "confusion", "calibration", "length"):
        assert set(content[name]) == set(MODELS)
    assert set(content["precision_recall"]["cnn"]["per_class"]) == CLASSES
    assert {len(line) for line in content["precision_recall"]["cnn"]["macro"].values()} == {101}
    assert set(content["loss"]) == {"cnn"}
    assert content["loss"]["cnn"]["epochs"] == [1, 2, 3, 4, 5]
    assert content["loss"]["cnn"]["n"] == [3, 3, 3, 2, 1]


@BOTH
def test_mistakes_are_of_the_reference_model_over_the_runs_that_test_them(
    build: Build, protocol: dict[str, Any]
) -> None:
    layout = build(protocol)
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    corpus = open_corpus(layout.tokens("tiny"))
    tested = np.array([corpus.splits(run) == TEST for run in RUNS])
    content = np.array([np.load(layout.probabilities("tiny", "cnn", run)) for run in RUNS])
    for one in files.read_json(layout.curves("tiny"))["mistakes"]:
        at = one["document"]
        mean = content[tested[:, at], at].mean(axis=0)
        assert mean.argmax() == one["predicted"] != one["true"] == corpus.labels[at]
        assert one["confidence"] == pytest.approx(mean.max())


def test_one_model_and_one_run_have_no_standard_deviation_and_no_comparison(build: Build) -> None:
    layout = build()
    evaluate(layout, "tiny", ["cnn"], [1], SETTINGS)
    content = files.read_json(layout.significance("tiny"))
    assert content["primary"] == content["exploratory"] == []
    accuracy = by_model(layout)["cnn"]["summary"]["test"]["accuracy"]
    assert accuracy["low"] < accuracy["mean"] < accuracy["high"]  # documents vary, and seeds are unknown
    assert accuracy["std"] is None


def test_evaluating_twice_gives_the_same_bytes(build: Build) -> None:
    layout = build()
    outputs = [layout.metrics("tiny"), layout.significance("tiny"), layout.curves("tiny")]
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    first = [path.read_bytes() for path in outputs]
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    assert [path.read_bytes() for path in outputs] == first


def test_a_bad_file_stops_evaluation_before_anything_is_written(build: Build) -> None:
    layout = build()
    path = layout.probabilities("tiny", "cnn", 2)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"cnn/2/probabilities\.npy") as caught:
        evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    assert caught.value.fix == "Run `lemma train tiny cnn 2`."
    assert not layout.report("tiny").exists()


def test_a_fold_that_no_run_tests_is_named(build: Build) -> None:
    layout = build(FOLDS)
    with pytest.raises(InputError, match="no run tests the documents of fold 1, 2") as caught:
        evaluate(layout, "tiny", MODELS, [0], SETTINGS)
    assert "all of 0 to 2" in caught.value.fix


def test_a_run_without_test_documents_is_named(build: Build) -> None:
    layout = build(FOLDS, runs=4)
    with pytest.raises(InputError, match="run 3 has no test documents"):
        evaluate(layout, "tiny", MODELS, [0, 1, 2, 3], SETTINGS)

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from lemma import files, params
from lemma.corpus.primary_metric import get_primary_score
from lemma.corpus.splits import DEV, SPLITS, TEST
from lemma.corpus.tokens import open_corpus
from lemma.errors import InputError
from lemma.evaluation.evaluate import evaluate
from lemma.evaluation.summary import compute_interval
from lemma.layout import Layout

Build = Callable[..., Layout]
SETTINGS = params.Evaluate(resamples=1000, confidence=0.95)
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
    added = {"runs": RUNS, "confidence": 0.95, "interval": "Student t over runs"}
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
    assert cnn["summary"]["test"]["accuracy"] == compute_interval(accuracies, 0.95)


@pytest.mark.parametrize(("metric", "best"), [("accuracy", "logreg"), ("macro recall", "cnn")])
def test_the_data_sets_own_metric_chooses_the_best_and_is_what_is_compared(
    build: Build, metric: str, best: str
) -> None:
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
    assert (content["best"], content["metric"]) == (best, metric)
    other = "cnn" if best == "logreg" else "logreg"
    row = next(row for row in content["comparisons"] if row["model"] == other)
    scores = {
        model: get_primary_score(entry["summary"]["test"], metric)["mean"] for model, entry in by_model(layout).items()
    }
    assert row["difference"] == pytest.approx(scores[best] - scores[other])


@BOTH
def test_the_best_model_on_dev_is_compared_with_every_other_on_all_test_documents(
    build: Build, protocol: dict[str, Any]
) -> None:
    layout = build(protocol)
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    content = files.read_json(layout.significance("tiny"))
    assert set(content) == {"best", "metric", "resamples", "comparisons", "documents", "dominance", "threshold"}
    assert (content["best"], content["metric"], content["resamples"]) == ("cnn", "accuracy", 1000)
    corpus = open_corpus(layout.tokens("tiny"))
    assert content["documents"] == np.any([corpus.splits(run) == TEST for run in RUNS], axis=0).sum()
    assert [one["model"] for one in content["comparisons"]] == ["majority", "logreg"]
    tests = {name: model["summary"]["test"]["accuracy"]["mean"] for name, model in by_model(layout).items()}
    for one in content["comparisons"]:
        assert set(one) == {"model", "difference", "low", "high", "p", "p_holm", "significant"}
        assert one["difference"] == pytest.approx(tests["cnn"] - tests[one["model"]])
        assert one["low"] <= one["difference"] <= one["high"]
        assert one["significant"] is True
    assert [one["model"] for one in content["dominance"]] == ["majority", "logreg"]
    assert all(one["dominant"] for one in content["dominance"]), "no run of the others comes near"


def test_under_folds_every_document_is_a_test_document_once(build: Build) -> None:
    layout = build(FOLDS)
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    assert files.read_json(layout.significance("tiny"))["documents"] == 240
    assert np.sum(files.read_json(layout.curves("tiny"))["confusion"]["cnn"]) == 240


def test_the_best_model_is_chosen_on_dev_even_where_it_is_worse_on_test(build: Build) -> None:
    layout = build()
    corpus = open_corpus(layout.tokens("tiny"))
    # Right about every dev document and wrong about all others.
    said = np.where(corpus.splits(0) == DEV, corpus.labels, (corpus.labels + 1) % 3)
    for run in RUNS:
        np.save(layout.probabilities("tiny", "logreg", run), np.eye(3, dtype=np.float32)[said])
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    content = files.read_json(layout.significance("tiny"))
    assert content["best"] == "logreg"
    assert all(one["difference"] < 0 and one["significant"] for one in content["comparisons"])


def test_of_models_equal_on_dev_the_first_is_the_best(build: Build) -> None:
    layout = build(models={"logreg": 0.0, "majority": 0.0})
    evaluate(layout, "tiny", ["majority", "logreg"], RUNS, SETTINGS)
    assert files.read_json(layout.significance("tiny"))["best"] == "majority"


def test_curves_cover_every_model_and_loss_only_the_networks(build: Build) -> None:
    layout = build()
    evaluate(layout, "tiny", MODELS, RUNS, SETTINGS)
    content = files.read_json(layout.curves("tiny"))
    assert set(content) == {"precision_recall", "confusion", "calibration", "length", "mistakes", "loss"}
    for name in ("precision_recall", "confusion", "calibration", "length"):
        assert set(content[name]) == set(MODELS)
    assert set(content["precision_recall"]["cnn"]["per_class"]) == CLASSES
    assert {len(line) for line in content["precision_recall"]["cnn"]["macro"].values()} == {101}
    assert set(content["loss"]) == {"cnn"}
    assert content["loss"]["cnn"]["epochs"] == [1, 2, 3, 4, 5]
    assert content["loss"]["cnn"]["n"] == [3, 3, 3, 2, 1]


@BOTH
def test_mistakes_are_of_the_best_model_on_dev_over_the_runs_that_test_them(
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


def test_one_model_and_one_run_give_scores_without_spread_or_comparison(build: Build) -> None:
    layout = build()
    evaluate(layout, "tiny", ["cnn"], [1], SETTINGS)
    assert files.read_json(layout.significance("tiny"))["comparisons"] == []
    accuracy = by_model(layout)["cnn"]["summary"]["test"]["accuracy"]
    assert accuracy["mean"] > 0
    assert accuracy["std"] is accuracy["low"] is accuracy["high"] is None


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

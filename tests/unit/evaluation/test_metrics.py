import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, average_precision_score, precision_score

from lemma.evaluation.metrics import SCORES, compute_scores

Case = tuple[NDArray[np.int64], NDArray[np.float32], list[str]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Labels and probabilities with many ties, some classes rare or absent."""
    size, documents = draw(st.integers(2, 5)), draw(st.integers(1, 40))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    labels = generator.choice(size, size=documents, p=generator.dirichlet(np.ones(size)))
    probabilities = (generator.multinomial(8, np.ones(size) / size, size=documents) / 8).astype(np.float32)
    return labels, probabilities, [f"class {index}" for index in range(size)]


def average_precision(relevant: NDArray[np.bool_], score: NDArray[np.float32]) -> float:
    """The definition, one threshold after another."""
    area, reached = 0.0, 0.0
    for threshold in sorted(set(score.tolist()), reverse=True):
        retrieved = relevant[score >= threshold]
        recall = retrieved.sum() / relevant.sum()
        area += (recall - reached) * retrieved.mean()
        reached = recall
    return area


@settings(derandomize=True, max_examples=60)
@given(cases())
def test_each_class_is_scored_by_the_definitions(case: Case) -> None:
    labels, probabilities, classes = case
    result = compute_scores(labels, probabilities, classes)
    predicted = probabilities.argmax(axis=1)
    assert result["accuracy"] == pytest.approx((predicted == labels).mean())
    for index, name in enumerate(classes):
        true, predicted_as = labels == index, predicted == index
        hits = int((true & predicted_as).sum())
        class_scores = result["per_class"][name]
        assert class_scores["support"] == true.sum()
        if true.any():
            assert class_scores["precision"] == pytest.approx(hits / predicted_as.sum() if predicted_as.any() else 0)
            assert class_scores["recall"] == pytest.approx(hits / true.sum())
            assert class_scores["f1"] == pytest.approx(2 * hits / (true.sum() + predicted_as.sum()))
            assert class_scores["pr_auc"] == pytest.approx(average_precision(true, probabilities[:, index]))


@settings(derandomize=True, max_examples=40)
@given(cases())
def test_scores_agree_with_scikit_learn_where_every_class_occurs(case: Case) -> None:
    labels, probabilities, classes = case
    labels = np.concatenate([labels, np.arange(len(classes))])
    probabilities = np.concatenate([probabilities, np.full((len(classes),) * 2, 1 / len(classes), np.float32)])
    result = compute_scores(labels, probabilities, classes)
    predicted = probabilities.argmax(axis=1)
    assert result["accuracy"] == pytest.approx(accuracy_score(labels, predicted))
    macro = precision_score(labels, predicted, average="macro", zero_division=0)
    assert result["macro"]["precision"] == pytest.approx(macro)
    one_hot = np.eye(len(classes), dtype=int)[labels]
    assert result["macro"]["pr_auc"] == pytest.approx(average_precision_score(one_hot, probabilities, average="macro"))


@settings(derandomize=True, max_examples=40)
@given(cases())
def test_each_macro_score_is_the_mean_over_the_classes_that_occur(case: Case) -> None:
    result = compute_scores(*case)
    for score in SCORES:
        present = [class_scores[score] for class_scores in result["per_class"].values() if class_scores["support"]]
        assert result["macro"][score] == pytest.approx(sum(present) / len(present))


@settings(derandomize=True, max_examples=40)
@given(cases())
def test_scores_are_json_numbers_between_0_and_1_or_null(case: Case) -> None:
    result = json.loads(json.dumps(compute_scores(*case), allow_nan=False))
    assert 0 <= result["accuracy"] <= 1
    for class_scores in [result["macro"], *result["per_class"].values()]:
        assert all(class_scores[score] is None or 0 <= class_scores[score] <= 1 for score in SCORES)


@pytest.mark.parametrize("positives", [1, 30, 50, 99])
def test_average_precision_of_a_constant_scorer_is_the_prevalence(positives: int) -> None:
    labels = (np.arange(100) < positives).astype(int)
    result = compute_scores(labels, np.full((100, 2), 0.5, np.float32), ["no", "yes"])
    assert result["per_class"]["yes"]["pr_auc"] == pytest.approx(positives / 100)


def test_macro_f1_is_not_the_f1_of_macro_precision_and_recall() -> None:
    labels, predicted = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1])
    macro = compute_scores(labels, np.eye(2, dtype=np.float32)[predicted], ["a", "b"])["macro"]
    assert macro["f1"] == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert macro["f1"] != pytest.approx(
        2 * macro["precision"] * macro["recall"] / (macro["precision"] + macro["recall"])
    )


def test_a_class_without_documents_has_null_scores_and_leaves_the_macro_of_a_faultless_model_at_1() -> None:
    labels = np.array([0, 2, 2, 0])
    result = compute_scores(labels, np.eye(3, dtype=np.float32)[labels], ["a", "absent", "c"])
    assert result["per_class"]["absent"] == {**dict.fromkeys(SCORES), "support": 0}
    assert result["macro"] == dict.fromkeys(SCORES, 1.0)


def test_a_class_never_predicted_scores_0() -> None:
    result = compute_scores(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]], np.float32), ["a", "b"])
    assert [result["per_class"]["b"][score] for score in ("precision", "recall", "f1")] == [0, 0, 0]

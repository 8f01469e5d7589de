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
        found = relevant[score >= threshold]
        recall = found.sum() / relevant.sum()
        area += (recall - reached) * found.mean()
        reached = recall
    return area


@settings(derandomize=True, max_examples=60)
@given(cases())
def test_each_class_is_scored_by_the_definitions(case: Case) -> None:
    labels, probabilities, classes = case
    held = compute_scores(labels, probabilities, classes)
    predicted = probabilities.argmax(axis=1)
    assert held["accuracy"] == pytest.approx((predicted == labels).mean())
    for index, name in enumerate(classes):
        true, said = labels == index, predicted == index
        hits = int((true & said).sum())
        found = held["per_class"][name]
        assert found["support"] == true.sum()
        if true.any():
            assert found["precision"] == pytest.approx(hits / said.sum() if said.any() else 0)
            assert found["recall"] == pytest.approx(hits / true.sum())
            assert found["f1"] == pytest.approx(2 * hits / (true.sum() + said.sum()))
            assert found["pr_auc"] == pytest.approx(average_precision(true, probabilities[:, index]))


@settings(derandomize=True, max_examples=40)
@given(cases())
def test_scores_agree_with_scikit_learn_where_every_class_occurs(case: Case) -> None:
    labels, probabilities, classes = case
    labels = np.concatenate([labels, np.arange(len(classes))])
    probabilities = np.concatenate([probabilities, np.full((len(classes),) * 2, 1 / len(classes), np.float32)])
    held = compute_scores(labels, probabilities, classes)
    predicted = probabilities.argmax(axis=1)
    assert held["accuracy"] == pytest.approx(accuracy_score(labels, predicted))
    macro = precision_score(labels, predicted, average="macro", zero_division=0)
    assert held["macro"]["precision"] == pytest.approx(macro)
    one_hot = np.eye(len(classes), dtype=int)[labels]
    assert held["macro"]["pr_auc"] == pytest.approx(average_precision_score(one_hot, probabilities, average="macro"))


@settings(derandomize=True, max_examples=40)
@given(cases())
def test_each_macro_score_is_the_mean_over_the_classes_that_occur(case: Case) -> None:
    held = compute_scores(*case)
    for score in SCORES:
        present = [found[score] for found in held["per_class"].values() if found["support"]]
        assert held["macro"][score] == pytest.approx(sum(present) / len(present))


@settings(derandomize=True, max_examples=40)
@given(cases())
def test_scores_are_json_numbers_between_0_and_1_or_null(case: Case) -> None:
    held = json.loads(json.dumps(compute_scores(*case), allow_nan=False))
    assert 0 <= held["accuracy"] <= 1
    for found in [held["macro"], *held["per_class"].values()]:
        assert all(found[score] is None or 0 <= found[score] <= 1 for score in SCORES)


@pytest.mark.parametrize("positives", [1, 30, 50, 99])
def test_average_precision_of_a_constant_scorer_is_the_prevalence(positives: int) -> None:
    labels = (np.arange(100) < positives).astype(int)
    held = compute_scores(labels, np.full((100, 2), 0.5, np.float32), ["no", "yes"])
    assert held["per_class"]["yes"]["pr_auc"] == pytest.approx(positives / 100)


def test_macro_f1_is_not_the_f1_of_macro_precision_and_recall() -> None:
    labels, predicted = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1])
    macro = compute_scores(labels, np.eye(2, dtype=np.float32)[predicted], ["a", "b"])["macro"]
    assert macro["f1"] == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert macro["f1"] != pytest.approx(
        2 * macro["precision"] * macro["recall"] / (macro["precision"] + macro["recall"])
    )


def test_a_class_without_documents_has_null_scores_and_leaves_the_macro_of_a_faultless_model_at_1() -> None:
    labels = np.array([0, 2, 2, 0])
    held = compute_scores(labels, np.eye(3, dtype=np.float32)[labels], ["a", "absent", "c"])
    assert held["per_class"]["absent"] == {**dict.fromkeys(SCORES), "support": 0}
    assert held["macro"] == dict.fromkeys(SCORES, 1.0)


def test_a_class_never_predicted_scores_0() -> None:
    held = compute_scores(np.array([0, 1]), np.array([[0.9, 0.1], [0.9, 0.1]], np.float32), ["a", "b"])
    assert [held["per_class"]["b"][score] for score in ("precision", "recall", "f1")] == [0, 0, 0]

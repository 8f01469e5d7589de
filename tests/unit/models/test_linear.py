"""Comparison of the linear models with their formulas."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.pipeline import Pipeline

from lemma.corpus.word_vectors import WordVectors
from lemma.errors import InputError
from lemma.models.logreg import model as logreg
from lemma.models.majority import model as majority
from lemma.models.nb import model as nb
from lemma.models.nbsvm import model as nbsvm
from lemma.params import NB, NBSVM, LogReg, Majority
from lemma.training.estimator import WEIGHTS

TEXTS = ["a good film .", "good , good !", "a bad film .", "bad ! it's bad", "so-so a b"]
LABELS = np.array([1, 1, 0, 0, 0])
THREE = np.array([1, 1, 0, 0, 2])
PLAIN: dict[str, Any] = {
    "term_weighting": "boolean",
    "ngrams": 1,
    "char_ngrams": 0,
    "min_count": 1,
    "feature_selection": None,
    "svd": None,
    "centroids": False,
}
SETTINGS: dict[str, Any] = {
    "nb": NB(**PLAIN, alpha=0.5),
    "logreg": LogReg(**PLAIN, c=1.0),
    "nbsvm": NBSVM(**PLAIN, alpha=0.5, beta=0.25, c=1.0),
}
CODE: dict[str, Any] = {"nb": nb, "logreg": logreg, "nbsvm": nbsvm}
BOTH = [LABELS, THREE]


def fit_model(
    model: str,
    labels: NDArray[np.int64] = LABELS,
    balanced: bool = False,
    vectors: WordVectors | None = None,
    **changed: Any,
) -> Pipeline:
    settings = SETTINGS[model].model_copy(update=changed)
    return CODE[model].build_estimator(settings, balanced, vectors).fit(TEXTS, labels)


def build_vectors() -> WordVectors:
    words = {"good": 0, "bad": 1, "film": 2, "unseen": 3}
    return WordVectors(words, np.array([[3, 1], [-2, 1], [0.5, -1], [1, 1]], np.float32))


class Stream:
    """An iterable of texts without length, which can be iterated over several times."""

    def __iter__(self) -> Iterator[str]:
        yield from TEXTS


def build_matrix() -> tuple[list[str], NDArray[np.float64]]:
    """Return the sorted vocabulary of TEXTS and the boolean document-term matrix."""
    words = sorted({word for text in TEXTS for word in text.split(" ")})
    return words, np.array([[word in text.split(" ") for word in words] for text in TEXTS], float)


def test_the_majority_baseline_predicts_class_frequencies() -> None:
    for balanced in (False, True):
        estimator = majority.build_estimator(Majority(), balanced).fit(TEXTS, LABELS)
        np.testing.assert_array_equal(estimator.predict_proba(["", "good"]), [[3 / 5, 2 / 5]] * 2)


@pytest.mark.parametrize("labels", BOTH)
@pytest.mark.parametrize("balanced", [False, True])
def test_naive_bayes_equals_bayes_rule_with_smoothed_likelihoods(labels: Any, balanced: bool) -> None:
    words, matrix = build_matrix()
    classes = len(set(labels))
    counts = np.array([matrix[labels == k].sum(0) + 0.5 for k in range(classes)])
    likelihoods = counts / counts.sum(1, keepdims=True)
    prior = np.full(classes, 1 / classes) if balanced else np.bincount(labels) / len(labels)
    for text in ("good film !", "bad bad", "never seen", ""):
        joint = prior * np.prod([likelihoods[:, words.index(w)] for w in set(text.split(" ")) if w in words], axis=0)
        probabilities = fit_model("nb", labels, balanced).predict_proba([text])[0]
        np.testing.assert_allclose(probabilities, joint / joint.sum(), rtol=1e-10)


@pytest.mark.parametrize("balanced", [False, True])
def test_logreg_minimises_the_penalised_loss(balanced: bool) -> None:
    _, matrix = build_matrix()
    weight = len(LABELS) / 2 / np.bincount(LABELS)[LABELS] if balanced else np.ones(len(LABELS))
    model = fit_model("logreg", balanced=balanced)[-1]
    coefficients, intercept = minimise_loss(matrix, LABELS == 1, weight, 1.0, penalised=False)
    np.testing.assert_allclose(model.coef_[0], coefficients, atol=1e-3)
    np.testing.assert_allclose(model.intercept_[0], intercept, atol=1e-3)


def minimise_loss(
    features: NDArray[np.float64], positive: NDArray[np.bool_], weight: NDArray[np.float64], c: float, penalised: bool
) -> tuple[NDArray[np.float64], float]:
    """Fit L2-penalised logistic regression by a general minimiser; return weights and intercept."""
    sign = np.where(positive, 1, -1)

    def loss(x: NDArray[np.float64]) -> float:
        margin = sign * (features @ x[:-1] + x[-1])
        large = x if penalised else x[:-1]
        return float(large @ large / 2 + c * weight @ np.logaddexp(0, -margin))

    solution = minimize(loss, np.zeros(features.shape[1] + 1), method="BFGS", options={"gtol": 1e-7}).x
    return solution[:-1], float(solution[-1])


@pytest.mark.parametrize("labels", BOTH)
@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("beta", [0.0, 0.25, 1.0])
def test_nbsvm_equals_the_interpolated_model_of_log_count_ratios(labels: Any, balanced: bool, beta: float) -> None:
    _, f = build_matrix()
    sizes = np.bincount(labels)
    weight = len(labels) / len(sizes) / sizes[labels] if balanced else np.ones(len(labels))
    model = fit_model("nbsvm", labels, balanced, beta=beta)[-1]
    for row, positive_class in enumerate([1] if len(sizes) == 2 else range(3)):
        p, q = 0.5 + f[labels == positive_class].sum(0), 0.5 + f[labels != positive_class].sum(0)
        r = np.log((p / np.abs(p).sum()) / (q / np.abs(q).sum()))
        w, _ = minimise_loss(f * r, labels == positive_class, weight, 1.0, penalised=True)
        mixed = (1 - beta) * np.abs(w).sum() / len(w) + beta * w
        np.testing.assert_allclose(model.coef_[row], r * mixed, atol=2e-3)
        probability = 1 / (1 + np.exp(-(f @ model.coef_[row] + model.intercept_[row])))
        assert weight @ probability == pytest.approx(weight @ (labels == positive_class)), (
            "the intercept does not minimise the loss"
        )
    assert model.coef_.shape == (1 if len(sizes) == 2 else 3, f.shape[1])


def test_nbsvm_computes_ratios_from_document_frequencies() -> None:
    """The word `good` occurs twice in a text, which with tf doubles its feature but not its count in the ratio."""
    words, f = build_matrix()
    positive = LABELS == 1
    p, q = 0.5 + f[positive].sum(0), 0.5 + f[~positive].sum(0)
    r = np.log(p / p.sum()) - np.log(q / q.sum())
    model = fit_model("nbsvm", term_weighting="tf", beta=0.0)[-1]
    np.testing.assert_allclose(model.coef_[0] / model.coef_[0][words.index("good")], r / r[words.index("good")])


@pytest.mark.parametrize("model", ["logreg", "nbsvm"])
def test_centroids_are_additional_features_and_cover_unseen_words(model: str) -> None:
    without_centroids, with_centroids = fit_model(model), fit_model(model, vectors=build_vectors(), centroids=True)
    assert with_centroids[-1].coef_.shape[1] == without_centroids[-1].coef_.shape[1] + 2
    np.testing.assert_array_equal(without_centroids.predict_proba(["unseen"]), without_centroids.predict_proba([""]))
    assert with_centroids.predict_proba(["unseen"])[0, 1] > with_centroids.predict_proba([""])[0, 1], (
        "its vector is similar to that of good"
    )


@pytest.mark.parametrize("labels", BOTH)
@pytest.mark.parametrize("model", ["nb", "logreg", "nbsvm"])
def test_probabilities_of_all_classes_sum_to_one(model: str, labels: Any) -> None:
    probabilities = fit_model(model, labels).predict_proba([*TEXTS, "", "never seen"])
    assert probabilities.shape == (7, len(set(labels)))
    np.testing.assert_allclose(probabilities.sum(1), 1)
    np.testing.assert_array_equal(probabilities[:5].argmax(1), labels)


@pytest.mark.parametrize("model", ["nb", "logreg", "nbsvm"])
def test_balanced_training_raises_the_probability_of_the_rarer_class(model: str) -> None:
    unbalanced, balanced_probability = (
        fit_model(model, balanced=balanced).predict_proba(["never seen"])[0, 1] for balanced in (False, True)
    )
    assert balanced_probability > unbalanced


@pytest.mark.parametrize("model", ["nb", "logreg", "nbsvm"])
def test_estimators_accept_an_iterable_of_texts(model: str) -> None:
    settings = SETTINGS[model].model_copy(update={"char_ngrams": 3, "term_weighting": "tfidf"})
    streamed, whole = (CODE[model].build_estimator(settings, False).fit(texts, LABELS) for texts in (Stream(), TEXTS))
    np.testing.assert_array_equal(streamed.predict_proba(Stream()), whole.predict_proba(TEXTS))


@pytest.mark.parametrize(
    ("model", "changed"),
    [("nb", {"svd": 2}), ("nb", {"centroids": True}), ("nbsvm", {"svd": 2})],
)
def test_a_count_model_refuses_features_that_are_no_counts(model: str, changed: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=rf"models\.{model}\.{next(iter(changed))}"):
        fit_model(model, vectors=build_vectors(), **changed)


@pytest.mark.parametrize("model", ["logreg", "nbsvm"])
def test_centroids_without_vectors_are_refused(model: str) -> None:
    with pytest.raises(InputError, match=r"vectors\.source"):
        fit_model(model, centroids=True)


def test_the_number_of_parameters_includes_all_weights() -> None:
    words = len({word for text in TEXTS for word in text.split(" ")})
    for model, expected in (("nb", 2 * words + 2), ("nbsvm", words + 1)):
        last = fit_model(model)[-1]
        assert sum(np.size(getattr(last, name, ())) for name in WEIGHTS) == expected

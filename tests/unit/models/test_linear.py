"""The models of scikit-learn, against their formulas."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from lemma.data.vectors import Vectors
from lemma.errors import InputError
from lemma.models import logreg, majority, nb, nbsvm
from lemma.models.features import contributions
from lemma.params import NB, NBSVM, LogReg, Majority, Select
from lemma.training.estimator import WEIGHTS

TEXTS = ["a good film .", "good , good !", "a bad film .", "bad ! it's bad", "so-so a b"]
LABELS = np.array([1, 1, 0, 0, 0])
THREE = np.array([2, 1, 0, 0, 1])
LINEAR: dict[str, Any] = {
    "counts": "boolean",
    "ngrams": 1,
    "characters": 0,
    "min_count": 1,
    "select": None,
    "svd": None,
    "centroids": False,
}
SETTINGS: dict[str, Any] = {
    "nb": NB(**LINEAR, alpha=1.0),
    "logreg": LogReg(**LINEAR, c=1.0),
    "nbsvm": NBSVM(**LINEAR, alpha=1.0, beta=0.25, c=1.0),
}
CODE = {"nb": nb, "logreg": logreg, "nbsvm": nbsvm}


def fitted(
    model: str = "logreg",
    labels: NDArray[np.int64] = LABELS,
    *,
    balanced: bool = False,
    vectors: Vectors | None = None,
    **changed: Any,
) -> Any:
    settings = SETTINGS[model].model_copy(update=changed)
    return CODE[model].estimator(settings, vectors, balanced).fit(TEXTS, labels)


def words_of(pipeline: Any) -> set[str]:
    return {name.split("__", 1)[1] for name in pipeline[0].get_feature_names_out()}


def counts() -> tuple[list[str], NDArray[np.float64]]:
    """Return words, and which document holds which: (documents, words)."""
    words = sorted({word for text in TEXTS for word in text.split(" ")})
    return words, np.array([[float(word in text.split(" ")) for word in words] for text in TEXTS])


def test_the_majority_baseline_gives_every_document_the_class_frequencies_of_training() -> None:
    estimator = majority.estimator(Majority(), None, False).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(estimator.predict_proba(["", "good"]), [[3 / 5, 2 / 5]] * 2)


@pytest.mark.parametrize("model", SETTINGS)
def test_the_words_are_those_of_the_corpus_signs_and_short_ones_included(model: str) -> None:
    assert words_of(fitted(model)) == set(counts()[0])


def test_ngrams_are_those_that_enough_documents_hold() -> None:
    held: Counter[str] = Counter()
    for text in TEXTS:
        words = text.split(" ")
        held.update({*words, *(f"{a} {b}" for a, b in zip(words, words[1:]))})
    assert words_of(fitted(ngrams=2, min_count=2)) == {gram for gram, count in held.items() if count >= 2}


def test_ngrams_of_characters_stay_within_a_word() -> None:
    found = words_of(fitted(characters=3)) - words_of(fitted())
    assert {" go", "goo", "ood", "od ", "oo"} <= found
    assert all(" " not in gram.strip() for gram in found)


def test_case_is_left_to_tokenization() -> None:
    estimator = logreg.estimator(SETTINGS["logreg"], None, False).fit(["Good", "bad"], [1, 0])
    assert words_of(estimator) == {"Good", "bad"}


@pytest.mark.parametrize(("kind", "good"), [("boolean", 1), ("tf", 3)])
def test_counts_are_of_presence_or_of_occurrences(kind: str, good: int) -> None:
    pipeline = fitted(counts=kind)
    row = dict(zip(pipeline[0].get_feature_names_out(), pipeline[0].transform(["good good good film"]).toarray()[0]))
    assert (row["words__good"], row["words__film"], row["words__bad"]) == (good, 1, 0)


def test_tfidf_is_sublinear_tf_times_smoothed_idf_of_unit_length() -> None:
    pipeline = fitted(counts="tfidf")
    row = dict(zip(pipeline[0].get_feature_names_out(), pipeline[0].transform(["good good good film"]).toarray()[0]))
    idf = {word: 1 + math.log((1 + 5) / (1 + sum(word in t.split(" ") for t in TEXTS))) for word in ("good", "film")}
    good, film = (1 + math.log(3)) * idf["good"], idf["film"]
    assert row["words__good"] == pytest.approx(good / math.hypot(good, film), abs=1e-12)
    assert row["words__film"] == pytest.approx(film / math.hypot(good, film), abs=1e-12)


@pytest.mark.parametrize(("by", "kept"), [("chi2", {"good"}), ("mutual_information", {"good", "bad"})])
def test_selection_keeps_the_features_that_tell_the_class(by: str, kept: set[str]) -> None:
    """Chi-square knows presence alone: bad is missing in one of three; for mutual information its absence tells too."""
    select = Select(by=by, features=len(kept))  # type: ignore[arg-type]
    assert words_of(fitted(select=select)) == kept


def test_naive_bayes_is_its_closed_form() -> None:
    _, there = counts()
    prior = np.array([3 / 5, 2 / 5])
    totals = np.stack([there[label == LABELS].sum(0) + 1 for label in (0, 1)])
    joint = np.log(prior) + there @ np.log(totals / totals.sum(1, keepdims=True)).T
    expected = np.exp(joint - joint.max(1, keepdims=True))
    expected /= expected.sum(1, keepdims=True)
    np.testing.assert_allclose(fitted("nb").predict_proba(TEXTS), expected, atol=1e-12)


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("labels", [LABELS, THREE], ids=["two", "three"])
def test_nbsvm_is_the_papers_formulas_with_a_logistic_loss(labels: NDArray[np.int64], balanced: bool) -> None:
    """The weights of the ratios found by another optimizer; liblinear also penalizes the intercept."""
    _, there = counts()
    alpha, beta = 1.0, 0.25
    classes: list[int] = sorted(set(labels.tolist()))
    share = np.bincount(labels)[labels]
    weight = len(labels) / (len(classes) * share) if balanced else np.ones(len(labels))
    rows: list[Any] = []
    for label in classes[1:] if len(classes) == 2 else classes:
        own = labels == label
        p, q = alpha + there[own].sum(0), alpha + there[~own].sum(0)
        r = np.log((p / p.sum()) / (q / q.sum()))
        inputs = np.hstack([there * r, np.ones((len(there), 1))])
        sign = np.where(own, 1, -1)

        def loss(w: Any, inputs: Any = inputs, sign: Any = sign) -> float:
            return float(w @ w / 2 + (weight * np.logaddexp(0, -sign * (inputs @ w))).sum())

        w = minimize(loss, np.zeros(inputs.shape[1]), tol=1e-12).x
        kept = (1 - beta) * np.abs(w[:-1]).mean() + beta * w[:-1]
        rows.append(there @ (r * kept) + w[-1])
    scores = np.stack(rows, 1)
    pipeline = fitted("nbsvm", labels, balanced=balanced)
    found = pipeline[-1].decision_function(pipeline[0].transform(TEXTS)).reshape(scores.shape)
    np.testing.assert_allclose(found, scores, atol=2e-3)
    np.testing.assert_allclose(pipeline.predict_proba(TEXTS).sum(1), 1)


@pytest.mark.parametrize("model", ["nb", "nbsvm"])
@pytest.mark.parametrize("changed", [{"svd": 2}, {"centroids": True}], ids=str)
def test_what_counts_takes_nothing_that_may_be_negative(model: str, changed: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=rf"models\.{model}\.{next(iter(changed))}"):
        fitted(model, **changed)


@pytest.mark.parametrize("model", SETTINGS)
def test_balanced_classes_weigh_the_same(model: str) -> None:
    even, uneven = (fitted(model, balanced=balanced).predict_proba(["x"])[0] for balanced in (True, False))
    assert uneven[0] > even[0]
    if model != "nbsvm":
        assert even[0] == pytest.approx(0.5, abs=0.2)


def some_vectors() -> Vectors:
    words = ["good", "bad", "film"]
    return Vectors({word: row for row, word in enumerate(words)}, np.array([[1, 0], [0, 1], [2, 2]], np.float32))


def test_a_centroid_is_the_mean_of_the_vectors_of_the_words_that_have_one() -> None:
    pipeline = fitted(centroids=True, vectors=some_vectors())
    rows = pipeline[0].transform(["good good film", "unheard of"]).toarray()[:, -2:]
    np.testing.assert_allclose(rows, np.array([[4 / 3, 2 / 3], [0, 0]]), atol=1e-6)


def test_centroids_without_word_vectors_are_bad_input() -> None:
    with pytest.raises(InputError, match="no word vectors") as caught:
        fitted(centroids=True)
    assert "vectors.source" in caught.value.fix


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "tfidf": {"counts": "tfidf", "ngrams": 2, "characters": 3},
    "chosen": {"select": Select(by="chi2", features=4)},
    "condensed": {"svd": 2},
    "centroids": {"centroids": True},
}


@pytest.mark.parametrize("labels", [LABELS, THREE], ids=["two", "three"])
@pytest.mark.parametrize("case", CASES)
def test_contributions_add_up_to_the_difference_of_the_classes_scores(case: str, labels: NDArray[np.int64]) -> None:
    pipeline = fitted(labels=labels, vectors=some_vectors(), **CASES[case])
    text = "good film good . unheard"
    parts = np.array([weights for _, weights in contributions(pipeline, text)])
    last = pipeline[-1]
    scores = np.ravel(pipeline[0].transform([text]) @ last.coef_.T)
    if len(scores) == 1:
        scores = np.array([-scores[0], scores[0]]) / 2
    np.testing.assert_allclose(parts.sum(0), scores - scores.mean(), atol=1e-5)
    assert {"good", "film"} <= {name for name, _ in contributions(pipeline, text)} or case == "chosen"


def test_all_that_was_learnt_is_counted() -> None:
    for model, expected in (("nb", 2 * len(counts()[0]) + 2), ("nbsvm", len(counts()[0]) + 1)):
        last = fitted(model)[-1]
        assert sum(np.size(getattr(last, name, [])) for name in WEIGHTS) == expected

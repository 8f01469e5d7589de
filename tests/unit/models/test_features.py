"""Tests of the features of linear models: n-grams, selection, weighting, latent dimensions and contributions."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_selection import mutual_info_classif
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from lemma.models.majority import model as majority
from lemma.models.shared.features import UnfittedPipeline, feature_contributions, list_vectorizers, mutual_information
from lemma.params import FeatureSelection, Majority
from tests.unit.models.test_linear import CODE, LABELS, PLAIN, SETTINGS, TEXTS, THREE, build_vectors, fit_model


def list_words(model: Pipeline) -> set[str]:
    return set(list_vectorizers(model)[0].vocabulary_)


def test_the_vocabulary_includes_punctuation_and_single_letters() -> None:
    assert list_words(fit_model("logreg")) == {word for text in TEXTS for word in text.split(" ")}


def test_ngrams_have_a_document_frequency_of_at_least_min_count() -> None:
    document_frequencies: Counter[str] = Counter()
    for text in TEXTS:
        words = text.split(" ")
        document_frequencies.update({*words, *(f"{a} {b}" for a, b in zip(words, words[1:]))})
    assert list_words(fit_model("logreg", ngrams=2, min_count=2)) == {
        gram for gram, n in document_frequencies.items() if n >= 2
    }


def test_character_ngrams_do_not_cross_words() -> None:
    ngrams = {
        f" {word} "[start : start + n]
        for text in TEXTS
        for word in text.split(" ")
        for n in (2, 3)
        for start in range(max(1, len(word) + 3 - n))
    }
    assert set(list_vectorizers(fit_model("logreg", char_ngrams=3))[1].vocabulary_) == ngrams


def test_a_vectorizer_does_not_change_case() -> None:
    assert list_words(CODE["logreg"].build_estimator(SETTINGS["logreg"], False).fit(["Good", "bad"], [1, 0])) == {
        "Good",
        "bad",
    }


@pytest.mark.parametrize(("term_weighting", "value"), [("boolean", 1), ("tf", 3)])
def test_term_weighting_is_boolean_or_the_term_frequency(term_weighting: str, value: int) -> None:
    model = fit_model("logreg", term_weighting=term_weighting)
    assert model[0].transform(["good good good"]).sum() == value


def test_tfidf_is_sublinear_tf_times_smoothed_idf_normalised() -> None:
    features = fit_model("logreg", term_weighting="tfidf")[0]
    row = features.transform(["good good good film"]).toarray()[0]
    idf = {word: 1 + math.log((1 + 5) / (1 + sum(word in t.split(" ") for t in TEXTS))) for word in ("good", "film")}
    good, film = (1 + math.log(3)) * idf["good"], idf["film"]
    norm = math.hypot(good, film)
    assert row[features.vocabulary_["good"]] == pytest.approx(good / norm, abs=1e-12)
    assert row[features.vocabulary_["film"]] == pytest.approx(film / norm, abs=1e-12)


def test_word_and_character_features_are_normalised_separately() -> None:
    model = fit_model("logreg", term_weighting="tfidf", char_ngrams=3)
    row = model[0].transform(["good film"]).toarray()[0]
    words = len(list_vectorizers(model)[0].vocabulary_)
    np.testing.assert_allclose([np.linalg.norm(row[:words]), np.linalg.norm(row[words:])], 1)


@pytest.mark.parametrize("by", ["chi2", "mutual_information"])
@pytest.mark.parametrize("char_ngrams", [0, 2])
def test_feature_selection_keeps_the_features_that_determine_the_class(by: Any, char_ngrams: int) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    texts = [" ".join([*rng.choice(list("abcdefgh"), 5), "yes" if label else "no"]) for label in labels]
    changed = {
        "feature_selection": FeatureSelection(by=by, features=2),
        "char_ngrams": char_ngrams,
        "term_weighting": "tfidf",
    }
    model = CODE["logreg"].build_estimator(SETTINGS["logreg"].model_copy(update=changed), False).fit(texts, labels)
    assert model[-1].n_features_in_ == 2
    assert list_words(model) == {"yes", "no"}, "word features precede character features, and ties keep their order"
    np.testing.assert_array_equal(model.predict(texts), labels)


@pytest.mark.parametrize("by", ["chi2", "mutual_information"])
def test_selecting_all_features_does_not_change_the_model(by: Any) -> None:
    selected = fit_model(
        "logreg", feature_selection=FeatureSelection(by=by, features=1000), term_weighting="tfidf", char_ngrams=3
    )
    complete = fit_model("logreg", term_weighting="tfidf", char_ngrams=3)
    np.testing.assert_allclose(selected.predict_proba(TEXTS), complete.predict_proba(TEXTS), rtol=1e-9)


@given(st.data())
def test_mutual_information_equals_that_of_scikit_learn(data: st.DataObject) -> None:
    documents = data.draw(st.integers(2, 12))
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=documents, max_size=documents)))
    bits = st.lists(st.booleans(), min_size=documents, max_size=documents)
    features = np.array(data.draw(st.lists(bits, min_size=1, max_size=4)), float).T
    expected = mutual_info_classif(features, labels, discrete_features=True)
    np.testing.assert_allclose(np.maximum(mutual_information(sp.csr_array(features), labels), 0), expected, atol=1e-12)


def test_svd_replaces_the_ngrams_by_normalised_latent_dimensions() -> None:
    model = fit_model("logreg", svd=2)
    rows = model[0].transform(TEXTS)
    assert rows.shape == (5, 2)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1)
    counts = model[0][0].transform(TEXTS).toarray()
    _, _, axes = np.linalg.svd(counts, full_matrices=False)
    np.testing.assert_allclose(np.abs(model[0][1].components_), np.abs(axes[:2]), atol=1e-6)


def test_a_centroid_is_the_normalised_mean_of_word_vectors() -> None:
    rows = (
        fit_model("logreg", centroids=True, vectors=build_vectors())[0].transform(["good bad good so", "so"]).toarray()
    )
    mean = (2 * build_vectors().matrix[0] + build_vectors().matrix[1]) / 3
    np.testing.assert_allclose(rows[0, -2:], mean / np.linalg.norm(mean), rtol=1e-6)
    np.testing.assert_array_equal(rows[1, -2:], [0, 0])


CHANGES: list[dict[str, Any]] = [
    {},
    {"term_weighting": "tfidf", "char_ngrams": 3, "ngrams": 2},
    {"term_weighting": "tf", "feature_selection": FeatureSelection(by="chi2", features=5)},
    {"svd": 2, "term_weighting": "tfidf", "char_ngrams": 3},
    {"centroids": True, "term_weighting": "tfidf"},
    {"centroids": True, "svd": 3},
]


@pytest.mark.parametrize("labels", [LABELS, THREE])
@pytest.mark.parametrize("changed", CHANGES)
@pytest.mark.parametrize("model", ["logreg", "nbsvm"])
@pytest.mark.parametrize("text", ["good film it's good", "", "never met"])
def test_contributions_and_intercept_sum_to_the_decision(model: str, changed: Any, labels: Any, text: str) -> None:
    if model == "nbsvm" and "svd" in changed:
        return
    estimator = fit_model(model, labels, vectors=build_vectors(), **changed)
    decision = np.atleast_1d(estimator.decision_function([text])[0]) - estimator[-1].intercept_
    total = sum((weight for _, weight in feature_contributions(estimator, text)), np.zeros(len(set(labels))))
    np.testing.assert_allclose(total, [-decision[0], decision[0]] if len(decision) == 1 else decision, atol=1e-9)


def test_contributions_are_of_features_of_the_text_sorted_by_weight() -> None:
    contributions = feature_contributions(
        fit_model("logreg", char_ngrams=2, centroids=True, vectors=build_vectors()), "good never"
    )
    names = [name for name, _ in contributions]
    assert {"good", "'oo'", "vector of good"} <= set(names)
    assert not {"never", "bad", "vector of bad"} & set(names)
    sizes = [np.abs(weight).max() for _, weight in contributions]
    assert sizes == sorted(sizes, reverse=True)
    assert dict(contributions)["good"][1] > 0 > dict(contributions)["good"][0]


@pytest.mark.parametrize("labels", [LABELS, THREE])
def test_contributions_of_naive_bayes_equal_the_change_of_log_probabilities(labels: Any) -> None:
    model = fit_model("nb", labels)
    before, after = (np.log(model.predict_proba([text])[0]) for text in ("", "good film"))
    total = np.sum([weight for _, weight in feature_contributions(model, "good film")], axis=0)
    difference = after - before
    if len(difference) == 2:
        np.testing.assert_allclose(total, [difference[0] - difference[1], difference[1] - difference[0]])
    else:
        np.testing.assert_allclose(total - total.mean(), difference - difference.mean())


def test_a_model_without_features_has_no_contributions() -> None:
    assert feature_contributions(majority.build_estimator(Majority(), False).fit(TEXTS, LABELS), "good") == []


def test_fitting_does_not_change_the_parameters() -> None:
    unfitted = UnfittedPipeline(SETTINGS["logreg"], LogisticRegression().fit)
    first, second = unfitted.fit(TEXTS, LABELS), unfitted.fit(TEXTS[::-1], LABELS[::-1])
    np.testing.assert_allclose(first.predict_proba(TEXTS), second.predict_proba(TEXTS), atol=1e-3)
    assert unfitted.params.model_dump() | PLAIN == unfitted.params.model_dump()

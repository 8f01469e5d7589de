"""The baselines of scikit-learn."""

import math
from collections import Counter

import numpy as np
import pytest

from lemma.models import logreg, majority
from lemma.params import LogReg, Majority

TEXTS = ["a good film .", "good , good !", "a bad film .", "bad ! it's bad", "so-so a b"]
LABELS = np.array([1, 1, 0, 0, 0])


def fitted(**changed: object) -> object:
    settings = LogReg(ngrams=1, min_count=1, c=1.0).model_copy(update=changed)
    return logreg.estimator(settings).fit(TEXTS, LABELS)


def test_the_majority_baseline_gives_every_document_the_class_frequencies_of_training() -> None:
    estimator = majority.estimator(Majority()).fit(TEXTS, LABELS)
    np.testing.assert_array_equal(estimator.predict_proba(["", "good"]), [[3 / 5, 2 / 5]] * 2)


def test_the_words_of_logreg_are_those_of_the_corpus_signs_and_short_ones_included() -> None:
    vocabulary = fitted()[0].vocabulary_  # type: ignore[index]
    assert set(vocabulary) == {word for text in TEXTS for word in text.split(" ")}


def test_logreg_knows_the_ngrams_that_enough_documents_hold() -> None:
    vocabulary = fitted(ngrams=2, min_count=2)[0].vocabulary_  # type: ignore[index]
    held: Counter[str] = Counter()
    for text in TEXTS:
        words = text.split(" ")
        held.update({*words, *(f"{a} {b}" for a, b in zip(words, words[1:]))})
    assert set(vocabulary) == {gram for gram, count in held.items() if count >= 2}


def test_features_are_sublinear_tf_times_smoothed_idf_of_unit_length() -> None:
    features = fitted()[0]  # type: ignore[index]
    row = features.transform(["good good good film"]).toarray()[0]
    idf = {word: 1 + math.log((1 + 5) / (1 + sum(word in t.split(" ") for t in TEXTS))) for word in ("good", "film")}
    good, film = (1 + math.log(3)) * idf["good"], idf["film"]
    norm = math.hypot(good, film)
    assert row[features.vocabulary_["good"]] == pytest.approx(good / norm, abs=1e-12)
    assert row[features.vocabulary_["film"]] == pytest.approx(film / norm, abs=1e-12)


def test_case_is_left_to_tokenization() -> None:
    estimator = logreg.estimator(LogReg(ngrams=1, min_count=1, c=1.0)).fit(["Good", "bad"], [1, 0])
    assert set(estimator[0].vocabulary_) == {"Good", "bad"}

"""What a linear model sees of a document: n-grams of words and of characters, chosen or condensed; word vectors."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2, mutual_info_classif
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer

from lemma.data.vectors import Vectors
from lemma.errors import InputError
from lemma.params import Linear

WORD = r"[^ ]+"
FEATURES, CHOSEN, CONDENSED, CENTROIDS = "features", "chosen", "condensed", "centroids"


def features(settings: Linear, vectors: Vectors | None = None) -> Pipeline:
    """Return the unfitted features of documents whose words are joined by single spaces: (documents, features).

    Raises:
        InputError: centroids are asked for and there are no word vectors.
    """
    blocks = [("words", _counter(settings, analyzer="word", ngram_range=(1, settings.ngrams), token_pattern=WORD))]
    if settings.characters:
        shortest = min(2, settings.characters)
        blocks += [("characters", _counter(settings, analyzer="char_wb", ngram_range=(shortest, settings.characters)))]
    steps: list[tuple[str, BaseEstimator]] = [(FEATURES, FeatureUnion(blocks))]
    if settings.select is not None:
        score = chi2 if settings.select.by == "chi2" else mutual_info_classif
        steps.append((CHOSEN, SelectKBest(score, k=settings.select.features)))
    if settings.svd is not None:
        steps.append((CONDENSED, make_pipeline(TruncatedSVD(settings.svd, random_state=0), Normalizer())))
    found = Pipeline(steps)
    if not settings.centroids:
        return found
    if vectors is None:
        raise InputError("centroids: there are no word vectors.", "Write vectors.source in params.yaml: learnt, say.")
    return Pipeline([(FEATURES, FeatureUnion([(FEATURES, found), (CENTROIDS, _centroids(vectors))]))])


def _counter(settings: Linear, **how: Any) -> CountVectorizer:
    # tokenize has decided on case and on what a word is
    shared = {"lowercase": False, "min_df": settings.min_count, "binary": settings.counts == "boolean", **how}
    if settings.counts == "tfidf":
        return TfidfVectorizer(sublinear_tf=True, **(shared | {"binary": False}))
    return CountVectorizer(**shared)


def _centroids(vectors: Vectors) -> Pipeline:
    """Return what gives the mean of the vectors of a document's words: (documents, dimensions)."""
    mean = TruncatedSVD(vectors.table.shape[1])  # whose transformation is the product with its components
    mean.components_, mean.n_features_in_ = np.ascontiguousarray(vectors.table.T), len(vectors.table)
    counter = CountVectorizer(lowercase=False, token_pattern=WORD, vocabulary=dict(vectors.words))
    return make_pipeline(counter, FrozenEstimator(make_pipeline(Normalizer("l1"), mean)))


def contributions(fitted: Any, text: str) -> list[tuple[str, NDArray[np.float64]]]:
    """Return the features of a document, and what each adds to the score of each class: (classes,).

    Args:
        fitted: a pipeline of features and a classifier; one that has no coefficients explains nothing.
        text: words joined by single spaces.
    """
    if not isinstance(fitted, Pipeline):
        return []
    shown, last = fitted[0], fitted[-1]
    weights = getattr(last, "coef_", getattr(last, "feature_log_prob_", None))
    if weights is None:
        return []
    # One row speaks for the second of two classes; of several rows, what all share moves nothing.
    weights = np.vstack([-weights[0], weights[0]]) / 2 if len(weights) == 1 else weights - weights.mean(0)
    union = shown[0]
    if CENTROIDS not in dict(union.transformer_list):
        return _weighed(shown, text, weights)
    ngrams, centroid = (part for _, part in union.transformer_list)
    mean = centroid.transform([text])[0]
    size = weights.shape[1] - len(mean)
    return [*_weighed(ngrams, text, weights[:, :size]), ("(mean of the word vectors)", weights[:, size:] @ mean)]


def _weighed(shown: Pipeline, text: str, weights: NDArray[np.float64]) -> list[tuple[str, NDArray[np.float64]]]:
    """Return the n-grams of a document, and their values times these weights: (classes, features)."""
    plain = shown[:-1] if CONDENSED in shown.named_steps else shown
    values = plain.transform([text])
    names = [name.split("__", 1)[1] for name in plain.get_feature_names_out()[values.indices]]
    if CONDENSED in shown.named_steps:
        condense = shown.named_steps[CONDENSED][0]
        weights = weights @ condense.components_ / max(float(np.linalg.norm(condense.transform(values))), 1e-12)
    parts = weights[:, values.indices] * values.data
    return list(zip(names, parts.T))

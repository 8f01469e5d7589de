"""What a linear model sees of a document: n-grams of words and of characters, chosen, weighed or condensed; centroids.

A document comes as words joined by single spaces. A fitted model is made of scikit-learn's own types alone, which skops
reads without being told to trust anything.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import chi2
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer

from lemma.corpus.word_vectors import WordVectors
from lemma.errors import InputError
from lemma.params import Linear, Select

SEED = 0  # of the random start of the singular value decomposition
Head = Callable[[Any, NDArray[np.int64]], BaseEstimator]


class Fit:
    """An unfitted pipeline: features, and a `head` that takes (documents, features) and labels to a fitted classifier.

    Its `fit` returns another object, the fitted `Pipeline`, since what fitting alone needs is not to be stored.
    """

    def __init__(self, settings: Linear, head: Head, vectors: WordVectors | None = None) -> None:
        self.settings, self.head, self.vectors = settings, head, vectors

    def fit(self, texts: Iterable[str], labels: NDArray[np.int64]) -> Pipeline:
        """Return the fitted pipeline; `texts` is gone through several times, and never held.

        Raises:
            InputError: centroids are asked for, and there are no word vectors.
            ValueError: no n-gram is frequent enough.
        """
        settings, labels = self.settings, np.asarray(labels)
        chosen = None if settings.select is None else _chosen(settings, settings.select, texts, labels)
        steps = [_grams(settings, chosen)]
        if settings.svd is not None:
            steps += [TruncatedSVD(settings.svd, random_state=SEED), Normalizer()]
        parts = [("ngrams", steps[0] if len(steps) == 1 else make_pipeline(*steps))]
        if settings.centroids:
            parts.append(("centroids", _centroids(self.vectors)))
        features = parts[0][1] if len(parts) == 1 else FeatureUnion(parts)
        matrix = features.fit_transform(texts, labels)
        for part in vectorizers(features):
            part.vocabulary = None  # the fitted one has its own copy, and would be stored twice
        head = self.head(matrix, labels)
        return Pipeline([("features", features), ("model", head)])


def _grams(settings: Linear, chosen: list[list[str]] | None = None) -> BaseEstimator:
    """Return the vectorizers, words' first; `chosen`: the n-grams of each, where not all that are frequent enough."""
    kinds: list[dict[str, Any]] = [
        # tokenize has decided on case and on what a word is
        {"token_pattern": r"[^ ]+", "ngram_range": (1, settings.ngrams)}
    ]
    if settings.characters:
        kinds.append({"analyzer": "char_wb", "ngram_range": (min(2, settings.characters), settings.characters)})
    if settings.counts == "tfidf":
        kind, how = TfidfVectorizer, {"sublinear_tf": True}
    else:
        kind, how = CountVectorizer, {"binary": settings.counts == "boolean"}
    made = []
    for at, options in enumerate(kinds):
        kept = None if chosen is None else chosen[at]
        if kept != []:  # of one kind, nothing may have been chosen
            made.append(
                kind(**how, **options, lowercase=False, min_df=settings.min_count, vocabulary=kept, dtype=np.float64)
            )
    # One after the other, each of unit length: in one common length the many pieces would drown the words.
    return made[0] if len(made) == 1 else FeatureUnion([(part.analyzer, part) for part in made])


def _chosen(settings: Linear, select: Select, texts: Iterable[str], labels: NDArray[np.int64]) -> list[list[str]]:
    """Return the best n-grams of each vectorizer by whether a document holds them."""
    grams = _grams(settings.model_copy(update={"counts": "boolean"}))
    held = grams.fit_transform(texts).tocsr()
    scores = chi2(held, labels)[0] if select.by == "chi2" else mutual_information(held, labels)
    best = np.zeros(len(scores), bool)
    best[np.argsort(-scores, kind="stable")[: select.features]] = True  # stable: equal ones in the order of columns
    names = [part.get_feature_names_out() for part in vectorizers(grams)]
    ends = np.cumsum([len(part) for part in names])[:-1]
    return [list(part[kept]) for part, kept in zip(names, np.split(best, ends))]


def mutual_information(held: Any, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mutual information of class and each binary feature, in nats: (features,).

    `held` is sparse, (documents, features), of zeros and ones. scikit-learn's mutual_info_classif gives the same, but
    takes minutes for the bigrams of a large corpus: it goes feature by feature.
    """
    classes, index = np.unique(labels, return_inverse=True)
    total = len(index)
    sizes = np.bincount(index)[:, None]
    member = sp.csr_array((np.ones(total), (index, np.arange(total))), shape=(len(classes), total))
    both = np.asarray((member @ sp.csr_array(held)).todense())
    there = both.sum(0)
    found = np.zeros(both.shape[1])
    for joint, margin in ((both, there), (sizes - both, total - there)):
        expected = sizes * margin / total
        ratio = np.divide(joint, expected, out=np.ones_like(joint), where=joint > 0)
        found += (joint * np.log(ratio)).sum(0) / total
    return found


def _centroids(vectors: WordVectors | None) -> BaseEstimator:
    """Return what makes a document the mean of its words' vectors, at unit length; with no word known, zeros."""
    if vectors is None:
        raise InputError(
            "params.yaml: centroids need word vectors, and vectors.source gives none.",
            "Set vectors.source, or write centroids: false.",
        )
    words = CountVectorizer(lowercase=False, token_pattern=r"[^ ]+", dtype=np.float64)
    words.vocabulary_, words.fixed_vocabulary_ = dict(vectors.index), True
    # The one linear map of scikit-learn's that is nothing but a matrix.
    table = TruncatedSVD(vectors.matrix.shape[1])
    table.components_ = np.ascontiguousarray(vectors.matrix.T)
    table.n_features_in_ = len(vectors.matrix)
    return FrozenEstimator(make_pipeline(words, Normalizer("l1"), table, Normalizer()))


def vectorizers(features: BaseEstimator) -> list[CountVectorizer]:
    """Return the vectorizers within a model or its features, in the order of their columns."""
    if isinstance(features, CountVectorizer):
        return [features]
    if isinstance(features, FeatureUnion):
        return [found for _, part in features.transformer_list for found in vectorizers(part)]
    if isinstance(features, FrozenEstimator):
        return vectorizers(features.estimator)
    return vectorizers(features[0]) if isinstance(features, Pipeline) else []


def refuse_negative(model: str, settings: Linear) -> None:
    """Refuse features that may be negative to a model that counts.

    Raises:
        InputError: there is a setting that makes such features.
    """
    for name, there in (("svd", settings.svd is not None), ("centroids", settings.centroids)):
        if there:
            raise InputError(
                f"params.yaml: models.{model}.{name} makes features that may be negative; {model} counts.",
                f"Write models.{model}.{name}: {'null' if name == 'svd' else 'false'}, or take logreg.",
            )


def contributions(fitted: Any, text: str) -> list[tuple[str, NDArray[np.float64]]]:
    """Return what each feature of a text adds to the decision for every class: (classes,), the weightiest first.

    `text` is words joined by single spaces. With the intercept they sum to the decision; of two classes, that for the
    first is that for the second with its sign flipped. Naive Bayes decides by the log probability, of two classes by
    the log ratio, of more against their mean. An n-gram of characters stands in quotes; through latent dimensions and
    centroids the weights are carried back, to the n-grams and to each `vector of` a word. A model without features
    contributes nothing.
    """
    if not isinstance(fitted, Pipeline):
        return []
    names, rows = _spread(fitted[0], text)
    weights = rows @ _coefficients(fitted[-1]).T
    order = np.argsort(-np.abs(weights).max(axis=1), kind="stable")
    return [(names[at], weights[at]) for at in order]


def _coefficients(model: BaseEstimator) -> NDArray[np.float64]:
    """Return the weights (classes, features) of a fitted classifier."""
    if hasattr(model, "coef_"):
        found = model.coef_
    else:
        found = model.feature_log_prob_ - model.feature_log_prob_.mean(axis=0)
        found = 2 * found[1:] if len(found) == 2 else found
    return np.concatenate([-found, found]) if len(found) == 1 else np.asarray(found)


def _spread(features: BaseEstimator, text: str) -> tuple[list[str], Any]:
    """Return the names of what a text holds, and a row for each, whose sum is the text's features."""
    if isinstance(features, CountVectorizer):
        row = sp.csr_array(features.transform([text]))
        sign = "'" if features.analyzer == "char_wb" else ""
        grams = {features.vocabulary_.get(gram): gram for gram in features.build_analyzer()(text)}
        names = [f"{sign}{grams[at]}{sign}" for at in row.indices]
        return names, sp.csr_array((row.data, row.indices, np.arange(row.nnz + 1)), shape=(row.nnz, row.shape[1]))
    if isinstance(features, FeatureUnion):
        parts = [_spread(part, text) for _, part in features.transformer_list]
        return [name for names, _ in parts for name in names], sp.block_diag([rows for _, rows in parts], format="csr")
    if isinstance(features, FrozenEstimator):
        names, rows = _spread(features.estimator, text)
        return [f"vector of {name}" for name in names], rows
    names, rows = _spread(features[0], text)
    for _, step in features.steps[1:]:
        if isinstance(step, TruncatedSVD):
            rows = rows @ step.components_.T
        else:  # a length, which is the whole text's
            whole = np.asarray(rows.sum(axis=0)).ravel()
            rows = rows / (np.linalg.norm(whole, 1 if step.norm == "l1" else 2) or 1.0)
    return names, rows

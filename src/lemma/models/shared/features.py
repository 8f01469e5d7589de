"""Features of the linear models: n-grams of tokens and characters, selected, weighted or condensed, and centroids.

A document is a string of tokens joined by single spaces. A fitted model consists of scikit-learn's own classes only,
which skops loads without trusting further types.
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
from lemma.params import FeatureSelection, Linear

SEED = 0  # of the singular value decomposition and of liblinear
FitClassifier = Callable[[Any, NDArray[np.int64]], BaseEstimator]  # (features, labels) -> fitted classifier


class UnfittedPipeline:
    """Features and a classifier that are not fitted yet.

    `fit` returns a new object, a fitted `Pipeline`, since parts that only fitting needs are not stored.
    """

    def __init__(self, params: Linear, fit_classifier: FitClassifier, vectors: WordVectors | None = None) -> None:
        self.params, self.fit_classifier, self.vectors = params, fit_classifier, vectors

    def fit(self, texts: Iterable[str], labels: NDArray[np.int64]) -> Pipeline:
        """Return the fitted pipeline.

        Args:
            texts: documents; iterated over several times and never held in memory as a whole.
            labels: (documents,) class indices.

        Raises:
            InputError: centroids are asked for, and there are no word vectors.
            ValueError: no n-gram is frequent enough.
        """
        params, labels = self.params, np.asarray(labels)
        selection = params.feature_selection
        selected = None if selection is None else _select_ngrams(params, selection, texts, labels)
        steps = [_build_vectorizers(params, selected)]
        if params.svd is not None:
            steps += [TruncatedSVD(params.svd, random_state=SEED), Normalizer()]
        parts = [("ngrams", steps[0] if len(steps) == 1 else make_pipeline(*steps))]
        if params.centroids:
            parts.append(("centroids", _build_centroids(self.vectors)))
        features = parts[0][1] if len(parts) == 1 else FeatureUnion(parts)
        matrix = features.fit_transform(texts, labels)
        for vectorizer in list_vectorizers(features):
            vectorizer.vocabulary = None  # `vocabulary_` is a copy; without this both would be stored
        classifier = self.fit_classifier(matrix, labels)
        return Pipeline([("features", features), ("model", classifier)])


def _build_vectorizers(params: Linear, selected: list[list[str]] | None = None) -> BaseEstimator:
    """Return the vectorizer of token n-grams and, if asked for, that of character n-grams.

    Args:
        params: of the model.
        selected: the n-grams of each vectorizer; None for all that are frequent enough.
    """
    kinds: list[dict[str, Any]] = [
        # The texts are tokenized and lower-cased already.
        {"token_pattern": r"[^ ]+", "ngram_range": (1, params.ngrams)}
    ]
    if params.char_ngrams:
        kinds.append({"analyzer": "char_wb", "ngram_range": (min(2, params.char_ngrams), params.char_ngrams)})
    if params.term_weighting == "tfidf":
        vectorizer_class, weighting = TfidfVectorizer, {"sublinear_tf": True}
    else:
        vectorizer_class, weighting = CountVectorizer, {"binary": params.term_weighting == "boolean"}
    common = {"lowercase": False, "min_df": params.min_count, "dtype": np.float64}
    vectorizers = []
    for number, options in enumerate(kinds):
        vocabulary = None if selected is None else selected[number]
        if vocabulary != []:  # n-grams of one kind only may be selected
            vectorizers.append(vectorizer_class(**weighting, **options, **common, vocabulary=vocabulary))
    if len(vectorizers) == 1:
        return vectorizers[0]
    # Each kind is normalised by itself; otherwise the many character n-grams would dominate.
    return FeatureUnion([(vectorizer.analyzer, vectorizer) for vectorizer in vectorizers])


def _select_ngrams(
    params: Linear, selection: FeatureSelection, texts: Iterable[str], labels: NDArray[np.int64]
) -> list[list[str]]:
    """Return the n-grams of each vectorizer that are most informative of the class, by their presence in documents."""
    vectorizer = _build_vectorizers(params.model_copy(update={"term_weighting": "boolean"}))
    is_present = vectorizer.fit_transform(texts).tocsr()
    scores = chi2(is_present, labels)[0] if selection.by == "chi2" else mutual_information(is_present, labels)
    is_selected = np.zeros(len(scores), bool)
    is_selected[np.argsort(-scores, kind="stable")[: selection.features]] = True  # stable: ties in the order of columns
    names = [part.get_feature_names_out() for part in list_vectorizers(vectorizer)]
    ends = np.cumsum([len(part) for part in names])[:-1]
    return [list(part[kept]) for part, kept in zip(names, np.split(is_selected, ends))]


def mutual_information(is_present: Any, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mutual information of the class and each binary feature, in nats: (features,).

    scikit-learn's mutual_info_classif returns the same, but iterates over the features: it takes minutes for the
    bigrams of a large corpus.

    Args:
        is_present: sparse (documents, features) of zeros and ones.
        labels: (documents,) class indices.
    """
    classes, class_index = np.unique(labels, return_inverse=True)
    total = len(class_index)
    class_counts = np.bincount(class_index)[:, None]  # (classes, 1)
    one_hot = sp.csr_array((np.ones(total), (class_index, np.arange(total))), shape=(len(classes), total))
    joint_counts = np.asarray((one_hot @ sp.csr_array(is_present)).todense())  # (classes, features)
    feature_counts = joint_counts.sum(0)
    result = np.zeros(joint_counts.shape[1])
    for joint, margin in ((joint_counts, feature_counts), (class_counts - joint_counts, total - feature_counts)):
        expected = class_counts * margin / total
        ratio = np.divide(joint, expected, out=np.ones_like(joint), where=joint > 0)
        result += (joint * np.log(ratio)).sum(0) / total
    return result


def _build_centroids(vectors: WordVectors | None) -> BaseEstimator:
    """Return a transformer to the mean word vector of a document, at unit length; zero if no token has a vector."""
    if vectors is None:
        raise InputError(
            "params.yaml: centroids need word vectors, and vectors.source is null.",
            "Set vectors.source, or write centroids: false.",
        )
    counter = CountVectorizer(lowercase=False, token_pattern=r"[^ ]+", dtype=np.float64)
    counter.vocabulary_, counter.fixed_vocabulary_ = dict(vectors.index), True
    # TruncatedSVD multiplies with a matrix and does nothing else; no simpler class of scikit-learn does.
    projection = TruncatedSVD(vectors.matrix.shape[1])
    projection.components_ = np.ascontiguousarray(vectors.matrix.T)
    projection.n_features_in_ = len(vectors.matrix)
    return FrozenEstimator(make_pipeline(counter, Normalizer("l1"), projection, Normalizer()))


def list_vectorizers(features: BaseEstimator) -> list[CountVectorizer]:
    """Return the vectorizers of a model or of its features, in the order of their columns."""
    if isinstance(features, CountVectorizer):
        return [features]
    if isinstance(features, FeatureUnion):
        return [vectorizer for _, part in features.transformer_list for vectorizer in list_vectorizers(part)]
    if isinstance(features, FrozenEstimator):
        return list_vectorizers(features.estimator)
    return list_vectorizers(features[0]) if isinstance(features, Pipeline) else []


def refuse_negative_features(model: str, params: Linear) -> None:
    """Refuse parameters with which features may be negative, for a model that needs counts.

    Raises:
        InputError: `svd` or `centroids` is set.
    """
    for name, is_set in (("svd", params.svd is not None), ("centroids", params.centroids)):
        if is_set:
            raise InputError(
                f"params.yaml: models.{model}.{name} makes features that may be negative, but {model} needs counts.",
                f"Write models.{model}.{name}: {'null' if name == 'svd' else 'false'}, or use logreg.",
            )


def feature_contributions(fitted: Any, text: str) -> list[tuple[str, NDArray[np.float64]]]:
    """Return the contribution of each feature of a text to the decision function of each class, largest first.

    With the intercept they sum to the decision function. With two classes, that of the first class is that of the
    second with its sign flipped. For naive Bayes the decision function is the log probability: with two classes their
    log ratio, with more the difference to the mean over the classes.

    Args:
        fitted: a fitted model; one without features has no contributions.
        text: tokens joined by single spaces.

    Returns:
        Pairs of a name and (classes,) contributions. A character n-gram is named in quotes. Contributions of latent
        dimensions are distributed to the n-grams, those of centroids to each `vector of` a token.
    """
    if not isinstance(fitted, Pipeline):
        return []
    names, rows = _split_features(fitted[0], text)
    contributions = rows @ _coefficients(fitted[-1]).T
    order = np.argsort(-np.abs(contributions).max(axis=1), kind="stable")
    return [(names[index], contributions[index]) for index in order]


def _coefficients(classifier: BaseEstimator) -> NDArray[np.float64]:
    """Return the weights of a fitted classifier: (classes, features)."""
    if hasattr(classifier, "coef_"):
        weights = classifier.coef_
    else:
        weights = classifier.feature_log_prob_ - classifier.feature_log_prob_.mean(axis=0)
        weights = 2 * weights[1:] if len(weights) == 2 else weights
    return np.concatenate([-weights, weights]) if len(weights) == 1 else np.asarray(weights)


def _split_features(features: BaseEstimator, text: str) -> tuple[list[str], Any]:
    """Return the names of a text's n-grams and a row for each; the rows sum to the text's feature vector."""
    if isinstance(features, CountVectorizer):
        row = sp.csr_array(features.transform([text]))
        quote = "'" if features.analyzer == "char_wb" else ""
        ngrams = {features.vocabulary_.get(ngram): ngram for ngram in features.build_analyzer()(text)}
        names = [f"{quote}{ngrams[column]}{quote}" for column in row.indices]
        return names, sp.csr_array((row.data, row.indices, np.arange(row.nnz + 1)), shape=(row.nnz, row.shape[1]))
    if isinstance(features, FeatureUnion):
        parts = [_split_features(part, text) for _, part in features.transformer_list]
        return [name for names, _ in parts for name in names], sp.block_diag([rows for _, rows in parts], format="csr")
    if isinstance(features, FrozenEstimator):
        names, rows = _split_features(features.estimator, text)
        return [f"vector of {name}" for name in names], rows
    names, rows = _split_features(features[0], text)
    for _, step in features.steps[1:]:
        if isinstance(step, TruncatedSVD):
            rows = rows @ step.components_.T
        else:  # a Normalizer divides by the norm of the whole text
            total = np.asarray(rows.sum(axis=0)).ravel()
            rows = rows / (np.linalg.norm(total, 1 if step.norm == "l1" else 2) or 1.0)
    return names, rows

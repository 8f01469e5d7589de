"""Multinomial logistic regression with an L2 penalty."""

from sklearn.linear_model import LogisticRegression

from lemma.corpus.word_vectors import WordVectors
from lemma.models.shared.features import UnfittedPipeline
from lemma.params import LogReg


def build_estimator(params: LogReg, balanced: bool, vectors: WordVectors | None = None) -> UnfittedPipeline:
    """Build the unfitted pipeline of features and logistic regression.

    Args:
        params: of the model.
        balanced: whether all classes have the same total weight, whatever their frequency.
        vectors: pre-trained word vectors for `centroids`.
    """
    classifier = LogisticRegression(C=params.c, max_iter=1000, class_weight="balanced" if balanced else None)
    return UnfittedPipeline(params, classifier.fit, vectors)

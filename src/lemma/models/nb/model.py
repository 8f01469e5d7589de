"""Multinomial naive Bayes."""

from sklearn.naive_bayes import MultinomialNB

from lemma.corpus.word_vectors import WordVectors
from lemma.models.shared.features import UnfittedPipeline, refuse_negative_features
from lemma.params import NB


def build_estimator(params: NB, balanced: bool, vectors: WordVectors | None = None) -> UnfittedPipeline:
    """Build the unfitted pipeline of features and naive Bayes.

    Args:
        params: of the model.
        balanced: whether the prior is uniform, instead of the class frequencies.
        vectors: unused.

    Raises:
        InputError: the parameters ask for features that may be negative.
    """
    refuse_negative_features("nb", params)
    return UnfittedPipeline(params, MultinomialNB(alpha=params.alpha, fit_prior=not balanced).fit, vectors)

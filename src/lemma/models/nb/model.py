"""Multinomial naive Bayes."""

from sklearn.naive_bayes import MultinomialNB

from lemma.corpus.word_vectors import WordVectors
from lemma.models.shared.features import Fit, refuse_negative
from lemma.params import NB


def estimator(settings: NB, balanced: bool, vectors: WordVectors | None = None) -> Fit:
    """Return the unfitted pipeline; its `fit` takes documents whose words are joined by single spaces.

    `balanced`: all classes are as likely beforehand, whatever their size.

    Raises:
        InputError: features that may be negative are asked for.
    """
    refuse_negative("nb", settings)
    return Fit(settings, MultinomialNB(alpha=settings.alpha, fit_prior=not balanced).fit, vectors)

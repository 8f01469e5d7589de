"""Logistic regression, over all classes at once, with an L2 penalty."""

from sklearn.linear_model import LogisticRegression

from lemma.corpus.word_vectors import WordVectors
from lemma.models.shared.features import Fit
from lemma.params import LogReg


def estimator(settings: LogReg, balanced: bool, vectors: WordVectors | None = None) -> Fit:
    """Return the unfitted pipeline; its `fit` takes documents whose words are joined by single spaces.

    `balanced`: all classes weigh the same, whatever their size.
    """
    head = LogisticRegression(C=settings.c, max_iter=1000, class_weight="balanced" if balanced else None)
    return Fit(settings, head.fit, vectors)

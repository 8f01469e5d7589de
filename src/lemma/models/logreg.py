"""Logistic regression on tf-idf of word n-grams: the linear baseline."""

from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from lemma.params import LogReg


def estimator(settings: LogReg) -> BaseEstimator:
    """Return the unfitted pipeline; it takes documents whose words are joined by single spaces."""
    features = TfidfVectorizer(
        lowercase=False,  # tokenize has decided on case and on what a word is
        token_pattern=r"[^ ]+",
        ngram_range=(1, settings.ngrams),
        min_df=settings.min_count,
        sublinear_tf=True,
    )
    return make_pipeline(features, LogisticRegression(C=settings.c, max_iter=1000))

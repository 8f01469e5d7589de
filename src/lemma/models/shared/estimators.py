"""The scikit-learn classes that a stored linear model may consist of; `store` refuses all others."""

from sklearn.base import BaseEstimator
from sklearn.decomposition import TruncatedSVD
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import Normalizer

ESTIMATORS: tuple[type[BaseEstimator], ...] = (
    CountVectorizer,
    DummyClassifier,
    FeatureUnion,
    FrozenEstimator,
    LogisticRegression,
    MultinomialNB,
    Normalizer,
    Pipeline,
    TfidfTransformer,
    TfidfVectorizer,
    TruncatedSVD,
)

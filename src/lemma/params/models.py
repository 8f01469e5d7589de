"""Settings by model; a class carries its model's name, whose code is `lemma.models.<name>.model`."""

from typing import Annotated, Literal

from pydantic import Field

from lemma.params.section import Count, NonNegative, Positive, Section, Share, Size


class Majority(Section):
    """The baseline that sees only class frequencies."""


class FeatureSelection(Section):
    """The features kept: those that tell most of the class."""

    by: Literal["chi2", "mutual_information"]
    features: Count


class Linear(Section):
    """What a linear model sees of a document."""

    term_weighting: Literal["boolean", "tf", "tfidf"]
    ngrams: Count
    char_ngrams: Annotated[int, Field(ge=0)]
    min_count: Count
    feature_selection: FeatureSelection | None
    svd: Count | None
    centroids: bool


class NB(Linear):
    """Multinomial naive Bayes."""

    alpha: Positive


class LogReg(Linear):
    """Logistic regression."""

    c: Positive


class NBSVM(Linear):
    """A linear model over log-count ratios of naive Bayes."""

    alpha: Positive
    beta: Annotated[float, Field(ge=0, le=1)]
    c: Positive


class Neural(Section):
    """What every network has."""

    min_count: Count
    embedding_dim: Size
    embedding_dropout: Share
    dropout: Share
    learning_rate: Positive
    embedding_learning_rate: NonNegative
    weight_decay: NonNegative


class MLP(Neural):
    """Averaged word vectors into hidden layers."""

    ngrams: Count
    buckets: Annotated[int, Field(ge=1, lt=2**31)]  # a row's number is kept in 32 bits
    hidden_sizes: list[Size]
    word_dropout: Share


class CNN(Neural):
    """Filters of several widths, maximum over time."""

    kernel_sizes: list[Count] = Field(min_length=1)
    filters: Size


class RNN(Neural):
    """Bidirectional LSTM or GRU, pooled over time."""

    cell: Literal["lstm", "gru"]
    pooling: Literal["max", "attention"]
    hidden_size: Size
    num_layers: Count


class Models(Section):
    """Settings by model: the registry of models, since the field's name is the module's."""

    majority: Majority
    nb: NB
    logreg: LogReg
    nbsvm: NBSVM
    mlp: MLP
    cnn: CNN
    rnn: RNN

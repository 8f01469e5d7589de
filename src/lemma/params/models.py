"""The section `models`: the hyperparameters of each model, whose code is in `lemma.models.<name>`."""

from typing import Annotated, Literal

from pydantic import Field

from lemma.params.section import Count, NonNegative, Positive, Probability, Section, Size


class Majority(Section):
    """Baseline that predicts the class frequencies of the training set."""


class FeatureSelection(Section):
    """Selection of the n-grams that are most informative of the class."""

    by: Literal["chi2", "mutual_information"]
    features: Count


class Linear(Section):
    """Features of a linear model."""

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
    """Linear model over the log-count ratios of naive Bayes (Wang & Manning, 2012)."""

    alpha: Positive
    beta: Annotated[float, Field(ge=0, le=1)]
    c: Positive


class Neural(Section):
    """Hyperparameters that all networks have."""

    min_count: Count
    embedding_dim: Size
    embedding_dropout: Probability
    dropout: Probability
    learning_rate: Positive
    embedding_learning_rate: NonNegative
    weight_decay: NonNegative


class MLP(Neural):
    """Deep averaging network (Iyyer et al., 2015)."""

    ngrams: Count
    buckets: Annotated[int, Field(ge=1, lt=2**31)]  # indices are stored in 32 bits
    hidden_sizes: list[Size]
    word_dropout: Probability


class CNN(Neural):
    """Convolutional network (Kim, 2014)."""

    kernel_sizes: list[Count] = Field(min_length=1)
    filters: Size


class RNN(Neural):
    """Bidirectional LSTM or GRU with pooling over time."""

    cell: Literal["lstm", "gru"]
    pooling: Literal["max", "attention"]
    hidden_size: Size
    num_layers: Count


class Models(Section):
    """Hyperparameters by model. The fields are the registry of models: `lemma.models` has a package for each."""

    majority: Majority
    nb: NB
    logreg: LogReg
    nbsvm: NBSVM
    mlp: MLP
    cnn: CNN
    rnn: RNN


def find_group(model: str) -> str:
    """Return the group of a model: baseline, linear or network."""
    section = Models.model_fields[model].annotation if model in Models.model_fields else None
    if not isinstance(section, type) or section is Majority:
        return "baseline"
    return "network" if issubclass(section, Neural) else "linear"


GROUPS = tuple(dict.fromkeys(map(find_group, Models.model_fields)))

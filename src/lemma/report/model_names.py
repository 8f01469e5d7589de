"""The printed names of the models."""

NAMES = {
    "majority": "majority",
    "nb": "naive Bayes",
    "logreg": "logistic regression",
    "nbsvm": "NBSVM",
    "mlp": "MLP",
    "cnn": "CNN",
    "rnn": "RNN",
}

# The printed names of hyperparameters; one that is not listed is printed with spaces for underscores.
HYPERPARAMETERS = {
    "alpha": "α",
    "beta": "β",
    "buckets": "hash buckets",
    "c": "C",
    "cell": "cell",
    "centroids": "mean word vectors",
    "char_ngrams": "character n-grams up to",
    "embedding_dim": "vector size",
    "embedding_dropout": "vector dropout",
    "embedding_learning_rate": "vector learning rate",
    "filters": "filters",
    "hidden_size": "hidden units",
    "hidden_sizes": "hidden units",
    "kernel_sizes": "kernel sizes",
    "learning_rate": "learning rate",
    "min_count": "minimum count",
    "ngrams": "word n-grams up to",
    "num_layers": "layers",
    "svd": "latent dimensions",
    "term_weighting": "weighting",
}


def name_hyperparameter(key: str) -> str:
    """Return the printed name of a hyperparameter."""
    return HYPERPARAMETERS.get(key, key.replace("_", " "))

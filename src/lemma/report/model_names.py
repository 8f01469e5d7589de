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

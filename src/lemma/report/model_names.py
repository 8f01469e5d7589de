"""Models as the report names them."""

NAMES = {
    "majority": "majority",
    "nb": "naive Bayes",
    "logreg": "logistic regression",
    "nbsvm": "NBSVM",
    "mlp": "MLP",
    "cnn": "CNN",
    "rnn": "RNN",
}

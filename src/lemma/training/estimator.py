"""Train a scikit-learn model; a document is a string of its tokens, or subwords, joined by single spaces."""

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from lemma.corpus.splits import TRAIN
from lemma.corpus.subwords import fit_subwords
from lemma.corpus.text_encoder import TextEncoder, split_into_subwords
from lemma.corpus.tokens import Corpus
from lemma.corpus.vocabulary import count_tokens
from lemma.errors import InputError
from lemma.models.shared import store
from lemma.params import Section
from lemma.training.cost import Stopwatch, peak_memory_mb
from lemma.training.determinism import limit_blas_threads
from lemma.training.epoch_results import dev_results, mean_cross_entropy
from lemma.training.task import Indices, Result, Task

BLOCK = 4096  # number of documents whose texts are in memory at a time
WEIGHTS = ("coef_", "intercept_", "feature_log_prob_", "class_log_prior_")  # parameters of the fitted classifiers


def train(module: Any, task: Task[Section]) -> Result:
    """Train the scikit-learn model of one run.

    Args:
        module: `lemma.models.MODEL.model`, with the function `build_estimator`.
        task: of the run.

    Raises:
        InputError: the model cannot be fitted to the training set.
    """
    limit_blas_threads(task.train_params.threads)
    unfitted = module.build_estimator(task.hyperparameters, task.is_balanced, task.vectors)
    stopwatch = Stopwatch()
    encoder, type_strings = _fit_encoder(task)
    labels, train_documents, dev_documents = task.labels, task.train_documents, task.dev_documents
    try:
        estimator = unfitted.fit(_Texts(task.corpus, type_strings, train_documents), labels[train_documents])
    except ValueError as error:  # for example, no n-gram is frequent enough
        raise InputError(
            f"{task.title}: the model cannot be fitted to the training set: {error}",
            f"Change models.{task.metadata['model']} in params.yaml.",
        ) from None
    cost = stopwatch.read().json()
    documents = np.union1d(task.predicted_documents, dev_documents)
    probabilities = np.zeros((len(task.corpus), len(task.corpus.classes)), np.float32)
    for start in range(0, len(documents), BLOCK):
        block = documents[start : start + BLOCK]
        probabilities[block] = estimator.predict_proba(list(_Texts(task.corpus, type_strings, block)))
    line: dict[str, Any] = {"epoch": 1, **cost, "time": round(time.time(), 3), "best": True}
    if np.isin(train_documents, documents).all():
        line["train_loss"] = mean_cross_entropy(labels[train_documents], probabilities[train_documents])
    line |= dev_results(task.corpus.metric, labels[dev_documents], probabilities[dev_documents])
    task.on_epoch_end(line)
    classifier = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    num_parameters = sum(np.size(getattr(classifier, name, ())) for name in WEIGHTS)
    settings = task.metadata | {
        "parameters": num_parameters or len(classifier.classes_),
        "vocabulary": classifier.n_features_in_ if classifier is not estimator else 0,
        "best_epoch": 1,
        "epochs": 1,
        **cost,
        "peak_memory_mb": peak_memory_mb(),
    }
    model = store.Model(settings, encoder.to_json(), estimator=estimator)
    return Result(model, [line], probabilities[task.predicted_documents])


def _fit_encoder(task: Task[Section]) -> tuple[TextEncoder, NDArray[np.object_]]:
    """Return the text encoder, and the string of each type: a token, or its subwords separated by spaces."""
    config, tokens = task.tokenizer.config, task.tokenizer.tokens
    if task.subwords is None:
        return TextEncoder(config, (), None), np.array(tokens, object)
    model = fit_subwords(tokens, count_tokens(task.corpus, task.splits == TRAIN), task.subwords)
    strings = [" ".join(subwords) for subwords in split_into_subwords(model, tokens)]
    return TextEncoder(config, (), model), np.array(strings, object)


class _Texts:
    """The texts of some documents, which can be iterated over repeatedly and are never in memory as a whole."""

    def __init__(self, corpus: Corpus, type_strings: NDArray[np.object_], documents: Indices) -> None:
        self.corpus, self.type_strings, self.documents = corpus, type_strings, documents

    def __len__(self) -> int:
        return len(self.documents)

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self.documents), BLOCK):
            documents = self.documents[start : start + BLOCK]
            strings = self.type_strings[self.corpus.type_ids(documents)]
            ends = np.cumsum(self.corpus.offsets[documents + 1] - self.corpus.offsets[documents])
            yield from (" ".join(strings[first:last]) for first, last in pairwise([0, *ends.tolist()]))

"""Fit an estimator of scikit-learn; texts reach it as words, or pieces of words, joined by single spaces."""

import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from lemma.corpus.primary_metric import compute_primary_score
from lemma.corpus.splits import TRAIN
from lemma.corpus.subwords import fit_subwords
from lemma.corpus.text_encoder import TextEncoder, split_into_subwords
from lemma.corpus.tokens import Corpus
from lemma.corpus.vocabulary import count_tokens
from lemma.errors import InputError
from lemma.models.shared import store
from lemma.training.cost import Stopwatch, peak_memory_mb
from lemma.training.determinism import limit_blas_threads
from lemma.training.task import Indices, Result, Task

BLOCK = 4096  # documents whose texts are in memory at a time
WEIGHTS = ("coef_", "intercept_", "feature_log_prob_", "class_log_prior_")  # of the models that have any


def train(code: Any, task: Task) -> Result:
    """Return what fitting the estimator of the module `code` leaves.

    Raises:
        InputError: nothing can be learnt from the training part.
    """
    limit_blas_threads(task.shared.threads)
    unfitted = code.build_estimator(task.settings, task.balanced, task.vectors)
    stopwatch = Stopwatch()
    reading, spelled = _read(task)
    labels = task.labels
    try:
        estimator = unfitted.fit(_Texts(task.corpus, spelled, task.train), labels[task.train])
    except ValueError as error:  # no n-gram is frequent enough, say
        raise InputError(
            f"{task.title}: nothing can be learnt from the train part: {error}",
            f"Change models.{task.about['model']} in params.yaml.",
        ) from None
    cost = stopwatch.read().json()
    members = np.union1d(task.predicted, task.dev)
    blocks = [members[at : at + BLOCK] for at in range(0, len(members), BLOCK)]
    found = [estimator.predict_proba(list(_Texts(task.corpus, spelled, block))) for block in blocks]
    predicted = np.zeros((len(task.corpus), len(task.corpus.classes)), np.float32)
    predicted[members] = np.concatenate(found)
    line: dict[str, Any] = {"epoch": 1, **cost, "time": round(time.time(), 3), "best": True}
    for name, where in (("train", task.train), ("dev", task.dev)):
        if np.isin(where, members).all():
            right = predicted[where, labels[where]].astype(np.float64)
            line[f"{name}_loss"] = float(-np.log(np.maximum(right, 1e-12)).mean())
    line["dev_accuracy"] = float((predicted[task.dev].argmax(1) == labels[task.dev]).mean())
    line["dev_score"] = compute_primary_score(task.corpus.metric, labels[task.dev], predicted[task.dev])
    task.watch(line)
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    sizes = [np.size(getattr(last, name, ())) for name in WEIGHTS]
    about = task.about | {
        "parameters": sum(sizes) or len(last.classes_),
        "vocabulary": last.n_features_in_ if last is not estimator else 0,
        "best_epoch": 1,
        "epochs": 1,
        **cost,
        "peak_memory_mb": peak_memory_mb(),
    }
    return Result(store.Model(about, reading.to_json(), estimator=estimator), [line], predicted[task.predicted])


def _read(task: Task) -> tuple[TextEncoder, NDArray[np.object_]]:
    """Return the text encoder, and the string of each type: a token, or its sub-words separated by spaces."""
    config, tokens = task.tokenizer.config, task.tokenizer.tokens
    if task.subwords is None:
        return TextEncoder(config, (), None), np.array(tokens, object)
    model = fit_subwords(tokens, count_tokens(task.corpus, task.parts == TRAIN), task.subwords)
    strings = [" ".join(subwords) for subwords in split_into_subwords(model, tokens)]
    return TextEncoder(config, (), model), np.array(strings, object)


class _Texts:
    """The texts of some documents, made as they are asked for; as often as one likes."""

    def __init__(self, corpus: Corpus, spelled: NDArray[np.object_], members: Indices) -> None:
        self.corpus, self.spelled, self.members = corpus, spelled, members

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[str]:
        for at in range(0, len(self.members), BLOCK):
            members = self.members[at : at + BLOCK]
            found = self.spelled[self.corpus.type_ids(members)]
            ends = np.cumsum(self.corpus.offsets[members + 1] - self.corpus.offsets[members])
            yield from (" ".join(found[a:b]) for a, b in pairwise([0, *ends.tolist()]))

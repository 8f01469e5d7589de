"""The predictions of an experiment: which documents each run classifies correctly, and a hash of the documents."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.documents import ROWS, read_blocks, read_documents
from lemma.corpus.primary_metric import MACRO_RECALL, compute_primary_score, get_primary_score
from lemma.corpus.splits import SPLITS
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.errors import InputError
from lemma.evaluation.probabilities import read_probabilities
from lemma.experiments.results import Results

TOLERANCE = 1e-9  # for a score that is computed again


class NoPredictionsError(Exception):
    """The predictions of an experiment are missing or not those of its results; the message says why."""


@dataclass(frozen=True)
class SplitDocuments:
    """The documents of a split of one data set, as the runs of one experiment see it.

    Attributes:
        corpus: all documents of the data set.
        runs: numbers of the runs.
        members: (runs, all documents), whether a document is in the split of a run.
        number: of the split: TRAIN, DEV or TEST.
    """

    corpus: Corpus
    runs: list[int]
    members: NDArray[np.bool_]
    number: int

    @property
    def used(self) -> NDArray[np.bool_]:
        """Whether a document is in the split of any run: (all documents,)."""
        in_any: NDArray[np.bool_] = np.logical_or.reduce(self.members)
        return in_any

    @property
    def labels(self) -> NDArray[np.int32]:
        """True class indices of the documents of the split: (documents,)."""
        return self.corpus.labels[self.used]


def open_split(results: Results, dataset: str, split: str) -> SplitDocuments:
    """Return the documents of a split, for all runs of an experiment.

    Raises:
        NoPredictionsError: the trainings are missing, or are those of other results.
    """
    if results.missing:
        raise NoPredictionsError(results.missing)
    try:
        corpus = open_corpus(results.layout.tokens(dataset))
    except InputError as error:
        raise NoPredictionsError(error.what.rstrip(".")) from None
    runs = sorted({run for model in results.models(dataset) for run in results.runs(dataset, model)})
    number = SPLITS.index(split)
    return SplitDocuments(corpus, runs, np.stack([corpus.splits(run) == number for run in runs]), number)


def hash_documents(results: Results, dataset: str, split: SplitDocuments) -> str:
    """Return a SHA-256 of the texts and labels in a split; under folds also of the assignment of documents to runs.

    Documents of other splits do not matter, so that a model trained on phrases can be compared with one trained on
    sentences.

    Raises:
        NoPredictionsError: the texts are missing.
    """
    path = results.layout.documents(dataset)
    digest, used, start = hashlib.sha256(), split.used, 0
    try:
        _, documents = read_documents(path)
        for batch in read_blocks(documents, path, ROWS, ["text", "label"]):
            rows = np.flatnonzero(used[start : start + len(batch)])
            labels = batch.column("label").to_numpy()
            for row, text in zip(rows.tolist(), batch.column("text").take(rows).to_pylist()):
                digest.update(repr((text, split.corpus.classes[labels[row]])).encode())
            start += len(batch)
    except InputError as error:
        raise NoPredictionsError(error.what.rstrip(".")) from None
    if start != len(used):
        raise NoPredictionsError(f"{path} has not the documents of the tokens in the same folder")
    if split.corpus.protocol["kind"] == "folds":
        digest.update(repr(split.runs).encode() + np.packbits(split.members[:, used]).tobytes())
    return digest.hexdigest()


def fraction_correct(results: Results, dataset: str, model: str, split: SplitDocuments) -> NDArray[np.float64]:
    """Return for each document of a split the fraction of runs of a model that classify it correctly: (documents,).

    The mean over documents is the mean over runs of the score on the split. For this a document that run r classifies
    correctly counts n / n_r, where n_r is the number of documents in the split of run r and n that of documents in the
    split of any run. On a fixed split this is 1. If the metric is macro recall, n and n_r count documents of the same
    class, and the score is the mean of the means by class.

    Raises:
        NoPredictionsError: the probabilities are damaged or give other scores than the results.
    """
    corpus, used, labels = split.corpus, split.used, split.labels
    groups = labels if corpus.metric == MACRO_RECALL else np.zeros_like(labels)
    sizes = np.bincount(groups)
    entries = results.metrics[dataset]["models"][model]["runs"]
    total = np.zeros(len(labels))
    for entry in entries:
        members = split.members[split.runs.index(entry["run"])]
        probabilities = _read_checked_probabilities(results, dataset, model, entry, split, members)
        is_correct = members[used] & (probabilities[used].argmax(axis=1) == labels)
        sizes_of_run = np.bincount(groups[members[used]], minlength=len(sizes))
        # exactly 1 on a fixed split, so that sums are whole numbers and equal fractions are equal floats
        weights = sizes / np.maximum(sizes_of_run, 1)
        total += np.where(is_correct, weights[groups], 0.0)
    return total / len(entries)


def check_scores(results: Results, dataset: str) -> None:
    """Check that the predictions of all runs give the scores of the results on dev and on test.

    Raises:
        NoPredictionsError: the predictions are missing or damaged, or give other scores.
    """
    for name in SPLITS[1:]:
        split = open_split(results, dataset, name)
        for model in results.models(dataset):
            for entry in results.metrics[dataset]["models"][model]["runs"]:
                members = split.members[split.runs.index(entry["run"])]
                _read_checked_probabilities(results, dataset, model, entry, split, members)


def _read_checked_probabilities(
    results: Results,
    dataset: str,
    model: str,
    entry: Mapping[str, Any],
    split: SplitDocuments,
    members: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Return the probabilities of a run, after a check that they give the score in the results.

    Args:
        results: of an experiment.
        dataset: name of the data set.
        model: name of the model.
        entry: of the run in metrics.json.
        split: on which the score is computed again.
        members: (all documents,), whether a document is in the split of the run.

    Returns:
        (all documents, classes).

    Raises:
        NoPredictionsError: the probabilities are damaged or give another score.
    """
    corpus = split.corpus
    path = results.layout.probabilities(dataset, model, entry["run"])
    try:
        probabilities = read_probabilities(path, len(corpus), len(corpus.classes), "")
    except InputError as error:
        raise NoPredictionsError(error.what.rstrip(".")) from None
    recorded = get_primary_score(entry[SPLITS[split.number]], corpus.metric)
    truth = corpus.labels[members].astype(np.int64)
    if abs(compute_primary_score(corpus.metric, truth, probabilities[members]) - recorded) > TOLERANCE:
        raise NoPredictionsError(f"{path} gives another score than {results.path} has")
    return probabilities

"""Which documents of a split each run classifies rightly, and whether two experiments are scored on the same ones."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lemma.data.corpus import Corpus, open_corpus
from lemma.data.documents import ROWS, blocks, read_documents
from lemma.data.splits import PARTS
from lemma.errors import InputError
from lemma.evaluation import inputs
from lemma.evaluation.judged import judged
from lemma.experiments.recorded import Results
from lemma.layout import Layout
from lemma.training.score import score

TOLERANCE = 1e-9  # of a score that is computed again


class NoPredictionsError(Exception):
    """The predictions of an experiment cannot be used; the message says why."""


@dataclass(frozen=True)
class Split:
    """The documents of a split of one data set, as the runs of one experiment see it.

    Attributes:
        corpus: all documents.
        runs: numbers of the runs.
        members: (runs, all documents) whether the document is in the split of the run.
        number: of the split, as in `lemma.data.splits`.
    """

    corpus: Corpus
    runs: list[int]
    members: NDArray[np.bool_]
    number: int

    @property
    def used(self) -> NDArray[np.bool_]:
        """Which documents are in the split of any run: (all documents,)."""
        in_any: NDArray[np.bool_] = np.logical_or.reduce(self.members)
        return in_any

    @property
    def labels(self) -> NDArray[np.int32]:
        """The true classes of the documents of the split: (documents,)."""
        return self.corpus.labels[self.used]


def open_split(results: Results, dataset: str, split: str) -> Split:
    """Return the documents of a split, as the runs of an experiment see it.

    Raises:
        NoPredictionsError: the experiment's trainings are gone, or are those of other results.
    """
    if results.missing:
        raise NoPredictionsError(results.missing)
    if not results.has_files(dataset, Layout.probabilities):
        raise NoPredictionsError(f"probabilities are missing in {results.layout.root / 'models' / dataset}")
    try:
        corpus = open_corpus(results.layout.tokens(dataset))
    except InputError as error:
        raise NoPredictionsError(error.what.rstrip(".")) from None
    runs = sorted({run for model in results.models(dataset) for run in results.runs(dataset, model)})
    number = PARTS.index(split)
    return Split(corpus, runs, np.stack([corpus.parts(run) == number for run in runs]), number)


def digest(results: Results, dataset: str, split: Split) -> str:
    """Return the SHA-256 of the texts and classes in a split, and under folds of who is in the split of which run.

    Documents of other splits do not matter: whoever trains on phrases is tested on the same sentences.

    Raises:
        NoPredictionsError: the texts are gone.
    """
    path = results.layout.documents(dataset)
    digest, used, start = hashlib.sha256(), split.used, 0
    try:
        _, documents = read_documents(path)
        for batch in blocks(documents, path, ROWS, ["text", "label"]):
            chosen = np.flatnonzero(used[start : start + len(batch)])
            labels = batch.column("label").to_numpy()
            for place, text in zip(chosen.tolist(), batch.column("text").take(chosen).to_pylist()):
                digest.update(repr((text, split.corpus.classes[labels[place]])).encode())
            start += len(batch)
    except InputError as error:
        raise NoPredictionsError(error.what.rstrip(".")) from None
    if start != len(used):
        raise NoPredictionsError(f"{path} is not the text of the tokens beside it")
    if split.corpus.protocol["kind"] == "folds":
        digest.update(repr(split.runs).encode() + np.packbits(split.members[:, used]).tobytes())
    return digest.hexdigest()


def right_fraction(results: Results, dataset: str, model: str, split: Split) -> NDArray[np.float64]:
    """Return for each document of a split the fraction of a model's runs that classify it rightly: (documents,).

    Only runs count in whose split the document is.

    Raises:
        NoPredictionsError: the probabilities are damaged or give other scores than the results.
    """
    corpus, used = split.corpus, split.used
    name = PARTS[split.number]
    right, seen = np.zeros(int(used.sum()), np.int64), np.zeros(int(used.sum()), np.int64)
    for entry in results.metrics[dataset]["models"][model]["runs"]:
        path = results.layout.probabilities(dataset, model, entry["run"])
        try:
            probabilities = inputs.read_probabilities(path, len(corpus), len(corpus.classes), "")
        except InputError as error:
            raise NoPredictionsError(error.what.rstrip(".")) from None
        members = split.members[split.runs.index(entry["run"])]
        recorded = judged(entry[name], corpus.metric)
        if abs(score(corpus.metric, corpus.labels[members], probabilities[members]) - recorded) > TOLERANCE:
            raise NoPredictionsError(f"{path} gives another score than {results.path} has")
        correct = probabilities[used].argmax(axis=1) == corpus.labels[used]
        right += members[used] & correct
        seen += members[used]
    # Whole numbers until here: equal fractions are equal floats.
    return right / seen

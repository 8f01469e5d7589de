"""What a training is given, and what it leaves: the same for a network and for an estimator of scikit-learn."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.corpus.splits import DEV, TEST, TRAIN
from lemma.corpus.tokenizer import Tokenizer
from lemma.corpus.tokens import Corpus
from lemma.corpus.word_vectors import WordVectors
from lemma.models.shared import store
from lemma.params import Section, Subwords, Train

HIDDEN = -1
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Task:
    """One training: the corpus, which documents it learns from and which it stops on, and its settings.

    `parts` (documents,) int8; `labels` (documents,) int64, HIDDEN in the test part; `vectors`: those to start from;
    `about`: what is known of the run; `resume`: folder of its checkpoint, if it keeps one; `watch` is called
    with each epoch's line of history; `predict`: indices of the documents whose probabilities are asked for, None: all.
    """

    corpus: Corpus
    tokenizer: Tokenizer
    parts: NDArray[np.int8]
    settings: Section
    shared: Train
    subwords: Subwords | None
    vectors: WordVectors | None
    about: dict[str, Any]
    resume: Path | None
    watch: Callable[[dict[str, Any]], None]
    predict: Indices | None = None

    @property
    def title(self) -> str:
        return "/".join(str(self.about[key]) for key in ("dataset", "model", "run"))

    @property
    def labels(self) -> Indices:
        """Return the labels a training may see: those of the test part are HIDDEN."""
        return np.where(self.parts == TEST, HIDDEN, self.corpus.labels).astype(np.int64)

    @property
    def balanced(self) -> bool:
        """Whether all classes weigh the same, as they do in the data set's metric."""
        return self.corpus.metric == MACRO_RECALL

    @property
    def weights(self) -> NDArray[np.float32] | None:
        """Return the weight of a document of each class, 1 on average: (classes,); None where all weigh the same."""
        if not self.balanced:
            return None
        counts = np.bincount(self.corpus.labels[self.train], minlength=len(self.corpus.classes))
        weights: NDArray[np.float32] = (counts.sum() / len(counts) / counts).astype(np.float32)
        return weights

    @property
    def predicted(self) -> Indices:
        """Return the documents whose probabilities are asked for."""
        return np.arange(len(self.corpus)) if self.predict is None else self.predict

    @property
    def train(self) -> Indices:
        return np.flatnonzero(self.parts == TRAIN)

    @property
    def dev(self) -> Indices:
        return np.flatnonzero(self.parts == DEV)


@dataclass(frozen=True)
class Result:
    """The model, its history, a line an epoch, and probabilities of `Task.predicted`: float32, (documents, classes)."""

    model: store.Model
    history: list[dict[str, Any]]
    probabilities: NDArray[np.float32]

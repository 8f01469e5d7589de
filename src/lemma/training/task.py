"""Define what a training gets and what it returns: the same for a network and for a scikit-learn estimator."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.corpus.splits import DEV, TEST, TRAIN
from lemma.corpus.tokenizer import Tokenizer
from lemma.corpus.tokens import Corpus
from lemma.corpus.word_vectors import WordVectors
from lemma.models.shared import store
from lemma.params import Section, Subwords, Train

HIDDEN = -1  # label of the documents of the test split
Indices = NDArray[np.int64]
HyperparametersT = TypeVar("HyperparametersT", bound=Section, covariant=True)


@dataclass(frozen=True)
class Task(Generic[HyperparametersT]):
    """One training; `Task[Neural]` is that of a network.

    Attributes:
        corpus: token ids and labels of all documents.
        tokenizer: how the texts were tokenized, and the distinct tokens.
        splits: (documents,) TRAIN, DEV or TEST of each document.
        hyperparameters: `models.MODEL` of params.yaml, or the values of a search.
        train_params: `train` of params.yaml.
        subwords: `tokenize.subwords` of params.yaml.
        vectors: pre-trained word vectors.
        metadata: what `settings.json` records of the run before it is trained.
        checkpoint_dir: folder of the checkpoint; None to write none.
        on_epoch_end: called with the line of the history of each epoch.
        predicted_documents: indices of the documents whose class probabilities are returned.
    """

    corpus: Corpus
    tokenizer: Tokenizer
    splits: NDArray[np.int8]
    hyperparameters: HyperparametersT
    train_params: Train
    subwords: Subwords | None
    vectors: WordVectors | None
    metadata: dict[str, Any]
    checkpoint_dir: Path | None
    on_epoch_end: Callable[[dict[str, Any]], None]
    predicted_documents: Indices

    @property
    def title(self) -> str:
        """DATASET/MODEL/RUN."""
        return "/".join(str(self.metadata[key]) for key in ("dataset", "model", "run"))

    @property
    def labels(self) -> Indices:
        """Labels that the training may see, (documents,): those of the test split are HIDDEN."""
        return np.where(self.splits == TEST, HIDDEN, self.corpus.labels).astype(np.int64)

    @property
    def is_balanced(self) -> bool:
        """Whether all classes have the same total weight, as they have in the primary metric of the data set."""
        return self.corpus.metric == MACRO_RECALL

    @property
    def class_weights(self) -> NDArray[np.float32] | None:
        """Weight of a document of each class, (classes,), with mean 1 over the training set; None if all are 1."""
        if not self.is_balanced:
            return None
        counts = np.bincount(self.corpus.labels[self.train_documents], minlength=len(self.corpus.classes))
        weights: NDArray[np.float32] = (counts.sum() / len(counts) / counts).astype(np.float32)
        return weights

    @property
    def train_documents(self) -> Indices:
        """Indices of the documents of the training split."""
        return np.flatnonzero(self.splits == TRAIN)

    @property
    def dev_documents(self) -> Indices:
        """Indices of the documents of the dev split."""
        return np.flatnonzero(self.splits == DEV)


@dataclass(frozen=True)
class Result:
    """The outcome of a training.

    Attributes:
        model: the trained model.
        history: one line for each epoch: losses and scores, duration.
        probabilities: (predicted documents, classes).
    """

    model: store.Model
    history: list[dict[str, Any]]
    probabilities: NDArray[np.float32]

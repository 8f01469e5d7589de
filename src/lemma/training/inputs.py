"""Open the files that trainings read, once for all runs of a model, and define the training of each run."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.splits import DEV, TRAIN
from lemma.corpus.tokenizer import Tokenizer, read_tokenizer
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.corpus.word_vectors import WordVectors, read_word_vectors
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Majority, Neural, Params
from lemma.params.section import SectionT
from lemma.training.determinism import choose_device, derive_seed
from lemma.training.key import hash_inputs
from lemma.training.task import Task


@dataclass(frozen=True)
class TrainingInputs:
    """The opened inputs of all trainings of a model on a data set; `hashes` identifies data and code."""

    dataset: str
    model: str
    corpus: Corpus
    tokenizer: Tokenizer
    vectors: WordVectors | None
    hashes: dict[str, str]


def open_inputs(layout: Layout, dataset: str, model: str, params: Params) -> TrainingInputs:
    """Open corpus, tokenizer and word vectors.

    Raises:
        InputError: a file is missing or damaged.
    """
    corpus, tokenizer = open_corpus(layout.tokens(dataset)), read_tokenizer(layout.tokenizer(dataset))
    needs_vectors = not isinstance(getattr(params.models, model), Majority)
    vectors = read_word_vectors(layout.vectors) if needs_vectors else None
    return TrainingInputs(dataset, model, corpus, tokenizer, vectors, hash_inputs(layout, dataset, model))


def build_task(inputs: TrainingInputs, run: int, params: Params, hyperparameters: SectionT) -> Task[SectionT]:
    """Define the training of one run, which predicts all documents and writes no checkpoint.

    Args:
        inputs: corpus, tokenizer and word vectors.
        run: number of the run.
        params: the content of params.yaml.
        hyperparameters: of the model.

    Raises:
        InputError: the run lacks training documents of a class, or dev documents, or CUDA is missing.
    """
    corpus, subwords = inputs.corpus, params.tokenize.subwords
    splits = _splits_of_run(corpus, run)
    device = choose_device(params.train.device).type if isinstance(hyperparameters, Neural) else "cpu"
    metadata: dict[str, Any] = {
        "model": inputs.model,
        "dataset": inputs.dataset,
        "run": run,
        "seed": derive_seed(inputs.dataset, inputs.model, run),
        "classes": corpus.classes,
        "settings": hyperparameters.model_dump(),
        "train": params.train.model_dump(),
        "threads": params.train.threads,
        "subwords": subwords.model_dump() if subwords is not None else None,
        "device": device,
        "inputs": inputs.hashes,
    }
    return Task(
        corpus=corpus,
        tokenizer=inputs.tokenizer,
        splits=splits,
        hyperparameters=hyperparameters,
        train_params=params.train,
        subwords=subwords,
        vectors=inputs.vectors,
        metadata=metadata,
        checkpoint_dir=None,
        on_epoch_end=lambda line: None,
        predicted_documents=np.arange(len(corpus)),
    )


def _splits_of_run(corpus: Corpus, run: int) -> NDArray[np.int8]:
    """Return the split of each document, (documents,).

    Raises:
        InputError: the run lacks training documents of a class, or dev documents.
    """
    folds = corpus.protocol.get("folds")
    if folds is not None and run >= folds:
        raise InputError(
            f"Data set '{corpus.dataset}' has no run {run}.", f"It has {folds} folds: write 0 to {folds - 1}."
        )
    splits = corpus.splits(run)
    counts = np.bincount(corpus.labels[splits == TRAIN], minlength=len(corpus.classes))
    key = f"params.yaml: datasets.{corpus.dataset}.split"
    if not counts.all():
        missing = corpus.classes[int(counts.argmin())]
        raise InputError(
            f"{key}: in run {run} the training set has no document of class '{missing}'.",
            "Write smaller fractions for dev and test, or add documents of this class.",
        )
    if not (splits == DEV).any():
        raise InputError(f"{key}: run {run} has no dev documents for early stopping.", "Write a larger dev fraction.")
    return splits

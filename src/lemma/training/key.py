"""Hashes of everything that determines a training. They name checkpoints and journals, and identify a model."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lemma import files
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.stages.code import source_paths
from lemma.stages.table import STAGES
from lemma.training.task import Task

LIBRARIES = ("torch", "numpy", "scikit-learn", "tokenizers", "sentencepiece")
KEY_LENGTH = 16  # hexadecimal digits in the name of a checkpoint or a journal


def training_key(layout: Layout, dataset: str, tasks: list[Task[Any]], *further: Any) -> str:
    """Return a hash of data, code, library versions and parameters of some trainings, and of `further` values."""
    hashes = input_fingerprint(layout, dataset, tasks[0].metadata["model"])
    content = files.canonical([hashes, *(task.metadata for task in tasks), *further])
    return hashlib.sha256(content.encode()).hexdigest()[:KEY_LENGTH]


def hash_inputs(layout: Layout, dataset: str, model: str) -> dict[str, str]:
    """Return the hashes of data and code that `settings.json` of a trained model records.

    Two trainings are the same if these hashes and their parameters are equal.
    """
    tokens, tokenizer, vectors, *code = input_fingerprint(layout, dataset, model)
    code_hash = hashlib.sha256(files.canonical(code).encode()).hexdigest()
    return {"tokens": tokens, "tokenizer": tokenizer, "vectors": vectors, "code": code_hash}


def input_fingerprint(layout: Layout, dataset: str, model: str) -> list[str]:
    """Return the hash of each input file and source file of a training, and the versions of the libraries.

    Raises:
        InputError: the tokens or the word vectors are missing.
    """
    sources = source_paths(place.format(model=model) for place in STAGES["train"].code)
    inputs = (layout.tokens(dataset), layout.tokenizer(dataset), layout.vectors)
    return [_hash(path) for path in (*inputs, *sources)] + [version(library) for library in LIBRARIES]


def _hash(path: Path) -> str:
    try:
        return files.sha256_once(path)
    except FileNotFoundError:
        stage = "vectors" if path.name == "vectors.arrow" else "index"
        raise InputError(f"{path} does not exist.", f"Run `lemma {stage}` first.") from None

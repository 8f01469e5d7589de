"""What a training depends on, as a hash: data, code, libraries, settings. It names checkpoints and journals."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lemma import files
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.training.task import Task

LIBRARIES = ("torch", "numpy", "scikit-learn", "tokenizers", "sentencepiece")
KEY = 16  # hexadecimal digits in the name of a checkpoint or a journal


def key_of(layout: Layout, dataset: str, tasks: list[Task], *further: Any) -> str:
    """Return a hash of all that the trainings' steps depend on: data, code, libraries, settings, `further` values."""
    hashes = foundation(layout, dataset, tasks[0].about["model"])
    content = files.canonical([hashes, *(task.about for task in tasks), *further])
    return hashlib.sha256(content.encode()).hexdigest()[:KEY]


def inputs_of(layout: Layout, dataset: str, model: str) -> dict[str, str]:
    """Return hashes of what determines a training besides its settings, as `settings.json` of a model keeps them.

    With the settings they tell whether two trainings are the same.
    """
    tokens, tokenizer, vectors, *code = foundation(layout, dataset, model)
    joined = hashlib.sha256(files.canonical(code).encode()).hexdigest()
    return {"tokens": tokens, "tokenizer": tokenizer, "vectors": vectors, "code": joined}


def foundation(layout: Layout, dataset: str, model: str) -> list[str]:
    """Return hashes and versions of what every training of a model on a data set depends on: data, code, libraries.

    Raises:
        InputError: the tokens or the word vectors are missing.
    """
    package = Path(__file__).parents[1]
    folders = ("corpus", f"models/{model}", "models/shared", "training")
    sources = [path for folder in folders for path in sorted((package / folder).glob("*.py"))]
    inputs = (layout.tokens(dataset), layout.tokenizer(dataset), layout.vectors)
    return [_hash(path) for path in (*inputs, *sources)] + [version(library) for library in LIBRARIES]


def _hash(path: Path) -> str:
    try:
        return files.sha256_once(path)
    except FileNotFoundError:
        stage = "vectors" if path.name == "vectors.arrow" else "index"
        raise InputError(f"{path} does not exist.", f"Run `lemma {stage}` first.") from None

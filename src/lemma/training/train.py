"""Stage `train`: one model, one data set, one run, to weights, history and class probabilities.

A network and a scikit-learn estimator leave the same three files, so nothing downstream knows which it was.
Labels of the test part are never read here: `Task.labels` hides them.
"""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lemma import files
from lemma.data.corpus import Corpus, open_corpus
from lemma.data.splits import DEV, TRAIN
from lemma.data.vectors import read_vectors
from lemma.data.words import read_tokenizer
from lemma.errors import InputError, choose
from lemma.layout import Layout
from lemma.models import store
from lemma.params import Majority, Models, Neural, Params, Section
from lemma.training.determinism import device_of, seed_of
from lemma.training.task import Result, Task
from lemma.tuning.settings import tuned

SHARED = ("features", "layers", "ngrams", "reading", "recurrence", "rows", "store")  # code that models share
LIBRARIES = ("torch", "numpy", "scikit-learn", "tokenizers", "sentencepiece")
KEY = 16  # hexadecimal digits in a checkpoint's name


class Viewer(Protocol):
    """Who watches a training: gets each epoch's line of history."""

    def epoch(self, epoch: int, line: Mapping[str, Any]) -> None: ...


View = Callable[[Mapping[str, Any]], AbstractContextManager[Viewer]]


def train(layout: Layout, dataset: str, model: str, run: int, params: Params, view: View) -> None:
    """Write `model.zip`, `history.jsonl` and `probabilities.npy` of one run.

    `view` gets what is known of the run at its start and gives who watches it.

    Raises:
        InputError: the model is unknown, the tokens are missing or damaged, the run has nothing to learn from or to
            stop on, or CUDA is asked for and absent.
        CheckError: the training diverged.
    """
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    checkpoints, name = layout.state / "checkpoints", f"{dataset}-{model}-{run}"
    settings = tuned(layout, dataset, model, getattr(params.models, model), model in params.tune.models)
    task = prepared(layout, dataset, model, run, params, settings)
    task = replace(task, resume=checkpoints / f"{name}-{_key(layout, dataset, task.about)}")
    with view(task.about) as viewer:

        def watch(line: dict[str, Any]) -> None:
            viewer.epoch(line["epoch"], line)

        result = fit(replace(task, watch=watch))
    store.save(layout.model(dataset, model, run), result.model)
    lines = "".join(json.dumps(line) + "\n" for line in result.history)
    files.write_bytes(layout.history(dataset, model, run), lines.encode())
    content = io.BytesIO()
    np.save(content, result.probabilities, allow_pickle=False)
    files.write_bytes(layout.probabilities(dataset, model, run), content.getvalue())
    _sweep(layout.run(dataset, model, run), checkpoints, name)


def prepared(layout: Layout, dataset: str, model: str, run: int, params: Params, settings: Section) -> Task:
    """Return the training of a model with these settings; nobody watches it, and it keeps no checkpoint.

    Raises:
        InputError: the tokens are missing or damaged, or the run has nothing to learn from or to stop on.
    """
    corpus = open_corpus(layout.tokens(dataset))
    subwords = params.tokenize.subwords
    about: dict[str, Any] = {"model": model, "dataset": dataset, "run": run, "seed": seed_of(dataset, model, run)}
    about |= {"classes": corpus.classes, "settings": settings.model_dump(), "train": params.train.model_dump()}
    about |= {"threads": params.train.threads, "subwords": subwords.model_dump() if subwords is not None else None}
    about["device"] = device_of(params.train.device).type if isinstance(settings, Neural) else "cpu"
    return Task(
        corpus=corpus,
        tokenizer=read_tokenizer(layout.tokenizer(dataset)),
        parts=_parts(corpus, run),
        settings=settings,
        shared=params.train,
        subwords=subwords,
        vectors=read_vectors(layout.vectors) if not isinstance(settings, Majority) else None,
        about=about,
        resume=None,
        watch=lambda line: None,
    )


def fit(task: Task) -> Result:
    """Return what the training leaves.

    Raises:
        InputError: the settings do not fit the data, or CUDA is asked for and absent.
        CheckError: the training diverged.
    """
    code = import_module(f"lemma.models.{task.about['model']}")
    how = "network" if isinstance(task.settings, Neural) else "estimator"  # torch or scikit-learn, never both
    result: Result = import_module(f"lemma.training.{how}").train(code, task)
    return result


def _parts(corpus: Corpus, run: int) -> NDArray[np.int8]:
    """Return the part of each document, and refuse a run that cannot be trained or stopped."""
    folds = corpus.protocol.get("folds")
    if folds is not None and run >= folds:
        raise InputError(
            f"Data set '{corpus.dataset}' has no run {run}.", f"It has {folds} folds: write 0 to {folds - 1}."
        )
    parts = corpus.parts(run)
    counts = np.bincount(corpus.labels[parts == TRAIN], minlength=len(corpus.classes))
    where = f"params.yaml: datasets.{corpus.dataset}.split"
    if not counts.all():
        missing = corpus.classes[int(counts.argmin())]
        raise InputError(f"{where}: in run {run} class '{missing}' has no train document.", "Every class needs some.")
    if not (parts == DEV).any():
        raise InputError(f"{where}: run {run} has no dev document to stop on.", "Write a larger share for dev.")
    return parts


def _sweep(outputs: Path, checkpoints: Path, name: str) -> None:
    """Remove what this run's trainings, killed ones and those of other settings included, have left behind."""
    key = "[0-9a-f]" * KEY
    for folder, pattern in (
        (checkpoints, f"{name}-{key}"),
        (checkpoints, f".{name}-{key}.*.part"),
        (outputs, ".*.part"),
    ):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def _key(layout: Layout, dataset: str, about: dict[str, Any]) -> str:
    """Return a hash of all that a training's steps depend on: data, code, libraries and settings."""
    held = foundation(layout, dataset, about["model"])
    return hashlib.sha256(files.canonical([held, about]).encode()).hexdigest()[:KEY]


def foundation(layout: Layout, dataset: str, model: str) -> list[str]:
    """Return hashes and versions of what every training of a model on a data set depends on: data, code, libraries."""
    package = Path(__file__).parents[1]
    sources = [package / "models" / f"{name}.py" for name in (model, *SHARED)]
    sources += [package / "data" / f"{name}.py" for name in ("corpus", "splits", "vectors")]
    sources += sorted((package / "training").glob("*.py"))
    made = (layout.tokens(dataset), layout.tokenizer(dataset), layout.vectors)
    held = [files.sha256(path) for path in (*made, *sources)]
    return held + [version(library) for library in LIBRARIES]

"""Stage `train`: one model, one data set, one run, to weights, history and class probabilities.

A network and a scikit-learn estimator leave the same three files, so nothing downstream knows which it was.
Labels of the test part are never read here: `Task.labels` hides them.
"""

import io
import json
import platform
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lemma import files
from lemma.corpus.splits import DEV, TRAIN
from lemma.corpus.tokenizer import Tokenizer, read_tokenizer
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.corpus.word_vectors import WordVectors, read_word_vectors
from lemma.errors import InputError, choose
from lemma.layout import Layout
from lemma.models.shared import store
from lemma.params import Majority, Models, Neural, Params, Section
from lemma.training.determinism import choose_device, derive_seed
from lemma.training.hyperparameters import tuned_hyperparameters
from lemma.training.key import KEY_LENGTH, hash_inputs, training_key
from lemma.training.task import Result, Task


class Callback(Protocol):
    """Who watches a training: gets each epoch's line of history."""

    def on_epoch_end(self, epoch: int, line: Mapping[str, Any]) -> None: ...


CallbackFactory = Callable[[Mapping[str, Any]], AbstractContextManager[Callback]]


def train(layout: Layout, dataset: str, model: str, run: int, params: Params, view: CallbackFactory) -> None:
    """Write `model.zip`, `history.jsonl` and `probabilities.npy` of one run.

    `view` gets what is known of the run at its start and gives who watches it.

    Raises:
        InputError: the model is unknown, the tokens are missing or damaged, the run has nothing to learn from or to
            stop on, or CUDA is asked for and absent.
        CheckError: the training diverged.
    """
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    settings = tuned_hyperparameters(layout, dataset, model, getattr(params.models, model), model in params.tune.models)
    block = params.train.block(run) if isinstance(settings, Neural) else range(run, run + 1)
    if len(block) > 1:
        _of_block(layout, dataset, model, run, params, settings, view)
        return
    checkpoints, name = layout.state / "checkpoints", f"{dataset}-{model}-{run}"
    task = build_task(layout, dataset, model, run, params, settings)
    task = replace(task, resume=checkpoints / f"{name}-{training_key(layout, dataset, [task])}")
    with view(task.about) as callback:
        result = fit(replace(task, watch=_watch(callback)))
    _write(layout, task, result)
    _sweep(layout.run(dataset, model, run), checkpoints, name)


def _of_block(
    layout: Layout, dataset: str, model: str, run: int, params: Params, settings: Section, view: CallbackFactory
) -> None:
    """Do what `train` does by one program for all runs of the block.

    Whichever run comes first trains all of them, and leaves the others' files in a folder from which they are taken.
    """
    corpus = open_corpus(layout.tokens(dataset))
    block = params.train.block(run)
    last = min(block.stop, corpus.protocol.get("folds", block.stop))
    runs = range(block.start, max(last, run + 1))
    tasks = [build_task(layout, dataset, model, number, params, settings) for number in runs]
    checkpoints, name = layout.state / "checkpoints", f"{dataset}-{model}-{block.start}to{tasks[-1].about['run']}"
    key = training_key(layout, dataset, tasks)
    made, resume = Layout(layout.state / "together" / f"{name}-{key}"), checkpoints / f"{name}-{key}"
    own = tasks[run - block.start]
    with view(own.about) as callback:
        # While there is a checkpoint, the files of some run may be missing; with it they are there at once.
        if not resume.exists() and _whole(made, own):
            for line in made.history(dataset, model, run).read_text().splitlines():
                callback.on_epoch_end(json.loads(line)["epoch"], json.loads(line))
        else:
            tasks[run - block.start] = replace(own, watch=_watch(callback))
            for task, result in zip(tasks, fit_stacked(tasks, resume)):
                _write(made, task, result)
    for kind in (Layout.model, Layout.history, Layout.probabilities):
        files.write_bytes(kind(layout, dataset, model, run), kind(made, dataset, model, run).read_bytes())
    shutil.rmtree(made.run(dataset, model, run))
    _sweep(layout.run(dataset, model, run), checkpoints, name)
    for folder in made.root.parent.glob(f"{name}-*"):
        if folder != made.root or not any(folder.glob("models/*/*/*")):
            shutil.rmtree(folder)


def _whole(made: Layout, task: Task) -> bool:
    """Return whether all that a training leaves is there and as it was written."""
    where = (task.about["dataset"], task.about["model"], task.about["run"])
    paths = [kind(made, *where) for kind in (Layout.model, Layout.history, Layout.probabilities)]
    try:
        files.verify_checksums(paths)
    except InputError:
        return False
    return all(path.exists() for path in paths)


def _watch(callback: Callback) -> Callable[[dict[str, Any]], None]:
    return lambda line: callback.on_epoch_end(line["epoch"], line)


def _write(layout: Layout, task: Task, result: Result) -> None:
    """Write what a training leaves; the probabilities last."""
    where = (task.about["dataset"], task.about["model"], task.about["run"])
    settings = result.model.settings | {"host": platform.node()}
    store.save(layout.model(*where), replace(result.model, settings=settings))
    files.write_bytes(layout.history(*where), "".join(json.dumps(line) + "\n" for line in result.history).encode())
    content = io.BytesIO()
    np.save(content, result.probabilities, allow_pickle=False)
    files.write_bytes(layout.probabilities(*where), content.getvalue())


@dataclass(frozen=True)
class Inputs:
    """What all trainings of a model on a data set read."""

    corpus: Corpus
    tokenizer: Tokenizer
    vectors: WordVectors | None


def open_inputs(layout: Layout, dataset: str, settings: Section) -> Inputs:
    """Return what trainings of a model with such settings read.

    Raises:
        InputError: the tokens or the word vectors are missing or damaged.
    """
    corpus, tokenizer = open_corpus(layout.tokens(dataset)), read_tokenizer(layout.tokenizer(dataset))
    return Inputs(corpus, tokenizer, None if isinstance(settings, Majority) else read_word_vectors(layout.vectors))


def build_task(
    layout: Layout,
    dataset: str,
    model: str,
    run: int,
    params: Params,
    settings: Section,
    inputs: Inputs | None = None,
) -> Task:
    """Return the training of a model with these settings; nobody watches it, and it keeps no checkpoint.

    Args:
        layout: where files lie.
        dataset: name of the data set.
        model: name of the model.
        run: number of the run.
        params: the content of params.yaml.
        settings: of the model.
        inputs: what the training reads, where it is open already.

    Raises:
        InputError: the tokens are missing or damaged, or the run has nothing to learn from or to stop on.
    """
    inputs = inputs or open_inputs(layout, dataset, settings)
    corpus = inputs.corpus
    subwords = params.tokenize.subwords
    about: dict[str, Any] = {"model": model, "dataset": dataset, "run": run, "seed": derive_seed(dataset, model, run)}
    about |= {"classes": corpus.classes, "settings": settings.model_dump(), "train": params.train.model_dump()}
    about |= {"threads": params.train.threads, "subwords": subwords.model_dump() if subwords is not None else None}
    about["device"] = choose_device(params.train.device).type if isinstance(settings, Neural) else "cpu"
    about["inputs"] = hash_inputs(layout, dataset, model)
    return Task(
        corpus=corpus,
        tokenizer=inputs.tokenizer,
        parts=_parts(corpus, run),
        settings=settings,
        shared=params.train,
        subwords=subwords,
        vectors=inputs.vectors,
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
    code = import_module(f"lemma.models.{task.about['model']}.model")
    how = "network" if isinstance(task.settings, Neural) else "estimator"  # torch or scikit-learn, never both
    result: Result = import_module(f"lemma.training.{how}").train(code, task)
    return result


def fit_stacked(tasks: list[Task], resume: Path | None) -> list[Result]:
    """Return what the trainings of runs of one network leave, made as one program.

    Args:
        tasks: of one data set, with the same settings.
        resume: folder of the checkpoint of all, if there is to be one.

    Raises:
        InputError: the settings do not fit the data, or CUDA is asked for and absent.
        CheckError: a training diverged.
    """
    code = import_module(f"lemma.models.{tasks[0].about['model']}.model")
    found: list[Result] = import_module("lemma.training.network").train_stacked(code, tasks, resume)
    return found


def _parts(corpus: Corpus, run: int) -> NDArray[np.int8]:
    """Return the part of each document, and refuse a run that cannot be trained or stopped."""
    folds = corpus.protocol.get("folds")
    if folds is not None and run >= folds:
        raise InputError(
            f"Data set '{corpus.dataset}' has no run {run}.", f"It has {folds} folds: write 0 to {folds - 1}."
        )
    parts = corpus.splits(run)
    counts = np.bincount(corpus.labels[parts == TRAIN], minlength=len(corpus.classes))
    where = f"params.yaml: datasets.{corpus.dataset}.split"
    if not counts.all():
        missing = corpus.classes[int(counts.argmin())]
        raise InputError(
            f"{where}: in run {run} class '{missing}' has no train document.",
            "Every class needs some: write smaller shares for dev and test, or add documents of this class.",
        )
    if not (parts == DEV).any():
        raise InputError(f"{where}: run {run} has no dev document to stop on.", "Write a larger share for dev.")
    return parts


def _sweep(outputs: Path, checkpoints: Path, name: str) -> None:
    """Remove what this run's trainings, killed ones and those of other settings included, have left behind."""
    for path in checkpoints.glob(f"{name}-{'[0-9a-f]' * KEY_LENGTH}"):
        shutil.rmtree(path, ignore_errors=True)
    for path in outputs.glob(".*.part"):
        path.unlink(missing_ok=True)

"""Stage `train`: train one model on one data set, with one seed or fold, and write weights, history and probabilities.

A network and a scikit-learn model write the same three files, so no later stage distinguishes them. The labels of the
test split are never read here: `Task.labels` hides them.
"""

import io
import json
import platform
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lemma import files
from lemma.errors import InputError, choose
from lemma.layout import Layout
from lemma.models.metadata.history import read_history
from lemma.models.shared import store
from lemma.params import Models, Neural, Params, Section
from lemma.training.hyperparameters import tuned_hyperparameters
from lemma.training.inputs import TrainingInputs, build_task, open_inputs
from lemma.training.key import KEY_LENGTH, training_key
from lemma.training.task import Result, Task

OUTPUTS = (Layout.model, Layout.history, Layout.probabilities)  # paths of a run's files, in the order of writing


class Callback(Protocol):
    """Receives the line of the history of each epoch."""

    def on_epoch_end(self, epoch: int, line: Mapping[str, Any]) -> None: ...


CallbackFactory = Callable[[Mapping[str, Any]], AbstractContextManager[Callback]]  # called with the run's metadata


def train(layout: Layout, dataset: str, model: str, run: int, params: Params, create_callback: CallbackFactory) -> None:
    """Write `model.zip`, `history.jsonl` and `probabilities.npy` of one run.

    Args:
        layout: where the files lie.
        dataset: name of the data set.
        model: name of the model.
        run: number of the run.
        params: the content of params.yaml.
        create_callback: returns the callback of the run, a context manager.

    Raises:
        InputError: the model is unknown, an input is missing or damaged, the run lacks training or dev documents, or
            CUDA is missing.
        CheckError: the training diverged.
    """
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    defaults, is_tuned = getattr(params.models, model), model in params.tune.models
    hyperparameters: Section = tuned_hyperparameters(layout, dataset, model, defaults, is_tuned)
    inputs = open_inputs(layout, dataset, model, params)
    if isinstance(hyperparameters, Neural) and len(params.train.block(run)) > 1:
        _train_stacked_run(layout, inputs, run, params, hyperparameters, create_callback)
        return
    name = f"{dataset}-{model}-{run}"
    task = build_task(inputs, run, params, hyperparameters)
    checkpoint_dir = _checkpoints(layout) / f"{name}-{training_key(layout, dataset, [task])}"
    with create_callback(task.metadata) as callback:
        result = fit(replace(task, checkpoint_dir=checkpoint_dir, on_epoch_end=_notify(callback)))
    _write_result(layout, task, result)
    _remove_leftovers(layout, layout.run(dataset, model, run), name)


def _train_stacked_run(
    layout: Layout,
    inputs: TrainingInputs,
    run: int,
    params: Params,
    hyperparameters: Neural,
    create_callback: CallbackFactory,
) -> None:
    """Do for one run what `train` does, by training all runs of its block at once.

    The first job of a block trains all runs and writes their files to a folder, from which the other jobs take them.
    """
    dataset, model = inputs.dataset, inputs.model
    block = params.train.block(run)
    end = min(block.stop, inputs.corpus.protocol.get("folds", block.stop))
    runs = range(block.start, max(end, run + 1))
    tasks = [build_task(inputs, number, params, hyperparameters) for number in runs]
    own_task = tasks[run - block.start]
    name = f"{dataset}-{model}-{block.start}to{runs[-1]}"
    key = training_key(layout, dataset, tasks)
    shared = Layout(layout.state / "stacked" / f"{name}-{key}")  # the files of all runs of the block
    checkpoint_dir = _checkpoints(layout) / f"{name}-{key}"
    with create_callback(own_task.metadata) as callback:
        # If there is a checkpoint, a job was interrupted before it had written the files of all runs.
        if not checkpoint_dir.exists() and _has_outputs(shared, own_task):
            history = shared.history(dataset, model, run)
            for line in read_history(history, f"Delete it and train again: `rm {history}`."):
                callback.on_epoch_end(line["epoch"], line)
        else:
            tasks[run - block.start] = replace(own_task, on_epoch_end=_notify(callback))
            for task, result in zip(tasks, fit_stacked(tasks, checkpoint_dir)):
                _write_result(shared, task, result)
    for path in OUTPUTS:
        files.write_bytes(path(layout, dataset, model, run), path(shared, dataset, model, run).read_bytes())
    shutil.rmtree(shared.run(dataset, model, run))
    _remove_leftovers(layout, layout.run(dataset, model, run), name)
    for folder in shared.root.parent.glob(f"{name}-*"):
        if folder != shared.root or not any(folder.glob("models/*/*/*")):
            shutil.rmtree(folder)


def fit(task: Task[Section]) -> Result:
    """Train the model of one run.

    Raises:
        InputError: the hyperparameters do not fit the data, or CUDA is missing.
        CheckError: the training diverged.
    """
    module = import_module(f"lemma.models.{task.metadata['model']}.model")
    # Imported here, so that a job imports either torch or scikit-learn.
    trainer = "network" if isinstance(task.hyperparameters, Neural) else "estimator"
    result: Result = import_module(f"lemma.training.{trainer}").train(module, task)
    return result


def fit_stacked(tasks: list[Task[Any]], checkpoint_dir: Path | None) -> list[Result]:
    """Train the networks of several runs at once.

    Args:
        tasks: by run, with equal hyperparameters.
        checkpoint_dir: folder of the checkpoint of all runs; None to write none.

    Raises:
        InputError: the hyperparameters do not fit the data, or CUDA is missing.
        CheckError: the training of a run diverged.
    """
    module = import_module(f"lemma.models.{tasks[0].metadata['model']}.model")
    results: list[Result] = import_module("lemma.training.network").train_stacked(module, tasks, checkpoint_dir)
    return results


def _notify(callback: Callback) -> Callable[[dict[str, Any]], None]:
    return lambda line: callback.on_epoch_end(line["epoch"], line)


def _has_outputs(layout: Layout, task: Task[Section]) -> bool:
    """Return whether all files of a run exist and are undamaged."""
    key = (task.metadata["dataset"], task.metadata["model"], task.metadata["run"])
    paths = [path(layout, *key) for path in OUTPUTS]
    try:
        files.verify_checksums(paths)
    except InputError:
        return False
    return all(path.exists() for path in paths)


def _write_result(layout: Layout, task: Task[Section], result: Result) -> None:
    """Write the files of a run, the probabilities last."""
    key = (task.metadata["dataset"], task.metadata["model"], task.metadata["run"])
    settings = result.model.settings | {"host": platform.node()}
    store.save(layout.model(*key), replace(result.model, settings=settings))
    files.write_bytes(layout.history(*key), "".join(json.dumps(line) + "\n" for line in result.history).encode())
    content = io.BytesIO()
    np.save(content, result.probabilities, allow_pickle=False)
    files.write_bytes(layout.probabilities(*key), content.getvalue())


def _checkpoints(layout: Layout) -> Path:
    return layout.state / "checkpoints"


def _remove_leftovers(layout: Layout, outputs: Path, name: str) -> None:
    """Remove the checkpoints of this run, also those with other parameters, and partly written files."""
    for path in _checkpoints(layout).glob(f"{name}-{'[0-9a-f]' * KEY_LENGTH}"):
        shutil.rmtree(path, ignore_errors=True)
    for path in outputs.glob(".*.part"):
        path.unlink(missing_ok=True)

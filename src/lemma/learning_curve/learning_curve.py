"""A point of the learning curve: one model, trained on a fraction of the training documents in every run.

Model, hyperparameters and seeds are those of the stage `train`. The scores are the primary metric on the documents used
for training and on dev; test is not used.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lemma.corpus.primary_metric import compute_primary_score
from lemma.corpus.splits import DEV, TRAIN
from lemma.errors import choose
from lemma.files import read_json, write_json
from lemma.layout import Layout
from lemma.learning_curve.subset import draw_subset
from lemma.params import Models, Neural, Params, Section
from lemma.training.hyperparameters import tuned_hyperparameters
from lemma.training.inputs import build_task, open_inputs
from lemma.training.key import KEY_LENGTH, training_key
from lemma.training.task import Result, Task
from lemma.training.train import fit, fit_stacked


def learning_curve(layout: Layout, dataset: str, model: str, fraction: float, params: Params) -> None:
    """Train a model on a fraction of the training documents and write `learning_curve/DATASET/MODEL/FRACTION.json`.

    The file holds {dataset, model, train_fraction, metric, runs: [{run, documents, seconds, train, dev}]}.

    Args:
        layout: where files are.
        dataset: name of the data set.
        model: name of the model.
        fraction: of the training documents; one of learning_curve.train_fractions.
        params: content of params.yaml.

    Raises:
        InputError: the model or the fraction is unknown, or the model cannot be trained.
        CheckError: a training diverged.
    """
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    if fraction not in params.learning_curve.train_fractions:
        raise choose("training fraction", str(fraction), [*map(str, params.learning_curve.train_fractions)])
    settings = tuned_hyperparameters(layout, dataset, model, getattr(params.models, model), model in params.tune.models)
    inputs = open_inputs(layout, dataset, model, params)
    tasks = []
    for run in params.experiment.runs:
        task = build_task(inputs, run, params, settings)
        splits = draw_subset(task.splits, task.corpus.labels, fraction, run)
        tasks.append(
            replace(task, splits=splits, predicted_documents=np.flatnonzero((splits == TRAIN) | (splits == DEV)))
        )
    folder, name = layout.state / "learning_curve", f"{dataset}-{model}-{fraction}"
    progress = folder / f"{name}-{training_key(layout, dataset, tasks, fraction)}"
    runs = list(_scores(tasks, progress, params.train.stack_runs if isinstance(settings, Neural) else 1))
    metric = inputs.corpus.metric
    content = {"dataset": dataset, "model": model, "train_fraction": fraction, "metric": metric, "runs": runs}
    write_json(layout.learning_curve(dataset, model, fraction), content)
    for path in folder.glob(f"{name}-{'[0-9a-f]' * KEY_LENGTH}"):
        shutil.rmtree(path)


def _scores(tasks: list[Task[Section]], progress: Path, together: int) -> Iterator[dict[str, Any]]:
    """Train all tasks and yield {run, documents, seconds, train, dev} of each.

    Finished scores and checkpoints are written to the folder `progress`, from which a stage that was killed resumes.

    Args:
        tasks: one for each run.
        progress: folder for scores and checkpoints.
        together: number of networks that are trained as one stacked program.
    """
    for start in range(0, len(tasks), together):
        block = tasks[start : start + together]
        paths = [progress / f"{task.metadata['run']}.json" for task in block]
        if not all(path.exists() for path in paths):
            resume = progress / f"{block[0].metadata['run']}"
            results = [fit(replace(block[0], checkpoint_dir=resume))] if together == 1 else fit_stacked(block, resume)
            for task, path, result in zip(block, paths, results):
                write_json(path, {"run": task.metadata["run"], **_scores_of(task, result)})
            shutil.rmtree(resume, ignore_errors=True)
        yield from map(read_json, paths)


def _scores_of(task: Task[Section], result: Result) -> dict[str, Any]:
    """Return the number of training documents, the seconds of training, and the scores on them and on dev."""
    scores: dict[str, Any] = {"documents": len(task.train_documents), "seconds": result.model.settings["seconds"]}
    documents = task.predicted_documents
    splits, labels = task.splits[documents], task.corpus.labels[documents].astype(np.int64)
    for split, name in ((TRAIN, "train"), (DEV, "dev")):
        is_in_split = splits == split
        scores[name] = compute_primary_score(task.corpus.metric, labels[is_in_split], result.probabilities[is_in_split])
    return scores

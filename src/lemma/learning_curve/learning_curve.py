"""Stage `learning_curve`: train one model on a fraction of the training documents, once for each run.

The model, its settings and its seeds are those of `train`; only the training part is smaller. Scores are of the
documents learnt from and of dev, by the data set's metric: test stays closed.
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
from lemma.learning_curve.subset import subset
from lemma.params import Models, Neural, Params
from lemma.training.hyperparameters import tuned_hyperparameters
from lemma.training.key import KEY_LENGTH, training_key
from lemma.training.task import Result, Task
from lemma.training.train import build_task, fit, fit_stacked, open_inputs


def learning_curve(layout: Layout, dataset: str, model: str, fraction: float, params: Params) -> None:
    """Write the scores of one point of a learning curve to `learning_curve/DATASET/MODEL/FRACTION.json`.

    It holds {dataset, model, train_fraction, metric, runs: [{run, documents, seconds, train, dev}]}.

    Args:
        layout: where files lie.
        dataset: name of the data set.
        model: name of the model.
        fraction: of the training documents; one of learning_curve.train_fractions.
        params: the content of params.yaml.

    Raises:
        InputError: the model or the fraction is unknown, or the model cannot be trained.
        CheckError: a training diverged.
    """
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    if fraction not in params.learning_curve.train_fractions:
        raise choose("training fraction", str(fraction), [*map(str, params.learning_curve.train_fractions)])
    settings = tuned_hyperparameters(layout, dataset, model, getattr(params.models, model), model in params.tune.models)
    inputs = open_inputs(layout, dataset, settings)
    tasks = []
    for run in params.experiment.runs:
        task = build_task(layout, dataset, model, run, params, settings, inputs)
        parts = subset(task.parts, task.corpus.labels, fraction, run)
        tasks.append(replace(task, parts=parts, predict=np.flatnonzero((parts == TRAIN) | (parts == DEV))))
    folder, name = layout.state / "learning_curve", f"{dataset}-{model}-{fraction}"
    progress = folder / f"{name}-{training_key(layout, dataset, tasks, fraction)}"
    runs = list(_scores(tasks, progress, params.train.stack_runs if isinstance(settings, Neural) else 1))
    metric = inputs.corpus.metric
    held = {"dataset": dataset, "model": model, "train_fraction": fraction, "metric": metric, "runs": runs}
    write_json(layout.learning_curve(dataset, model, fraction), held)
    for left in folder.glob(f"{name}-{'[0-9a-f]' * KEY_LENGTH}"):
        shutil.rmtree(left)


def _scores(tasks: list[Task], progress: Path, together: int) -> Iterator[dict[str, Any]]:
    """Yield {run, documents, seconds, train, dev} of each training: one by one or, of a network, several at a time.

    Known scores and checkpoints are written to the folder `progress`, from which a stage that was killed resumes.
    """
    for start in range(0, len(tasks), together):
        block = tasks[start : start + together]
        paths = [progress / f"{task.about['run']}.json" for task in block]
        if not all(path.exists() for path in paths):
            resume = progress / f"{block[0].about['run']}"
            results = [fit(replace(block[0], resume=resume))] if together == 1 else fit_stacked(block, resume)
            for task, path, result in zip(block, paths, results):
                write_json(path, {"run": task.about["run"], **_scores_of(task, result)})
            shutil.rmtree(resume, ignore_errors=True)
        yield from map(read_json, paths)


def _scores_of(task: Task, result: Result) -> dict[str, Any]:
    """Return how many documents a training saw, how long it took, and its scores on them and on dev."""
    held: dict[str, Any] = {"documents": len(task.train), "seconds": result.model.settings["seconds"]}
    parts, labels = task.parts[task.predicted], task.corpus.labels[task.predicted].astype(np.int64)
    for part, name in ((TRAIN, "train"), (DEV, "dev")):
        inside = parts == part
        held[name] = compute_primary_score(task.corpus.metric, labels[inside], result.probabilities[inside])
    return held

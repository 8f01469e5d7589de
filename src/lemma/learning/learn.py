"""Stage `learn`: one model, trained on a share of the training documents, as often as the experiment has runs.

The model, its settings and its seeds are those of `train`; only the training part is smaller. Scores are of the
documents learnt from and of dev, by the data set's metric: test stays closed.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.data.splits import DEV, TRAIN
from lemma.errors import choose
from lemma.files import write_json
from lemma.layout import Layout
from lemma.learning.subset import subset
from lemma.params import Models, Neural, Params
from lemma.training.score import score
from lemma.training.task import Result, Task
from lemma.training.train import fit, fit_together, prepared
from lemma.tuning.settings import tuned


def learn(layout: Layout, dataset: str, model: str, share: int, params: Params) -> None:
    """Write `learned/DATASET/MODEL/SHARE.json`: {dataset, model, share, metric, runs: [{run, documents, train, dev}]}.

    Args:
        layout: where files lie.
        dataset: name of the data set.
        model: name of the model.
        share: of the training documents, in per cent.
        params: the content of params.yaml.

    Raises:
        InputError: the model or the share is unknown, or the model cannot be trained.
        CheckError: a training diverged.
    """
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    if share not in params.learn.shares:
        raise choose("share", str(share), [*map(str, params.learn.shares)])
    settings = tuned(layout, dataset, model, getattr(params.models, model), model in params.tune.models)
    tasks = []
    for run in params.experiment.runs:
        task = prepared(layout, dataset, model, run, params, settings)
        tasks.append(replace(task, parts=subset(task.parts, task.corpus.labels, share, run)))
    runs = [
        {"run": task.about["run"], **_scores(task, result.probabilities)}
        for task, result in zip(tasks, _results(tasks, params.train.together))
    ]
    metric = tasks[0].corpus.metric
    held = {"dataset": dataset, "model": model, "share": share, "metric": metric, "runs": runs}
    write_json(layout.learned(dataset, model, share), held)


def _results(tasks: list[Task], together: int) -> Iterator[Result]:
    """Yield what the trainings leave, made one by one or, of a network, several at a time."""
    if together == 1 or not isinstance(tasks[0].settings, Neural):
        yield from map(fit, tasks)
        return
    for start in range(0, len(tasks), together):
        yield from fit_together(tasks[start : start + together], None)


def _scores(task: Task, probabilities: NDArray[np.float32]) -> dict[str, Any]:
    """Return how many documents a training saw, and its scores on them and on dev."""
    held: dict[str, Any] = {"documents": int((task.parts == TRAIN).sum())}
    for part, name in ((TRAIN, "train"), (DEV, "dev")):
        inside = task.parts == part
        held[name] = score(task.corpus.metric, task.corpus.labels[inside].astype(np.int64), probabilities[inside])
    return held

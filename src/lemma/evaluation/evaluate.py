"""The stage `lemma evaluate DATASET`: from every run's probabilities to metrics, significance and curves, as JSON.

No model is loaded: a class probability for each document is all that a model has to give, so a baseline on a CPU and
a network on a GPU node are the same kind of thing here. This is the one stage that scores test documents; whatever was
tuned or stopped early was so on dev.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma import files, params
from lemma.corpus.primary_metric import MACRO_RECALL, get_primary_score
from lemma.corpus.splits import SPLITS, TEST
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.errors import InputError
from lemma.evaluation import curves, dvc_files, error_analysis, metrics, significance, summary
from lemma.evaluation.calibration import calibration
from lemma.evaluation.dominance import THRESHOLD, dominance
from lemma.evaluation.probabilities import read_probabilities
from lemma.layout import Layout
from lemma.models.shared.history import read_history

SEED = 0  # of the bootstrap: the same probabilities give the same bytes

Arrays = list[NDArray[Any]]


def evaluate(layout: Layout, dataset: str, models: list[str], runs: list[int], settings: params.Evaluate) -> None:
    """Read all runs of all models and write metrics.json, significance.json and curves.json.

    Everything is read and checked before anything is written; each file is whole or absent.

    Args:
        layout: where files lie.
        dataset: name of the data set.
        models: names, in the order of the report; of models equal on dev the first is the best.
        runs: numbers of the runs; under k folds all of 0 to k - 1.
        settings: number of resamples, and the confidence of every interval.

    Raises:
        InputError: a file is missing or damaged, the probabilities are not those of the corpus, a part is empty, or
            a fold is tested by no run.
    """
    corpus = open_corpus(layout.tokens(dataset))
    parts = [corpus.splits(run) for run in runs]
    _check_parts(layout, dataset, corpus, parts, runs)
    probabilities: dict[str, Arrays] = {}
    losses: dict[str, dict[str, Any] | None] = {}
    for model in models:
        histories = []
        for run in runs:
            fix = f"Run `lemma train {dataset} {model} {run}`."
            history = read_history(layout.history(dataset, model, run), fix)
            histories.append({line["epoch"]: (line["train_loss"], line["dev_loss"]) for line in history})
            path = layout.probabilities(dataset, model, run)
            held = read_probabilities(path, len(corpus), len(corpus.classes), fix)
            probabilities.setdefault(model, []).append(held)
        losses[model] = curves.loss(histories)

    scored = {model: _score(corpus, parts, held, runs, settings) for model, held in probabilities.items()}
    tested = np.sum([part == TEST for part in parts], axis=0)
    best = max(models, key=lambda model: get_primary_score(scored[model]["summary"]["dev"], corpus.metric)["mean"])
    classes = corpus.labels if corpus.metric == MACRO_RECALL else None
    right = {model: _right(corpus, parts, held) for model, held in probabilities.items()}
    generator = np.random.default_rng(SEED)
    compared = significance.compare(right, tested, best, settings.resamples, settings.confidence, generator, classes)
    over_runs = {
        model: [get_primary_score(run["test"], corpus.metric) for run in held["runs"]] for model, held in scored.items()
    }
    compared["dominance"] = dominance(over_runs, best, settings.confidence, generator)
    compared["threshold"] = THRESHOLD  # of epsilon
    tests = {model: _part(corpus, parts, held, TEST) for model, held in probabilities.items()}
    drawn = {
        "precision_recall": {model: curves.precision_recall(test, corpus.classes) for model, test in tests.items()},
        "confusion": {model: curves.confusion(test, corpus.classes) for model, test in tests.items()},
        "calibration": {model: calibration(test) for model, test in tests.items()},
        "length": {model: error_analysis.by_length(_lengths(corpus), held, tested) for model, held in right.items()},
        "mistakes": error_analysis.mistakes(corpus.labels, _mean(corpus, parts, probabilities[best]), tested),
        "loss": {model: loss for model, loss in losses.items() if loss},
    }
    protocol = {**corpus.protocol, "runs": runs, "confidence": settings.confidence, "interval": "Student t over runs"}
    files.write_json(layout.curves(dataset), drawn)
    for split in ("train", "dev"):
        files.write_json(layout.plot(dataset, f"loss_{split}"), dvc_files.tabulate_loss(drawn, split))
    files.write_json(layout.plot(dataset, "precision_recall"), dvc_files.tabulate_precision_recall(drawn))
    files.write_json(layout.scores(dataset), dvc_files.summarize_scores(corpus.metric, scored))
    files.write_json(layout.significance(dataset), compared)
    files.write_json(layout.metrics(dataset), {"dataset": dataset, "protocol": protocol, "models": scored})


def _check_parts(layout: Layout, dataset: str, corpus: Corpus, parts: Arrays, runs: list[int]) -> None:
    """Raise an InputError when a run has an empty part, or under folds a document is tested by no run."""
    for run, part in zip(runs, parts, strict=True):
        for number, name in enumerate(SPLITS):
            if not (part == number).any():
                raise InputError(
                    f"{layout.tokens(dataset)}: run {run} has no {name} documents.",
                    f"In {layout.params}, mend datasets.{dataset}.split, or take the run out of experiment.runs.",
                )
    if corpus.protocol["kind"] == "folds":
        missing = sorted(set(np.unique(corpus.split).tolist()) - set(runs))
        if missing:
            raise InputError(
                f"{layout.tokens(dataset)}: no run tests the documents of fold {', '.join(map(str, missing))}.",
                f"In {layout.params}, let experiment.runs be all of 0 to {corpus.protocol['folds'] - 1}.",
            )


def _part(corpus: Corpus, parts: Arrays, probabilities: Arrays, number: int) -> list[curves.Part]:
    """Return labels and probabilities of one part's documents, a pair a run."""
    return [
        (corpus.labels[part == number], held[part == number]) for part, held in zip(parts, probabilities, strict=True)
    ]


def _score(
    corpus: Corpus, parts: Arrays, probabilities: Arrays, runs: list[int], settings: params.Evaluate
) -> dict[str, Any]:
    """Return one model's scores by run and part, and their summary over runs."""
    by_run: list[dict[str, Any]] = [{"run": run} for run in runs]
    summaries = {}
    for number, name in enumerate(SPLITS):
        found = [metrics.scores(*one, corpus.classes) for one in _part(corpus, parts, probabilities, number)]
        for entry, scores in zip(by_run, found, strict=True):
            entry[name] = scores
        summaries[name] = summary.summarize(found, settings.confidence)
    return {"runs": by_run, "summary": summaries}


def _lengths(corpus: Corpus) -> NDArray[np.int64]:
    """Return the number of words of each document."""
    found: NDArray[np.int64] = np.diff(corpus.offsets)
    return found


def _mean(corpus: Corpus, parts: Arrays, probabilities: Arrays) -> NDArray[np.float64]:
    """Return the mean probabilities over the runs that test a document: (documents, classes), 0 where none does."""
    total, runs = np.zeros((len(corpus), len(corpus.classes))), np.zeros(len(corpus))
    for part, held in zip(parts, probabilities, strict=True):
        inside = part == TEST
        total[inside] += held[inside]
        runs += inside
    return total / np.maximum(runs, 1)[:, None]


def _right(corpus: Corpus, parts: Arrays, probabilities: Arrays) -> NDArray[np.int64]:
    """Return in how many runs each document is tested and classified rightly: (documents,)."""
    right = np.zeros(len(corpus), np.int64)
    for part, held in zip(parts, probabilities, strict=True):
        right += (part == TEST) & (held.argmax(axis=1) == corpus.labels)
    return right

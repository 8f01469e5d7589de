"""Stage `lemma evaluate DATASET`: metrics, significance tests and curves of all models, from their probabilities.

Evaluation never loads a model: its input is one class probability for each document and class. This is the only stage
that computes scores on test; tuning and early stopping use dev.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma import files, params
from lemma.corpus.primary_metric import MACRO_RECALL, get_primary_score
from lemma.corpus.splits import SPLITS, TEST
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.errors import InputError
from lemma.evaluation import curves, dvc_files, error_analysis, significance
from lemma.evaluation.calibration import compute_calibration
from lemma.evaluation.dominance import THRESHOLD, compare_dominance
from lemma.evaluation.metrics import compute_scores
from lemma.evaluation.probabilities import read_probabilities
from lemma.evaluation.summary import summarize
from lemma.layout import Layout
from lemma.models.metadata.history import read_history

SEED = 0  # of the bootstrap

Arrays = list[NDArray[Any]]  # one for each run


def evaluate(layout: Layout, dataset: str, models: list[str], runs: list[int], settings: params.Evaluate) -> None:
    """Evaluate all runs of all models and write metrics.json, significance.json, curves.json and the files for DVC.

    All inputs are read and checked before the first file is written, and files are written atomically.

    Args:
        layout: paths of the project.
        dataset: name of the data set.
        models: names in the order of the report; the first of several models with the same dev score is the best.
        runs: numbers of the runs; with k folds all of 0 to k - 1.
        settings: number of resamples, and confidence of the intervals.

    Raises:
        InputError: a file is missing or damaged, the probabilities are of another corpus, a split is empty, or a fold
            is the test split of no run.
    """
    corpus = open_corpus(layout.tokens(dataset))
    splits = [corpus.splits(run) for run in runs]
    _check_splits(layout, dataset, corpus, splits, runs)
    probabilities: dict[str, Arrays] = {}
    losses: dict[str, dict[str, Any] | None] = {}
    for model in models:
        histories = []
        for run in runs:
            fix = f"Run `lemma train {dataset} {model} {run}`."
            history = read_history(layout.history(dataset, model, run), fix)
            histories.append({line["epoch"]: (line["train_loss"], line["dev_loss"]) for line in history})
            path = layout.probabilities(dataset, model, run)
            run_probabilities = read_probabilities(path, len(corpus), len(corpus.classes), fix)
            probabilities.setdefault(model, []).append(run_probabilities)
        losses[model] = curves.summarize_losses(histories)

    scores = {model: _score(corpus, splits, arrays, runs, settings) for model, arrays in probabilities.items()}
    best = max(models, key=lambda model: get_primary_score(scores[model]["summary"]["dev"], corpus.metric)["mean"])
    test_runs = np.sum([split == TEST for split in splits], axis=0)
    correct_runs = {model: _count_correct_runs(corpus, splits, arrays) for model, arrays in probabilities.items()}
    tests = _test_differences(corpus, scores, correct_runs, test_runs, best, settings)
    curve_data = _compute_curves(corpus, splits, probabilities, correct_runs, test_runs, best)
    curve_data["loss"] = {model: loss for model, loss in losses.items() if loss}
    protocol = {**corpus.protocol, "runs": runs, "confidence": settings.confidence, "interval": "Student t over runs"}
    files.write_json(layout.curves(dataset), curve_data)
    for split in ("train", "dev"):
        files.write_json(layout.plot(dataset, f"loss_{split}"), dvc_files.tabulate_loss(curve_data, split))
    files.write_json(layout.plot(dataset, "precision_recall"), dvc_files.tabulate_precision_recall(curve_data))
    files.write_json(layout.scores(dataset), dvc_files.summarize_scores(corpus.metric, scores))
    files.write_json(layout.significance(dataset), tests)
    files.write_json(layout.metrics(dataset), {"dataset": dataset, "protocol": protocol, "models": scores})


def _check_splits(layout: Layout, dataset: str, corpus: Corpus, splits: Arrays, runs: list[int]) -> None:
    """Raise an InputError if a split of a run is empty, or a fold is the test split of no run."""
    for run, split in zip(runs, splits, strict=True):
        for number, name in enumerate(SPLITS):
            if not (split == number).any():
                raise InputError(
                    f"{layout.tokens(dataset)}: run {run} has no {name} documents.",
                    f"In {layout.params}, correct datasets.{dataset}.split, or remove the run from experiment.runs.",
                )
    if corpus.protocol["kind"] == "folds":
        missing = sorted(set(np.unique(corpus.split).tolist()) - set(runs))
        if missing:
            raise InputError(
                f"{layout.tokens(dataset)}: no run tests the documents of fold {', '.join(map(str, missing))}.",
                f"In {layout.params}, set experiment.runs to all of 0 to {corpus.protocol['folds'] - 1}.",
            )


def _score(
    corpus: Corpus, splits: Arrays, probabilities: Arrays, runs: list[int], settings: params.Evaluate
) -> dict[str, Any]:
    """Return the scores of one model on each split for each run, and their summary over runs."""
    scores_by_run: list[dict[str, Any]] = [{"run": run} for run in runs]
    summaries = {}
    for number, name in enumerate(SPLITS):
        predictions = _select_split(corpus, splits, probabilities, number)
        scores = [compute_scores(labels, chosen, corpus.classes) for labels, chosen in predictions]
        for run_scores, split_scores in zip(scores_by_run, scores, strict=True):
            run_scores[name] = split_scores
        summaries[name] = summarize(scores, settings.confidence)
    return {"runs": scores_by_run, "summary": summaries}


def _test_differences(
    corpus: Corpus,
    scores: dict[str, Any],
    correct_runs: dict[str, NDArray[np.int64]],
    test_runs: NDArray[Any],
    best: str,
    settings: params.Evaluate,
) -> dict[str, Any]:
    """Return the content of significance.json: the best model on dev against each other model, on test."""
    generator = np.random.default_rng(SEED)
    classes = corpus.labels if corpus.metric == MACRO_RECALL else None
    tests = significance.compare_with_best(
        correct_runs, test_runs, best, settings.resamples, settings.confidence, generator, classes
    )
    test_scores = {
        model: [get_primary_score(run["test"], corpus.metric) for run in model_scores["runs"]]
        for model, model_scores in scores.items()
    }
    tests["dominance"] = compare_dominance(test_scores, best, settings.confidence, generator)
    tests["threshold"] = THRESHOLD
    return tests


def _compute_curves(
    corpus: Corpus,
    splits: Arrays,
    probabilities: dict[str, Arrays],
    correct_runs: dict[str, NDArray[np.int64]],
    test_runs: NDArray[Any],
    best: str,
) -> dict[str, Any]:
    """Return the content of curves.json on test: curves of each model, and the most confident mistakes of the best."""
    classes = corpus.classes
    predictions = {model: _select_split(corpus, splits, arrays, TEST) for model, arrays in probabilities.items()}
    lengths = np.diff(corpus.offsets)
    best_probabilities = _average_on_test(corpus, splits, probabilities[best])
    return {
        "precision_recall": {
            model: curves.compute_precision_recall(runs, classes) for model, runs in predictions.items()
        },
        "confusion": {model: curves.count_confusions(runs, classes) for model, runs in predictions.items()},
        "calibration": {model: compute_calibration(runs) for model, runs in predictions.items()},
        "length": {
            model: error_analysis.compute_accuracy_by_length(lengths, correct, test_runs)
            for model, correct in correct_runs.items()
        },
        "mistakes": error_analysis.find_mistakes(corpus.labels, best_probabilities, test_runs),
    }


def _select_split(corpus: Corpus, splits: Arrays, probabilities: Arrays, number: int) -> list[curves.Predictions]:
    """Return labels and probabilities of the documents of one split, for each run."""
    return [
        (corpus.labels[split == number], array[split == number])
        for split, array in zip(splits, probabilities, strict=True)
    ]


def _average_on_test(corpus: Corpus, splits: Arrays, probabilities: Arrays) -> NDArray[np.float64]:
    """Return the mean probabilities over the runs that test a document, 0 if none does: (documents, classes)."""
    total, runs = np.zeros((len(corpus), len(corpus.classes))), np.zeros(len(corpus))
    for split, array in zip(splits, probabilities, strict=True):
        tested = split == TEST
        total[tested] += array[tested]
        runs += tested
    return total / np.maximum(runs, 1)[:, None]


def _count_correct_runs(corpus: Corpus, splits: Arrays, probabilities: Arrays) -> NDArray[np.int64]:
    """Return the number of runs that test a document and classify it correctly: (documents,)."""
    counts = np.zeros(len(corpus), np.int64)
    for split, array in zip(splits, probabilities, strict=True):
        counts += (split == TEST) & (array.argmax(axis=1) == corpus.labels)
    return counts

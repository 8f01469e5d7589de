"""Stage `lemma evaluate DATASET`: metrics, significance tests and curves of all models, from their probabilities.

Evaluation never loads a model: its input is one class probability for each document and class. This is the only stage
that computes scores on test; tuning and early stopping use dev.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma import files, params
from lemma.corpus.primary_metric import get_primary_score
from lemma.corpus.splits import SPLITS, TEST, TRAIN
from lemma.corpus.tokenizer import read_tokenizer
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.errors import InputError
from lemma.evaluation import comparisons, curves, dvc_files
from lemma.evaluation.calibration import compute_calibration
from lemma.evaluation.error_analysis import TestedRuns, analyze_errors
from lemma.evaluation.metrics import primary_path
from lemma.evaluation.probabilities import read_probabilities
from lemma.evaluation.spreads import FEW, SplitScores, score_split
from lemma.evaluation.summary import summarize
from lemma.layout import Layout
from lemma.models.metadata.history import read_history

SEED = 0  # of the bootstrap
CROSSED = "crossed bootstrap over runs and documents"
CORRECTED = "corrected resampled t over folds"

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

    ratio = _find_ratio(corpus, splits)
    primary = primary_path(corpus.metric)
    predictions = {
        name: {model: _select_split(corpus, splits, arrays, number) for model, arrays in probabilities.items()}
        for number, name in enumerate(SPLITS)
    }
    scored = {
        name: score_split(
            predictions[name],
            corpus.classes,
            primary,
            settings.resamples if name == "test" else min(FEW, settings.resamples),
            SEED,
            ratio,
            ranks=name != "train",
        )
        for name in SPLITS
    }
    scores = {model: _summarize(model, scored, runs, settings.confidence) for model in models}
    tests = _compare(corpus, models, scores, scored["test"], primary, settings, ratio)
    tested = TestedRuns(splits, probabilities, corpus.labels)
    curve_data = _compute_curves(corpus, predictions["test"])
    curve_data |= analyze_errors(corpus, tested, read_tokenizer(layout.tokenizer(dataset)).tokens, tests)
    curve_data["loss"] = {model: loss for model, loss in losses.items() if loss}
    interval = CROSSED if ratio is None else CORRECTED
    protocol = {**corpus.protocol, "runs": runs, "confidence": settings.confidence, "interval": interval}
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


def _find_ratio(corpus: Corpus, splits: Arrays) -> float | None:
    """Return the ratio of test to training documents of a fold; None if all runs share their test documents."""
    if corpus.protocol["kind"] != "folds" or len(splits) < 2:
        return None
    return float(np.mean([np.sum(split == TEST) / np.sum(split == TRAIN) for split in splits]))


def _summarize(model: str, scored: dict[str, SplitScores], runs: list[int], confidence: float) -> dict[str, Any]:
    """Return the scores of one model on each split for each run, and their summary over runs."""
    by_run = [
        {"run": run, **{name: scored[name].runs[model][place] for name in SPLITS}} for place, run in enumerate(runs)
    ]
    summaries = {name: summarize(split.runs[model], split.spreads[model], confidence) for name, split in scored.items()}
    return {"runs": by_run, "summary": summaries}


def _compare(
    corpus: Corpus,
    models: list[str],
    scores: dict[str, Any],
    test: SplitScores,
    primary: tuple[str, ...],
    settings: params.Evaluate,
    ratio: float | None,
) -> dict[str, Any]:
    """Return the content of significance.json: the primary and the exploratory comparisons on test."""
    dev = {model: get_primary_score(scores[model]["summary"]["dev"], corpus.metric)["mean"] for model in models}
    chosen = comparisons.choose_sides(settings.primary, models, dev)
    reference = comparisons.choose_reference(chosen, models, dev)
    others = [(reference, model) for model in models if model != reference and (reference, model) not in chosen]
    linear = [model for model in models if params.find_group(model) == "linear"]
    return {
        "reference": reference,
        "linear": max(linear, key=lambda model: dev[model]) if linear else None,
        "metric": corpus.metric,
        "confidence": settings.confidence,
        "resamples": settings.resamples,
        "documents": test.documents if ratio is None else len(corpus),
        "method": CROSSED if ratio is None else CORRECTED,
        "primary": comparisons.compare_models(test, chosen, primary, settings.confidence, ratio),
        "exploratory": comparisons.compare_models(test, others, primary, settings.confidence, ratio),
    }


def _compute_curves(corpus: Corpus, predictions: dict[str, list[curves.Predictions]]) -> dict[str, Any]:
    """Return the curves of each model on test."""
    classes = corpus.classes
    return {
        "precision_recall": {
            model: curves.compute_precision_recall(runs, classes) for model, runs in predictions.items()
        },
        "confusion": {model: curves.count_confusions(runs, classes) for model, runs in predictions.items()},
        "calibration": {model: compute_calibration(runs) for model, runs in predictions.items()},
    }


def _select_split(corpus: Corpus, splits: Arrays, probabilities: Arrays, number: int) -> list[curves.Predictions]:
    """Return labels and probabilities of the documents of one split, for each run."""
    return [
        (corpus.labels[split == number], array[split == number])
        for split, array in zip(splits, probabilities, strict=True)
    ]

"""The standard errors of all scores of all models on one split, and of the differences between models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.evaluation.curves import Predictions
from lemma.evaluation.metrics import compute_scores
from lemma.evaluation.resampling import compute_pr_auc, draw_counts, score_counts, to_leaves
from lemma.evaluation.summary import Path
from lemma.evaluation.uncertainty import Resampled, Spread, spread_crossed, spread_folds

FEW = 500  # resamples where many are slow and a standard error within 3 % is enough: PR-AUC, the training split


@dataclass
class SplitScores:
    """Scores of all models on one split.

    Attributes:
        runs: scores of each run by model, see `metrics.compute_scores`.
        spreads: standard error of each mean score by model and path.
        resampled: the primary score of each model on resampled documents; empty with folds.
        documents: number of documents of the split, of one run.
    """

    runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    spreads: dict[str, dict[Path, Spread]] = field(default_factory=dict)
    resampled: dict[str, Resampled] = field(default_factory=dict)
    documents: int = 0


def score_split(
    predictions: Mapping[str, Sequence[Predictions]],
    classes: list[str],
    primary: Path,
    resamples: int,
    seed: int,
    ratio: float | None,
    ranks: bool = True,
) -> SplitScores:
    """Score all runs of all models on a split, and estimate the standard errors of the means over runs.

    Args:
        predictions: for each model, labels and probabilities of each run; without folds, all of the same documents.
        classes: names of the classes.
        primary: path of the primary metric.
        resamples: number of resamples of the documents.
        seed: of the resamples; all models are scored on the same ones.
        ratio: with folds, number of test documents over number of training documents of a run; otherwise None.
        ranks: whether PR-AUC gets a standard error.
    """
    result = SplitScores()
    for model, runs in predictions.items():
        result.documents = len(runs[0][0])
        result.runs[model] = [compute_scores(labels, chosen, classes) for labels, chosen in runs]
        leaves = [flatten(scores) for scores in result.runs[model]]
        if ratio is not None:
            result.spreads[model] = _spread_folds(leaves, ratio)
            continue
        draws = _resample(runs, classes, resamples, seed, ranks)
        samples = {
            path: Resampled(np.array([scores[path] for scores in leaves], dtype=np.float64), values)
            for path, values in draws.items()
            if all(scores[path] is not None for scores in leaves)
        }
        spreads = {path: spread_crossed([sample], result.documents) for path, sample in samples.items()}
        # A score may be undefined on all resamples: some class is always missing if there are many rare ones.
        result.spreads[model] = {path: spread for path, spread in spreads.items() if not np.isnan(spread.error)}
        result.resampled[model] = samples[primary]
    return result


def flatten(tree: Mapping[str, Any], path: Path = ()) -> dict[Path, Any]:
    """Return the leaves of nested dictionaries by their path, without the supports."""
    leaves: dict[Path, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            leaves |= flatten(value, (*path, key))
        elif key != "support":
            leaves[*path, key] = value
    return leaves


def _spread_folds(leaves: Sequence[Mapping[Path, Any]], ratio: float) -> dict[Path, Spread]:
    known = {path: [scores[path] for scores in leaves if scores[path] is not None] for path in leaves[0]}
    return {path: spread_folds(values, ratio) for path, values in known.items() if len(values) > 1}


def _resample(
    runs: Sequence[Predictions], classes: list[str], resamples: int, seed: int, ranks: bool
) -> dict[Path, NDArray[np.float64]]:
    """Return each score of each run on resampled documents by path: (resamples, runs)."""
    by_run: list[dict[Path, list[NDArray[np.float64]]]] = [{} for _ in runs]
    drawn = 0
    for counts in draw_counts(len(runs[0][0]), resamples, np.random.default_rng(seed)):
        few = counts[: max(0, FEW - drawn)] if ranks else counts[:0]
        drawn += len(counts)
        known: dict[bytes, dict[Path, NDArray[np.float64]]] = {}  # the runs of a deterministic model are equal
        for blocks, (labels, probabilities) in zip(by_run, runs, strict=True):
            key = probabilities.tobytes()
            if key not in known:
                scores = score_counts(counts, labels, probabilities.argmax(axis=1), len(classes))
                known[key] = to_leaves(scores, classes)
                if len(few):
                    known[key] |= to_leaves({"pr_auc": compute_pr_auc(few, labels, probabilities)}, classes)
            for path, values in known[key].items():
                blocks.setdefault(path, []).append(values)
    return {path: np.stack([np.concatenate(blocks[path]) for blocks in by_run], axis=1) for path in by_run[0]}

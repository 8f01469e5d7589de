"""Scores of the runs of a model on resampled documents.

Accuracy, precision, recall and F1 of a resample depend only on how often each document was drawn, so the scores of all
resamples are sums of these counts over the correctly classified, the predicted and the true documents of each class.
The same counts serve all models, which pairs their scores.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from lemma.evaluation.metrics import SCORES

Floats = NDArray[np.float64]
BLOCK = 2**22  # counts held at once: 32 MB


def draw_counts(documents: int, resamples: int, generator: np.random.Generator) -> Iterator[Floats]:
    """Yield blocks of how often each document occurs in a resample: (resamples of the block, documents).

    Args:
        documents: number of documents.
        resamples: number of resamples of all blocks.
        generator: source of randomness.
    """
    size, uniform = max(1, BLOCK // documents), np.full(documents, 1 / documents)
    for start in range(0, resamples, size):
        yield generator.multinomial(documents, uniform, size=min(size, resamples - start)).astype(np.float64)


def score_counts(counts: Floats, labels: NDArray[Any], predicted: NDArray[Any], classes: int) -> dict[str, Floats]:
    """Return the scores of one run on resamples, as `metrics.compute_scores` defines them, without PR-AUC.

    Args:
        counts: (resamples, documents) how often each document was drawn.
        labels: (documents,) true classes.
        predicted: (documents,) predicted classes.
        classes: number of classes.

    Returns:
        accuracy (resamples,), and precision, recall and f1, (resamples, classes), NaN for a class that was not drawn.
    """
    documents = len(labels)
    hit = labels == predicted
    columns = np.concatenate([labels[hit], classes + predicted, 2 * classes + labels])
    rows = np.concatenate([np.flatnonzero(hit), np.arange(documents), np.arange(documents)])
    memberships = csc_matrix((np.ones(len(rows)), (rows, columns)), shape=(documents, 3 * classes))
    sums = np.asarray((memberships.T @ counts.T).T).reshape(len(counts), 3, classes)
    correct, returned, relevant = sums[:, 0], sums[:, 1], sums[:, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = correct / relevant
        precision = np.where(relevant > 0, np.nan_to_num(correct / returned), np.nan)
        f1 = np.where(relevant > 0, 2 * correct / (returned + relevant), np.nan)
    return {"accuracy": correct.sum(1) / counts.sum(1), "precision": precision, "recall": recall, "f1": f1}


def compute_pr_auc(counts: Floats, labels: NDArray[Any], probabilities: NDArray[Any]) -> Floats:
    """Return the average precision of each class on resamples: (resamples, classes), NaN for a class not drawn.

    Args:
        counts: (resamples, documents) how often each document was drawn.
        labels: (documents,) true classes.
        probabilities: (documents, classes).
    """
    results = np.full((len(counts), probabilities.shape[1]), np.nan)
    for index in range(probabilities.shape[1]):
        order = np.argsort(-probabilities[:, index], kind="stable")
        scores = probabilities[order, index]
        last = np.append(scores[1:] != scores[:-1], True)  # the last of several equal scores is the threshold
        drawn = counts[:, order]
        relevant = np.cumsum(drawn * (labels[order] == index), axis=1)[:, last]
        returned = np.cumsum(drawn, axis=1)[:, last]
        total = relevant[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.nan_to_num(relevant / returned)
            gained = np.diff(relevant, axis=1, prepend=0)
            results[:, index] = np.where(total > 0, (gained * precision).sum(1) / total, np.nan)
    return results


def to_leaves(scores: Mapping[str, Floats], classes: list[str]) -> dict[tuple[str, ...], Floats]:
    """Return scores on resamples by their path in metrics.json: (resamples,) each.

    Macro scores are means over the classes that were drawn.

    Args:
        scores: accuracy (resamples,), and scores by class, (resamples, classes).
        classes: names in the order of the columns.
    """
    leaves: dict[tuple[str, ...], Floats] = {("accuracy",): scores["accuracy"]} if "accuracy" in scores else {}
    for name in SCORES:
        if name in scores:
            by_class = scores[name]
            drawn = ~np.isnan(by_class)
            leaves["macro", name] = np.where(drawn, by_class, 0).sum(1) / drawn.sum(1)
            leaves |= {("per_class", label, name): by_class[:, index] for index, label in enumerate(classes)}
    return leaves

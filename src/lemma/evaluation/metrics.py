"""Scores of one run on one split: accuracy, and precision, recall, F1 and PR-AUC of each class.

Macro scores are means over classes. Macro F1 is the mean of the F1 of the classes, not the F1 of macro precision and
macro recall (Opitz and Burst, 2019, compare the two). PR-AUC is average precision, a sum over steps: the trapezoidal
rule would interpolate between points that no threshold reaches, and give a constant scorer 0.75 on balanced classes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

from lemma.corpus.primary_metric import MACRO_RECALL

SCORES = ("precision", "recall", "f1", "pr_auc")


def primary_path(metric: str) -> tuple[str, ...]:
    """Return the keys that lead to the primary metric in the metrics of one split."""
    return ("macro", "recall") if metric == MACRO_RECALL else ("accuracy",)


def compute_scores(labels: NDArray[Any], probabilities: NDArray[Any], classes: list[str]) -> dict[str, Any]:
    """Return accuracy, macro scores and the scores of each class, as numbers that JSON can hold.

    The predicted class is the most probable one, the first of several equally probable. Precision and F1 of a class
    that is never predicted are 0. A class without documents in this split has support 0 and None as scores, and the
    macro scores are means over the other classes.

    Args:
        labels: (documents,) true class indices, at least one document.
        probabilities: (documents, classes).
        classes: names, in the order of the columns.

    Returns:
        {accuracy, macro: {precision, recall, f1, pr_auc}, per_class: {CLASS: {precision, recall, f1, pr_auc, support}}}
    """
    predicted = probabilities.argmax(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=range(len(classes)), zero_division=0
    )
    per_class: dict[str, dict[str, Any]] = {}
    for index, name in enumerate(classes):
        if support[index]:
            pr_auc = average_precision_score(labels == index, probabilities[:, index])
            values = map(float, (precision[index], recall[index], f1[index], pr_auc))
            per_class[name] = dict(zip(SCORES, values, strict=True))
        else:
            per_class[name] = dict.fromkeys(SCORES)
        per_class[name]["support"] = int(support[index])
    present = [class_scores for class_scores in per_class.values() if class_scores["support"]]
    return {
        "accuracy": float(np.mean(predicted == labels)),
        "macro": {name: float(np.mean([class_scores[name] for class_scores in present])) for name in SCORES},
        "per_class": per_class,
    }

"""Scores of one model on one part of the documents: accuracy, and precision, recall, F1 and PR-AUC by class.

Macro scores are plain means over classes: macro F1 is the mean of the classes' F1, never the F1 of mean precision and
mean recall (Opitz & Burst 2019 tell the two apart). PR-AUC is the average precision of the class's probability: a step
sum. A trapezoid would join points that no threshold reaches, and give a constant scorer 0.75 on balanced classes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

SCORES = ("precision", "recall", "f1", "pr_auc")


def scores(labels: NDArray[Any], probabilities: NDArray[Any], classes: list[str]) -> dict[str, Any]:
    """Return accuracy, macro means and each class's scores, as plain numbers ready for JSON.

    The predicted class is the most probable one, the first of equals. Precision and F1 of a class that is never
    predicted are 0. A class without documents in this part has support 0 and null for its scores, and the macro means
    are over the other classes: a faultless model scores 1 whichever classes the part happens to hold.

    Args:
        labels: (documents,) true class indices; at least one document.
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
            found = map(float, (precision[index], recall[index], f1[index], pr_auc))
            per_class[name] = dict(zip(SCORES, found, strict=True))
        else:
            per_class[name] = dict.fromkeys(SCORES)
        per_class[name]["support"] = int(support[index])
    present = [held for held in per_class.values() if held["support"]]
    return {
        "accuracy": float(np.mean(predicted == labels)),
        "macro": {score: float(np.mean([held[score] for held in present])) for score in SCORES},
        "per_class": per_class,
    }

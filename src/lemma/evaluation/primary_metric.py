"""The score that a data set's published results are in."""

from collections.abc import Mapping
from typing import Any

from lemma.corpus.primary_metric import MACRO_RECALL


def judged(scores: Mapping[str, Any], metric: str) -> Any:
    """Return accuracy, or macro recall where that is the metric: of a run's scores a number, of a summary its leaf."""
    return scores["macro"]["recall"] if metric == MACRO_RECALL else scores["accuracy"]

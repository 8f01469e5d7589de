"""Standard errors of recorded scores, without predictions: documents vary as independent draws, runs as observed.

Where predictions are there, `lemma.evaluation.spreads` counts what runs and documents share only once; these standard
errors are a little larger.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lemma.corpus.primary_metric import ACCURACY, MACRO_RECALL
from lemma.evaluation.metrics import primary_path
from lemma.evaluation.spreads import flatten
from lemma.evaluation.summary import Path
from lemma.evaluation.uncertainty import Spread, spread_folds


def estimate_spreads(protocol: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> dict[Path, Spread]:
    """Return the standard errors of mean accuracy and mean macro recall over runs on one split, by path.

    Args:
        protocol: of metrics.json.
        runs: scores of each run on the split, as in metrics.json.
    """
    spreads = {}
    for metric in (ACCURACY, MACRO_RECALL):
        path = primary_path(metric)
        scores = [flatten(run)[path] for run in runs]
        if protocol["kind"] == "folds" and len(scores) > 1:
            spreads[path] = spread_folds(scores, 1 / (protocol["folds"] - 1))
        else:
            sizes = {name: entry["support"] for name, entry in runs[0]["per_class"].items() if entry["support"]}
            recalls = {name: float(np.mean([run["per_class"][name]["recall"] for run in runs])) for name in sizes}
            parts = [(recalls[name], size) for name, size in sizes.items()]
            if metric == ACCURACY:
                parts = [(float(np.mean(scores)), sum(size for _, size in parts))]
            spreads[path] = spread_binomial(parts, scores)
    return spreads


def spread_binomial(parts: Sequence[tuple[float, int]], scores: Sequence[float]) -> Spread:
    """Return the spread of a mean of proportions, each of independent documents.

    Args:
        parts: proportion and number of documents: of all documents for accuracy, of each class for macro recall.
        scores: the score of each run; one, as of a published result, adds nothing.
    """
    of_documents = sum(share * (1 - share) / size for share, size in parts) / len(parts) ** 2
    of_runs = float(np.var(scores, ddof=1)) / len(scores) if len(scores) > 1 else 0.0
    documents = sum(size for _, size in parts)
    variance = of_documents + of_runs
    uncertain = of_documents**2 / max(1, documents - 1) + (of_runs**2 / (len(scores) - 1) if of_runs else 0.0)
    return Spread(variance**0.5, variance**2 / uncertain if uncertain > 0 else float(max(1, documents - 1)))

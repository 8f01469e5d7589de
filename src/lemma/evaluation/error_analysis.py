"""Error analysis on test: accuracy in groups of documents, disagreement of two models, most confident mistakes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.splits import TEST, TRAIN
from lemma.corpus.tokens import Corpus
from lemma.evaluation.uncertainty import compute_interval, spread_accuracy

GROUPS = 5  # of documents by length
MISTAKES = 8  # kept for a model
UNSEEN = ((0, 0), (0, 0.05), (0.05, 0.1), (0.1, 1))  # groups of documents by their share of unseen tokens: above, up to
CONTRAST = frozenset(  # English words of negation and contrast
    ("not", "n't", "no", "never", "nor", "neither", "nothing", "cannot")
    + ("but", "however", "although", "though", "yet", "despite", "while", "instead")
)


@dataclass(frozen=True)
class TestedRuns:
    """The predictions of all models on test.

    Attributes:
        splits: for each run, (documents,) split of each document.
        probabilities: for each model and run, (documents, classes).
        labels: (documents,) true classes.
    """

    splits: Sequence[NDArray[Any]]
    probabilities: Mapping[str, Sequence[NDArray[Any]]]
    labels: NDArray[Any]

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of runs that have a document in their test split: (documents,)."""
        counts: NDArray[np.int64] = np.sum([split == TEST for split in self.splits], axis=0)
        return counts

    def mark_correct(self, model: str) -> NDArray[np.float64]:
        """Return whether each run classifies each document correctly, NaN if it does not test it: (runs, documents)."""
        correct = [array.argmax(axis=1) == self.labels for array in self.probabilities[model]]
        marks: NDArray[np.float64] = np.where(np.stack(self.splits) == TEST, np.stack(correct), np.nan)
        return marks

    def average(self, model: str) -> NDArray[np.float64]:
        """Return the mean probabilities over the runs that test a document, 0 if none does: (documents, classes)."""
        total = sum((split == TEST)[:, None] * array for split, array in zip(self.splits, self.probabilities[model]))
        means: NDArray[np.float64] = total / np.maximum(self.counts, 1)[:, None]
        return means


TestedRuns.__test__ = False  # type: ignore[attr-defined]  # pytest takes classes named Test... for tests


def analyze_errors(
    corpus: Corpus, tested: TestedRuns, tokens: Sequence[str], tests: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the error analysis of the reference model, and of the best linear model beside it.

    Args:
        corpus: the documents.
        tested: the predictions of all models.
        tokens: the distinct tokens by type id.
        tests: content of significance.json, which names the two models.

    Returns:
        length {MODEL: [GROUP]}, unseen [GROUP], contrast [GROUP], disagreement [OUTCOME] (empty without a linear model)
        and mistakes. GROUP = {low, high, accuracy, documents, interval: [low, high]}; OUTCOME = {reference, linear,
        fraction, documents, interval}.
    """
    reference, linear, level = tests["reference"], tests["linear"], tests["confidence"]
    used = np.flatnonzero(tested.counts > 0)
    marks = tested.mark_correct(reference)
    return {
        "length": {
            model: [
                _describe(low, high, tested.mark_correct(model), members, level)
                for low, high, members in group_by_length(corpus.lengths, used)
            ]
            for model in tested.probabilities
        },
        "unseen": [
            _describe(low, high, marks, members, level)
            for low, high, members in group_by_unseen(measure_unseen(corpus, tested.splits), used)
        ],
        "contrast": [
            _describe(value, value, marks, members, level) for value, members in group_by_contrast(corpus, tokens, used)
        ],
        "disagreement": compare_mistakes(tested, reference, linear, level) if linear not in (None, reference) else [],
        "mistakes": find_mistakes(corpus.labels, tested.average(reference), tested.counts),
    }


def _describe(
    low: float, high: float, marks: NDArray[np.float64], members: NDArray[np.int64], level: float
) -> dict[str, Any]:
    """Return the accuracy of a group of documents with its interval."""
    chosen = marks[:, members]
    accuracy = float(np.nanmean(chosen, axis=0).mean())
    interval = compute_interval(accuracy, spread_accuracy(chosen), level) if len(members) > 1 else (0.0, 1.0)
    bounds = [max(0.0, interval[0]), min(1.0, interval[1])]
    return {"low": low, "high": high, "accuracy": accuracy, "documents": len(members), "interval": bounds}


def group_by_length(
    lengths: NDArray[np.int64], tested: NDArray[np.int64]
) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
    """Yield the shortest and the longest length of groups of about equal size, and their documents.

    Documents of equal length are in one group, so there may be fewer than `GROUPS` groups.

    Args:
        lengths: (documents,) number of tokens.
        tested: indices of the documents to group.
    """
    ends = np.unique(np.quantile(lengths[tested], np.arange(1, GROUPS + 1) / GROUPS, method="inverted_cdf"))
    group_of = np.searchsorted(ends, lengths[tested])
    for group in range(len(ends)):
        members = tested[group_of == group]
        if len(members):
            yield int(lengths[members].min()), int(lengths[members].max()), members


def measure_unseen(corpus: Corpus, splits: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Return the share of tokens of each document that do not occur in the training split of its run: (documents,).

    With a fixed split, all runs share it; a document that no run tests, and one without tokens, has a share of 0.
    """
    shares = np.zeros(len(corpus))
    for place, split in enumerate(splits):
        if place and np.array_equal(split, splits[0]):
            continue
        known = np.zeros(corpus.types, dtype=bool)
        known[corpus.type_ids(np.flatnonzero(split == TRAIN))] = True
        documents = np.flatnonzero(split == TEST)
        unknown = np.concatenate([[0], np.cumsum(~known[corpus.type_ids(documents)])])
        lengths = corpus.lengths[documents]
        stops = np.cumsum(lengths)
        shares[documents] = (unknown[stops] - unknown[stops - lengths]) / np.maximum(lengths, 1)
    return shares


def group_by_unseen(
    shares: NDArray[np.float64], tested: NDArray[np.int64]
) -> Iterator[tuple[float, float, NDArray[np.int64]]]:
    """Yield the bounds of groups of documents by their share of unseen tokens, and the documents."""
    for low, high in UNSEEN:
        members = tested[(shares[tested] <= high) & ((shares[tested] > low) | (high == 0))]
        if len(members):
            yield low, high, members


def group_by_contrast(
    corpus: Corpus, tokens: Sequence[str], tested: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield 1 and the documents that hold an English word of negation or contrast, 0 and those that hold none.

    Nothing is yielded if no document holds one, as in another language.
    """
    known = np.array([token.lower() in CONTRAST for token in tokens], dtype=bool)
    lengths = corpus.lengths[tested]
    stops = np.cumsum(lengths)
    hits = np.concatenate([[0], np.cumsum(known[corpus.type_ids(tested)])])
    holds = hits[stops] > hits[stops - lengths]
    if holds.any() and not holds.all():
        yield 1, tested[holds]
        yield 0, tested[~holds]


def compare_mistakes(tested: TestedRuns, reference: str, linear: str, level: float) -> list[dict[str, Any]]:
    """Return how often both models, one of them or neither classifies a document correctly, over pairs of runs.

    Args:
        tested: the predictions.
        reference: the first model.
        linear: the second model.
        level: confidence level of the intervals.
    """
    first, second = tested.mark_correct(reference), tested.mark_correct(linear)
    used = tested.counts > 0
    outcomes = []
    for right, other in ((1, 1), (1, 0), (0, 1), (0, 0)):
        pairs = np.where(np.isnan(first), np.nan, (first == right) & (second == other))[:, used]
        fraction = float(np.nanmean(pairs, axis=0).mean())
        low, high = compute_interval(fraction, spread_accuracy(pairs), level)
        outcomes.append(
            {
                "reference": bool(right),
                "linear": bool(other),
                "fraction": fraction,
                "documents": int(used.sum()),
                "interval": [max(0.0, low), min(1.0, high)],
            }
        )
    return outcomes


def find_mistakes(labels: NDArray[Any], probabilities: NDArray[Any], test_runs: NDArray[Any]) -> list[dict[str, Any]]:
    """Return the misclassified documents with the highest probability of the predicted class, the highest first.

    Args:
        labels: (documents,) true class indices.
        probabilities: (documents, classes) mean over the runs that test the document.
        test_runs: (documents,) number of runs that test the document; the others are ignored.

    Returns:
        [{document, true, predicted, confidence}], at most `MISTAKES`; ties are in the order of the documents.
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero((test_runs > 0) & (predicted != labels))
    confidences = probabilities[wrong, predicted[wrong]]
    chosen = wrong[np.argsort(-confidences, kind="stable")[:MISTAKES]]
    return [
        {
            "document": int(document),
            "true": int(labels[document]),
            "predicted": int(predicted[document]),
            "confidence": float(probabilities[document, predicted[document]]),
        }
        for document in chosen
    ]

"""Statistics of the splits of a data set: documents by class, document lengths, vocabulary, tokens not in train.

The tokenized corpus is read block by block: memory holds a few numbers for each document and a few bytes for each type.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.splits import SPLITS, TRAIN
from lemma.corpus.tokens import Corpus

BLOCK = 10_000  # documents read at a time
BINS = 24  # of the histogram of lengths; the last one has no upper end
PERCENTILES = (5, 25, 50, 75, 95, 99)


def compute_statistics(corpus: Corpus, run: int) -> dict[str, Any]:
    """Return statistics of the data set and of each split of a run, as they stand in card.json.

    Lengths are in tokens. `unseen_tokens` is the fraction of a split's tokens that do not occur in the training set,
    `unseen_types` the fraction of its distinct tokens.
    """
    splits, lengths = corpus.splits(run), corpus.lengths
    width = max(1, int(np.ceil(np.percentile(lengths, 99) / (BINS - 1))))
    present = np.zeros((len(SPLITS), corpus.types), bool)
    for number, ids in _iterate_splits(corpus, splits):
        present[number, ids] = True
    tokens, unseen = np.zeros((2, len(SPLITS)), np.int64)
    for number, ids in _iterate_splits(corpus, splits):
        tokens[number] += len(ids)
        unseen[number] += np.count_nonzero(~present[TRAIN, ids])
    types, new = present.sum(axis=1), (present & ~present[TRAIN]).sum(axis=1)
    return {
        "run": run,
        "words": _summarize_lengths(lengths),
        "vocabulary": int(types[TRAIN]),
        "types": corpus.types,
        "bin": width,
        "parts": [
            {
                "part": name,
                "documents": int((splits == number).sum()),
                "classes": _count_classes(corpus, splits == number),
                "words": _summarize_lengths(lengths[splits == number]),
                "histogram": _count_lengths(lengths[splits == number], width),
                "tokens": int(tokens[number]),
                "types": int(types[number]),
                "unseen_tokens": _fraction(unseen[number], tokens[number]),
                "unseen_types": _fraction(new[number], types[number]),
            }
            for number, name in enumerate(SPLITS)
        ],
    }


def count_documents(corpus: Corpus) -> dict[str, dict[str, int]]:
    """Return the number of documents of each fixed split, or of each fold, by class."""
    folds = corpus.protocol["kind"] == "folds"
    return {
        f"fold {number}" if folds else SPLITS[number]: dict(
            zip(corpus.classes, _count_classes(corpus, corpus.split == number))
        )
        for number in np.unique(corpus.split).tolist()
    }


def _iterate_splits(corpus: Corpus, splits: NDArray[np.int8]) -> Iterator[tuple[int, NDArray[np.int32]]]:
    """Yield the number of a split and the token ids of some of its documents, until all documents are read."""
    for start, stop, ids in corpus.blocks(BLOCK):
        token_splits = np.repeat(splits[start:stop], np.diff(corpus.offsets[start : stop + 1]))
        for number in range(len(SPLITS)):
            yield number, ids[token_splits == number]


def _count_classes(corpus: Corpus, chosen: NDArray[np.bool_]) -> list[int]:
    """Return the number of chosen documents of each class."""
    counts: list[int] = np.bincount(corpus.labels[chosen], minlength=len(corpus.classes)).tolist()
    return counts


def _summarize_lengths(lengths: NDArray[np.int64]) -> dict[str, float]:
    """Return mean, standard deviation, minimum, median, maximum and percentiles."""
    percentiles = np.percentile(lengths, PERCENTILES).round(2).tolist()
    return {
        "mean": round(float(lengths.mean()), 4),
        "std": round(float(lengths.std()), 4),
        "min": int(lengths.min()),
        "median": float(np.median(lengths)),
        "max": int(lengths.max()),
        **{f"p{percent}": value for percent, value in zip(PERCENTILES, percentiles)},
    }


def _count_lengths(lengths: NDArray[np.int64], width: int) -> list[int]:
    """Return documents by length: bin k is for k * width to (k + 1) * width - 1 tokens, the last bin for all longer."""
    counts: list[int] = np.bincount(np.minimum(lengths // width, BINS - 1), minlength=BINS).tolist()
    return counts


def _fraction(count: np.int64, total: np.int64) -> float | None:
    return round(float(count / total), 6) if total else None

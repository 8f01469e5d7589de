"""What the parts of a data set hold: documents by class, lengths, words, and words that training lacks.

Counted from the tokenized corpus, block by block: memory holds a few numbers a document and a few bytes a word type.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.splits import SPLITS, TRAIN
from lemma.corpus.tokens import Corpus

BLOCK = 10_000  # documents at a time
BINS = 24  # of the histogram of lengths, at most; the last one is open
PERCENT = (5, 25, 50, 75, 95, 99)


def composition(corpus: Corpus, run: int) -> dict[str, Any]:
    """Return the lengths of all documents, the words of training, and each part as run `run` sees it.

    Lengths are in words. A word is unseen if the training part lacks it: `unseen_tokens` is the share of a part's words
    that are, `unseen_types` of its different ones.
    """
    parts, lengths = corpus.splits(run), corpus.lengths
    width = max(1, int(np.ceil(np.percentile(lengths, 99) / (BINS - 1))))
    present = np.zeros((len(SPLITS), corpus.types), bool)
    for number, ids in _by_part(corpus, parts):
        present[number, ids] = True
    tokens, unseen = np.zeros((2, len(SPLITS)), np.int64)
    for number, ids in _by_part(corpus, parts):
        tokens[number] += len(ids)
        unseen[number] += np.count_nonzero(~present[TRAIN, ids])
    types, new = present.sum(axis=1), (present & ~present[TRAIN]).sum(axis=1)
    return {
        "run": run,
        "words": _spread(lengths),
        "vocabulary": int(types[TRAIN]),
        "types": corpus.types,
        "bin": width,
        "parts": [
            {
                "part": name,
                "documents": int((parts == number).sum()),
                "classes": _by_class(corpus, parts == number),
                "words": _spread(lengths[parts == number]),
                "histogram": _histogram(lengths[parts == number], width),
                "tokens": int(tokens[number]),
                "types": int(types[number]),
                "unseen_tokens": _share(unseen[number], tokens[number]),
                "unseen_types": _share(new[number], types[number]),
            }
            for number, name in enumerate(SPLITS)
        ],
    }


def by_place(corpus: Corpus) -> dict[str, dict[str, int]]:
    """Return documents by fixed part, or by fold, and by class."""
    folds = corpus.protocol["kind"] == "folds"
    return {
        f"fold {number}" if folds else SPLITS[number]: dict(
            zip(corpus.classes, _by_class(corpus, corpus.split == number))
        )
        for number in np.unique(corpus.split).tolist()
    }


def _by_part(corpus: Corpus, parts: NDArray[np.int8]) -> Iterator[tuple[int, NDArray[np.int32]]]:
    """Yield the number of a part and ids of words in it, until the whole corpus has passed."""
    for start, stop, ids in corpus.blocks(BLOCK):
        part = np.repeat(parts[start:stop], np.diff(corpus.offsets[start : stop + 1]))
        for number in range(len(SPLITS)):
            yield number, ids[part == number]


def _by_class(corpus: Corpus, chosen: NDArray[np.bool_]) -> list[int]:
    counts: list[int] = np.bincount(corpus.labels[chosen], minlength=len(corpus.classes)).tolist()
    return counts


def _spread(lengths: NDArray[np.int64]) -> dict[str, float]:
    """Return mean, standard deviation, extremes and quantiles."""
    quantiles = np.percentile(lengths, PERCENT).round(2).tolist()
    return {
        "mean": round(float(lengths.mean()), 4),
        "std": round(float(lengths.std()), 4),
        "min": int(lengths.min()),
        "median": float(np.median(lengths)),
        "max": int(lengths.max()),
        **{f"p{percent}": value for percent, value in zip(PERCENT, quantiles)},
    }


def _histogram(lengths: NDArray[np.int64], width: int) -> list[int]:
    """Return documents by length: bin k holds those of k * width to (k + 1) * width - 1 words, the last the rest."""
    counts: list[int] = np.bincount(np.minimum(lengths // width, BINS - 1), minlength=BINS).tolist()
    return counts


def _share(some: np.int64, whole: np.int64) -> float | None:
    return round(float(some / whole), 6) if whole else None

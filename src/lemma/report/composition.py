"""What the parts of a data set hold: documents by class, lengths, words, and words that training lacks.

Counted from the tokenized corpus, block by block.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.data.corpus import Corpus
from lemma.data.splits import PARTS, TRAIN

BLOCK = 10_000  # documents at a time
BINS = 24  # of the histogram of lengths; what is longer than 99 of 100 documents is in the last one
PERCENT = (5, 25, 50, 75, 95, 99)


def composition(corpus: Corpus, run: int) -> dict[str, Any]:
    """Return the words of all documents, the vocabulary, and each part as run `run` sees it.

    A word is unseen if the training part lacks it; the shares are of tokens, and of types.
    """
    parts = corpus.parts(run)
    counts = np.zeros((len(PARTS), corpus.types), np.int64)
    for start, stop, ids in corpus.blocks(BLOCK):
        part_of = np.repeat(parts[start:stop], corpus.lengths[start:stop])
        for number in range(len(PARTS)):
            counts[number] += np.bincount(ids[part_of == number], minlength=corpus.types)
    lengths = corpus.lengths
    width = max(1, int(np.ceil(np.percentile(lengths, 99) / BINS)))
    known = counts[TRAIN] > 0
    return {
        "run": run,
        "words": _lengths(lengths),
        "vocabulary": int(known.sum()),
        "types": corpus.types,
        "parts": [
            {
                "part": name,
                "documents": int((parts == number).sum()),
                "classes": np.bincount(corpus.labels[parts == number], minlength=len(corpus.classes)).tolist(),
                "words": _lengths(lengths[parts == number]),
                "histogram": _histogram(lengths[parts == number], width),
                "tokens": int(counts[number].sum()),
                "types": int((counts[number] > 0).sum()),
                "unseen_tokens": _share(counts[number][~known].sum(), counts[number].sum()),
                "unseen_types": _share((counts[number][~known] > 0).sum(), (counts[number] > 0).sum()),
            }
            for number, name in enumerate(PARTS)
        ],
        "bin": width,
    }


def by_place(corpus: Corpus) -> dict[str, dict[str, int]]:
    """Return documents by fixed part, or by fold, and by class."""
    folds = corpus.protocol["kind"] == "folds"
    return {
        f"fold {number}" if folds else PARTS[number]: dict(
            zip(
                corpus.classes,
                np.bincount(corpus.labels[corpus.part == number], minlength=len(corpus.classes)).tolist(),
                strict=True,
            )
        )
        for number in np.unique(corpus.part).tolist()
    }


def _lengths(lengths: NDArray[np.int64]) -> dict[str, float]:
    """Return the spread of lengths, in words."""
    quantiles = np.percentile(lengths, PERCENT)
    return {
        "mean": round(float(lengths.mean()), 4),
        "std": round(float(lengths.std()), 4),
        "min": int(lengths.min()),
        "max": int(lengths.max()),
        "median": float(np.median(lengths)),
        **{f"p{percent}": round(float(value), 2) for percent, value in zip(PERCENT, quantiles)},
    }


def _histogram(lengths: NDArray[np.int64], width: int) -> list[int]:
    """Return documents by length: bin k holds those of k * width to (k + 1) * width - 1 words, the last the rest."""
    found = np.bincount(np.minimum(lengths // width, BINS - 1), minlength=BINS)
    return [int(number) for number in found]


def _share(some: np.int64, all_: np.int64) -> float | None:
    return round(float(some / all_), 6) if all_ else None

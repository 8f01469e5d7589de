"""What the report says of how sure models are, where they err, and of what they were surest and wrong."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from lemma.errors import InputError
from lemma.report.numbers import Number, number, over_runs, plain

SHOWN = 3  # mistakes
LONGEST = 170  # characters of one


def calibrations(held: Mapping[str, Any], models: list[str], source: str) -> list[dict[str, Any]]:
    """Return each model's expected calibration error on test, in points; `held` is the curves by model."""
    return [
        {"model": model, "ece": over_runs([100 * value for value in held[model]["ece"]], "%", source)}
        for model in models
    ]


def bins(held: Mapping[str, Any], source: str) -> Number:
    """Return into how many bins of equal width the calibration error divides the confidences."""
    one = next(each for model in held.values() for each in model["bins"])
    return number(round(1 / (one["high"] - one["low"])), "bins", 1, source)


def lengths(held: list[dict[str, Any]], source: str) -> list[dict[str, Any]]:
    """Return a model's accuracy on test by length: {words, accuracy}, shortest first."""
    return [
        {
            "words": f"{row['low']}" if row["low"] == row["high"] else f"{row['low']}–{row['high']}",
            "accuracy": number(100 * row["accuracy"], "%", row["documents"], source),
        }
        for row in held
    ]


def confusion(held: list[list[int]], source: str) -> list[list[Number]]:
    """Return, for each true class, what share of its test documents went to each class, in per cent, all runs together.

    Args:
        held: documents by true class (row) and predicted class (column).
    """
    return [
        [number(100 * count / sum(row) if sum(row) else None, "%", sum(row), source) for count in row] for row in held
    ]


def mistakes(held: list[dict[str, Any]], documents: Path, classes: list[str], source: str) -> list[dict[str, Any]]:
    """Return the surest mistakes with their texts: [{text, true, predicted, confidence}].

    Args:
        held: as evaluation wrote them.
        documents: the file that `lemma prepare` wrote.
        classes: names, in the order of the columns.
        source: of the numbers.

    Raises:
        InputError: `documents` lacks one of them.
    """
    chosen = held[:SHOWN]
    if not chosen:
        return []
    texts = pq.read_table(documents, columns=["text"]).column("text")
    if max(one["document"] for one in chosen) >= len(texts):
        raise InputError(f"{documents} has {len(texts)} documents, fewer than were evaluated.", "Run `lemma prepare`.")
    return [
        {
            "text": plain(texts[one["document"]].as_py(), LONGEST),
            "true": plain(classes[one["true"]], 40),
            "predicted": plain(classes[one["predicted"]], 40),
            "confidence": number(100 * one["confidence"], "%", 1, source),
        }
        for one in chosen
    ]

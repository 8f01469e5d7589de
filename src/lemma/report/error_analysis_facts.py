"""Facts about calibration, accuracy by length, confusions and the most confident mistakes, from curves.json."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lemma.corpus.documents import read_documents, read_range
from lemma.errors import InputError
from lemma.report.numbers import Number, number, over_runs, plain

SHOWN = 2  # mistakes
LONGEST = 170  # characters of a mistake


def gather_calibration(calibration: Mapping[str, Any], models: list[str], source: str) -> list[dict[str, Any]]:
    """Return the expected calibration error of each model on test, in points.

    Args:
        calibration: the entry `calibration` of curves.json.
        models: names in the order of the report.
        source: path of curves.json.
    """
    return [
        {"model": model, "ece": over_runs([100 * error for error in calibration[model]["ece"]], "%", source)}
        for model in models
    ]


def count_bins(calibration: Mapping[str, Any], source: str) -> Number:
    """Return the number of bins of equal width of the calibration error."""
    any_bin = next(model_bin for model in calibration.values() for model_bin in model["bins"])
    return number(round(1 / (any_bin["high"] - any_bin["low"])), "bins", 1, source)


def gather_groups(curves: Mapping[str, Any], reference: str, source: str) -> dict[str, list[dict[str, Any]]]:
    """Return the accuracy of the reference model on groups of test documents, with intervals.

    Args:
        curves: the content of curves.json.
        reference: the reference model.
        source: path of curves.json.

    Returns:
        {lengths, unseen, contrast}: [{name, documents, accuracy}] by length, by share of unseen tokens, and with and
        without a word of negation or contrast.
    """
    return {
        "lengths": [_describe_group(group, _name_range(group), source) for group in curves["length"][reference]],
        "unseen": [_describe_group(group, _name_share(group), source) for group in curves["unseen"]],
        "contrast": [
            _describe_group(group, "with" if group["low"] else "without", source) for group in curves["contrast"]
        ],
    }


def _describe_group(group: dict[str, Any], name: str, source: str) -> dict[str, Any]:
    n, (low, high) = group["documents"], group["interval"]
    accuracy = number(100 * group["accuracy"], "%", n, source, low=100 * low, high=100 * high)
    return {"name": name, "documents": number(n, "documents", n, source), "accuracy": accuracy}


def _name_range(group: dict[str, Any]) -> str:
    return f"{group['low']}" if group["low"] == group["high"] else f"{group['low']}–{group['high']}"


def _name_share(group: dict[str, Any]) -> str:
    low, high = (f"{100 * group[end]:g}" for end in ("low", "high"))
    if group["high"] == 0:
        return "0"
    return f"over {low}" if group["high"] == 1 else f"up to {high}" if group["low"] == 0 else f"{low}–{high}"


def gather_disagreement(outcomes: list[dict[str, Any]], source: str) -> list[dict[str, Any]]:
    """Return how often the reference and the best linear model classify a document correctly: both, one, neither.

    Args:
        outcomes: the entry `disagreement` of curves.json.
        source: path of curves.json.

    Returns:
        [{reference, linear, fraction, documents}]: the fraction in per cent with its interval, and the mean number of
        documents over runs.
    """
    rows = []
    for outcome in outcomes:
        n, (low, high) = outcome["documents"], outcome["interval"]
        fraction = number(100 * outcome["fraction"], "%", n, source, low=100 * low, high=100 * high)
        documents = number(outcome["fraction"] * n, "documents", n, source)
        rows.append({**{key: outcome[key] for key in ("reference", "linear")}, "fraction": fraction})
        rows[-1]["documents"] = documents
    return rows


def gather_confusion(matrix: list[list[int]], source: str) -> list[list[Number]]:
    """Return the confusion matrix as percentages of the true class.

    Args:
        matrix: documents by true class (row) and predicted class (column), over all runs.
        source: path of curves.json.
    """
    return [
        [number(100 * count / sum(row) if sum(row) else None, "%", sum(row), source) for count in row] for row in matrix
    ]


def gather_mistakes(
    mistakes: list[dict[str, Any]], documents: Path, classes: list[str], source: str
) -> list[dict[str, Any]]:
    """Return the most confident mistakes with their texts: [{text, true, predicted, confidence}].

    Args:
        mistakes: the entry `mistakes` of curves.json.
        documents: path of the documents; only these documents are read.
        classes: names of the classes in the order of the columns.
        source: path of curves.json.

    Raises:
        InputError: `documents` is damaged or has fewer documents than were evaluated.
    """
    shown = mistakes[:SHOWN]
    texts = _read_texts(documents, {mistake["document"] for mistake in shown})
    return [
        {
            "text": plain(texts[mistake["document"]], LONGEST),
            "true": plain(classes[mistake["true"]], 40),
            "predicted": plain(classes[mistake["predicted"]], 40),
            "confidence": number(100 * mistake["confidence"], "%", 1, source),
        }
        for mistake in shown
    ]


def _read_texts(path: Path, wanted: set[int]) -> dict[int, str]:
    """Return the texts of the documents with these indices."""
    if not wanted:
        return {}
    _, documents = read_documents(path)
    total = documents.metadata.num_rows
    if max(wanted) >= total:
        raise InputError(f"{path} has {total} documents, fewer than were evaluated.", "Run `lemma prepare` again.")
    return {index: next(read_range(documents, path, index, index + 1)).column("text")[0].as_py() for index in wanted}

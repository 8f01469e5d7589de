"""Do two experiments differ? For each model that both have: a difference, its interval and a corrected p-value.

Predictions are compared where both experiments' trainings are there (`by_documents`), else kept scores (`by_runs`).
"""

from dataclasses import replace
from pathlib import Path

from lemma import params as parameters
from lemma.errors import InputError, choose
from lemma.evaluation.significance import holm
from lemma.experiments.by_documents import by_documents
from lemma.experiments.by_runs import by_runs
from lemma.experiments.comparison import DOCUMENTS, FOLDS, PAIRED_RUNS, RUNS, Comparison, Difference
from lemma.experiments.predictions import NoPredictionsError
from lemma.experiments.recorded import Results, load
from lemma.report.numbers import MISSING, count

SPLITS = ("dev", "test")


def compare(
    root: Path, first: str, second: str, dataset: str | None = None, model: str | None = None, split: str = "dev"
) -> list[Comparison]:
    """Compare two experiments on all data sets and models that they share; p-values are corrected for all together.

    Args:
        root: the folder that holds params.yaml.
        first: name of an experiment, or `params.yaml` or `.` for the present results.
        second: likewise; differences are its scores less those of the first.
        dataset: the only data set to compare on.
        model: the only model to compare.
        split: dev or test.

    Raises:
        InputError: an experiment has no results, they share no data set or model, were scored on different documents,
            or there is nothing from which to draw a conclusion.
    """
    if split not in SPLITS:
        raise choose("split", split, list(SPLITS))
    settings = parameters.load(root / "params.yaml").evaluate
    one, other = load(root, first), load(root, second)
    comparisons = []
    for name, models in _shared(one, other, dataset, model):
        try:
            comparisons.append(by_documents(one, other, name, models, split, settings))
        except NoPredictionsError as error:
            comparisons.append(by_runs(one, other, name, models, split, settings.confidence, str(error)))
    return _corrected(comparisons, one, other)


def _corrected(comparisons: list[Comparison], one: Results, other: Results) -> list[Comparison]:
    """Correct p-values for their number (Holm 1979)."""
    p = [row.p for comparison in comparisons for row in comparison.differences if row.p is not None]
    if not p:
        raise InputError(
            f"There is nothing to judge the differences of {one.name} and {other.name} by: their scores do not vary "
            f"over runs, or are of one run, and predictions are not there ({comparisons[0].reason}).",
            _rerun(one, other),
        )
    corrected = iter(holm(p))
    return [
        replace(
            comparison,
            differences=[
                replace(row, p_holm=next(corrected) if row.p is not None else None) for row in comparison.differences
            ],
        )
        for comparison in comparisons
    ]


def _rerun(one: Results, other: Results) -> str:
    names = [results.name for results in (one, other) if results.costs and results.missing]
    return f"Run `lemma experiment run {' '.join(names or [one.name, other.name])}`, which trains again."


def _shared(one: Results, other: Results, dataset: str | None, model: str | None) -> list[tuple[str, list[str]]]:
    """Return the data sets that both experiments have, each with the models that both have on it."""
    datasets = [name for name in one.datasets if name in other.datasets]
    if not datasets:
        have = " and ".join(f"{', '.join(it.datasets)} ({it.name})" for it in (one, other))
        raise InputError(f"{one.name} and {other.name} share no data set: they have {have}.", "Compare two that do.")
    if dataset is not None and dataset not in datasets:
        raise choose("data set of both experiments", dataset, datasets)
    shared = {
        name: [it for it in one.models(name) if it in other.models(name)]
        for name in ([dataset] if dataset is not None else datasets)
    }
    models = list(dict.fromkeys(it for names in shared.values() for it in names))
    if not models:
        raise InputError(f"{one.name} and {other.name} share no model on {', '.join(shared)}.", "Compare two that do.")
    if model is not None and model not in models:
        raise choose("model of both experiments", model, models)
    chosen = {name: [it for it in names if model in (None, it)] for name, names in shared.items()}
    return [(name, names) for name, names in chosen.items() if names]


def table(comparisons: list[Comparison], first: str, second: str, confidence: float, resamples: int) -> str:
    """Return the comparisons as text: a table for each data set, and a sentence on how it was made.

    Args:
        comparisons: of two experiments.
        first: name of the one.
        second: name of the other.
        confidence: of the intervals.
        resamples: of the bootstrap.
    """
    number = sum(row.p is not None for comparison in comparisons for row in comparison.differences)
    blocks = [_block(comparison, first, second, confidence, resamples) for comparison in comparisons]
    corrected = [f"p is corrected for {number} comparisons (Holm 1979)."] if number > 1 else []
    return "\n\n".join([*blocks, *corrected])


def _block(comparison: Comparison, first: str, second: str, confidence: float, resamples: int) -> str:
    level = f"{100 * confidence:g} % interval"
    header = ["model", first, second, "difference", level, "p (Holm)"]
    rows = [header, *(_cells(row) for row in comparison.differences)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        "  ".join([cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))])
        for cells in rows
    ]
    title = f"{comparison.dataset}, {comparison.split}: {comparison.metric} in %, mean over runs"
    return "\n".join([f"{title}; difference = {second} − {first}", *lines, *_method(comparison, resamples)])


def _cells(row: Difference) -> list[str]:
    interval = f"{_points(row.low)} to {_points(row.high)}" if row.low is not None else MISSING
    p = MISSING if row.p_holm is None else "< 0.001" if row.p_holm < 0.001 else f"{row.p_holm:.3f}"
    return [row.model, f"{100 * row.first:.1f}", f"{100 * row.second:.1f}", _points(row.difference), interval, p]


def _points(value: float | None) -> str:
    """Return a difference in percentage points, with its sign."""
    text = MISSING if value is None else f"{100 * value:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text


def _method(comparison: Comparison, resamples: int) -> list[str]:
    """Return on what an interval and a p-value rest, in sentences."""
    if comparison.by == DOCUMENTS:
        (documents,) = comparison.size
        return [
            f"Paired bootstrap over {count(documents)} documents, {count(resamples)} resamples; the trained models are "
            "held fixed."
        ]
    one, *other = comparison.size
    fixed = "the documents are held fixed: this says nothing of other documents."
    sentences = {
        FOLDS: f"Student's t over {one} folds, which share training documents: intervals are somewhat too narrow.",
        PAIRED_RUNS: f"Student's t over {one} pairs of runs; {fixed}",
        RUNS: f"Welch's t over {one} and {sum(other)} runs; {fixed}",
    }
    lines = [sentences[comparison.by], f"No bootstrap over documents, since {comparison.reason}."]
    if any(row.p is None for row in comparison.differences):
        lines.append(f"{MISSING}: nothing varies over the runs.")
    return lines

"""The output of `lemma experiment compare`: the values that differ, and a table for each data set with its method."""

from lemma.experiments.comparison import DOCUMENTS, FOLDS, PAIRED_RUNS, RUNS, Comparison, Comparisons, Difference
from lemma.report.numbers import MISSING, count

FIXED = "the documents are held fixed. The interval does not account for the sampling of documents."


def format_comparisons(comparisons: Comparisons, confidence: float, resamples: int) -> str:
    """Return the comparisons as text.

    Args:
        comparisons: of two experiments.
        confidence: level of the intervals.
        resamples: of the bootstrap.
    """
    blocks = [_format_values(comparisons)]
    blocks += [_format_comparison(item, comparisons, confidence, resamples) for item in comparisons.items]
    number = sum(row.p is not None for item in comparisons.items for row in item.differences)
    remarks = [
        f"{dataset}: {', '.join(models)} not compared: identical values in both experiments."
        for dataset, models in comparisons.identical.items()
    ]
    remarks += comparisons.notes
    remarks += [f"p is corrected for {number} comparisons (Holm, 1979)."] if number > 1 else []
    return "\n\n".join([*blocks, "\n".join(remarks)] if remarks else blocks)


def _format_values(comparisons: Comparisons) -> str:
    """Return the table of the values that differ, which include experiment.runs."""
    if not comparisons.values:
        return "No value that determines the scores differs."
    rows = [("value", comparisons.first, comparisons.second), *comparisons.values]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in rows)


def _format_comparison(comparison: Comparison, comparisons: Comparisons, confidence: float, resamples: int) -> str:
    first, second = comparisons.first, comparisons.second
    header = ["model", first, second, "difference", f"{100 * confidence:g} % interval", "p (Holm)"]
    rows = [header, *(_format_row(row) for row in comparison.differences)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        "  ".join([cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))])
        for cells in rows
    ]
    title = f"{comparison.dataset}, {comparison.split}: {comparison.metric} in %, mean over runs"
    remarks = _describe_method(comparison, resamples) + _describe_selection(comparison, comparisons)
    return "\n".join([f"{title}; difference = {second} − {first}", *lines, *remarks])


def _format_row(row: Difference) -> list[str]:
    interval = f"{_format_points(row.low)} to {_format_points(row.high)}" if row.low is not None else MISSING
    p = MISSING if row.p_holm is None else "< 0.001" if row.p_holm < 0.001 else f"{row.p_holm:.3f}"
    return [row.model, f"{100 * row.first:.1f}", f"{100 * row.second:.1f}", _format_points(row.difference), interval, p]


def _format_points(value: float | None) -> str:
    """Return a difference in percentage points, with its sign."""
    text = MISSING if value is None else f"{100 * value:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text


def _describe_method(comparison: Comparison, resamples: int) -> list[str]:
    """Return sentences on the method of intervals and p-values."""
    if all(row.is_selected for row in comparison.differences):
        return []
    if comparison.by == DOCUMENTS:
        (documents,) = comparison.size
        return [
            f"Paired bootstrap over {count(documents)} documents, {count(resamples)} resamples; the trained models are "
            "held fixed."
        ]
    size, *second_size = comparison.size
    sentences = {
        FOLDS: f"Corrected resampled t test over {size} folds (Nadeau and Bengio, 2003), which share training "
        "documents.",
        PAIRED_RUNS: f"Student's t over {size} pairs of runs; {FIXED}",
        RUNS: f"Welch's t over {size} and {sum(second_size)} runs; {FIXED}",
    }
    lines = [sentences[comparison.by], f"No bootstrap over documents, since {comparison.reason}."]
    if any(row.p is None and not row.is_selected for row in comparison.differences):
        reason = "an experiment has only one run" if min(comparison.size) < 2 else "the scores do not vary over runs"
        lines.append(f"{MISSING}: no interval, since {reason}.")
    return lines


def _describe_selection(comparison: Comparison, comparisons: Comparisons) -> list[str]:
    """Return sentences on the models whose hyperparameters were selected on the split."""
    models: dict[tuple[str, ...], list[str]] = {}
    for row in comparison.differences:
        if row.is_selected:
            models.setdefault(tuple(comparisons.tuned[row.model]), []).append(row.model)
    return [
        f"{', '.join(names)}: hyperparameters were selected on this split (by {', '.join(tuned)}); the difference is "
        f"biased {'in favour of the tuned experiment' if len(tuned) == 1 else 'by different searches'}. "
        "No interval or p-value is given: use --split test."
        for tuned, names in models.items()
    ]

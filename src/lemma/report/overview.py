"""The summary that a finished workflow prints: a table of scores for each data set, the PDFs, and what to do next."""

from pathlib import Path
from typing import Any

from lemma.errors import LemmaError
from lemma.files import read_json
from lemma.layout import Layout

NEXT = (
    ("Next", "make ui", "compare the runs in MLflow"),
    ("", "datasets: in params.yaml", "your own texts: see docs/data.md"),
)


def overview(layout: Layout, datasets: list[str]) -> str:
    """Return the summary of a finished workflow, in lines of at most 100 characters for six models.

    It never fails: if facts.json cannot be read, the reason takes the place of the table.
    """
    tables = [_table_or_reason(layout, dataset) for dataset in datasets]
    pdfs = [("Solutions", layout.solutions, "to the exercises")]
    for dataset in datasets:
        pdfs += [("Report", layout.pdf(dataset), ""), ("Data card", layout.card_pdf(dataset), "")]
    lines = [f"{kind:<10} {_relative(layout, path):<32} {note}".rstrip() for kind, path, note in pdfs if path.exists()]
    lines += [f"{title:<10} {command:<32} {note}" for title, command, note in NEXT]
    return "\n\n".join([*tables, "\n".join(lines)])


def _table_or_reason(layout: Layout, dataset: str) -> str:
    try:
        return score_table(read_json(layout.facts(dataset)))
    except (LemmaError, OSError, LookupError, TypeError, ValueError) as error:
        return f"{dataset}: no score table ({type(error).__name__}: {error})"


def score_table(facts: dict[str, Any]) -> str:
    """Return a table of four lines: caption, models by descending test score, dev scores and test scores.

    Args:
        facts: the content of facts.json.
    """
    models = sorted(facts["models"], key=lambda model: -(model["scores"]["test"]["score"]["value"] or 0.0))
    runs = facts["runs"]["value"]
    caption = f"{facts['dataset']}: {'macro recall' if facts['balanced'] else 'accuracy'} in %"
    if runs > 1:
        caption += f", mean of {runs} runs ± half of the {facts['confidence']['text']} % confidence interval"
    columns = [[model["key"], *(_score(model["scores"][split]) for split in ("dev", "test"))] for model in models]
    widths = [max(map(len, column)) for column in columns]
    rows = [
        f"  {title:<5}" + "".join(f"  {column[row]:<{width}}" for column, width in zip(columns, widths))
        for row, title in enumerate(("", "dev", "test"))
    ]
    return "\n".join([caption, *(row.rstrip() for row in rows)])


def _score(scores: dict[str, Any]) -> str:
    """Return the score on a split, with half the width of its interval unless that is 0 or unknown."""
    score = scores["score"]
    high, value = score.get("high"), score["value"]
    half_width = "0.0" if high is None or value is None else f"{high - value:.1f}"
    return str(score["text"]) + (f" ±{half_width}" if half_width != "0.0" else "")


def _relative(layout: Layout, path: Path) -> str:
    return path.relative_to(layout.root).as_posix()

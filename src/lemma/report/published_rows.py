"""Published results for a data set, from resources/published.yaml, for the table beside our results."""

from pathlib import Path
from typing import Any

from lemma.params import yaml_reader

MOST = 6  # rows
UNKNOWN = "?"  # outside data that the source does not state


def read_published_rows(path: Path, dataset: str) -> list[dict[str, Any]]:
    """Return verified published scores on a data set, the highest first: [{method, outside, score, cited, full}].

    Of each work, the best score with each kind of outside data is kept. If these are too many, those without outside
    data are kept and the highest of the others.

    Args:
        path: of published.yaml.
        dataset: name of the data set; one that the file lacks has no rows.
    """
    content = yaml_reader.read(path)
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for table in content["tables"]:
        for entry in table["rows"]:
            if dataset not in entry["scores"] or not entry.get("verified", table["verified"]):
                continue
            work = content["works"][entry.get("work", table["work"])]
            if not str(work["short"]).endswith(")"):  # software, not a publication
                continue
            row: dict[str, Any] = {
                "method": str(entry["method"]),
                "outside": str(entry.get("extra", "none")),
                "score": float(entry["scores"][dataset]),
                "cited": _cite(str(work["short"])),
                "full": f"{work['short']}. {work['full']}",
            }
            key = (row["full"], row["outside"])
            if key not in best or row["score"] > best[key]["score"]:
                best[key] = row
    ranked = sorted(best.values(), key=lambda row: (row["outside"] != "none", -row["score"]))
    rows = sorted(ranked[:MOST], key=lambda row: -row["score"])
    return [
        {**row, "outside": row["outside"].replace(UNKNOWN, "not stated"), "score": _format_score(row["score"])}
        for row in rows
    ]


def _format_score(score: float) -> str:
    """Return a score with one decimal, or with two if it was published with two."""
    return f"{score:.1f}" if round(score, 1) == score else f"{score:.2f}"


def _cite(short: str) -> str:
    """Return "Kim, 2014" for "Kim (2014)"."""
    return short.removesuffix(")").replace(" (", ", ")

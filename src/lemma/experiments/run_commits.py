"""From which commit the runs of an experiment were trained: `reports/benchmark/NAME.json` keeps it by run."""

from pathlib import Path
from typing import Any

from lemma.tracking.checkout_tags import CODE
from lemma.tracking.run_names import git

Source = dict[str, Any]  # {commit, dirty}


def current_source(root: Path) -> Source | None:
    """Return the commit at `root`, and whether code or values differ from it; None outside of a git repository."""
    commit = git(root, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    return {"commit": commit, "dirty": bool(git(root, "status", "--porcelain", "--untracked-files=no", "--", *CODE))}


def sources_by_run(
    results: dict[str, Any], previous: dict[str, Any] | None, source: Source | None
) -> dict[str, Source]:
    """Return the source of each run, by its number as text.

    A run whose scores are those that were kept before was not trained again, and keeps its source.

    Args:
        results: of the runs, as `collect` gives them.
        previous: the results that were kept before, if any.
        source: the present one, of the runs that were trained now.
    """
    before, now = _scores(previous), _scores(results)
    kept = previous.get("sources", {}) if isinstance(previous, dict) else {}
    sources = {
        number: kept[number] if number in kept and before.get(number) == scores else source
        for number, scores in now.items()
    }
    return {number: known for number, known in sources.items() if known is not None}


def _scores(results: Any) -> dict[str, dict[tuple[str, str], Any]]:
    """Return all scores by the number of the run; none of results of another form."""
    scores: dict[str, dict[tuple[str, str], Any]] = {}
    try:
        for dataset, result in results["results"].items():
            for model, entry in result["metrics"]["models"].items():
                for of_run in entry["runs"]:
                    scores.setdefault(str(of_run["run"]), {})[dataset, model] = of_run
    except (KeyError, TypeError, AttributeError):
        return {}
    return scores

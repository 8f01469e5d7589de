"""The git commits that the runs of an experiment were trained from, recorded in `reports/benchmark/NAME.json`."""

from pathlib import Path
from typing import Any

from lemma.tracking.checkout_tags import CODE
from lemma.tracking.run_names import run_git

Source = dict[str, Any]  # {commit, dirty}


def current_source(root: Path) -> Source | None:
    """Return the commit at `root` and whether code or values differ from it; None outside of a git repository."""
    commit = run_git(root, "rev-parse", "--verify", "HEAD")
    if not commit:
        return None
    return {
        "commit": commit,
        "dirty": bool(run_git(root, "status", "--porcelain", "--untracked-files=no", "--", *CODE)),
    }


def sources_by_run(
    results: dict[str, Any], previous: dict[str, Any] | None, source: Source | None
) -> dict[str, Source]:
    """Return the source of each run, by the number of the run as text.

    A run whose scores are equal to the previous ones was not trained again, and keeps its source.

    Args:
        results: of the runs, from `collect_results`.
        previous: the results recorded before, if any.
        source: of the runs that were trained now.
    """
    before, now = _scores_by_run(previous), _scores_by_run(results)
    previous_sources = previous.get("sources", {}) if isinstance(previous, dict) else {}
    sources = {
        number: previous_sources[number] if number in previous_sources and before.get(number) == scores else source
        for number, scores in now.items()
    }
    return {number: run_source for number, run_source in sources.items() if run_source is not None}


def _scores_by_run(results: Any) -> dict[str, dict[tuple[str, str], Any]]:
    """Return all scores by the number of the run as text; nothing for results of another version."""
    scores: dict[str, dict[tuple[str, str], Any]] = {}
    try:
        for dataset, result in results["results"].items():
            for model, entry in result["metrics"]["models"].items():
                for of_run in entry["runs"]:
                    scores.setdefault(str(of_run["run"]), {})[dataset, model] = of_run
    except (KeyError, TypeError, AttributeError):
        return {}
    return scores

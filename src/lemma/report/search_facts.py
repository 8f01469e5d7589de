"""Facts about the tuning of hyperparameters: search spaces, numbers of trials, best trials."""

from collections.abc import Mapping
from typing import Any

from lemma.report.model_names import NAMES
from lemma.report.numbers import number
from lemma.report.result_facts import format_value

RANDOM = 10  # first trials of a search, drawn at random; as in `lemma.tuning.search`
PRUNED = "pruned"  # state of a trial that was stopped early


def gather_searches(searches: Mapping[str, dict[str, Any]], tune: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    """Return the searches that ran, and the data of their figure.

    Args:
        searches: the content of `tuned/DATASET/MODEL.json` by model.
        tune: the section `tune` of params.yaml.
        dataset: name of the data set.

    Returns:
        {models: [{key, name, trials, pruned, best, space: [{key, options, chosen}]}], guided, curves}: `best` is the
        best dev score in per cent, `guided` whether any search had more than its random trials, and `curves` the
        searches that ran.
    """
    completed = [search for search in searches.values() if search["best"]]
    return {
        "models": [
            _gather_search(search, tune["space"][search["model"]], f"tuned/{dataset}/{search['model']}.json")
            for search in completed
        ],
        "guided": any(len(search["trials"]) > RANDOM for search in completed),
        "curves": completed,
    }


def _gather_search(search: dict[str, Any], space: Mapping[str, Any], source: str) -> dict[str, Any]:
    states = [trial["state"] for trial in search["trials"]]
    n, best = len(states), search["best"]
    return {
        "key": search["model"],
        "name": NAMES.get(search["model"], search["model"]),
        "trials": number(n, "trials", n, source),
        "pruned": number(states.count(PRUNED), "trials", n, source),
        "best": number(100 * best["score"], "%", n, source),
        "space": [
            {"key": key, "options": _format_options(space[key]), "chosen": format_value(value)}
            for key, value in best["settings"].items()
        ],
    }


def _format_options(choice: Any) -> str:
    """Return the values of a search space, or its range, as text."""
    if isinstance(choice, Mapping):
        return f"{format_value(choice['low'])} to {format_value(choice['high'])}"
    return " or ".join(map(format_value, choice)) if any(isinstance(v, list) for v in choice) else format_value(choice)

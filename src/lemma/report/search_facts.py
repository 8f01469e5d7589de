"""What the report says of the searches for settings: what could be chosen, how often, and what was found."""

from collections.abc import Mapping
from typing import Any

from lemma.report.model_names import NAMES
from lemma.report.numbers import number
from lemma.report.result_facts import text

RANDOM = 10  # trials that every search draws at random first, as `lemma.tuning.search` says
PRUNED = "pruned"  # as a search calls a trial that it stopped


def searches(found: Mapping[str, dict[str, Any]], asked: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    """Return the searches that were made, and the curves of their figure.

    Args:
        found: the content of `tuned/DATASET/MODEL.json` by model.
        asked: the section `tune` of params.yaml, as plain values.
        dataset: name of the data set.

    Returns:
        {models: [{key, name, trials, pruned, best, space: [{key, options, chosen}]}], guided: whether any search went
        on after its random trials, curves: the contents of `found` that hold a search}; `best` is in per cent of the
        data set's metric, on dev.
    """
    made = [held for held in found.values() if held["best"]]
    return {
        "models": [
            _search(held, asked["space"][held["model"]], f"tuned/{dataset}/{held['model']}.json") for held in made
        ],
        "guided": any(len(held["trials"]) > RANDOM for held in made),
        "curves": made,
    }


def _search(held: dict[str, Any], space: Mapping[str, Any], source: str) -> dict[str, Any]:
    states = [trial["state"] for trial in held["trials"]]
    n, best = len(states), held["best"]
    return {
        "key": held["model"],
        "name": NAMES.get(held["model"], held["model"]),
        "trials": number(n, "trials", n, source),
        "pruned": number(states.count(PRUNED), "trials", n, source),
        "best": number(100 * best["score"], "%", n, source),
        "space": [
            {"key": key.replace("_", " "), "options": _options(space[key]), "chosen": text(value)}
            for key, value in best["settings"].items()
        ],
    }


def _options(choice: Any) -> str:
    """Return a list of values, or a range, as a reader takes it in at a glance."""
    if isinstance(choice, Mapping):
        return f"{text(choice['low'])} to {text(choice['high'])}"
    return "; ".join(text(value) for value in choice) if any(isinstance(v, list) for v in choice) else text(choice)

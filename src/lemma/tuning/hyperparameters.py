"""What training takes from a search: the best settings found, over those of params.yaml."""

from typing import Any

from lemma.errors import InputError
from lemma.files import read_json
from lemma.layout import Layout
from lemma.params import Section
from lemma.tuning.space import over


def tuned(layout: Layout, dataset: str, model: str, settings: Section, listed: bool = False) -> Section:
    """Return `settings` with the best found by `lemma tune` over them, or as they are where nothing was searched.

    `listed`: whether tune.models names the model; then a search must have been made.

    Raises:
        InputError: the file of the search is damaged or of another model, or a search that must be there is not.
    """
    path = layout.tuned(dataset, model)
    again = f"Run `lemma tune {dataset} {model}`."
    held = read_json(path) if path.exists() else {"model": model, "dataset": dataset, "best": None}
    best = _best(held, dataset, model)
    if best is None:
        raise InputError(f"{path} is no search for settings of {model} on {dataset}.", again)
    if listed and not held["best"]:
        raise InputError(f"tune.models names {model}, and {path} holds no search.", again)
    try:
        return over(settings, best)
    except InputError as error:
        raise InputError(f"{path}: {error.what}", again) from None


def _best(held: Any, dataset: str, model: str) -> dict[str, Any] | None:
    """Return the best settings, none of them where nothing was searched, and None where `held` is something else."""
    if not isinstance(held, dict) or (held.get("dataset"), held.get("model")) != (dataset, model) or "best" not in held:
        return None
    if held["best"] is None:
        return {}
    found = held["best"].get("settings") if isinstance(held["best"], dict) else None
    return found if isinstance(found, dict) and found else None

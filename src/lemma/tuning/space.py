"""From `tune.space` in params.yaml to a trial's settings.

An option may be a list or a section, which Optuna's categories cannot be: it goes by its JSON.
"""

from typing import TYPE_CHECKING, Any

from lemma.errors import InputError
from lemma.files import canonical
from lemma.params import Section, Tune

if TYPE_CHECKING:
    from optuna.trial import Trial

Searched = dict[str, Any]  # by setting: its options in a list, or {low, high, log}


def search_space(tune: Tune, model: str) -> Searched:
    """Return what a search may change of a model.

    Raises:
        InputError: nothing.
    """
    held: Searched = getattr(tune.space, model).model_dump(exclude_none=True)
    if not held:
        raise InputError(
            f"params.yaml: tune.space.{model} names nothing to search.",
            f"Write settings of {model} there, if it has any, or leave it out of tune.models.",
        )
    return held


def suggest(trial: "Trial", searched: Searched) -> dict[str, Any]:
    """Return the values that `trial` tries, by setting: whole numbers stay whole."""
    chosen: dict[str, Any] = {}
    for name, held in searched.items():
        if isinstance(held, list):
            spelled = {canonical(option): option for option in held}
            chosen[name] = spelled[trial.suggest_categorical(name, list(spelled))]
        elif isinstance(held["low"], int):
            chosen[name] = trial.suggest_int(name, held["low"], held["high"], log=held["log"])
        else:
            chosen[name] = trial.suggest_float(name, held["low"], held["high"], log=held["log"])
    return chosen


def first_trial(settings: Section, searched: Searched) -> dict[str, Any]:
    """Return what a search tries first, in Optuna's terms: the values of params.yaml, those outside the space left out.

    So a search never ends with less on dev than no search, and a small one is not lost in a large space.
    """
    held, found = settings.model_dump(), {}
    for name, choice in searched.items():
        if isinstance(choice, list):
            if held[name] in choice:
                found[name] = canonical(held[name])
        elif held[name] is not None and choice["low"] <= held[name] <= choice["high"]:
            found[name] = held[name]
    return found

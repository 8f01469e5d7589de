"""Convert `tune.space` of params.yaml to the values of a trial.

An option may be a list or a section, which Optuna does not allow as a category: it is represented by its JSON.
"""

from typing import TYPE_CHECKING, Any

from lemma.errors import InputError
from lemma.files import canonical
from lemma.params import Section, Tune

if TYPE_CHECKING:
    from optuna.trial import Trial

SearchSpace = dict[str, Any]  # by hyperparameter: a list of options, or {low, high, log}


def get_search_space(tune: Tune, model: str) -> SearchSpace:
    """Return the search space of a model.

    Raises:
        InputError: it is empty.
    """
    space: SearchSpace = getattr(tune.space, model).model_dump(exclude_none=True)
    if not space:
        raise InputError(
            f"params.yaml: tune.space.{model} is empty.",
            f"Add hyperparameters of {model} to it, or remove {model} from tune.models.",
        )
    return space


def suggest(trial: "Trial", space: SearchSpace) -> dict[str, Any]:
    """Return the values that a trial tries, by hyperparameter; integers stay integers."""
    values: dict[str, Any] = {}
    for name, domain in space.items():
        if isinstance(domain, list):
            option_by_json = {canonical(option): option for option in domain}
            values[name] = option_by_json[trial.suggest_categorical(name, list(option_by_json))]
        elif isinstance(domain["low"], int):
            values[name] = trial.suggest_int(name, domain["low"], domain["high"], log=domain["log"])
        else:
            values[name] = trial.suggest_float(name, domain["low"], domain["high"], log=domain["log"])
    return values


def first_trial(section: Section, space: SearchSpace) -> dict[str, Any]:
    """Return the first trial for Optuna: the values of params.yaml; values outside of the search space are left out.

    Therefore the best score of a search on dev is never below the score without a search.

    Args:
        section: the model's section of params.yaml.
        space: the search space.
    """
    defaults, values = section.model_dump(), {}
    for name, domain in space.items():
        if isinstance(domain, list):
            if defaults[name] in domain:
                values[name] = canonical(defaults[name])
        elif defaults[name] is not None and domain["low"] <= defaults[name] <= domain["high"]:
            values[name] = defaults[name]
    return values

"""Check that the present results were trained with the values that params.yaml has now."""

from typing import Any

from lemma.errors import InputError
from lemma.experiments.results import Results
from lemma.experiments.score_parameters import LATER, format_yaml, select_search
from lemma.models.metadata.settings import read_settings


def check_current_values(results: Results, dataset: str, model: str) -> bool:
    """Compare the values in each `model.zip` of the present results with `models` and `train` of params.yaml.

    Hyperparameters that a search chose are not compared.

    Returns:
        Whether all trainings exist and have been checked.

    Raises:
        InputError: values differ, or a model is damaged.
    """
    search = select_search(results.params, model)
    tuned = {name for name, space in search["space"].items() if space is not None} if search is not None else set()
    now = {f"models.{model}.{key}": value for key, value in results.params["models"][model].items()}
    now = {key: value for key, value in now.items() if key.rpartition(".")[2] not in tuned}
    now |= LATER | {f"train.{key}": value for key, value in results.params["train"].items()}
    is_complete = True
    for run in results.runs(dataset, model):
        path = results.layout.model(dataset, model, run)
        if not path.exists():
            is_complete = False
            continue
        then = _trained_values(read_settings(path, "Delete it and run `snakemake --cores 2`."), model)
        different = [
            f"{key} was {format_yaml(then[key])} and is {format_yaml(now[key])}"
            for key in sorted(now)
            if key in then and then[key] != now[key]
        ]
        if different:
            raise InputError(
                f"params.yaml is newer than the present results of {model} on {dataset}: in {path}, "
                f"{', '.join(different)}.",
                "Run `snakemake --cores 2` to bring the results up to date, or restore the values.",
            )
    return is_complete


def _trained_values(settings: dict[str, Any], model: str) -> dict[str, Any]:
    """Return the values that a model was trained with, by dotted key of params.yaml."""
    then = {f"models.{model}.{key}": value for key, value in settings.get("settings", {}).items()}
    return LATER | then | {f"train.{key}": value for key, value in settings.get("train", {}).items()}

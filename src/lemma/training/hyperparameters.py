"""The hyperparameters of a training: those of params.yaml, replaced by the best ones that a search found."""

from typing import Any

from lemma.errors import InputError
from lemma.files import read_json
from lemma.layout import Layout
from lemma.params import override
from lemma.params.section import SectionT


def tuned_hyperparameters(
    layout: Layout, dataset: str, model: str, defaults: SectionT, is_tuned: bool = False
) -> SectionT:
    """Return `defaults` with the values of the best trial of `lemma tune`, or unchanged where nothing was tuned.

    Args:
        layout: where the file of the search lies.
        dataset: name of the data set.
        model: name of the model.
        defaults: `models.MODEL` of params.yaml.
        is_tuned: whether `tune.models` names the model; then the file must hold a search.

    Raises:
        InputError: the file is damaged, belongs to another model or does not exist although the model is tuned.
    """
    path = layout.tuned(dataset, model)
    fix = f"Run `lemma tune {dataset} {model}`."
    content = read_json(path) if path.exists() else {"model": model, "dataset": dataset, "best": None}
    values = _best_values(content, dataset, model)
    if values is None:
        raise InputError(f"{path} is no search for settings of {model} on {dataset}.", fix)
    if is_tuned and not content["best"]:
        raise InputError(f"tune.models names {model}, and {path} holds no search.", fix)
    try:
        return override(defaults, values)
    except InputError as error:
        raise InputError(f"{path}: {error.what}", fix) from None


def _best_values(content: Any, dataset: str, model: str) -> dict[str, Any] | None:
    """Return the values of the best trial, {} if nothing was tuned, None if `content` is not such a file."""
    if not isinstance(content, dict) or "best" not in content:
        return None
    if (content.get("dataset"), content.get("model")) != (dataset, model):
        return None
    best = content["best"]
    if best is None:
        return {}
    values = best.get("settings") if isinstance(best, dict) else None
    return values if isinstance(values, dict) and values else None

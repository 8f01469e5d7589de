"""Stage `tune`: search for the hyperparameters of a model on one data set and write them to a file for training.

The stage has a job for every model, so that the graph does not depend on tune.models. For a model that tune.models does
not list, the file says that there was no search.
"""

from typing import Any

from lemma.errors import CheckError, choose
from lemma.files import write_json
from lemma.layout import Layout
from lemma.params import Models, Params
from lemma.tuning.expected_performance import expected_performance
from lemma.tuning.search import COMPLETE, TrialResult, search_hyperparameters

FIELDS = ("number", "settings", "score", "state", "epochs", "seconds")


def tune(
    layout: Layout, dataset: str, model: str, params: Params, listed: bool = False
) -> tuple[dict[str, Any], list[TrialResult]]:
    """Search for the hyperparameters of a model.

    `tuned/DATASET/MODEL.json` is written if tune.models lists the model, or with `listed`.

    Args:
        layout: where files are.
        dataset: name of the data set.
        model: name of the model.
        params: content of params.yaml.
        listed: if tune.models does not list the model, write an empty result and do not search.

    Returns:
        The content of the file: {model, dataset, listed, trials: [{number, settings, score, state, epochs, seconds}],
        best: {settings, score} or None, curve: [{budget, expected, std}]}; and the trials with their epochs.

    Raises:
        InputError: the model is unknown, its search space is empty, or it cannot be trained.
        CheckError: every trial diverged.
    """
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    is_listed = model in params.tune.models
    trials = search_hyperparameters(layout, dataset, model, params) if is_listed or not listed else []
    result = search_result(dataset, model, is_listed, trials)
    if is_listed or listed:
        write_json(layout.tuned(dataset, model), result)
    return result, trials


def search_result(dataset: str, model: str, listed: bool, trials: list[TrialResult]) -> dict[str, Any]:
    """Return the content of the file of the stage.

    The best trial is the complete one with the highest score; of equal ones the earliest. The curve includes pruned
    trials, with the score that they had reached, since they were part of the budget.

    Raises:
        CheckError: no trial is complete.
    """
    complete = [trial for trial in trials if trial.state == COMPLETE]
    if trials and not complete:
        raise CheckError(
            f"{dataset}/{model}: none of {len(trials)} trials is complete.",
            f"Lower learning_rate in tune.space.{model} of params.yaml.",
        )
    best = max(complete, key=lambda trial: (trial.score, -trial.number), default=None)
    return {
        "model": model,
        "dataset": dataset,
        "listed": listed,
        "trials": [{field: getattr(trial, field) for field in FIELDS} for trial in trials],
        "best": {"settings": best.settings, "score": best.score} if best is not None else None,
        "curve": expected_performance([trial.score for trial in trials]),
    }


def format_summary(result: dict[str, Any]) -> str:
    """Return the summary of a search as text: best score, and best hyperparameters in the notation of params.yaml."""
    model, best = result["model"], result["best"]
    if best is None:
        return f"{model} is not in tune.models: it is trained with the values of models.{model} in params.yaml."
    states = [trial["state"] for trial in result["trials"]]
    count = "1 trial" if len(states) == 1 else f"{len(states)} trials"
    lines = [f"{model} on {result['dataset']}: dev score {best['score']:.4f}, the best of {count}"]
    unfinished = [f"{states.count(state)} {state}" for state in ("pruned", "diverged") if state in states]
    lines[0] += f" ({', '.join(unfinished)})." if unfinished else "."
    lines += [f"  {name}: {_format_value(value)}" for name, value in best["settings"].items()]
    if not result["listed"]:
        lines.append(f"To train with these, add {model} to tune.models in params.yaml.")
    return "\n".join(lines)


def _format_value(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)

"""Stage `tune`: search a model's settings on one data set, to a file that training reads.

The stage exists for every model, so that both engines have one graph; where tune.models leaves a model out, its file
says that nothing was searched, which costs nothing.
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
    """Search, write `tuned/DATASET/MODEL.json` where tune.models names the model, and return what it holds.

    With `listed`, a model that tune.models does not name is not searched, and the file says so.

    Returns:
        {model, dataset, listed, trials: [{number, settings, score, state, epochs, seconds}], best: {settings, score}
        or None, curve: [{budget, expected, std}]}; and the trials with their epochs.

    Raises:
        InputError: the model is unknown, has nothing to search, or cannot be trained.
        CheckError: every trial diverged.
    """
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    named = model in params.tune.models
    attempts = search_hyperparameters(layout, dataset, model, params) if named or not listed else []
    held = search_result(dataset, model, named, attempts)
    if named or listed:
        write_json(layout.tuned(dataset, model), held)
    return held, attempts


def search_result(dataset: str, model: str, listed: bool, attempts: list[TrialResult]) -> dict[str, Any]:
    """Return the content of the stage's file.

    The best is a complete trial, of equal ones the earliest. The curve counts pruned trials too, by the score they had
    reached: they were part of the budget.

    Raises:
        CheckError: there are trials, and none is complete.
    """
    complete = [attempt for attempt in attempts if attempt.state == COMPLETE]
    if attempts and not complete:
        raise CheckError(
            f"{dataset}/{model}: none of {len(attempts)} trials trained to its end.",
            f"Lower learning_rate in tune.space.{model} of params.yaml.",
        )
    best = max(complete, key=lambda attempt: (attempt.score, -attempt.number), default=None)
    return {
        "model": model,
        "dataset": dataset,
        "listed": listed,
        "trials": [{field: getattr(attempt, field) for field in FIELDS} for attempt in attempts],
        "best": {"settings": best.settings, "score": best.score} if best is not None else None,
        "curve": expected_performance([attempt.score for attempt in attempts]),
    }


def format_summary(held: dict[str, Any]) -> str:
    """Return what a person wants to know of a search: the best settings, as params.yaml writes them, and its score."""
    model, best = held["model"], held["best"]
    if best is None:
        return f"{model} is not in tune.models: trained as models.{model} of params.yaml says."
    states = [trial["state"] for trial in held["trials"]]
    count = "1 trial" if len(states) == 1 else f"{len(states)} trials"
    lines = [f"{model} on {held['dataset']}: dev score {best['score']:.4f}, the best of {count}"]
    ended = [f"{states.count(state)} {state}" for state in ("pruned", "diverged") if state in states]
    lines[0] += f" ({', '.join(ended)})." if ended else "."
    lines += [f"  {name}: {_plain(value)}" for name, value in best["settings"].items()]
    if not held["listed"]:
        lines.append(f"To train with these, add {model} to tune.models in params.yaml.")
    return "\n".join(lines)


def _plain(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)

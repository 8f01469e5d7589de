"""Write a search to MLflow: a run for the search, and a child run for each trial with its values and curves.

The runs are computed from the result of the search. They are written when the search has ended, and replaced when it
has changed. The searches of a data set have an MLflow experiment of their own, since otherwise the charts of its
trainings would be full of trials.
"""

import hashlib
import json
from collections import Counter
from typing import Any

from lemma.errors import InputError
from lemma.files import canonical
from lemma.layout import Layout
from lemma.progress import say
from lemma.tracking import checkout_tags, store
from lemma.tracking.identity import CONTENT
from lemma.tracking.run_record import to_milliseconds
from lemma.tuning.search import COMPLETE, DIVERGED, PRUNED, TrialResult

# A tag other than lemma.key, so that `lemma track` does not take a trial for a training of the experiment.
SEARCH, STATE, PARENT = "lemma.search", "lemma.state", "mlflow.parentRunId"
BATCH = 1000  # MLflow's limit of metrics in one request
Client = Any  # an MlflowClient; only lemma.tracking imports MLflow, also for types


def experiment_name(dataset: str) -> str:
    """Return the name of the MLflow experiment for the searches on a data set; no data set can have this name."""
    return f"{dataset} (searches)"


def track_search(layout: Layout, result: dict[str, Any], trials: list[TrialResult], uri: str | None = None) -> None:
    """Write a search to MLflow, unless it is there already. If MLflow cannot be reached, only print a warning.

    Args:
        layout: of the project.
        result: content of `tuned/DATASET/MODEL.json`.
        trials: of the search, with their epochs.
        uri: of the store; default: MLFLOW_TRACKING_URI, else `mlflow.db` of the project.
    """
    if not trials:
        return
    dataset, model = result["dataset"], result["model"]
    try:
        with store.connect(store.store_uri(layout, uri)) as client:
            experiment = store.get_or_create_experiment(client, experiment_name(dataset))
            tags = checkout_tags.checkout_tags(layout.root)
            _write_search(client, experiment, result, trials, tags, store.is_project(layout))
    except InputError as error:
        say(f"warning: the search for {model} is not in MLflow: {error.what}; `lemma tune {dataset} {model}` adds it.")


def _write_search(
    client: Client,
    experiment: str,
    result: dict[str, Any],
    trials: list[TrialResult],
    checkout: dict[str, str],
    replace: bool,
) -> None:
    """Write the run of a search and its child runs, unless a run with this content exists.

    The tag with the content is written last, so a run without it was interrupted. `replace`: delete the runs of earlier
    searches; False for an experiment that DVC runs in a temporary folder, which must not delete those of the project.
    """
    key = f"{result['dataset']}/{result['model']}"
    content = hashlib.sha256(canonical([[vars(trial) for trial in trials], result["best"]]).encode()).hexdigest()
    present = store.search_runs(client, experiment, f"tags.`{SEARCH}` = '{key}'")
    if any(run.data.tags.get(CONTENT) == content for run in present):
        return
    for run in present if replace else []:
        client.delete_run(run.info.run_id)
    created = client.create_run(
        experiment, start_time=_start_time(trials), tags={SEARCH: key} | checkout, run_name=result["model"]
    )
    parent, end = created.info.run_id, _end_time(trials)
    for trial in trials:
        _write_trial(client, experiment, {SEARCH: key, PARENT: parent} | checkout, trial)
    counts = Counter(trial.state for trial in trials)
    points = [("best/dev_score", result["best"]["score"], 0, end)]
    points += [(f"trials/{state}", float(counts[state]), 0, end) for state in (COMPLETE, PRUNED, DIVERGED)]
    points += [("curves/expected", line["expected"], line["budget"], end) for line in result["curve"]]
    client.log_batch(parent, params=store.to_params(_format_params(result["best"]["settings"])))
    for start in range(0, len(points), BATCH):
        client.log_batch(parent, metrics=store.to_metrics(points[start : start + BATCH]))
    client.set_terminated(parent, "FINISHED", end_time=end)
    client.set_tag(parent, CONTENT, content)


def _write_trial(client: Client, experiment: str, tags: dict[str, str], trial: TrialResult) -> None:
    """Write the run of a trial. MLflow has no status for a pruned trial, so a tag holds the state."""
    tags = tags | {STATE: trial.state}
    created = client.create_run(
        experiment, start_time=_start_time([trial]), tags=tags, run_name=f"trial {trial.number}"
    )
    run, end = created.info.run_id, _end_time([trial])
    points = [("dev/score", trial.score, 0, end), ("cost/seconds", trial.seconds, 0, end)]
    for line in trial.lines:
        time = to_milliseconds(line["time"])
        points += [(f"curves/{name}", line[name], line["epoch"], time) for name in ("dev_score", "dev_loss")]
    params = {"trial": str(trial.number), "state": trial.state} | _format_params(trial.settings)
    client.log_batch(run, params=store.to_params(params))
    for start in range(0, len(points), BATCH):
        client.log_batch(run, metrics=store.to_metrics(points[start : start + BATCH]))
    client.set_terminated(run, "FAILED" if trial.state == DIVERGED else "FINISHED", end_time=end)


def _start_time(trials: list[TrialResult]) -> int:
    """Return the Unix time in milliseconds at which the first epoch began; 0 without epochs."""
    return min((to_milliseconds(line["time"] - line["seconds"]) for trial in trials for line in trial.lines), default=0)


def _end_time(trials: list[TrialResult]) -> int:
    """Return the Unix time in milliseconds at which the last epoch ended; 0 without epochs."""
    return max((to_milliseconds(line["time"]) for trial in trials for line in trial.lines), default=0)


def _format_params(values: dict[str, Any]) -> dict[str, str]:
    """Return MLflow parameters with the names that trainings use."""
    return {
        f"settings.{name}": value if isinstance(value, str) else json.dumps(value) for name, value in values.items()
    }

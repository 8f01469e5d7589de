"""Show a search in MLflow: one run for it, and one below it for each trial, with its settings and its dev curve.

A projection of the journal, as all of MLflow is one of files: made when the trainings are over, replaced when the
search has changed, and lost without loss. The searches of a data set have an experiment of their own, since the charts
of its trainings would drown in trials.
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
from lemma.tracking.run_record import milliseconds
from lemma.tuning.search import COMPLETE, DIVERGED, PRUNED, TrialResult

# Not record.KEY: `lemma track` must never take a trial for a training of the experiment.
SEARCH, STATE, PARENT = "lemma.search", "lemma.state", "mlflow.parentRunId"
BATCH = 1000  # metrics that MLflow takes in one request
Client = Any  # an MlflowClient: only lemma.tracking imports MLflow, for types too


def experiment_name(dataset: str) -> str:
    """Return the name of the experiment that holds a data set's searches; no data set can be called so."""
    return f"{dataset} (searches)"


def track_search(layout: Layout, held: dict[str, Any], attempts: list[TrialResult], uri: str | None = None) -> None:
    """Bring MLflow in line with a search; warn with one line where it cannot be reached.

    `held` is the content of `tuned/DATASET/MODEL.json`. The store is `uri`, else MLFLOW_TRACKING_URI, else `mlflow.db`
    beside params.yaml. A search that is shown as it is is left alone.
    """
    if not attempts:
        return
    dataset, model = held["dataset"], held["model"]
    try:
        with store.connect(store.store_uri(layout, uri)) as client:
            experiment = store.get_or_create_experiment(client, experiment_name(dataset))
            tags = checkout_tags.checkout_tags(layout.root)
            _settle(client, experiment, held, attempts, tags, store.is_project(layout))
    except InputError as error:
        say(f"warning: the search for {model} is not in MLflow: {error.what}; `lemma tune {dataset} {model}` adds it.")


def _settle(
    client: Client,
    experiment: str,
    held: dict[str, Any],
    attempts: list[TrialResult],
    commit: dict[str, str],
    replace: bool,
) -> None:
    """Leave one parent, that of this content, with its children; its content is written last, when all of it is there.

    Whatever bears no content was cut short. Where a parent goes its children go. `replace` is False for a search of an
    experiment that DVC runs in a temporary folder, which must not remove that of the project.
    """
    key = f"{held['dataset']}/{held['model']}"
    content = hashlib.sha256(canonical([[vars(one) for one in attempts], held["best"]]).encode()).hexdigest()
    present = store.search_runs(client, experiment, f"tags.`{SEARCH}` = '{key}'")
    if any(run.data.tags.get(CONTENT) == content for run in present):
        return
    for run in present if replace else []:
        client.delete_run(run.info.run_id)
    made = client.create_run(
        experiment, start_time=_began(attempts), tags={SEARCH: key} | commit, run_name=held["model"]
    )
    parent, ended = made.info.run_id, _ended(attempts)
    for attempt in attempts:
        _write(client, experiment, {SEARCH: key, PARENT: parent} | commit, attempt)
    counts = Counter(attempt.state for attempt in attempts)
    points = [("best/dev_score", held["best"]["score"], 0, ended)]
    points += [(f"trials/{state}", float(counts[state]), 0, ended) for state in (COMPLETE, PRUNED, DIVERGED)]
    points += [("curves/expected", line["expected"], line["budget"], ended) for line in held["curve"]]
    client.log_batch(parent, params=store.to_params(_texts(held["best"]["settings"])))
    for start in range(0, len(points), BATCH):
        client.log_batch(parent, metrics=store.to_metrics(points[start : start + BATCH]))
    client.set_terminated(parent, "FINISHED", end_time=ended)
    client.set_tag(parent, CONTENT, content)


def _write(client: Client, experiment: str, tags: dict[str, str], attempt: TrialResult) -> None:
    """Write one trial; MLflow has no state for a pruned one, so a tag tells."""
    tags = tags | {STATE: attempt.state}
    name = f"trial {attempt.number}"
    run = client.create_run(experiment, start_time=_began([attempt]), tags=tags, run_name=name).info.run_id
    ended = _ended([attempt])
    points = [("dev/score", attempt.score, 0, ended), ("cost/seconds", attempt.seconds, 0, ended)]
    for line in attempt.lines:
        time = milliseconds(line["time"])
        points += [(f"curves/{name}", line[name], line["epoch"], time) for name in ("dev_score", "dev_loss")]
    params = {"trial": str(attempt.number), "state": attempt.state} | _texts(attempt.settings)
    client.log_batch(run, params=store.to_params(params))
    for start in range(0, len(points), BATCH):
        client.log_batch(run, metrics=store.to_metrics(points[start : start + BATCH]))
    client.set_terminated(run, "FAILED" if attempt.state == DIVERGED else "FINISHED", end_time=ended)


def _began(attempts: list[TrialResult]) -> int:
    """Return the Unix time in milliseconds at which the first epoch began; 0 where there was none."""
    return min((milliseconds(line["time"] - line["seconds"]) for one in attempts for line in one.lines), default=0)


def _ended(attempts: list[TrialResult]) -> int:
    return max((milliseconds(line["time"]) for one in attempts for line in one.lines), default=0)


def _texts(settings: dict[str, Any]) -> dict[str, str]:
    """Return parameters under the names that trainings have in MLflow."""
    return {
        f"settings.{name}": value if isinstance(value, str) else json.dumps(value) for name, value in settings.items()
    }

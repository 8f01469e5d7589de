"""Bring MLflow in line with the files of finished runs.

A run's identity is its tag `lemma.key`, its state the tag `lemma.content`, which is written last: a run that has the
right content is left alone, any other run of that key (older results, a live stream, a publication cut short) is
deleted. So tracking twice changes nothing, and no key ever has two runs.
"""

from typing import TYPE_CHECKING, Any

from lemma.files import read_json, sha256, write_json
from lemma.layout import Layout
from lemma.tracking import record, store
from lemma.tracking.record import Record

if TYPE_CHECKING:
    from mlflow import MlflowClient

BATCH = 1000  # metrics that MLflow takes in one request


def track(layout: Layout, dataset: str, models: list[str], runs: list[int], uri: str | None = None) -> None:
    """Publish the runs of `dataset` to MLflow, one for each model and run, and write the receipt `tracking.json`.

    The store is `uri`, else MLFLOW_TRACKING_URI, else `mlflow.db` beside params.yaml. The receipt lists what has been
    published, and is the same for the same files, whatever the machine and the store.

    Raises:
        InputError: a run's files or metrics are missing, or MLflow cannot be reached; then no receipt is written.
    """
    scores, data_hash = read_json(layout.metrics(dataset)), sha256(layout.tokens(dataset))
    records = [record.read(layout, dataset, model, run, scores, data_hash) for model in models for run in runs]
    commit = store.commit(layout.root)
    with store.reach(store.address(layout, uri)) as client:
        experiment = store.experiment(client, dataset)
        present = store.search(client, experiment, f"tags.`{record.KEY}` LIKE '{dataset}/%'")
        for one in records:
            _settle(client, experiment, one, [run for run in present if run.data.tags[record.KEY] == one.key], commit)
    receipt = sorted(({"key": one.key, "content": one.content} for one in records), key=lambda entry: entry["key"])
    write_json(layout.tracking(dataset), receipt)


def _settle(client: "MlflowClient", experiment: str, one: Record, present: list[Any], commit: dict[str, str]) -> None:
    """Leave exactly one run of the record's key: the one that shows its content."""
    right = [run for run in present if run.data.tags.get(record.CONTENT) == one.content][:1]
    for run in present:
        if run not in right:
            client.delete_run(run.info.run_id)
    if not right:
        _write(client, experiment, one, commit)


def _write(client: "MlflowClient", experiment: str, one: Record, commit: dict[str, str]) -> None:
    # The commit is where publishing happened, no part of the content: else every commit would publish all anew.
    made = client.create_run(experiment, start_time=one.start, tags=one.tags | commit, run_name=one.name)
    run = made.info.run_id
    client.log_batch(run, metrics=store.metrics(one.points[:BATCH]), params=store.params(one.params))
    for first in range(BATCH, len(one.points), BATCH):
        client.log_batch(run, metrics=store.metrics(one.points[first : first + BATCH]))
    client.set_terminated(run, "FINISHED", end_time=one.end)
    client.set_tag(run, record.CONTENT, one.content)

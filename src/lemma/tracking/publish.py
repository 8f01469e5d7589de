"""Bring MLflow in line with the files of finished runs.

A run's identity is its tag `lemma.key`, its state the tag `lemma.content`, which is written last: a run that has the
right content is left alone, any other run of that key (older results, a live stream, a publication cut short) is
deleted. So tracking twice changes nothing, and no key ever has two runs.
"""

from itertools import cycle
from typing import TYPE_CHECKING, Any

from lemma.files import read_json, sha256, write_json
from lemma.layout import Layout
from lemma.tracking import family, record, store
from lemma.tracking.record import Record

if TYPE_CHECKING:
    from mlflow import MlflowClient

BATCH = 1000  # metrics that MLflow takes in one request
# A colour a model, which its runs share: MLflow's own are drawn by chance, and often equal. Tableau's ten.
COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"]


def track(layout: Layout, dataset: str, models: list[str], runs: list[int], uri: str | None = None) -> None:
    """Publish `dataset` to MLflow and write the receipt `tracking.json`.

    It is a run with the report, its children are one for each model, with means, and theirs the trainings.

    The store is `uri`, else MLFLOW_TRACKING_URI, else `mlflow.db` beside params.yaml. The receipt lists what has been
    published, and is the same for the same files, whatever the machine and the store.

    Raises:
        InputError: a run's files or metrics are missing, or MLflow cannot be reached; then no receipt is written.
    """
    scores, data_hash = read_json(layout.metrics(dataset)), sha256(layout.tokens(dataset))
    trained = {model: [record.read(layout, dataset, model, run, scores, data_hash) for run in runs] for model in models}
    means = [family.model(dataset, model, held, scores["models"][model]["summary"]) for model, held in trained.items()]
    # Parents first: a child is told the identity that MLflow gave its parent.
    records = [family.dataset(layout, dataset, means), *means, *(one for held in trained.values() for one in held)]
    colours = dict(zip(sorted(models), cycle(COLOURS)))
    commit = store.commit(layout.root)
    with store.reach(store.address(layout, uri)) as client:
        experiment = store.experiment(client, dataset)
        present: dict[str, list[Any]] = {}
        for run in store.search(client, experiment, f"tags.`{record.KEY}` LIKE '{dataset}%'"):
            present.setdefault(run.data.tags[record.KEY], []).append(run)
        known: dict[str | None, str] = {}
        for one in records:
            own = {store.COLOUR: colours[one.params["model"]]} if "model" in one.params else {}
            own |= {store.PARENT: known[one.parent]} if one.parent is not None else {}
            known[one.key] = _settle(client, experiment, one, present.get(one.key, []), commit, own, layout)
    receipt = sorted(({"key": one.key, "content": one.content} for one in records), key=lambda entry: entry["key"])
    write_json(layout.tracking(dataset), receipt)


def _settle(
    client: "MlflowClient",
    experiment: str,
    one: Record,
    present: list[Any],
    commit: dict[str, str],
    own: dict[str, str],
    layout: Layout,
) -> str:
    """Leave exactly one run of the record's key, the one that shows its content, and return its identity."""
    right = [run for run in present if run.data.tags.get(record.CONTENT) == one.content][:1]
    for run in present:
        if run not in right:
            client.delete_run(run.info.run_id)
    if not right:
        return _write(client, experiment, one, commit | own, layout)
    identity = str(right[0].info.run_id)
    for name, value in own.items():  # the parent may have been replaced, or a model come in before
        if right[0].data.tags.get(name) != value:
            client.set_tag(identity, name, value)
    return identity


def _write(client: "MlflowClient", experiment: str, one: Record, tags: dict[str, str], layout: Layout) -> str:
    # Commit, parent and colour are no part of the content: else every commit would publish anew.
    made = client.create_run(experiment, start_time=one.start, tags=one.tags | tags, run_name=one.name)
    run = str(made.info.run_id)
    client.log_batch(run, metrics=store.metrics(one.points[:BATCH]), params=store.params(one.params))
    for first in range(BATCH, len(one.points), BATCH):
        client.log_batch(run, metrics=store.metrics(one.points[first : first + BATCH]))
    for name, path in one.files.items():
        store.attach(client, made.info, name, path, layout)
    client.set_terminated(run, "FINISHED", end_time=one.end)
    client.set_tag(run, record.CONTENT, one.content)
    return run

"""Write the records of finished runs to MLflow.

The tag `lemma.config`, a hash of everything that determines a training, identifies its run. The tag `lemma.content`, a
hash of what the run shows, is written last. Tracking the same training again changes nothing. A different training is a
new run, and the old run stays; `lemma.current` marks the runs of the present results. Only `lemma track --prune`
deletes finished runs.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lemma.files import read_json, sha256, write_json
from lemma.layout import Layout
from lemma.tracking import checkout_tags, parent_runs, run_record, store, views
from lemma.tracking.colours import choose_colour
from lemma.tracking.identity import CONFIG, CONFIGURATION, CONTENT, CURRENT, CURVES, EXPERIMENT, KEY
from lemma.tracking.run_names import RunNames, join_values, read_run_names
from lemma.tracking.run_record import MetricPoint, RunRecord

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from lemma.tracking.named_experiments import TrackedExperiment

BATCH = 1000  # MLflow's limit of metrics in one request


def track(
    layout: Layout,
    dataset: str,
    models: list[str],
    runs: list[int],
    uri: str | None = None,
    experiment_name: str | None = None,
) -> None:
    """Write the results on a data set to MLflow, and the receipt `tracking.json`.

    A configuration of a model is a run with means, and its trainings are child runs. The report is one more run. The
    receipt lists what has been written; it depends on the files only, not on the machine or the store.

    Args:
        layout: where files are.
        dataset: name of the data set.
        models: names of the models.
        runs: numbers of the runs of each model.
        uri: of the store; default: MLFLOW_TRACKING_URI, else `mlflow.db` of the project.
        experiment_name: name of new runs; default: as in `read_run_names`.

    Raises:
        InputError: files or metrics of a run are missing, or MLflow cannot be reached; then no receipt is written.
    """
    scores, data_hash = read_json(layout.metrics(dataset)), sha256(layout.tokens(dataset))
    configurations, trainings = parent_runs.read_records(
        layout, dataset, dict.fromkeys(models, runs), scores, data_hash
    )
    report = parent_runs.report_record(layout, dataset, configurations, trainings)
    # Parents first: a child needs the id that MLflow gives its parent.
    records = [*configurations, *(training.record for training in trainings), report]
    with store.connect(store.store_uri(layout, uri)) as client:
        experiment = store.get_or_create_experiment(client, dataset)
        RunWriter(client, experiment, layout, dataset, read_run_names(layout, experiment_name)).write(records)
    receipt = [{"key": record.key, "config": record.config, "content": record.content} for record in records]
    write_json(layout.tracking(dataset), sorted(receipt, key=lambda entry: entry["key"]))


@dataclass
class _WrittenRun:
    """A run in MLflow, as its children need it."""

    id: str
    name: str
    colour: str


class RunWriter:
    """Writes records to one MLflow experiment.

    Args:
        client: of MLflow.
        experiment: id of the MLflow experiment.
        layout: where files are.
        dataset: name of the data set.
        names: how new runs are named.
        named: the named experiment that the records belong to; its runs are never current.
        checkout: tags of the code that computed the results; default: those of the checkout in `layout`.
    """

    def __init__(
        self,
        client: "MlflowClient",
        experiment: str,
        layout: Layout,
        dataset: str,
        names: RunNames,
        named: "TrackedExperiment | None" = None,
        checkout: Mapping[str, str] | None = None,
    ) -> None:
        self._client, self._experiment, self._layout, self._dataset = client, experiment, layout, dataset
        self._names, self._named = names, named
        self._is_present = named is None and store.is_project(layout)
        self._checkout = checkout_tags.checkout_tags(layout.root) if checkout is None else checkout
        self._written: dict[str, _WrittenRun] = {}  # by key of the record
        self._has_created = False

    def write(self, records: list[RunRecord]) -> None:
        """Make sure that there is one run for each record; if these are the present results, mark only them as current.

        A parent must come before its children.
        """
        current: dict[str | None, list[Any]] = {}
        for run in store.search_runs(self._client, self._experiment, f"tags.`{CURRENT}` = 'true'"):
            current.setdefault(run.data.tags.get(CONFIG), []).append(run)
        for record in records:
            self._write_record(record, current.pop(record.config, []))
        for run in (run for runs in current.values() for run in runs) if self._is_present else []:
            self._client.set_tag(run.info.run_id, CURRENT, "false")
        if self._has_created:  # the views have a column for each parameter in which configurations differ
            views.write_views(self._client, self._experiment)

    def _write_record(self, record: RunRecord, current: list[Any]) -> None:
        """Make sure that exactly one run has the identity and the content of a record.

        `current` are the current runs of that identity. The others are searched for only if necessary.
        """
        content = record.content
        same_config = f"tags.`{CONFIG}` = '{record.config}'"
        complete = [run for run in current if CONTENT in run.data.tags]
        if complete and not self._is_present:  # it belongs to the present results, which an experiment does not change
            for run in store.search_runs(self._client, self._experiment, same_config):
                if CONTENT not in run.data.tags:  # the live run of the experiment's training
                    self._client.delete_run(run.info.run_id)
            self._set_tags(complete[0], self._mutable_tags(record, complete[0].data.tags))
            self._remember(record, complete[0])
            return
        runs = current
        if [run.data.tags.get(CONTENT) for run in runs] != [content]:
            runs = store.search_runs(self._client, self._experiment, same_config)
        # a run without content is a live run, or was interrupted while it was written
        reusable = [run for run in runs if run.data.tags.get(CURVES) == record.curves and CONTENT in run.data.tags]
        reusable.sort(key=lambda run: run.data.tags[CONTENT] != content)
        for run in runs:
            if run not in reusable[:1]:
                self._client.delete_run(run.info.run_id)
        if not reusable:
            self._create(record, content)
            return
        run = reusable[0]
        tags = self._mutable_tags(record, run.data.tags)
        if run.data.tags[CONTENT] != content:
            self._update(run, record)
            tags |= record.tags | {CONTENT: content}
        self._set_tags(run, tags)
        self._remember(record, run)

    def _mutable_tags(self, record: RunRecord, present: dict[str, str]) -> dict[str, str]:
        """Return the tags that are not part of the content: parent, experiment, and whether the run is current."""
        tags = {CURRENT: "true" if self._is_present else present.get(CURRENT, "false")}
        tags |= self._named.tags(record.models[0], present) if self._named is not None else {}
        return tags | ({store.PARENT: self._written[record.parent].id} if record.parent is not None else {})

    def _create(self, record: RunRecord, content: str) -> None:
        """Create the run of a record; its content is written last."""
        name, colour, tags = self._describe(record)
        tags |= self._mutable_tags(record, {}) | {CONFIG: record.config}
        tags |= self._named.commit_tags(record.params.get("run")) if self._named is not None else {}
        client = self._client
        created = client.create_run(
            self._experiment, start_time=record.start, tags={**self._checkout, **record.tags, **tags}, run_name=name
        )
        self._has_created, run_id = True, str(created.info.run_id)
        client.log_batch(run_id, metrics=store.to_metrics(record.points[:BATCH]), params=store.to_params(record.params))
        self._log_points(run_id, record.points[BATCH:])
        path = str(self._layout.tokens(self._dataset).relative_to(self._layout.root))
        digest = record.digest or record.tags[run_record.DATA]
        client.log_inputs(run_id, store.dataset_input(self._dataset, digest, path))
        for artifact, file in record.files.items():
            store.log_file(client, created.info, artifact, file, self._layout)
        client.set_terminated(run_id, "FINISHED", end_time=record.end)
        client.set_tag(run_id, CURVES, record.curves)
        client.set_tag(run_id, CONTENT, content)
        self._written[record.key] = _WrittenRun(run_id, name, colour)

    def _update(self, run: Any, record: RunRecord) -> None:
        """Log changed scores and files to an existing run, which models, notes and links may refer to."""
        now = max(
            run_record.to_milliseconds(time.time()), record.end + 1
        )  # MLflow shows the value with the latest time
        changed: list[MetricPoint] = [
            (name, value, step, now)
            for name, value, step, _ in record.points
            if not step and run.data.metrics.get(name) != value
        ]
        self._log_points(run.info.run_id, changed)
        for artifact, file in record.files.items():
            store.log_file(self._client, run.info, artifact, file, self._layout)

    def _log_points(self, run_id: str, points: list[MetricPoint]) -> None:
        for start in range(0, len(points), BATCH):
            self._client.log_batch(run_id, metrics=store.to_metrics(points[start : start + BATCH]))

    def _describe(self, record: RunRecord) -> tuple[str, str, dict[str, str]]:
        """Return name and colour of a new run, and the tags that follow from them."""
        note = f"{record.title}, {self._names.describe_values(self._dataset, record.models)}."
        tags = {checkout_tags.SOURCE: record.source, checkout_tags.NOTE: note}
        if self._names.experiment:
            tags[EXPERIMENT] = self._names.experiment
        if record.parent is not None:
            parent = self._written[record.parent]
            name, colour = f"{parent.name}/{record.params['run']}", parent.colour
            return name, colour, tags | {CONFIGURATION: parent.name, store.COLOUR: colour}
        name, number = self._choose_name(record)
        if not record.points:  # the report
            return name, "", tags
        colour = choose_colour(record.models[0], number)
        return name, colour, tags | {CONFIGURATION: name, store.COLOUR: colour}

    def _choose_name(self, record: RunRecord) -> tuple[str, int]:
        """Return a name that no other run with the record's key has, and the number of these runs."""
        runs = store.search_runs(self._client, self._experiment, f"tags.`{KEY}` = '{record.key}'")
        by_name = {run.info.run_name: run for run in reversed(runs)}
        name = " ".join(filter(None, [record.name, self._names.label(self._dataset, record.models)]))
        candidates = [name]
        if name in by_name:  # the committed values changed in the meantime: name the values that differ from that run
            before = by_name[name].data.params
            changed = {key: value for key, value in record.params.items() if before.get(key) != value}
            if changed:
                values = join_values({key.removeprefix("settings."): changed[key] for key in changed})
                candidates.append(f"{name if self._names.is_given else record.name} {values}")
        candidates += [f"{name} @{self._names.commit}"] if self._names.commit else []
        candidates.append(f"{name} #{record.config[:7]}")
        return next((candidate for candidate in candidates if candidate not in by_name), name), len(runs)

    def _remember(self, record: RunRecord, run: Any) -> None:
        colour = run.data.tags.get(store.COLOUR, "")
        self._written[record.key] = _WrittenRun(run.info.run_id, run.info.run_name, colour)

    def _set_tags(self, run: Any, tags: Mapping[str, str]) -> None:
        for name, value in tags.items():
            if run.data.tags.get(name) != value:
                self._client.set_tag(run.info.run_id, name, value)

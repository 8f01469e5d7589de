"""Bring MLflow in line with the files of finished runs.

A run is identified by its tag `lemma.config`, a hash of everything that determines the training; its state is the tag
`lemma.content`, which is written last. The same training tracked twice changes nothing. A different one is a new run,
and the old one stays: `lemma.current` tells which belong to the present results. Only `lemma track --prune` removes.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lemma.files import read_json, sha256, write_json
from lemma.layout import Layout
from lemma.params import Models
from lemma.tracking import checkout_tags, parent_runs, run_record, store, views
from lemma.tracking.identity import CONFIG, CONFIGURATION, CONTENT, CURRENT, CURVES, EXPERIMENT, KEY
from lemma.tracking.run_names import RunNames, join_values, read_run_names
from lemma.tracking.run_record import RunRecord

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from lemma.tracking.named_experiments import TrackedExperiment

BATCH = 1000  # metrics that MLflow takes in one request
# Colour of a model's runs, since MLflow's own are drawn by chance and often equal: Tableau's ten.
COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"]
SHADES = (0.0, 0.45, -0.35, 0.7, -0.6)  # of the configurations of a model: > 0 mixed with white, < 0 with black


def track(
    layout: Layout,
    dataset: str,
    models: list[str],
    runs: list[int],
    uri: str | None = None,
    experiment_name: str | None = None,
) -> None:
    """Publish the results on `dataset` to MLflow and write the receipt `tracking.json`.

    A configuration of a model is a run with means, whose children are the trainings; the report is a run beside them.
    The store is `uri`, else MLFLOW_TRACKING_URI, else `mlflow.db` of the project. The receipt lists what has been
    published, and is the same for the same files, whatever the machine and the store.

    Raises:
        InputError: a run's files or metrics are missing, or MLflow cannot be reached; then no receipt is written.
    """
    scores, data_hash = read_json(layout.metrics(dataset)), sha256(layout.tokens(dataset))
    means, trainings = parent_runs.read_records(layout, dataset, dict.fromkeys(models, runs), scores, data_hash)
    # Parents first: a child is told the identity that MLflow gave its parent.
    records = [
        *means,
        *(training.record for training in trainings),
        parent_runs.report_record(layout, dataset, means, trainings),
    ]
    with store.connect(store.store_uri(layout, uri)) as client:
        publisher = RunWriter(
            client,
            store.get_or_create_experiment(client, dataset),
            layout,
            dataset,
            read_run_names(layout, experiment_name),
        )
        publisher.publish(records)
    receipt = [{"key": item.key, "config": item.config, "content": item.content} for item in records]
    write_json(layout.tracking(dataset), sorted(receipt, key=lambda entry: entry["key"]))


@dataclass
class _Known:
    """The run of a configuration, as its children need it: MLflow's identity, name and colour."""

    identity: str
    name: str
    colour: str


class RunWriter:
    """Writes records to one experiment of MLflow; those of a named experiment of `lemma` are never current.

    `checkout` are the tags of the code that made the results.
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
        self._naming, self._named = names, named
        self._present = named is None and store.is_project(layout)
        self._checkout = checkout_tags.checkout_tags(layout.root) if checkout is None else checkout
        self._known: dict[str, _Known] = {}
        self._has_created = False

    def publish(self, records: list[RunRecord]) -> None:
        """Leave one run for each record, and mark it and no other as current if the results are the present ones."""
        current: dict[str | None, list[Any]] = {}
        for run in store.search_runs(self._client, self._experiment, f"tags.`{CURRENT}` = 'true'"):
            current.setdefault(run.data.tags.get(CONFIG), []).append(run)
        for item in records:
            self._settle(item, current.pop(item.config, []))
        for run in (run for left in current.values() for run in left) if self._present else []:
            self._client.set_tag(run.info.run_id, CURRENT, "false")
        if self._has_created:  # the views have a column for each value in which configurations differ
            views.write_views(self._client, self._experiment)

    def _settle(self, item: RunRecord, runs: list[Any]) -> None:
        """Leave exactly one run of the record's identity, which shows its content.

        `runs` are the current ones of that identity; the others are asked for only where these are not enough.
        """
        content = item.content
        same = f"tags.`{CONFIG}` = '{item.config}'"
        shown = [run for run in runs if CONTENT in run.data.tags]
        if shown and not self._present:  # of the present results, which an experiment does not change
            for run in store.search_runs(self._client, self._experiment, same):
                if CONTENT not in run.data.tags:  # the training of the experiment, shown while it ran
                    self._client.delete_run(run.info.run_id)
            self._tag(shown[0], self._own_tags(item, shown[0].data.tags))
            self._remember(item, shown[0])
            return
        if [run.data.tags.get(CONTENT) for run in runs] != [content]:
            runs = store.search_runs(self._client, self._experiment, same)
        # whatever bears no content was cut short, or is a training that was shown while it ran
        whole = [run for run in runs if run.data.tags.get(CURVES) == item.curves and CONTENT in run.data.tags]
        whole.sort(key=lambda run: run.data.tags[CONTENT] != content)
        for run in runs:
            if run not in whole[:1]:
                self._client.delete_run(run.info.run_id)
        if not whole:
            self._create(item, content)
            return
        (run,) = whole[:1]
        tags = self._own_tags(item, run.data.tags)
        if run.data.tags[CONTENT] != content:
            self._update(run, item)
            tags |= item.tags | {CONTENT: content}
        self._tag(run, tags)
        self._remember(item, run)

    def _own_tags(self, item: RunRecord, present: dict[str, str]) -> dict[str, str]:
        """Return the tags that are no part of the content: parent, experiment, and whether the run is current."""
        tags = {CURRENT: "true" if self._present else present.get(CURRENT, "false")}
        tags |= self._named.tags(item.models[0], present) if self._named is not None else {}
        return tags | ({store.PARENT: self._known[item.parent].identity} if item.parent is not None else {})

    def _create(self, item: RunRecord, content: str) -> None:
        name, colour, tags = self._describe(item)
        tags |= self._own_tags(item, {}) | {CONFIG: item.config}
        tags |= self._named.source(item.params.get("run")) if self._named is not None else {}
        client = self._client
        created = client.create_run(
            self._experiment, start_time=item.start, tags={**self._checkout, **item.tags, **tags}, run_name=name
        )
        self._has_created, identity = True, str(created.info.run_id)
        client.log_batch(identity, metrics=store.to_metrics(item.points[:BATCH]), params=store.to_params(item.params))
        for first in range(BATCH, len(item.points), BATCH):
            client.log_batch(identity, metrics=store.to_metrics(item.points[first : first + BATCH]))
        path = str(self._layout.tokens(self._dataset).relative_to(self._layout.root))
        client.log_inputs(identity, store.dataset_input(self._dataset, item.digest or item.tags[run_record.DATA], path))
        for artifact, file in item.files.items():
            store.log_file(client, created.info, artifact, file, self._layout)
        client.set_terminated(identity, "FINISHED", end_time=item.end)
        client.set_tag(identity, CURVES, item.curves)
        client.set_tag(identity, CONTENT, content)
        self._known[item.key] = _Known(identity, name, colour)

    def _update(self, run: Any, item: RunRecord) -> None:
        """Show changed scores and files in a run that stays, since models, notes and addresses may refer to it."""
        now = max(run_record.milliseconds(time.time()), item.end + 1)  # MLflow shows the value with the latest time
        points = [
            (name, value, step, now)
            for name, value, step, _ in item.points
            if not step and run.data.metrics.get(name) != value
        ]
        for first in range(0, len(points), BATCH):
            self._client.log_batch(run.info.run_id, metrics=store.to_metrics(points[first : first + BATCH]))
        for artifact, file in item.files.items():
            store.log_file(self._client, run.info, artifact, file, self._layout)

    def _describe(self, item: RunRecord) -> tuple[str, str, dict[str, str]]:
        """Return name and colour of a new run, and the tags that follow from them."""
        note = f"{item.title}, {self._naming.sentence(self._dataset, item.models)}."
        tags = {checkout_tags.SOURCE: item.source, checkout_tags.NOTE: note}
        if self._naming.experiment:
            tags[EXPERIMENT] = self._naming.experiment
        if item.parent is not None:
            above = self._known[item.parent]
            name, colour = f"{above.name}/{item.params['run']}", above.colour
            return name, colour, tags | {CONFIGURATION: above.name, store.COLOUR: colour}
        name, number = self._name(item)
        if not item.points:  # the report
            return name, "", tags
        colour = _colour(item.models[0], number)
        return name, colour, tags | {CONFIGURATION: name, store.COLOUR: colour}

    def _name(self, item: RunRecord) -> tuple[str, int]:
        """Return a name that no other run of the record's key has, and how many such runs there are."""
        runs = store.search_runs(self._client, self._experiment, f"tags.`{KEY}` = '{item.key}'")
        by_name = {run.info.run_name: run for run in reversed(runs)}
        name = " ".join(filter(None, [item.name, self._naming.label(self._dataset, item.models)]))
        candidates = [name]
        if name in by_name:  # committed in between, or never: then the values of that run tell
            before = by_name[name].data.params
            changed = {key: value for key, value in item.params.items() if before.get(key) != value}
            if changed:
                values = join_values({key.removeprefix("settings."): changed[key] for key in changed})
                candidates.append(f"{name if self._naming.given else item.name} {values}")
        candidates += [f"{name} @{self._naming.commit}"] if self._naming.commit else []
        candidates.append(f"{name} #{item.config[:7]}")
        return next((candidate for candidate in candidates if candidate not in by_name), name), len(runs)

    def _remember(self, item: RunRecord, run: Any) -> None:
        self._known[item.key] = _Known(run.info.run_id, run.info.run_name, run.data.tags.get(store.COLOUR, ""))

    def _tag(self, run: Any, tags: Mapping[str, str]) -> None:
        for name, value in tags.items():
            if run.data.tags.get(name) != value:
                self._client.set_tag(run.info.run_id, name, value)


def _colour(model: str, number: int) -> str:
    """Return a model's own colour, in another shade for each of its configurations."""
    places = list(Models.model_fields)
    base = COLOURS[(places.index(model) if model in places else 0) % len(COLOURS)]
    shade = SHADES[number % len(SHADES)]
    channels = [int(base[place : place + 2], 16) for place in (1, 3, 5)]
    target = 255 if shade > 0 else 0
    return "#" + "".join(f"{round(channel + (target - channel) * abs(shade)):02x}" for channel in channels)

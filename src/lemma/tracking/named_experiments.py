"""Named experiments in MLflow: their trainings, or what of them was kept, beside the present results.

A named experiment never marks a run as current and never changes a run that is. Its runs bear its name in the tag
`lemma.experiment` and a hash of the values that shape its scores in `lemma.values`. A training that it shares with the
present results or with another experiment is one run, which lists both names.

Where only scores were kept, the runs say so in `lemma.kept`. As soon as the experiment is trained again with the same
values, its complete runs take their place; runs of other values stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lemma.files import sha256
from lemma.layout import Layout
from lemma.tracking import checkout_tags, parent_runs, score_records, store, write_runs
from lemma.tracking.checkout_tags import GIT, GIT_COMMIT, GIT_DIRTY
from lemma.tracking.identity import EXPERIMENT, KEPT, KEY, VALUES, members
from lemma.tracking.run_names import RunNames

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class TrackedExperiment:
    """What MLflow is told of a named experiment on one data set.

    Attributes:
        name: of the experiment.
        about: what it tries, as the second half of a sentence.
        values: hash of the values that shape a model's scores, by model.
        sources: by run {commit, dirty} of the checkout that it was trained from, as far as known.
        commit: that recorded the results, for runs without a source; "" for none.
    """

    name: str
    about: str
    values: Mapping[str, str]
    sources: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    commit: str = ""

    def tags(self, model: str, present: Mapping[str, str]) -> dict[str, str]:
        """Return the tags that list the experiments of a run, whose tags are `present`, with this one among them."""
        names = [name for name in members(present.get(EXPERIMENT)) if name != self.name]
        values = [value for value in members(present.get(VALUES)) if not value.startswith(f"{self.name}:")]
        return {EXPERIMENT: ", ".join([*names, self.name]), VALUES: ", ".join([*values, self.value(model)])}

    def value(self, model: str) -> str:
        """Return the experiment's member of the tag `lemma.values`."""
        return f"{self.name}:{self.values[model]}"

    def source(self, run: str | None) -> dict[str, str]:
        """Return the tags of the commit that a run was trained from; for None those that all runs share."""
        sources = list(self.sources.values()) if run is None else [self.sources.get(int(run), {})]
        commits = {source.get("commit", "") for source in sources or [{}]}
        known = commits.pop() if len(commits) == 1 else ""
        if not known:
            return {GIT_COMMIT: self.commit} if self.commit and not any(sources) else {}
        is_dirty = any(source.get("dirty") for source in sources)
        return {GIT_COMMIT: known, GIT_DIRTY: "true" if is_dirty else "false"}

    def naming(self) -> RunNames:
        """Return how its runs are called."""
        return RunNames(self.name, True, None, self.source(None).get(GIT_COMMIT, "")[:7], values=self.about)


def track_trainings(
    layout: Layout, dataset: str, named: TrackedExperiment, metrics: Mapping[str, Any], uri: str | None
) -> None:
    """Publish the trainings of an experiment on a data set, in place of runs of which only scores were kept.

    Args:
        layout: the folder that the experiment ran in.
        dataset: name of the data set.
        named: the experiment.
        metrics: its scores, as in metrics.json.
        uri: the store's address; None: the project's.

    Raises:
        InputError: a file of a training is missing or damaged, or MLflow cannot be reached.
    """
    data_hash = sha256(layout.tokens(dataset))
    runs = {model: [int(entry["run"]) for entry in scores["runs"]] for model, scores in metrics["models"].items()}
    means, trainings = parent_runs.read_records(layout, dataset, runs, metrics, data_hash)
    records = [*means, *(training.record for training in trainings)]
    project = Layout(store.project_folder(layout))
    # who tracks and where; the commit is the one that the runs were trained from
    checkout = {
        name: tag for name, tag in checkout_tags.checkout_tags(project.root).items() if not name.startswith(GIT)
    }
    with store.connect(store.store_uri(layout, uri)) as client:
        experiment = store.get_or_create_experiment(client, dataset)
        for run in _kept_runs(client, experiment, named):
            client.delete_run(run.info.run_id)
        write_runs.RunWriter(client, experiment, layout, dataset, named.naming(), named, checkout).publish(records)


def track_scores(
    layout: Layout, dataset: str, named: TrackedExperiment, results: score_records.KeptScores, uri: str | None
) -> dict[str, list[int]]:
    """Publish what was kept of an experiment on a data set, and return the runs of which it was done, by model.

    Runs whose trainings are in MLflow already, with the same values, are left as they are.

    Args:
        layout: the project's.
        dataset: name of the data set.
        named: the experiment.
        results: what was kept.
        uri: the store's address; None: the project's.

    Raises:
        InputError: MLflow cannot be reached.
    """
    with store.connect(store.store_uri(layout, uri)) as client:
        experiment = store.get_or_create_experiment(client, dataset)
        complete = {
            (run.data.tags[KEY], value)
            for run in _runs(client, experiment, named)
            if KEPT not in run.data.tags
            for value in members(run.data.tags.get(VALUES))
        }
        records, runs = [], {}
        for model in results.models:
            parent, *trainings = score_records.make_records(results, named.name, model, named.values[model])
            trainings = [item for item in trainings if (item.key, named.value(model)) not in complete]
            if trainings:
                records += [parent, *trainings]
                runs[model] = [int(item.params["run"]) for item in trainings]
        checkout = checkout_tags.unknown_origin_tags()
        publisher = write_runs.RunWriter(client, experiment, layout, dataset, named.naming(), named, checkout)
        publisher.publish(records)
    return runs


def _runs(client: "MlflowClient", experiment: str, named: TrackedExperiment) -> list[Any]:
    """Return the runs of the experiment's present values."""
    values = {named.value(model) for model in named.values}
    runs = store.search_runs(client, experiment, f"tags.`{VALUES}` LIKE '%{named.name}:%'")
    return [run for run in runs if values.intersection(members(run.data.tags[VALUES]))]


def _kept_runs(client: "MlflowClient", experiment: str, named: TrackedExperiment) -> list[Any]:
    return [run for run in _runs(client, experiment, named) if KEPT in run.data.tags]

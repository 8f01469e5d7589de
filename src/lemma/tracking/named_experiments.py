"""Write named experiments to MLflow: their trainings, or only their scores.

A named experiment never marks a run as current and never changes a current run. The tag `lemma.experiment` of its runs
holds its name, and `lemma.values` a hash of the values that determine its scores. A training that it shares with the
present results or with another experiment is one run, whose tag lists both names.

If only scores exist, the runs have the tag `lemma.kept`. When the experiment is trained again with the same values, its
complete runs replace them; runs of other values stay.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lemma.files import sha256
from lemma.layout import Layout
from lemma.tracking import checkout_tags, parent_runs, score_records, store, write_runs
from lemma.tracking.checkout_tags import GIT, GIT_COMMIT, GIT_DIRTY
from lemma.tracking.identity import EXPERIMENT, KEPT, KEY, VALUES, split_tag
from lemma.tracking.run_names import RunNames

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class TrackedExperiment:
    """A named experiment on one data set, as MLflow shows it.

    Attributes:
        name: of the experiment.
        about: what the experiment tries, as the second half of a sentence.
        values: by model the hash of the values that determine its scores.
        sources: by run {commit, dirty} of the checkout that it was trained from, as far as known.
        commit: that recorded the results, for runs without a source; "" for none.
    """

    name: str
    about: str
    values: Mapping[str, str]
    sources: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    commit: str = ""

    def tags(self, model: str, present: Mapping[str, str]) -> dict[str, str]:
        """Return the tags that list the experiments of a run: those in its tags `present`, and this one."""
        names = [name for name in split_tag(present.get(EXPERIMENT)) if name != self.name]
        values = [value for value in split_tag(present.get(VALUES)) if not value.startswith(f"{self.name}:")]
        return {EXPERIMENT: ", ".join([*names, self.name]), VALUES: ", ".join([*values, self.values_member(model)])}

    def values_member(self, model: str) -> str:
        """Return the member of the tag `lemma.values` for a model of this experiment."""
        return f"{self.name}:{self.values[model]}"

    def commit_tags(self, run: str | None) -> dict[str, str]:
        """Return the tags of the commit that a run was trained from; for None those of the commit of all runs."""
        sources = list(self.sources.values()) if run is None else [self.sources.get(int(run), {})]
        commits = {source.get("commit", "") for source in sources or [{}]}
        known = commits.pop() if len(commits) == 1 else ""
        if not known:
            return {GIT_COMMIT: self.commit} if self.commit and not any(sources) else {}
        is_dirty = any(source.get("dirty") for source in sources)
        return {GIT_COMMIT: known, GIT_DIRTY: "true" if is_dirty else "false"}

    def run_names(self) -> RunNames:
        """Return how the runs of the experiment are named."""
        return RunNames(self.name, True, None, self.commit_tags(None).get(GIT_COMMIT, "")[:7], about=self.about)


def track_trainings(
    layout: Layout, dataset: str, named: TrackedExperiment, metrics: Mapping[str, Any], uri: str | None
) -> None:
    """Write the trainings of an experiment on a data set to MLflow; they replace runs that have only scores.

    Args:
        layout: the folder that the experiment ran in.
        dataset: name of the data set.
        named: the experiment.
        metrics: content of metrics.json of the experiment.
        uri: of the store; None: as in `store_uri`.

    Raises:
        InputError: a file of a training is missing or damaged, or MLflow cannot be reached.
    """
    data_hash = sha256(layout.tokens(dataset))
    runs = {model: [int(entry["run"]) for entry in scores["runs"]] for model, scores in metrics["models"].items()}
    configurations, trainings = parent_runs.read_records(layout, dataset, runs, metrics, data_hash)
    records = [*configurations, *(training.record for training in trainings)]
    project = Layout(store.project_folder(layout))
    # user and host of this process, but not its commit: that of the trainings is in `named`
    checkout = {
        name: tag for name, tag in checkout_tags.checkout_tags(project.root).items() if not name.startswith(GIT)
    }
    with store.connect(store.store_uri(layout, uri)) as client:
        experiment = store.get_or_create_experiment(client, dataset)
        for run in _search_runs_with_scores_only(client, experiment, named):
            client.delete_run(run.info.run_id)
        writer = write_runs.RunWriter(client, experiment, layout, dataset, named.run_names(), named, checkout)
        writer.write(records)


def track_scores(
    layout: Layout, dataset: str, named: TrackedExperiment, scores: score_records.RecordedScores, uri: str | None
) -> dict[str, list[int]]:
    """Write the scores of an experiment on a data set to MLflow.

    Runs whose trainings are in MLflow already, with the same values, are left as they are.

    Args:
        layout: of the project.
        dataset: name of the data set.
        named: the experiment.
        scores: of the experiment.
        uri: of the store; None: as in `store_uri`.

    Returns:
        Numbers of the runs that were written, by model.

    Raises:
        InputError: MLflow cannot be reached.
    """
    with store.connect(store.store_uri(layout, uri)) as client:
        experiment = store.get_or_create_experiment(client, dataset)
        complete = {
            (run.data.tags[KEY], value)
            for run in _search_runs(client, experiment, named)
            if KEPT not in run.data.tags
            for value in split_tag(run.data.tags.get(VALUES))
        }
        records, runs = [], {}
        for model in scores.models:
            parent, *of_runs = score_records.make_records(scores, named.name, model, named.values[model])
            missing = [record for record in of_runs if (record.key, named.values_member(model)) not in complete]
            if missing:
                records += [parent, *missing]
                runs[model] = [int(record.params["run"]) for record in missing]
        checkout = checkout_tags.unknown_origin_tags()
        writer = write_runs.RunWriter(client, experiment, layout, dataset, named.run_names(), named, checkout)
        writer.write(records)
    return runs


def _search_runs(client: "MlflowClient", experiment: str, named: TrackedExperiment) -> list[Any]:
    """Return the runs of an experiment with its present values."""
    values = {named.values_member(model) for model in named.values}
    runs = store.search_runs(client, experiment, f"tags.`{VALUES}` LIKE '%{named.name}:%'")
    return [run for run in runs if values.intersection(split_tag(run.data.tags[VALUES]))]


def _search_runs_with_scores_only(client: "MlflowClient", experiment: str, named: TrackedExperiment) -> list[Any]:
    return [run for run in _search_runs(client, experiment, named) if KEPT in run.data.tags]

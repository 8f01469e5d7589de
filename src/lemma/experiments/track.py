"""Show experiments in MLflow: complete where their trainings are there, else the scores and costs that were kept."""

from pathlib import Path

from lemma.experiments.create import text_of
from lemma.experiments.definition import Experiment
from lemma.experiments.recorded import Results, dates, load
from lemma.experiments.values import hash_of_values
from lemma.files import read_json
from lemma.layout import Layout
from lemma.tracking.named import Named, track_scores, track_trainings
from lemma.tracking.scores_only import Scores


def track_experiment(root: Path, experiment: Experiment, uri: str | None = None) -> list[str]:
    """Publish the results of an experiment to MLflow; a second time changes nothing.

    Args:
        root: the folder that holds params.yaml.
        experiment: which; its results count, with the values that they were made with.
        uri: the store's address; None: MLFLOW_TRACKING_URI, else the project's.

    Returns:
        a sentence for each data set.

    Raises:
        InputError: the experiment has not been run, its results are damaged, or MLflow cannot be reached.
    """
    results = load(root, experiment.name)
    overrides = read_json(results.path)["overrides"]
    done = []
    for dataset in results.datasets:
        models = results.models(dataset)
        hashes = {model: hash_of_values(results.params, dataset, model) for model in models}
        named = Named(experiment.name, _about(experiment, overrides), hashes)
        if results.has_files(dataset, Layout.model, Layout.history) and results.layout.tokens(dataset).exists():
            track_trainings(results.layout, dataset, named, results.metrics[dataset], uri)
            done.append(f"{experiment.name}: {_trainings(results, dataset, models)} on {dataset}, complete.")
        else:
            done.append(_scores(root, results, dataset, named, overrides, uri))
    return done


def _scores(
    root: Path, results: Results, dataset: str, named: Named, overrides: dict[str, object], uri: str | None
) -> str:
    time, commit = dates(root, [results.name])[results.name]
    metrics, costs = results.metrics[dataset], results.costs[dataset]
    scores = Scores(dataset, metrics, costs, results.params, overrides, time, commit)
    tracked = track_scores(Layout(root), dataset, named, scores, uri)
    models = [model for model in results.models(dataset) if model in tracked]
    if not models:
        return f"{results.name}: complete in MLflow already, on {dataset}."
    return f"{results.name}: {_trainings(results, dataset, models)} on {dataset}, scores only."


def _trainings(results: Results, dataset: str, models: list[str]) -> str:
    number = sum(len(results.runs(dataset, model)) for model in models)
    return f"{number} runs of {', '.join(models)}"


def _about(experiment: Experiment, overrides: dict[str, object]) -> str:
    """Return what an experiment tries, as the second half of a sentence."""
    values = ", ".join(f"{key} = {text_of(value)}" for key, value in overrides.items())
    note = f"; {experiment.note.removesuffix('.')}" if experiment.note else ""
    return f"in the experiment {experiment.name}, with {values} and otherwise the values of params.yaml{note}"

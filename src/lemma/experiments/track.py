"""Show experiments in MLflow: complete where their trainings exist, else the scores and costs that were kept."""

from pathlib import Path

from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.definition import NamedExperiment
from lemma.experiments.predictions import NoPredictionsError, check_scores
from lemma.experiments.results import Results, load_results, read_dates, results_path
from lemma.experiments.score_parameters import format_yaml, hash_score_parameters, list_first_trial_keys
from lemma.layout import Layout
from lemma.tracking.named_experiments import TrackedExperiment, track_scores, track_trainings
from lemma.tracking.score_records import KeptScores

FIRST_TRIAL = " (first trial of the search)"  # said of a value that an experiment sets and a search replaces


def track_all(root: Path, names: list[str]) -> tuple[list[str], list[InputError]]:
    """Publish experiments one after the other, whatever happens to one of them.

    Args:
        root: the folder that holds params.yaml.
        names: of the experiments; `all` stands for all that have been run.

    Returns:
        A sentence for each experiment and data set, and the failures.
    """
    lines: list[str] = []
    failures: list[InputError] = []
    for name in definition.list_names(root) if definition.ALL in names else dict.fromkeys(names):
        if definition.ALL in names and not results_path(root, name).exists():
            lines.append(f"{name}: not run.")
            continue
        try:
            lines += track_experiment(root, definition.read_experiment(root, name))
        except InputError as error:
            failures.append(error)
    return lines, failures


def track_experiment(root: Path, experiment: NamedExperiment, uri: str | None = None) -> list[str]:
    """Publish the results of an experiment to MLflow; a second time changes nothing.

    The trainings are published only if their predictions give the kept scores, in every run.

    Args:
        root: the folder that holds params.yaml.
        experiment: which; its results count, with the values that they were made with.
        uri: the store's address; None: MLFLOW_TRACKING_URI, else the project's.

    Returns:
        a sentence for each data set.

    Raises:
        InputError: the experiment has not been run, its results are damaged, or MLflow cannot be reached.
    """
    results = load_results(root, experiment.name)
    time, commit = read_dates(root, [results.name])[results.name]
    lines = []
    for dataset in results.datasets:
        models = results.models(dataset)
        numbers = {run for model in models for run in results.runs(dataset, model)}
        sources = {run: results.sources.get(str(run), {}) for run in sorted(numbers)}
        hashes = {model: hash_score_parameters(results.params, dataset, model) for model in models}
        named = TrackedExperiment(experiment.name, _about(experiment, results), hashes, sources, commit)
        reason = _lack(results, dataset)
        if not reason:
            track_trainings(results.layout, dataset, named, results.metrics[dataset], uri)
            runs = {model: results.runs(dataset, model) for model in models}
            lines.append(f"{results.name}: {_trainings(runs)} on {dataset}, complete.")
            continue
        scores = KeptScores(
            dataset,
            results.metrics[dataset],
            results.costs[dataset],
            results.params,
            results.overrides,
            time,
        )
        tracked = track_scores(Layout(root), dataset, named, scores, uri)
        runs = {model: tracked[model] for model in models if model in tracked}
        what = f"{_trainings(runs)} on {dataset}, scores only ({reason})." if runs else ""
        lines.append(f"{results.name}: {what or f'complete in MLflow already, on {dataset}.'}")
    return lines


def _lack(results: Results, dataset: str) -> str:
    """Return why the trainings of a data set cannot be published; "" if they can."""
    if results.missing:
        return results.missing
    if not results.has_files(dataset, Layout.model, Layout.history):
        return f"trainings are missing in {results.layout.root / 'models' / dataset}"
    try:
        check_scores(results, dataset)
    except NoPredictionsError as error:
        return str(error)
    return ""


def _trainings(runs: dict[str, list[int]]) -> str:
    return f"{sum(map(len, runs.values()))} runs of {', '.join(runs)}"


def _about(experiment: NamedExperiment, results: Results) -> str:
    """Return what an experiment tries, as the second half of a sentence."""
    trials = list_first_trial_keys(results.params, results.overrides)
    values = ", ".join(
        f"{key} = {format_yaml(value)}{FIRST_TRIAL if key in trials else ''}"
        for key, value in results.overrides.items()
    )
    note = f"; {experiment.note.removesuffix('.')}" if experiment.note else ""
    return f"in the experiment {experiment.name}, with {values} and otherwise the values of params.yaml{note}"

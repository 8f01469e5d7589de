"""Write experiments to MLflow: their trainings if these exist, else the recorded scores and costs."""

from pathlib import Path

from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.definition import NamedExperiment
from lemma.experiments.predictions import NoPredictionsError, check_scores
from lemma.experiments.results import Results, load_results, read_dates, results_path
from lemma.experiments.score_parameters import format_yaml, hash_score_parameters, list_first_trial_keys
from lemma.layout import Layout
from lemma.tracking.named_experiments import TrackedExperiment, track_scores, track_trainings
from lemma.tracking.score_records import RecordedScores

FIRST_TRIAL = " (first trial of the search)"  # added to a value that a search replaces


def track_all(root: Path, names: list[str]) -> tuple[list[str], list[InputError]]:
    """Write experiments to MLflow one after the other, and go on if one fails.

    Args:
        root: the folder that holds params.yaml.
        names: of the experiments; `all` means all that have been run.

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
    """Write the results of an experiment to MLflow; runs that are there already are left as they are.

    The trainings are written only if their predictions give the recorded scores in every run, else only the scores.

    Args:
        root: the folder that holds params.yaml.
        experiment: to track, with the values that its results were computed with.
        uri: of the store; default: MLFLOW_TRACKING_URI, else `mlflow.db` of the project.

    Returns:
        A sentence for each data set.

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
        named = TrackedExperiment(experiment.name, _describe(experiment, results), hashes, sources, commit)
        reason = _why_scores_only(results, dataset)
        if not reason:
            track_trainings(results.layout, dataset, named, results.metrics[dataset], uri)
            runs = {model: results.runs(dataset, model) for model in models}
            lines.append(f"{results.name}: {_count_runs(runs)} on {dataset}, complete.")
            continue
        scores = RecordedScores(
            dataset,
            results.metrics[dataset],
            results.costs[dataset],
            results.params,
            results.overrides,
            time,
        )
        tracked = track_scores(Layout(root), dataset, named, scores, uri)
        runs = {model: tracked[model] for model in models if model in tracked}
        sentence = f"{_count_runs(runs)} on {dataset}, scores only ({reason})." if runs else ""
        lines.append(f"{results.name}: {sentence or f'complete in MLflow already, on {dataset}.'}")
    return lines


def _why_scores_only(results: Results, dataset: str) -> str:
    """Return why only the scores on a data set can be written; "" if the trainings can."""
    if results.missing:
        return results.missing
    if not results.has_files(dataset, Layout.model, Layout.history):
        return f"trainings are missing in {results.layout.root / 'models' / dataset}"
    try:
        check_scores(results, dataset)
    except NoPredictionsError as error:
        return str(error)
    return ""


def _count_runs(runs: dict[str, list[int]]) -> str:
    return f"{sum(map(len, runs.values()))} runs of {', '.join(runs)}"


def _describe(experiment: NamedExperiment, results: Results) -> str:
    """Return a description of an experiment as the second half of a sentence."""
    trials = list_first_trial_keys(results.params, results.overrides)
    values = ", ".join(
        f"{key} = {format_yaml(value)}{FIRST_TRIAL if key in trials else ''}"
        for key, value in results.overrides.items()
    )
    note = f"; {experiment.note.removesuffix('.')}" if experiment.note else ""
    return f"in the experiment {experiment.name}, with {values} and otherwise the values of params.yaml{note}"

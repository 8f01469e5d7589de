"""The table of `lemma experiment list`: values, state and best score of each experiment."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lemma import params as parameters
from lemma.corpus.primary_metric import get_primary_score
from lemma.data.sources.catalog import get_primary_metric
from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.additional_runs import select_missing_runs
from lemma.experiments.definition import NamedExperiment
from lemma.experiments.results import MALFORMED, PRESENT, Results, load_results, read_dates, results_path
from lemma.experiments.score_parameters import format_yaml, iterate_dotted, list_changed_keys, list_first_trial_keys
from lemma.files import read_json
from lemma.layout import Layout

NOT_RUN, RUN, CHANGED, PARTLY, UNREADABLE = "not run", "run", "changed", "partly", "damaged"
LEGEND = {
    CHANGED: "changed: its values have changed since it was run",
    PARTLY: "partly: some of its runs are missing",
    UNREADABLE: "damaged: its file or its results cannot be read",
}
HEADER = ("name", "data sets", "models", "runs", "state", "date", "best (dev)", "differs from params.yaml")
SCOPE = ("experiment.datasets", "experiment.models", "experiment.runs")  # keys with a column of their own
GAP = "  "
MIN_WIDTH = 30  # characters of the last column; in a narrower terminal it moves to lines of its own


@dataclass(frozen=True)
class ExperimentRow:
    """The row of an experiment: a text for each column."""

    name: str
    datasets: str
    models: str
    runs: str
    state: str
    date: str
    best: str
    differs: str


def read_rows(root: Path) -> tuple[list[ExperimentRow], list[InputError]]:
    """Return the rows of the present results and of all named experiments, and the errors of damaged ones.

    Raises:
        InputError: params.yaml is invalid.
    """
    present = parameters.load(root / PRESENT).model_dump(mode="json", exclude_unset=True)
    names = definition.list_names(root)
    recorded = read_dates(root, names)
    failures: list[InputError] = []
    rows = [_present_row(root, present, failures)]
    rows += [_experiment_row(root, name, present, recorded, failures) for name in names]
    return rows, failures


def format_table(rows: list[ExperimentRow], width: int) -> str:
    """Return the table of experiments, with lines of `width` characters.

    A name or list that is longer than that makes its line longer.
    """
    return "\n".join(
        [*_format_lines(rows, width), *(LEGEND[state] for state in LEGEND if state in {row.state for row in rows})]
    )


def _format_lines(rows: list[ExperimentRow], width: int) -> Iterable[str]:
    cells = [[row.name, row.datasets, row.models, row.runs, row.state, row.date, row.best] for row in rows]
    widths = [max(map(len, column)) for column in zip(HEADER[:-1], *cells)]
    used = sum(widths) + len(GAP) * len(widths)
    is_wide = width - used >= MIN_WIDTH
    yield _join_columns(HEADER[:-1], widths) + (GAP + HEADER[-1] if is_wide else "")
    for row, texts in zip(rows, cells):
        line = _join_columns(texts, widths)
        if is_wide:
            first, *rest = textwrap.wrap(row.differs, width - used, break_on_hyphens=False) or [""]
            yield (line + GAP + first).rstrip()
            yield from (" " * used + text for text in rest)
        else:
            yield line.rstrip()
            indent = 2 * GAP
            yield from textwrap.wrap(
                row.differs, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
            )


def _join_columns(texts: Iterable[str], widths: list[int]) -> str:
    return GAP.join(f"{text:<{width}}" for text, width in zip(texts, widths))


def _present_row(root: Path, values: dict[str, Any], failures: list[InputError]) -> ExperimentRow:
    """Return the row of the present results. (Only Snakemake can say whether they are up to date.)"""
    layout, scope = Layout(root), values["experiment"]
    evaluated = [dataset for dataset in scope["datasets"] if layout.metrics(dataset).exists()]
    state, date, best = NOT_RUN, "", ""
    if evaluated:
        date = _format_day(max(layout.metrics(dataset).stat().st_mtime for dataset in evaluated))
        try:
            results = load_results(root, PRESENT)
        except InputError as error:
            failures.append(error)
            return ExperimentRow(PRESENT, *_format_scope(scope), UNREADABLE, date, "", "")
        failures += results.failures
        is_complete = results.datasets == scope["datasets"] and _is_complete(results, scope)
        state = UNREADABLE if results.failures else RUN if is_complete else PARTLY
        best = _format_best(results, results.datasets)
    return ExperimentRow(PRESENT, *_format_scope(scope), state, date, best, "")


def _is_complete(results: Results, scope: dict[str, Any]) -> bool:
    return all(
        set(scope["models"]) <= set(results.models(dataset))
        and all(set(scope["runs"]) <= set(results.runs(dataset, model)) for model in scope["models"])
        for dataset in scope["datasets"]
    )


def _experiment_row(
    root: Path,
    name: str,
    present: dict[str, Any],
    recorded: dict[str, tuple[float, str]],
    failures: list[InputError],
) -> ExperimentRow:
    date = _format_day(recorded[name][0]) if name in recorded else ""
    try:
        experiment = definition.read_experiment(root, name)
        values = definition.merge_values(root, experiment)
        scope, differs = _format_scope(values["experiment"]), _format_differences(experiment, present, values)
        if name not in recorded:
            return ExperimentRow(name, *scope, PARTLY if _has_trained(root, name) else NOT_RUN, date, "", differs)
        results = load_results(root, name)
        state = _get_state(root, experiment, results, values)
        return ExperimentRow(name, *scope, state, date, _format_best(results, results.datasets), differs)
    except (InputError, *MALFORMED) as error:
        malformed = InputError(
            f"{results_path(root, name)} is in the form of another version.", f"Run `lemma experiment run {name}`."
        )
        failures.append(error if isinstance(error, InputError) else malformed)
        return ExperimentRow(name, "", "", "", UNREADABLE, date, "", "")


def _format_scope(experiment: dict[str, Any]) -> tuple[str, str, str]:
    return ", ".join(experiment["datasets"]), str(len(experiment["models"])), str(len(experiment["runs"]))


def _format_differences(experiment: NamedExperiment, present: dict[str, Any], values: dict[str, Any]) -> str:
    """Return the values in which an experiment differs from params.yaml, except those with a column of their own.

    A value that a hyperparameter search replaces is marked as the first trial.
    """
    before, trials = dict(iterate_dotted(present)), list_first_trial_keys(values, experiment.overrides)
    return ", ".join(
        f"{key}={format_yaml(value)}{' (first trial)' if key in trials else ''}"
        for key, value in experiment.overrides.items()
        if key not in SCOPE and before.get(key) != value
    )


def _get_state(root: Path, experiment: NamedExperiment, results: Results, values: dict[str, Any]) -> str:
    if select_missing_runs(experiment, read_json(results_path(root, experiment.name)), values) is not experiment:
        return PARTLY
    complete = set(values["experiment"]["datasets"]) <= set(results.datasets)
    different = list_changed_keys(results.params, values)
    return CHANGED if different else RUN if complete else PARTLY


def _has_trained(root: Path, name: str) -> bool:
    return any((definition.workspace_layout(root, name).root / "models").glob("*/*/*/model.zip"))


def _format_day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _format_best(results: Results, datasets: list[str]) -> str:
    """Return for each data set the model with the highest mean of the primary metric on dev, and that mean in %."""
    texts = []
    for dataset in datasets:
        scores = {model: mean_dev_score(results, dataset, model) for model in results.models(dataset)}
        best = max(scores, key=lambda model: scores[model])
        texts.append(f"{best} {100 * scores[best]:.1f}")
    return ", ".join(texts)


def format_summary(root: Path, name: str) -> str:
    """Return a line for each data set of an experiment: its models and their scores on dev."""
    results = load_results(root, name)
    lines = []
    for dataset in results.datasets:
        scores = [f"{model} {100 * mean_dev_score(results, dataset, model):.1f}" for model in results.models(dataset)]
        lines.append(f"{name}: {get_primary_metric(dataset)} on dev of {dataset} in %: {', '.join(scores)}")
    return "\n".join(lines)


def mean_dev_score(results: Results, dataset: str, model: str) -> float:
    """Return a model's mean over runs of the primary metric on dev."""
    summary = results.metrics[dataset]["models"][model]["summary"]["dev"]
    return float(get_primary_score(summary, get_primary_metric(dataset))["mean"])

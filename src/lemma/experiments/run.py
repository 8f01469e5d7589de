"""Run an experiment: Snakemake in its folder, then record its scores and costs and write its runs to MLflow."""

import csv
import os
import sys
from pathlib import Path
from typing import Any

from lemma.errors import CheckError, InputError
from lemma.experiments.additional_runs import join_results, select_missing_runs
from lemma.experiments.definition import NamedExperiment, make_workspace, merge_values
from lemma.experiments.process import run_process
from lemma.experiments.results import results_path
from lemma.experiments.run_commits import current_source, sources_by_run
from lemma.experiments.score_parameters import list_searched_keys
from lemma.experiments.track import track_experiment
from lemma.files import read_json, write_json
from lemma.layout import Layout
from lemma.params import Params
from lemma.progress import say


def run_experiments(root: Path, experiments: list[NamedExperiment], cores: str = "all") -> None:
    """Run experiments one after the other, after all have been checked.

    Args:
        root: the folder that holds params.yaml.
        experiments: to run.
        cores: for Snakemake, a number or `all`.

    Raises:
        InputError: an experiment or params.yaml is invalid.
        CheckError: a stage of an experiment failed.
    """
    for experiment in experiments:
        for key in list_searched_keys(merge_values(root, experiment), experiment.overrides):
            say(
                f"note: {experiment.name}: tune.models names {key.split('.')[1]}, so {key} is only the first trial of "
                "the search, which may choose another value. To train with the value itself, set tune.models without "
                "that model."
            )
    for experiment in experiments:
        run_experiment(root, experiment, cores)


def run_experiment(root: Path, experiment: NamedExperiment, cores: str = "all") -> dict[str, Any]:
    """Run an experiment, record its results in `reports/benchmark/NAME.json` and write its runs to MLflow.

    Snakemake resumes an experiment that was interrupted. If experiment.runs was extended since the results were
    recorded, only the new runs are trained.

    Args:
        root: the folder that holds params.yaml.
        experiment: to run.
        cores: for Snakemake, a number or `all`.

    Returns:
        The results of all runs as in `collect_results`, with their sources.

    Raises:
        InputError: the experiment is invalid.
        CheckError: a stage failed; Snakemake has printed which.
    """
    path = results_path(root, experiment.name)
    previous = read_json(path) if path.exists() else None
    part = select_missing_runs(experiment, previous, merge_values(root, experiment))
    layout, params = make_workspace(root, part)
    folder = Path(os.path.relpath(layout.root))
    targets = [str(layout.metrics(name).relative_to(layout.root)) for name in params.experiment.datasets]
    command = [sys.executable, "-m", "snakemake", "--cores", cores, *targets]
    source = current_source(root)
    if run_process(command, layout.root, snakemake_environment(os.environ)):
        raise CheckError(
            f"The experiment '{experiment.name}' failed; the output of Snakemake above says where.",
            f"Fix the cause and run the command again: it resumes. If the folder is locked: "
            f"`snakemake --directory {folder} --unlock`.",
        )
    results = collect_results(layout, part, params)
    results["sources"] = sources_by_run(results, previous, source)
    if previous is not None and part is not experiment:
        results = join_results(previous, results, experiment)
    write_json(path, results)
    try:
        track_experiment(root, experiment)
    except InputError as error:  # the results are recorded even if MLflow cannot be reached
        say(f"warning: {error.what} Run `lemma experiment track {experiment.name}` later.")
    return results


def snakemake_environment(current: Any) -> dict[str, str]:
    """Return the environment variables for Snakemake: this Python first in PATH, and absolute paths.

    The workflow runs in another folder, so relative paths in LEMMA_MIRROR and MLFLOW_TRACKING_URI are made absolute.

    Args:
        current: mapping of the environment variables.
    """
    variables = dict(current)
    variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), current.get("PATH", os.defpath)])
    places = [place.strip() for place in current.get("LEMMA_MIRROR", "").split(",") if place.strip()]
    if places:
        variables["LEMMA_MIRROR"] = ",".join(
            place if "://" in place else str(Path(place).expanduser().absolute()) for place in places
        )
    database = current.get("MLFLOW_TRACKING_URI", "").partition("sqlite:///")[2]
    if database:
        variables["MLFLOW_TRACKING_URI"] = f"sqlite:///{Path(database).absolute()}"
    return variables


def collect_results(layout: Layout, experiment: NamedExperiment, params: Params) -> dict[str, Any]:
    """Return the results that an experiment has left in its folder.

    Returns:
        {name, overrides, params: all values it ran with, results: by data set {metrics: as in metrics.json, cost: by
        model {cpu_seconds, seconds}, summed over runs}}; `run_experiment` adds sources: by run {commit, dirty}.

    Raises:
        InputError: the metrics of a data set or the cost of a training are missing or damaged.
    """
    return {
        "name": experiment.name,
        "overrides": experiment.overrides,
        "params": params.model_dump(mode="json", exclude_unset=True),
        "results": {
            dataset: {
                "metrics": read_json(layout.metrics(dataset)),
                "cost": {
                    model: _sum_costs([_read_cost(layout, dataset, model, run) for run in params.experiment.runs])
                    for model in params.experiment.models
                },
            }
            for dataset in params.experiment.datasets
        },
    }


def _sum_costs(costs: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(sum(cost[key] for cost in costs), 2) for key in costs[0]}


def _read_cost(layout: Layout, dataset: str, model: str, run: int) -> dict[str, float]:
    """Return CPU seconds and wall-clock seconds of one training, as Snakemake measured them since its last start.

    Snakemake samples the CPU time at intervals of at most 30 s, so the time after the last sample is missing; it is 0
    for a training that ended before the first sample.
    """
    path = layout.root / "benchmarks" / "train" / dataset / model / f"{run}.tsv"
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            row = next(csv.DictReader(stream, delimiter="\t"))
        cpu = row["cpu_time"]
        return {"cpu_seconds": float(cpu) if cpu not in ("-", "NA") else 0.0, "seconds": float(row["s"])}
    except FileNotFoundError:
        raise InputError(
            f"{path} does not exist.", "Delete the model and run again: Snakemake writes this file."
        ) from None
    except (StopIteration, KeyError, TypeError, ValueError):
        raise InputError(f"{path} is not a benchmark file of Snakemake.", "Delete the model and run again.") from None

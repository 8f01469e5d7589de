"""Run an experiment by Snakemake in its folder, keep its scores and costs in one file, and show its runs in MLflow."""

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
    """Run experiments one after the other; all are checked before the first runs.

    Args:
        root: the folder that holds params.yaml.
        experiments: which.
        cores: how many cores Snakemake may use, a number or `all`.

    Raises:
        InputError: a mistake in an experiment or in params.yaml.
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
    """Run the experiment, or what is left of it, keep its results in `reports/benchmark/NAME.json` and track them.

    Where it has been given further runs since its results were kept, only these are trained.

    Args:
        root: the folder that holds params.yaml.
        cores: how many cores Snakemake may use, a number or `all`.

    Returns:
        what `collect_results` gives, of all runs, with their sources.

    Raises:
        InputError: the experiment has mistakes.
        CheckError: a stage failed; Snakemake has said which.
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
            f"The experiment '{experiment.name}' failed; Snakemake says above where.",
            f"Fix it and run the command again: it resumes. If Snakemake finds the folder locked, "
            f"`snakemake --directory {folder} --unlock`.",
        )
    results = collect_results(layout, part, params)
    results["sources"] = sources_by_run(results, previous, source)
    if previous is not None and part is not experiment:
        results = join_results(previous, results, experiment)
    write_json(path, results)
    try:
        track_experiment(root, experiment)
    except InputError as error:  # a server that is down costs no result
        say(f"warning: {error.what} `lemma experiment track {experiment.name}` completes it.")
    return results


def snakemake_environment(current: Any) -> dict[str, str]:
    """Return the environment variables for Snakemake: this Python's commands first, folders absolute.

    The workflow runs in another folder, where a relative path of LEMMA_MIRROR or MLFLOW_TRACKING_URI leads elsewhere.

    Args:
        current: the variables as they are, a mapping.
    """
    changed = dict(current)
    changed["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), current.get("PATH", os.defpath)])
    places = [place.strip() for place in current.get("LEMMA_MIRROR", "").split(",") if place.strip()]
    if places:
        changed["LEMMA_MIRROR"] = ",".join(
            place if "://" in place else str(Path(place).expanduser().absolute()) for place in places
        )
    database = current.get("MLFLOW_TRACKING_URI", "").partition("sqlite:///")[2]
    if database:
        changed["MLFLOW_TRACKING_URI"] = f"sqlite:///{Path(database).absolute()}"
    return changed


def collect_results(layout: Layout, experiment: NamedExperiment, params: Params) -> dict[str, Any]:
    """Return what an experiment left in its folder.

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
                    model: _sum([_cost(layout, dataset, model, run) for run in params.experiment.runs])
                    for model in params.experiment.models
                },
            }
            for dataset in params.experiment.datasets
        },
    }


def _sum(costs: list[dict[str, float]]) -> dict[str, float]:
    return {key: round(sum(cost[key] for cost in costs), 2) for key in costs[0]}


def _cost(layout: Layout, dataset: str, model: str, run: int) -> dict[str, float]:
    """Return the seconds of one training, by its processor and by the clock, as Snakemake measured its last start.

    Snakemake asks for the processor's time now and then, at most 30 s apart, so its last stretch is missing; a training
    that ended before the first time counts as 0.
    """
    path = layout.root / "benchmarks" / "train" / dataset / model / f"{run}.tsv"
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            row = next(csv.DictReader(stream, delimiter="\t"))
        cpu = row["cpu_time"]
        return {"cpu_seconds": float(cpu) if cpu not in ("-", "NA") else 0.0, "seconds": float(row["s"])}
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Snakemake writes it: delete the model and run again.") from None
    except (StopIteration, KeyError, TypeError, ValueError):
        raise InputError(f"{path} is no table of Snakemake's.", "Delete the model and run again.") from None

"""The runs above the trainings: a configuration, with the means of its trainings, and the report on a data set.

A configuration is what the trainings of one model share, that is, everything but run and seed. Its run is the parent of
theirs, so that the table of runs reads as a list of configurations, each of which unfolds to its trainings. The run of
the report stands beside them: the same configuration may occur in several reports, and MLflow knows one parent only.
"""

from collections.abc import Mapping
from typing import Any

from lemma.layout import Layout
from lemma.tracking.identity import KEY, OF_ONE_RUN, hash_of
from lemma.tracking.run_record import DATA, DEVICE, RunRecord, TrainingRecord, final_metrics, make_points, read_training

REPORT = "report"


def read_records(
    layout: Layout, dataset: str, runs: Mapping[str, list[int]], scores: Mapping[str, Any], data_hash: str
) -> tuple[list[RunRecord], list[TrainingRecord]]:
    """Return the configurations of trained models, and their trainings.

    Args:
        layout: where files lie.
        dataset: name of the data set.
        runs: numbers of the runs by model.
        scores: as in metrics.json.
        data_hash: SHA-256 of the tokens.

    Raises:
        InputError: a file is missing or damaged, or the scores lack a run.
    """
    trained = {
        model: [read_training(layout, dataset, model, run, scores, data_hash) for run in numbers]
        for model, numbers in runs.items()
    }
    means = [configuration_record(dataset, model, trained[model], scores["models"][model]["summary"]) for model in runs]
    return means, [training for model in runs for training in trained[model]]


def configuration_record(
    dataset: str, model: str, trained: list[TrainingRecord], summary: Mapping[str, Any]
) -> RunRecord:
    """Return the run of a configuration: means over its trainings, and standard deviations in a group of their own.

    Args:
        dataset: name of the data set.
        model: name of the model.
        trained: its trainings.
        summary: the model's in metrics.json.
    """
    records = [training.record for training in trained]
    end = max(record.end for record in records)
    shared = [item for item in records[0].params.items() if item[0] not in OF_ONE_RUN]
    tags = {name: records[0].tags[name] for name in (DATA, DEVICE) if name in records[0].tags}
    return RunRecord(
        key=f"{dataset}/{model}",
        config=hash_of(sorted({training.configuration for training in trained})),
        name=model,
        start=min(record.start for record in records),
        end=end,
        params={key: value for key, value in shared if all(record.params.get(key) == value for record in records)},
        points=make_points(summary_metrics(summary, dataset), 0, end),
        tags=tags | {KEY: f"{dataset}/{model}"},
        title=f"Means over {len(records)} runs of {model} on {dataset}",
        source=f"lemma evaluate {dataset}",
        models=[model],
    )


def summary_metrics(summary: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    """Return the means of a summary by the name that MLflow gets, then its standard deviations."""
    leaves = final_metrics(summary, dataset)
    return {name: leaf["mean"] for name, leaf in leaves.items()} | {
        f"std {name}": leaf["std"] for name, leaf in leaves.items()
    }


def report_record(
    layout: Layout, dataset: str, configurations: list[RunRecord], trainings: list[TrainingRecord]
) -> RunRecord:
    """Return the run that holds the report on a data set, its figures and the data card."""
    folder = layout.report(dataset)
    paths = [layout.pdf(dataset), layout.card_pdf(dataset), *sorted((folder / "figures").glob("*.svg"))]
    models = sorted(record.name for record in configurations)
    return RunRecord(
        key=dataset,
        config=hash_of(sorted(training.record.config for training in trainings)),
        name=f"{REPORT} {dataset}",
        start=min(record.start for record in configurations),
        end=max(record.end for record in configurations),
        params={},
        points=[],
        tags={KEY: dataset, DATA: configurations[0].tags[DATA]},
        files={str(path.relative_to(folder)): path for path in paths if path.exists()},
        title=f"Report on {dataset}: {', '.join(models)}",
        source=f"lemma report {dataset}",
        models=models,
    )

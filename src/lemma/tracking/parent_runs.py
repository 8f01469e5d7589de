"""Records of configurations (parent runs with the means of their trainings) and of the report on a data set.

A configuration is what the trainings of one model share: everything but run and seed. Its MLflow run is the parent of
their runs, so the runs table is a list of configurations that unfold to trainings. The run of the report has no
parent and no children: a configuration may occur in several reports, and an MLflow run has one parent.
"""

from collections.abc import Mapping
from typing import Any

from lemma.layout import Layout
from lemma.tracking.identity import KEY, OF_ONE_RUN, hash_json
from lemma.tracking.run_record import DATA, DEVICE, RunRecord, TrainingRecord, final_metrics, make_points, read_training

REPORT = "report"


def read_records(
    layout: Layout, dataset: str, runs: Mapping[str, list[int]], scores: Mapping[str, Any], data_hash: str
) -> tuple[list[RunRecord], list[TrainingRecord]]:
    """Return the records of the configurations of trained models, and of their trainings.

    Args:
        layout: where files are.
        dataset: name of the data set.
        runs: numbers of the runs, by model.
        scores: content of metrics.json.
        data_hash: SHA-256 of the file of tokens.

    Raises:
        InputError: a file is missing or damaged, or the scores lack a run.
    """
    trainings = {
        model: [read_training(layout, dataset, model, run, scores, data_hash) for run in numbers]
        for model, numbers in runs.items()
    }
    configurations = [
        configuration_record(dataset, model, trainings[model], scores["models"][model]["summary"]) for model in runs
    ]
    return configurations, [training for model in runs for training in trainings[model]]


def configuration_record(
    dataset: str, model: str, trainings: list[TrainingRecord], summary: Mapping[str, Any]
) -> RunRecord:
    """Return the record of a configuration, with means and standard deviations over its trainings.

    Args:
        dataset: name of the data set.
        model: name of the model.
        trainings: all trainings of the configuration.
        summary: the summary of the model in metrics.json.
    """
    records = [training.record for training in trainings]
    end = max(record.end for record in records)
    shared = [item for item in records[0].params.items() if item[0] not in OF_ONE_RUN]
    tags = {name: records[0].tags[name] for name in (DATA, DEVICE) if name in records[0].tags}
    return RunRecord(
        key=f"{dataset}/{model}",
        config=hash_json(sorted({training.configuration for training in trainings})),
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
    """Return the means of a summary by their names in MLflow, then the standard deviations (`std ...`)."""
    leaves = final_metrics(summary, dataset)
    return {name: leaf["mean"] for name, leaf in leaves.items()} | {
        f"std {name}": leaf["std"] for name, leaf in leaves.items()
    }


def report_record(
    layout: Layout, dataset: str, configurations: list[RunRecord], trainings: list[TrainingRecord]
) -> RunRecord:
    """Return the record of the report on a data set; its artifacts are the PDF, the figures and the data card."""
    folder = layout.report(dataset)
    paths = [layout.pdf(dataset), layout.card_pdf(dataset), *sorted((folder / "figures").glob("*.svg"))]
    models = sorted(record.name for record in configurations)
    return RunRecord(
        key=dataset,
        config=hash_json(sorted(training.record.config for training in trainings)),
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

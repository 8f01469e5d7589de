"""What MLflow shows above the runs: a run for each model, the mean of its own, and one for the data set, with the PDFs.

So the UI's table has the rows of the report: the models' runs compare as the report's lines do, and each opens to the
trainings that it is the mean of.
"""

from collections.abc import Mapping
from typing import Any

from lemma.layout import Layout
from lemma.tracking.record import KEY, Record, by_class, scores_of

SINGLE = ("run", "seed")  # parameters of one training


def model(dataset: str, name: str, runs: list[Record], summary: Mapping[str, Any]) -> Record:
    """Return the run that stands for a model: means over its trainings, and their standard deviations apart.

    Args:
        dataset: name of the data set.
        name: of the model.
        runs: its trainings.
        summary: the model's in metrics.json.
    """
    end = max(run.end for run in runs)
    leaves = {f"{part}/{key}": leaf for part in ("test", "dev", "train") for key, leaf in scores_of(summary[part])}
    leaves |= by_class(summary["test"])
    means = {key: leaf["mean"] for key, leaf in leaves.items()}
    spreads = {f"std {key}": leaf["std"] for key, leaf in leaves.items()}
    shared = [item for item in runs[0].params.items() if item[0] not in SINGLE]
    return Record(
        key=f"{dataset}/{name}",
        name=name,
        start=min(run.start for run in runs),
        end=end,
        params={key: value for key, value in shared if all(run.params.get(key) == value for run in runs)},
        points=[(key, float(value), 0, end) for key, value in (means | spreads).items() if value is not None],
        tags={KEY: f"{dataset}/{name}", "lemma.data": runs[0].tags["lemma.data"]},
        parent=dataset,
    )


def dataset(layout: Layout, name: str, models: list[Record]) -> Record:
    """Return the run that stands for a data set: parent of the models', with the report, its figures and the card."""
    places = [layout.pdf(name), layout.card_pdf(name), *sorted((layout.report(name) / "figures").glob("*.svg"))]
    held = {str(path.relative_to(layout.report(name))): path for path in places if path.exists()}
    return Record(
        key=name,
        name=name,
        start=min(model.start for model in models),
        end=max(model.end for model in models),
        params={},
        points=[],
        tags={KEY: name, "lemma.data": models[0].tags["lemma.data"]},
        files=held,
    )

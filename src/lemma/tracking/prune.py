"""Delete the runs that do not belong to the present results (`lemma track --prune`).

Runs of a named experiment stay as long as the experiment has a file in `benchmark/`.
"""

from datetime import UTC, datetime
from typing import Any

from lemma.layout import Layout
from lemma.tracking import store
from lemma.tracking.identity import CURRENT, EXPERIMENT, KEY, split_tag


def find_superseded(layout: Layout, dataset: str, uri: str | None = None) -> list[Any]:
    """Return the MLflow runs on a data set that are neither current nor of a named experiment, newest first.

    Raises:
        InputError: MLflow cannot be reached.
    """
    with store.connect(store.store_uri(layout, uri)) as client:
        experiment = client.get_experiment_by_name(dataset)
        if experiment is None or experiment.lifecycle_stage == "deleted":
            return []
        conditions = [f"tags.`{CURRENT}` = 'false'", f"tags.`{CURRENT}` IS NULL AND tags.`{KEY}` LIKE '%'"]
        runs = [run for where in conditions for run in store.search_runs(client, experiment.experiment_id, where)]
        names = {path.stem for path in (layout.root / "benchmark").glob("*.yaml")}
        runs = [run for run in runs if not names.intersection(split_tag(run.data.tags.get(EXPERIMENT)))]
        return sorted(runs, key=lambda run: -run.info.start_time)


def delete_runs(layout: Layout, runs: list[Any], uri: str | None = None) -> None:
    """Mark runs as deleted: MLflow can restore them until `mlflow gc`.

    Raises:
        InputError: MLflow cannot be reached.
    """
    with store.connect(store.store_uri(layout, uri)) as client:
        for run in runs:
            client.delete_run(run.info.run_id)


def describe_run(run: Any) -> str:
    """Return a line on a run: time, test accuracy, name."""
    time = datetime.fromtimestamp(run.info.start_time / 1000, UTC)
    accuracy = run.data.metrics.get("test_accuracy", run.data.metrics.get("test/accuracy"))
    score = f"{accuracy:.3f}" if accuracy is not None else ""
    return f"{time:%Y-%m-%d %H:%M}  {score:>5}  {run.info.run_name}"

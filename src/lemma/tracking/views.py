"""The views of a data set's runs that `make ui` links to: the present results, and everything that was tried.

MLflow keeps a shared view as a tag of the experiment, with filter, order and columns, and opens it by its name. So the
table shows model, score and data set at first sight, and the values in which configurations differ.
"""

import json
from typing import TYPE_CHECKING, Any

from lemma.tracking import store
from lemma.tracking.identity import CONFIGURATION, CURRENT, KEY, OF_ONE_RUN
from lemma.tracking.run_record import headline_metrics

if TYPE_CHECKING:
    from mlflow import MlflowClient

TAG = "mlflow.sharedViewState."
PRESENT, EVERYTHING = "lemma.current", "lemma.everything"  # names of the views
MOST = 8  # columns of parameters


def write_views(client: "MlflowClient", experiment: str) -> None:
    """Bring both views of an experiment up to date."""
    held = client.get_experiment(experiment)
    metrics = [f"{split}_{name}" for split, name in headline_metrics(held.name)]
    metrics.insert(2, f"std {metrics[1]}")
    columns = ["attributes.`Dataset`", *(f"metrics.`{name}`" for name in metrics), "params.`model`"]
    present = {
        "searchFilter": f"tags.`{CURRENT}` = 'true'",
        # by the number of the run, the first ten, whose curves MLflow draws, are of every model
        "orderByKey": "params.`run`",
        "orderByAsc": True,
        "selectedColumns": columns,
    }
    differing = [f"params.`{name}`" for name in _differing(client, experiment)]
    everything = {"selectedColumns": [*columns, *differing, f"tags.`{CURRENT}`"]}
    for name, state in ((PRESENT, present), (EVERYTHING, everything)):
        text = json.dumps(state)
        if held.tags.get(TAG + name) != text:
            client.set_experiment_tag(experiment, TAG + name, text)


def view_links(base: str, experiment: str) -> tuple[str, str]:
    """Return the addresses of both views at the server `base`: the curves of the present results, and all runs."""
    page = f"{base}/#/experiments/{experiment}/runs?workflowType=machine_learning&viewStateShareKey="
    return f"{page}{PRESENT}&compareRunsMode=CHART", f"{page}{EVERYTHING}&compareRunsMode=TABLE"


def _differing(client: "MlflowClient", experiment: str) -> list[str]:
    """Return the parameters in which configurations of the same model differ."""
    configurations = store.search_runs(client, experiment, f"tags.`{CONFIGURATION}` LIKE '%' AND params.`run` IS NULL")
    by_model: dict[str, list[dict[str, Any]]] = {}
    for run in configurations:
        by_model.setdefault(run.data.tags[KEY], []).append(run.data.params)
    names: set[str] = set()
    for params in by_model.values():
        keys = {key for values in params for key in values}
        names |= {key for key in keys if len({values.get(key) for values in params}) > 1}
    return sorted(names - set(OF_ONE_RUN))[:MOST]

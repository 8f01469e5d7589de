"""Two views of the runs table of a data set, to which `make ui` links: the present results, and all runs.

MLflow stores a shared view (filter, order, columns) as a tag of the experiment and opens it by its name. The views
have columns for data set, model and scores, and the second one for each parameter in which configurations differ.
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
MAX_PARAMETERS = 8  # columns of parameters


def write_views(client: "MlflowClient", experiment: str) -> None:
    """Write both views of an MLflow experiment, unless they are up to date."""
    content = client.get_experiment(experiment)
    metrics = [f"{split}_{name}" for split, name in headline_metrics(content.name)]
    metrics.insert(2, f"std {metrics[1]}")
    columns = ["attributes.`Dataset`", *(f"metrics.`{name}`" for name in metrics), "params.`model`"]
    present = {
        "searchFilter": f"tags.`{CURRENT}` = 'true'",
        # MLflow draws the curves of the first ten runs: ordered by run number, they are of all models
        "orderByKey": "params.`run`",
        "orderByAsc": True,
        "selectedColumns": columns,
    }
    differing = [f"params.`{name}`" for name in _list_differing_parameters(client, experiment)]
    everything = {"selectedColumns": [*columns, *differing, f"tags.`{CURRENT}`"]}
    for name, state in ((PRESENT, present), (EVERYTHING, everything)):
        text = json.dumps(state)
        if content.tags.get(TAG + name) != text:
            client.set_experiment_tag(experiment, TAG + name, text)


def view_links(base: str, experiment: str) -> tuple[str, str]:
    """Return the URLs of both views at the server `base`: charts of the present results, table of all runs."""
    page = f"{base}/#/experiments/{experiment}/runs?workflowType=machine_learning&viewStateShareKey="
    return f"{page}{PRESENT}&compareRunsMode=CHART", f"{page}{EVERYTHING}&compareRunsMode=TABLE"


def _list_differing_parameters(client: "MlflowClient", experiment: str) -> list[str]:
    """Return the parameters in which configurations of the same model differ."""
    configurations = store.search_runs(client, experiment, f"tags.`{CONFIGURATION}` LIKE '%' AND params.`run` IS NULL")
    by_model: dict[str, list[dict[str, Any]]] = {}
    for run in configurations:
        by_model.setdefault(run.data.tags[KEY], []).append(run.data.params)
    names: set[str] = set()
    for params in by_model.values():
        keys = {key for values in params for key in values}
        names |= {key for key in keys if len({values.get(key) for values in params}) > 1}
    return sorted(names - set(OF_ONE_RUN))[:MAX_PARAMETERS]

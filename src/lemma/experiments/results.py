"""Read the results of experiments: recorded scores and costs, and the folder with the trainings if it exists.

Scores are recorded in `reports/benchmark/NAME.json`. Curves, models and probabilities are in `.benchmark/NAME` only.
The present results are those of params.yaml, in the project's own folders.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lemma import params as parameters
from lemma.corpus.primary_metric import get_primary_score
from lemma.corpus.splits import SPLITS
from lemma.data.sources.catalog import get_primary_metric
from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.additional_runs import RUNS
from lemma.experiments.combine_errors import combine_errors
from lemma.experiments.score_parameters import hash_score_parameters, list_changed_keys
from lemma.files import read_json
from lemma.layout import Layout
from lemma.tracking.run_names import run_git

PRESENT = "params.yaml"  # name of the present results
PRESENT_NAMES = (PRESENT, ".")
MALFORMED = (
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    ValueError,
)  # raised on reading results in the form of another version


@dataclass(frozen=True)
class Results:
    """The results of an experiment, or the present ones.

    Attributes:
        name: of the experiment, or `params.yaml`.
        params: the values of params.yaml that they were computed with.
        metrics: by data set the content of metrics.json.
        costs: by data set and model {cpu_seconds, seconds}; none for the present results.
        path: of the file or folder that they were read from, for messages.
        layout: of the folder that holds the trainings.
        missing: reason why the trainings cannot be read; "" if they can.
        overrides: the values that the experiment set when it was run, by dotted key.
        sources: by number of the run, as text, {commit, dirty} of the checkout that it was trained from, if recorded.
        failures: errors of data sets whose present results are damaged.
    """

    name: str
    params: dict[str, Any]
    metrics: dict[str, Any]
    costs: dict[str, Any]
    path: Path
    layout: Layout
    missing: str = ""
    overrides: dict[str, Any] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    failures: list[InputError] = field(default_factory=list)

    @property
    def datasets(self) -> list[str]:
        """Names of the data sets."""
        return list(self.metrics)

    def models(self, dataset: str) -> list[str]:
        """Return the models on a data set, in the order of params.yaml."""
        order = list(parameters.Models.model_fields)
        names = list(self.metrics[dataset]["models"])
        return sorted(names, key=lambda name: order.index(name) if name in order else len(order))

    def runs(self, dataset: str, model: str) -> list[int]:
        """Return the numbers of a model's runs."""
        return [int(entry["run"]) for entry in self.metrics[dataset]["models"][model]["runs"]]

    def has_files(self, dataset: str, *kinds: Any) -> bool:
        """Return whether files of these kinds, given as methods of Layout, exist for all trainings on a data set."""
        return not self.missing and all(
            kind(self.layout, dataset, model, run).exists()
            for kind in kinds
            for model in self.models(dataset)
            for run in self.runs(dataset, model)
        )


def results_path(root: Path, name: str) -> Path:
    """Return the file that records the results of an experiment."""
    return root / "reports" / "benchmark" / f"{name}.json"


def load_results(root: Path, name: str) -> Results:
    """Return the results of an experiment, or the present results for `params.yaml` or `.`.

    Raises:
        InputError: the experiment is unknown, has not been run, or its results are damaged or of another version.
    """
    if name in PRESENT_NAMES:
        return _load_present(root)
    path = results_path(root, name)
    if not path.exists():
        definition.read_experiment(root, name)  # raises an error with a suggestion if the name is unknown
        raise InputError(f"The experiment '{name}' has not been run.", f"Run `lemma experiment run {name}`.")
    content = read_json(path)
    try:
        metrics = {dataset: result["metrics"] for dataset, result in content["results"].items()}
        costs = {dataset: result["cost"] for dataset, result in content["results"].items()}
        params, layout = content["params"], definition.workspace_layout(root, name)
        sources = dict(content.get("sources", {}))
        missing = _why_missing(layout, params)
        results = Results(name, params, metrics, costs, path, layout, missing, dict(content["overrides"]), sources)
        for dataset in results.datasets:
            _validate(results, dataset)
            _ = [costs[dataset][model] for model in results.models(dataset)]
        _ = [source.get("commit") for source in sources.values()]
    except MALFORMED:
        raise InputError(f"{path} is in the form of another version.", f"Run `lemma experiment run {name}`.") from None
    return results


def _validate(results: Results, dataset: str) -> None:
    """Access every value that is used later; results in the form of another version raise one of MALFORMED."""
    metric, _ = get_primary_metric(dataset), results.metrics[dataset]["protocol"]["kind"]
    for model in results.models(dataset):
        entry = results.metrics[dataset]["models"][model]
        _ = [get_primary_score(scores[split], metric) for scores in entry["runs"] for split in SPLITS]
        _ = results.runs(dataset, model), float(get_primary_score(entry["summary"]["dev"], metric)["mean"])
        _ = hash_score_parameters(results.params, dataset, model)


def _load_present(root: Path) -> Results:
    """Return the present results of the data sets in experiment.datasets that have been evaluated."""
    layout = Layout(root)
    values = parameters.load(layout.params).model_dump(mode="json", exclude_unset=True)
    results = Results(PRESENT, values, {}, {}, root / "reports", layout)
    for dataset in values["experiment"]["datasets"]:
        path = layout.metrics(dataset)
        if not path.exists():
            continue
        try:
            results.metrics[dataset] = read_json(path)
            _validate(results, dataset)
        except (InputError, *MALFORMED) as error:
            results.metrics.pop(dataset, None)
            malformed = InputError(f"{path} is in the form of another version.", f"Run `lemma evaluate {dataset}`.")
            results.failures.append(error if isinstance(error, InputError) else malformed)
    if not results.metrics:
        if results.failures:
            raise combine_errors(results.failures)
        raise InputError(f"{root / 'reports'} has no present results.", "Run `snakemake --cores 2` first.")
    return results


def _why_missing(layout: Layout, params: dict[str, Any]) -> str:
    """Return why the trainings of the results are not in the folder of the experiment; "" if they are."""
    if not layout.params.exists():
        return f"{layout.root} does not exist"
    try:
        different = [key for key in list_changed_keys(params, parameters.read(layout.params)) if key != RUNS]
    except MALFORMED:
        return f"{layout.root} is in the form of another version"
    return f"{layout.root} was run with other values ({different[0]})" if different else ""


def read_dates(root: Path, names: Iterable[str]) -> dict[str, tuple[float, str]]:
    """Return by experiment when its results were recorded, in Unix seconds, and the commit that contains them.

    For results that are not committed the time is that of the file, and the commit is "".
    """
    folder = results_path(root, "").parent
    pathspec = str(folder.relative_to(root))
    log = run_git(root, "log", "--format=%x00%ct %H", "--name-only", "--relative", "--", pathspec) or ""
    edited = run_git(root, "diff", "--name-only", "--relative", "HEAD", "--", pathspec) or ""
    untracked = run_git(root, "ls-files", "--others", "--", pathspec) or ""
    changed_since = [*edited.splitlines(), *untracked.splitlines()]
    committed: dict[str, tuple[float, str]] = {}
    for entry in filter(None, log.split("\0")):
        head, *files = entry.split("\n")
        time, commit = head.split()
        for file in filter(None, files):
            committed.setdefault(file, (float(time), commit))
    recorded = {}
    for path in (results_path(root, name) for name in names):
        file = path.relative_to(root).as_posix()
        if path.exists():
            is_committed = file in committed and file not in changed_since
            recorded[path.stem] = committed[file] if is_committed else (path.stat().st_mtime, "")
    return recorded

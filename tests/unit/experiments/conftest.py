"""A project whose experiments have not been run, and a function that writes synthetic results of experiments."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from lemma.evaluation.summary import summarize
from lemma.experiments import definition
from lemma.experiments.results import results_path
from lemma.experiments.run import collect_results
from lemma.files import write_bytes, write_json
from lemma.layout import Layout
from lemma.params import Params
from lemma.tracking import run_names, store

ROOT = Path(__file__).parents[3]
MEANS = {"majority": 50.0, "nb": 77.6, "logreg": 77.0, "nbsvm": 79.1, "mlp": 78.2, "cnn": 78.8, "rnn": 78.5}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of everything that experiments read and link to, without results."""
    for name in ("benchmark", "resources", "profiles", "workflow"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("params.yaml", "Snakefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "src").symlink_to(ROOT / "src")
    (tmp_path / "reports" / "solutions").mkdir(parents=True)
    for template in (ROOT / "reports").glob("*.typ"):
        shutil.copy(template, tmp_path / "reports")
    return tmp_path


@pytest.fixture
def mlflow(root: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the project an empty MLflow store."""
    for variable in (store.VARIABLE, store.DVC_ROOT, run_names.DVC_VARIABLE, run_names.VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    shutil.copy(empty_store, root / "mlflow.db")


def scores(at: float) -> dict[str, Any]:
    """Return the scores of a run on a split as in metrics.json, all equal to `at`."""
    each = dict.fromkeys(("precision", "recall", "f1", "pr_auc"), at)
    return {"accuracy": at, "macro": each, "per_class": {name: each | {"support": 50} for name in ("yes", "no")}}


def leave(
    layout: Layout, params: Params, name: str, means: dict[str, float] | None = None, spread: float = 0.4
) -> None:
    """Write the outputs of Snakemake to the folder of an experiment, with scores around `means` (in per cent)."""
    for dataset in params.experiment.datasets:
        runs, models = params.experiment.runs, {}
        shift = np.linspace(-spread, spread, len(runs))
        for model in params.experiment.models:
            at = (means or {}).get(model, MEANS[model] + (1.5 if name.endswith("vectors") else 0)) / 100
            entries = [
                {part: scores(at + d) for part in ("train", "dev", "test")}
                for d in (shift / 100 if model != "majority" else 0 * shift).tolist()
            ]
            summary = summarize(entries, {}, 0.95)
            models[model] = {"runs": [{"run": r, **it} for r, it in zip(runs, entries)], "summary": summary}
            for run in runs:
                table = layout.root / "benchmarks" / "train" / dataset / model / f"{run}.tsv"
                write_bytes(table, b"s\th:m:s\tcpu_time\n90.5\t0:01:30\t60.25\n")
        protocol = {"confidence": 0.95, "kind": "fixed", "runs": runs}
        if dataset == "rt-polarity":
            protocol |= {"kind": "folds", "folds": 10}
        write_json(layout.metrics(dataset), {"dataset": dataset, "models": models, "protocol": protocol})


def finish(root: Path, name: str, means: dict[str, float] | None = None, spread: float = 0.4) -> None:
    """Write the outputs of Snakemake for an experiment, and record its results."""
    experiment = definition.read_experiment(root, name)
    layout, params = definition.make_workspace(root, experiment)
    leave(layout, params, name, means, spread)
    write_json(results_path(root, name), collect_results(layout, experiment, params))


@pytest.fixture(name="leave")
def fixture_leave() -> Callable[..., None]:
    return leave


@pytest.fixture
def finished() -> Callable[..., None]:
    return finish


@pytest.fixture
def write(root: Path) -> Callable[[str, dict[str, Any]], None]:
    """Return a function that writes a new experiment."""

    def written(name: str, overrides: dict[str, Any]) -> None:
        (root / "benchmark" / f"{name}.yaml").write_text(yaml.safe_dump(overrides), encoding="utf-8")

    return written

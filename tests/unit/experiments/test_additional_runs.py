"""Only the additional runs of an experiment are trained, and its results are those of all runs."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.additional_runs import RUNS, join_results, select_missing_runs
from lemma.experiments.results import results_path
from lemma.experiments.run import run_experiment
from lemma.files import read_json, write_json
from lemma.layout import Layout
from lemma.params import load
from lemma.tracking import store
from lemma.tracking.identity import KEY

Finish = Callable[..., None]
Write = Callable[[str, dict[str, Any]], None]
OWN = {"experiment.datasets": ["trec"], "experiment.models": ["nb", "cnn"], "tune.models": []}


def left(root: Path, name: str) -> Any:
    """Return the runs still to train, given the recorded results."""
    experiment = definition.read_experiment(root, name)
    path = results_path(root, name)
    results = read_json(path) if path.exists() else None
    return select_missing_runs(experiment, results, definition.merge_values(root, experiment)).overrides[RUNS]


def test_only_runs_without_results_are_trained(root: Path, finished: Finish, write: Write) -> None:
    write("own", OWN | {RUNS: [0, 1]})
    assert left(root, "own") == [0, 1]
    finished(root, "own")
    write("own", OWN | {RUNS: [0, 1, 2, 4]})
    assert left(root, "own") == [2, 4]


@pytest.mark.parametrize(
    "now",
    [
        {RUNS: [0, 1]},  # nothing is left: it is run again to see whether it ends the same
        {RUNS: [1, 2, 3]},  # other runs, not further ones
        {RUNS: [0, 1, 2], "train.epochs": 3},
        {RUNS: [0, 1, 2], "experiment.models": ["nb"]},
        {RUNS: [0, 1, 2], "evaluate.confidence": 0.9},
    ],
)
def test_after_any_other_change_all_runs_are_trained(
    root: Path, finished: Finish, write: Write, now: dict[str, Any]
) -> None:
    write("own", OWN | {RUNS: [0, 1]})
    finished(root, "own")
    write("own", OWN | now)
    assert left(root, "own") == now[RUNS]


@pytest.mark.parametrize("key", ["", "params", "results"])
def test_results_of_another_version_are_not_extended(root: Path, finished: Finish, write: Write, key: str) -> None:
    write("own", OWN | {RUNS: [0, 1]})
    finished(root, "own")
    whole = read_json(results_path(root, "own"))
    write("own", OWN | {RUNS: [0, 1, 2]})
    others: list[Any] = [{}, [], {"trec": []}]
    for other in others:
        write_json(results_path(root, "own"), whole | {key: other} if key else other)
        assert left(root, "own") == [0, 1, 2]


def of_runs(whole: dict[str, Any], runs: list[int]) -> dict[str, Any]:
    """Return the results of an experiment with some of the runs; the summaries are not those of these runs."""
    part: dict[str, Any] = copy.deepcopy(whole)
    part["params"]["experiment"]["runs"] = part["results"]["trec"]["metrics"]["protocol"]["runs"] = runs
    for model, entry in part["results"]["trec"]["metrics"]["models"].items():
        entry |= {"runs": [run for run in entry["runs"] if run["run"] in runs], "summary": {}}
        part["results"]["trec"]["cost"][model] = {"cpu_seconds": 60.25 * len(runs), "seconds": 90.5 * len(runs)}
    return part


def test_joined_results_equal_those_of_one_experiment_with_all_runs(root: Path, finished: Finish, write: Write) -> None:
    write("own", OWN | {RUNS: [0, 1, 2, 3, 4]})
    finished(root, "own")
    whole = read_json(results_path(root, "own"))
    for some, others in (([0, 3, 4], [1, 2]), ([1], [0, 2, 3, 4])):
        joined = join_results(of_runs(whole, some), of_runs(whole, others), definition.read_experiment(root, "own"))
        assert without_intervals(joined) == without_intervals(whole)
        accuracy = joined["results"]["trec"]["metrics"]["models"]["cnn"]["summary"]["test"]["accuracy"]
        assert accuracy["low"] < accuracy["mean"] < accuracy["high"]


def without_intervals(tree: Any) -> Any:
    """Return a tree without intervals: those of joined results are estimated without predictions."""
    if isinstance(tree, dict):
        return {key: without_intervals(value) for key, value in tree.items() if key not in ("low", "high")}
    return tree


@pytest.mark.usefixtures("mlflow")
def test_an_additional_run_is_trained_alone_and_joined_to_the_others(
    root: Path, finished: Finish, leave: Finish, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("own", OWN | {RUNS: [0, 1]})
    finished(root, "own")
    before = read_json(results_path(root, "own"))["results"]["trec"]["metrics"]["models"]["cnn"]["runs"]
    trained: list[list[int]] = []

    def snakemake(_: list[str], folder: Path, __: object) -> int:
        params = load(Layout(folder).params)
        trained.append(params.experiment.runs)
        leave(Layout(folder), params, "own")
        return 0

    monkeypatch.setattr("lemma.experiments.run.run_process", snakemake)
    write("own", OWN | {RUNS: [0, 1, 2]})
    results = run_experiment(root, definition.read_experiment(root, "own"))
    assert trained == [[2]]
    assert read_json(results_path(root, "own")) == results
    entry = results["results"]["trec"]["metrics"]["models"]["cnn"]
    assert [one["run"] for one in entry["runs"]] == [0, 1, 2]
    assert entry["runs"][:2] == before
    assert results["params"]["experiment"]["runs"] == results["overrides"][RUNS] == [0, 1, 2]
    with store.connect(store.default_uri(Layout(root))) as client:
        runs = store.search_runs(
            client, store.get_or_create_experiment(client, "trec"), "tags.`lemma.experiment` = 'own'"
        )
    assert {run.data.tags[KEY] for run in runs} >= {"trec/cnn", "trec/cnn/0", "trec/cnn/1", "trec/cnn/2"}


def test_results_are_recorded_if_they_cannot_be_tracked(
    root: Path, leave: Finish, write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise InputError("MLflow is down.")

    def snakemake(_: list[str], folder: Path, __: object) -> int:
        leave(Layout(folder), load(Layout(folder).params), "own")
        return 0

    write("own", OWN | {RUNS: [0]})
    monkeypatch.setattr("lemma.experiments.run.run_process", snakemake)
    monkeypatch.setattr("lemma.experiments.run.track_experiment", refuse)
    assert run_experiment(root, definition.read_experiment(root, "own")) == read_json(results_path(root, "own"))
    assert capsys.readouterr().err == "warning: MLflow is down. Run `lemma experiment track own` later.\n"

"""The table of experiments has values, state and best score, and fits the width of the terminal."""

import re
from pathlib import Path
from typing import Any

import pytest

from lemma import params
from lemma.experiments.definition import list_names, workspace_layout
from lemma.experiments.listing import format_table, read_rows
from lemma.experiments.results import results_path
from lemma.files import read_json, write_bytes, write_json
from lemma.layout import Layout

OWN = {"experiment.datasets": ["trec"], "experiment.models": ["nb", "cnn"], "experiment.runs": [0, 1]}


def printed(root: Path, width: int) -> list[str]:
    rows, _ = read_rows(root)
    return format_table(rows, width).splitlines()


def row(root: Path, name: str) -> str:
    lines = printed(root, 200)
    return next(line for line in lines if line.split(" ")[0] == name)


def test_the_table_fits_the_width_of_the_terminal(root: Path, finished: Any) -> None:
    for name in list_names(root):
        finished(root, name)
    for width in (80, 100, 120, 160):
        lines = printed(root, width)
        assert max(map(len, lines)) <= width
        listed = [line.split(" ")[0] for line in lines[1:] if not line.startswith(" ")]
        assert listed == ["params.yaml", *list_names(root)]


def test_a_row_has_the_differing_values_the_scope_and_the_best_model_on_dev(
    root: Path, finished: Any, write: Any
) -> None:
    write("own", OWN | {"train.epochs": 3, "train.batch_size": 50, "models.cnn.kernel_sizes": [2], "tune.models": []})
    finished(root, "own", {"nb": 70.0, "cnn": 81.25})
    line = re.split(r"\s{2,}", row(root, "own"))
    # train.batch_size is the one of params.yaml
    assert [*line[:5], *line[6:]] == [
        "own",
        "trec",
        "2",
        "2",
        "run",
        "cnn 81.2",
        "models.cnn.kernel_sizes=[2], train.epochs=3, tune.models=[]",
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", line[5])


def test_the_score_is_the_primary_metric_of_the_data_set(root: Path, finished: Any) -> None:
    finished(root, "tweeteval")
    results = read_json(results_path(root, "tweeteval"))
    summary = results["results"]["tweeteval"]["metrics"]["models"]["nb"]["summary"]["dev"]
    summary["macro"]["recall"]["mean"], summary["accuracy"]["mean"] = 0.9, 0.1
    write_json(results_path(root, "tweeteval"), results)
    assert "nb 90.0" in row(root, "tweeteval")


def test_the_state_says_whether_an_experiment_has_been_run_with_its_present_values(
    root: Path, finished: Any, write: Any
) -> None:
    write("own", OWN)
    assert "  not run" in row(root, "own")
    write_bytes(workspace_layout(root, "own").model("trec", "cnn", 0), b"")
    assert "  partly" in row(root, "own")
    finished(root, "own")
    assert "  run  " in row(root, "own")
    write("own", OWN | {"experiment.runs": [0, 1, 2]})
    assert "  partly" in row(root, "own")
    write("own", OWN | {"train.epochs": 3})
    assert "  changed" in row(root, "own")
    assert printed(root, 120)[-1] == "changed: its values have changed since it was run"


@pytest.mark.parametrize("content", ["[]", "{}", '{"params": {}, "results": {"trec": 3}}', "{"])
def test_damaged_results_do_not_hide_the_other_experiments(root: Path, finished: Any, content: str) -> None:
    finished(root, "sst5")
    write_bytes(results_path(root, "trec"), content.encode())
    assert "  damaged" in row(root, "trec")
    assert "  run  " in row(root, "sst5")
    _, failures = read_rows(root)
    assert ["trec.json" in failure.what for failure in failures] == [True]


@pytest.mark.parametrize("content", ["{", "[]", '{"models": {"cnn": {}}}'])
def test_damaged_present_results_are_named_and_do_not_hide_the_experiments(
    root: Path, finished: Any, leave: Any, content: str
) -> None:
    finished(root, "sst5")
    values = params.load(root / "params.yaml")
    leave(Layout(root), values, "present")
    write_bytes(Layout(root).metrics("sst2"), content.encode())
    write_bytes(Layout(root).metrics("trec"), b"{")  # not in experiment.datasets: nobody reads it
    assert "  damaged" in row(root, "params.yaml")
    assert "  run  " in row(root, "sst5")
    _, failures = read_rows(root)
    assert [str(Layout(root).metrics("sst2")) in failure.what for failure in failures] == [True]


def test_a_value_that_a_search_replaces_is_marked_as_its_first_trial(root: Path, write: Any) -> None:
    write("own", OWN | {"models.cnn.dropout": 0.3, "tune.models": ["cnn"], "train.epochs": 3})
    assert "models.cnn.dropout=0.3 (first trial)," in row(root, "own")
    assert "train.epochs=3 (first" not in row(root, "own")
    write("own", OWN | {"models.cnn.dropout": 0.3, "tune.models": []})
    assert "(first trial)" not in row(root, "own")


def test_the_present_results_come_first(root: Path, leave: Any) -> None:
    assert re.split(r"\s{2,}", row(root, "params.yaml"))[:5] == ["params.yaml", "sst2", "6", "5", "not run"]
    values = params.load(root / "params.yaml")
    leave(Layout(root), values, "present", {"rnn": 90.0})
    assert "  run  " in row(root, "params.yaml")
    assert "rnn 90.0" in row(root, "params.yaml")
    fewer = values.experiment.model_copy(update={"runs": [0]})
    leave(Layout(root), values.model_copy(update={"experiment": fewer}), "present")
    assert "  partly" in row(root, "params.yaml")

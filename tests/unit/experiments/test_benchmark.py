"""The paper has all published and own scores, the verdicts on the targets, and a list of what was not run."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.benchmark import collect_facts, write_benchmark
from lemma.experiments.benchmark_costs import format_duration
from lemma.experiments.benchmark_results import collect_scores
from lemma.experiments.published_results import read_published
from lemma.experiments.results import results_path
from lemma.files import read_json, write_json

Finish = Callable[..., None]


def test_the_score_is_the_metric_of_the_data_set(root: Path, finished: Finish) -> None:
    finished(root, "tweeteval")
    path = results_path(root, "tweeteval")
    results = read_json(path)
    summary = results["results"]["tweeteval"]["metrics"]["models"]["cnn"]["summary"]["test"]
    summary["accuracy"]["mean"], summary["macro"]["recall"]["mean"] = 0.9, 0.612
    scores = collect_scores([results], read_published(root / "resources" / "published.yaml"))
    assert scores["tweeteval", "tweeteval", "cnn"].mean == 61.2


def test_a_table_has_all_published_and_own_scores_best_first(root: Path, finished: Finish) -> None:
    for name in ("rt-polarity", "rt-polarity-vectors"):
        finished(root, name)
    table = next(item for item in collect_facts(root)["datasets"] if item["key"] == "rt-polarity")
    mine = {(row["source"], row["method"]): row for row in table["rows"] if row["ours"]}
    theirs = [
        item
        for item in read_published(root / "resources" / "published.yaml").results()
        if item.dataset == "rt-polarity"
    ]
    assert len(mine) == 7 + 3
    assert len(table["rows"]) == len(mine) + len(theirs)
    assert [row["value"] for row in table["rows"]] == sorted((row["value"] for row in table["rows"]), reverse=True)
    row = mine["rt-polarity", "CNN"]
    assert (row["score"], row["spread"], row["runs"], row["extra"]) == ("78.8", "0.3", "10 folds", "none")
    assert row["low"] < 78.8 < row["high"]
    assert row["interval"] == f"{row['low']:.1f}–{row['high']:.1f}"
    assert mine["rt-polarity", "CNN"]["notes"] == "A"
    assert mine["rt-polarity", "NBSVM"]["notes"] == "FCL"
    assert mine["rt-polarity-vectors", "CNN"]["score"] == "80.3"
    assert mine["rt-polarity-vectors", "CNN"]["extra"] == "unlabelled IMDB"
    assert table["missing"] == ""
    assert all(row["source"] for row in table["rows"])
    assert {row["verified"] for row in table["rows"] if row["place"]} == {True}


def test_an_experiment_that_was_not_run_is_named_and_has_no_score(root: Path, finished: Finish) -> None:
    finished(root, "trec")
    facts = collect_facts(root)
    for name in set(definition.list_names(root)) - {"trec"}:
        assert re.search(rf"\b{name}\b(?!-)", facts["missing"])
        row = next(item for item in facts["experiments"] if item["name"] == name)
        assert (row["state"], row["cpu"], row["trainings"]) == ("not run", "", "")
    assert not re.search(r"\btrec\b(?!-)", facts["missing"])
    assert {row["source"] for task in facts["datasets"] for row in task["rows"] if row["ours"]} == {"trec"}
    assert facts["summary"].startswith(f"1 of {len(definition.list_names(root))} experiments")
    notes = {item["name"]: item["note"] for item in facts["experiments"]}
    assert notes["imdb-vectors"] == definition.read_experiment(root, "imdb-vectors").note != ""


def test_the_summary_counts_each_target_once_beforehand_and_with_added_candidates(root: Path, finished: Finish) -> None:
    for name in ("trec", "trec-tuned"):
        finished(root, name, {"cnn": 91.4})
    for name in ("trec-vectors", "trec-vectors-tuned"):
        finished(root, name, {"cnn": 91.6})
    facts = collect_facts(root)
    assert [item["first"]["verdict"] for item in facts["targets"]].count("no") == 1
    assert facts["summary"].endswith(
        "As specified beforehand, 0 of 13 targets are reached, 1 missed, 12 not yet decided. "
        "With candidates added to 4 targets after results were known, 1 of 13 targets are reached, 12 not yet decided."
    )


def test_without_results_the_paper_has_published_scores_only(root: Path) -> None:
    assert write_benchmark(root, []).startswith(
        f"0 of {len(definition.list_names(root))} experiments have been run. "
        "As specified beforehand, 0 of 13 targets are reached, 13 not yet decided."
    )
    text = "".join(page.extract_text() for page in PdfReader(root / "reports" / "benchmark.pdf").pages)
    assert "Not run:" in text


def test_intervals_of_deterministic_models_and_published_scores_are_binomial(root: Path, finished: Finish) -> None:
    """With n documents and accuracy p, the half-width is 1.96 sqrt(p (1 - p) / n), up to Student's t."""
    finished(root, "trec", {"cnn": 90.0}, spread=0.0)
    table = next(item for item in collect_facts(root)["datasets"] if item["key"] == "trec")
    (ours,) = (row for row in table["rows"] if row["ours"] and row["method"] == "CNN")
    (kim,) = (row for row in table["rows"] if row["method"] == "CNN-non-static" and row["source"].startswith("Kim"))
    (majority,) = (row for row in table["rows"] if row["baseline"])
    assert ours["spread"] == "–"
    # `finished` scores 100 documents, the published row 500
    assert (ours["high"] - ours["low"]) / 2 == pytest.approx(196 * (0.9 * 0.1 / 100) ** 0.5, rel=0.02)
    assert (kim["high"] - kim["low"]) / 2 == pytest.approx(196 * (0.936 * 0.064 / 500) ** 0.5, rel=0.01)
    assert majority["interval"] == ""


def test_intervals_are_computed_from_the_runs_and_widen_with_their_variance(root: Path, finished: Finish) -> None:
    widths = []
    for spread in (0.0, 4.0):
        finished(root, "trec", {"cnn": 90.0}, spread)
        results = read_json(results_path(root, "trec"))
        summary = results["results"]["trec"]["metrics"]["models"]["cnn"]["summary"]["test"]["accuracy"]
        summary["low"] = summary["high"] = summary["mean"]  # as earlier versions wrote for a deterministic model
        scores = collect_scores([results], read_published(root / "resources" / "published.yaml"))
        test = scores["trec", "trec", "cnn"].test
        widths.append(test["high"] - test["low"])
    assert 0 < widths[0] < widths[1]


def test_a_published_score_on_an_unknown_number_of_documents_has_no_interval(root: Path) -> None:
    table = next(item for item in collect_facts(root)["datasets"] if item["key"] == "rt-polarity")
    rows = {row["method"]: row for row in table["rows"]}
    assert rows["SA-LSTM"]["interval"] == ""
    assert all(row["interval"] for name, row in rows.items() if name != "SA-LSTM")


def test_an_experiment_with_changed_values_is_marked(root: Path, finished: Finish, write: Any) -> None:
    finished(root, "trec")
    own = definition.read_experiment(root, "trec").overrides
    for overrides, state in (
        ({"train.epochs": 3}, "run with other train.epochs"),
        (
            {"train.epochs": 3, "models.cnn.filters": 7, "models.rnn.hidden_size": 9},
            "run with other models.cnn.filters and models.rnn.hidden_size …",
        ),
        (
            {
                "models.rnn.num_layers": 1,
                "tune.trials": 3,
                "learning_curve.train_fractions": [0.5],
                "report.title": "Other",
            },
            "run",
        ),
        ({"tune.models": ["cnn"]}, "run with other tune.models and tune.run …"),
    ):
        write("trec", own | overrides)
        row = next(item for item in collect_facts(root)["experiments"] if item["name"] == "trec")
        assert row["state"] == state


def test_costs_are_sums_over_all_trainings(root: Path, finished: Finish) -> None:
    finished(root, "rt-polarity")
    finished(root, "trec")
    runs = {item["name"]: item for item in collect_facts(root)["experiments"] if item["trainings"]}
    assert [row["trainings"] for row in runs.values()] == ["70", "35", "105"]
    row = runs["rt-polarity"]
    assert (
        (row["cpu"], row["clock"])
        == (format_duration(70 * 60.25), format_duration(70 * 90.5))
        == ("1 h 10 min", "1 h 46 min")
    )
    assert runs["all"]["cpu"] == format_duration(105 * 60.25)


def test_durations_have_readable_units() -> None:
    assert [format_duration(s) for s in (0, 59.4, 59.6, 90, 3569, 3571, 7260)] == [
        "0 s", "59 s", "1 min", "2 min", "59 min", "1 h 00 min", "2 h 01 min",
    ]  # fmt: skip


def test_results_in_the_form_of_another_version_are_an_error_with_a_fix(root: Path, finished: Finish) -> None:
    finished(root, "trec")
    results = read_json(results_path(root, "trec"))
    del results["results"]["trec"]["metrics"]["models"]["cnn"]["summary"]["dev"]
    write_json(results_path(root, "trec"), results)
    with pytest.raises(InputError, match="'dev'") as error:
        collect_facts(root)
    assert "lemma benchmark" in error.value.fix


@pytest.mark.parametrize("other", [[], {}, {"name": "trec", "results": []}])
def test_invalid_results_are_an_error(root: Path, finished: Finish, other: Any) -> None:
    write_json(results_path(root, "trec"), other)
    with pytest.raises(InputError, match=r"(are in the form of another version|lack 'name')\."):
        collect_facts(root)


@pytest.mark.parametrize(
    ("key", "value"), [("experiment.datasets", 5), ("experiment.datasets", "trec"), ("train.epochs", "many")]
)
def test_an_invalid_value_is_an_error_before_anything_runs(root: Path, write: Any, key: str, value: Any) -> None:
    write("zz", {key: value})
    for names in ([], ["trec", "zz"]):
        with pytest.raises(InputError, match=rf"(?s)zz\.yaml: one mistake.*{key}: .*{value}"):
            write_benchmark(root, names)


def test_the_pdf_has_at_most_four_pages_and_every_score(root: Path, finished: Finish) -> None:
    for name in definition.list_names(root):
        finished(root, name)
    write_benchmark(root, [])
    pages = PdfReader(root / "reports" / "benchmark.pdf").pages
    text = " ".join(page.extract_text() for page in pages)
    assert len(pages) <= 4
    facts = collect_facts(root)
    for task in facts["datasets"]:
        assert task["title"].split("(")[0] in text
        for row in task["rows"]:
            assert row["score"] in text
            assert row["interval"] in text
    for target in facts["targets"]:
        assert target["first"]["reached"] in text
        assert target["final"]["reached"] in text
    assert facts["missing"] == ""
    assert "Not run" not in text

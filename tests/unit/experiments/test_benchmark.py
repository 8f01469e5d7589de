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
from lemma.experiments.benchmark_results import BenchmarkScore, collect_scores, format_score, judge_target
from lemma.experiments.published_results import Candidates, Target, read_published
from lemma.experiments.results import results_path
from lemma.files import read_json, write_json
from lemma.report.numbers import number

Finish = Callable[..., None]


def score(model: str, test: float, dev: float = 0.0, experiment: str = "one") -> BenchmarkScore:
    return BenchmarkScore(experiment, "trec", model, dev, number(test, "%", 5, "made up"), "5", "none")


def verdict(*scores: BenchmarkScore, models: list[str], at_least: float = 80.0, above: list[str] | None = None) -> Any:
    over = Candidates(experiments=["one"], models=above) if above else None
    target = Target(dataset="trec", name="it", experiments=["one"], models=models, at_least=at_least, above=over)
    return judge_target(target, {(item.experiment, item.dataset, item.model): item for item in scores})


@pytest.mark.parametrize(
    ("test", "word"), [(80.0, "yes"), (80.01, "yes"), (79.999, "no"), (100 * 0.8, "yes"), (99.0, "yes"), (0.0, "no")]
)
def test_a_target_is_met_by_a_score_of_at_least_its_bound(test: float, word: str) -> None:
    assert verdict(score("cnn", test), models=["cnn"]).word == word


def test_a_score_equal_to_the_bound_meets_it_in_spite_of_rounding() -> None:
    for tenths in range(600, 1000):
        reached = score("cnn", 100 * (tenths / 1000))
        assert verdict(reached, models=["cnn"], at_least=tenths / 10).word == "yes"


def test_of_several_candidates_the_best_on_dev_counts() -> None:
    decision = verdict(score("cnn", 79.0, dev=90.0), score("rnn", 85.0, dev=89.0), models=["cnn", "rnn"])
    assert (decision.word, decision.candidate.model) == ("no", "cnn")


@pytest.mark.parametrize(("other", "word"), [(84.9, "yes"), (85.0, "no"), (85.1, "no")])
def test_above_means_a_strictly_higher_score_than_every_rival(other: float, word: str) -> None:
    scores = score("cnn", 85.0), score("nb", 10.0), score("nbsvm", other)
    decision = verdict(*scores, models=["cnn"], above=["nb", "nbsvm"])
    assert decision.word == word
    assert ("NBSVM" in decision.why) == (word == "no")


@pytest.mark.parametrize("missing", ["cnn", "rnn", "nb"])
def test_a_target_is_undecided_while_a_score_is_missing(missing: str) -> None:
    scores = [score(model, 90.0) for model in ("cnn", "rnn", "nb") if model != missing]
    decision = verdict(*scores, models=["cnn", "rnn"], above=["nb"])
    assert (decision.word, decision.candidate, decision.why) == ("not run", None, "waits for one")


def test_a_score_below_the_bound_is_not_rounded_up_to_it() -> None:
    assert format_score(91.499, 91.5) == "91.499"
    assert format_score(91.5, 91.5) == "91.50"
    assert format_score(91.4, 91.5) == "91.40"
    assert format_score(91.499996, 91.5) == "91.499996"


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
    assert mine["rt-polarity-vectors", "CNN"]["score"] == "80.3"
    assert mine["rt-polarity-vectors", "CNN"]["extra"] == "texts of imdb"
    assert table["missing"] == ""
    assert all(row["source"] for row in table["rows"])
    assert {row["verified"] for row in table["rows"] if row["place"]} == {True}


def test_verdicts_for_synthetic_results(root: Path, finished: Finish) -> None:
    for name in definition.list_names(root):
        if name.startswith("trec"):
            finished(root, name, {"cnn": 91.5})
    finished(root, "imdb", {"nbsvm": 91.1, "cnn": 92.0})
    targets = {(item["dataset"], item["name"]): item for item in collect_facts(root)["targets"]}
    assert (targets["trec", "CNN"]["verdict"], targets["trec", "CNN"]["reached"]) == ("yes", "91.50")
    assert (targets["imdb", "NBSVM"]["verdict"], targets["imdb", "NBSVM"]["reached"]) == ("no", "91.10")
    # Networks from learnt vectors are those of an experiment that was not run.
    waiting = targets["imdb", "best network, learnt vectors"]
    assert (waiting["verdict"], waiting["reached"]) == ("not run", "")
    assert "imdb-vectors" in waiting["by"]


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
    assert "tune.models: none" in {item["name"]: item["values"] for item in facts["experiments"]}["imdb-vectors"]


def test_the_summary_counts_each_target_once(root: Path, finished: Finish) -> None:
    for name in definition.list_names(root):
        if name.startswith("trec"):
            finished(root, name, {"cnn": 91.4})
    facts = collect_facts(root)
    words = [item["verdict"] for item in facts["targets"]]
    assert words.count("no") == 1
    assert facts["summary"].endswith(
        f"0 of 13 targets are reached, 1 missed, {words.count('not run')} not yet decided."
    )


def test_without_results_the_paper_has_published_scores_only(root: Path) -> None:
    assert write_benchmark(root, []).startswith(
        f"0 of {len(definition.list_names(root))} experiments have been run. 0 of 13 targets are reached, 13 not"
    )
    text = "".join(page.extract_text() for page in PdfReader(root / "reports" / "benchmark.pdf").pages)
    assert "Not run:" in text


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
        assert target["reached"] in text
    assert facts["missing"] == ""
    assert "Not run" not in text

"""Targets: the best candidate on dev is judged, and candidates are frozen before the first run of any of them."""

import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.benchmark import collect_facts
from lemma.experiments.benchmark_results import BenchmarkScore, format_score, judge_target
from lemma.experiments.published_results import Candidates, Target, read_published, read_targets
from lemma.experiments.results import results_path
from lemma.params import Models
from lemma.report.numbers import number

Finish = Callable[..., None]
ROOT = Path(__file__).parents[3]
FILE, TARGETS = ROOT / "resources" / "published.yaml", ROOT / "resources" / "targets.yaml"


def score(model: str, test: float, dev: float = 0.0, experiment: str = "one") -> BenchmarkScore:
    return BenchmarkScore(experiment, "trec", model, dev, number(test, "%", 5, "made up"), "5", "none")


def verdict(*scores: BenchmarkScore, models: list[str], at_least: float = 80.0, above: list[str] | None = None) -> Any:
    over = Candidates(experiments=["one"], models=above) if above else None
    day = date(2026, 11, 23)
    target = Target(
        dataset="trec", name="it", experiments=["one"], models=models, at_least=at_least, above=over, frozen=day
    )
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


def test_verdicts_for_synthetic_results(root: Path, finished: Finish) -> None:
    for name in definition.list_names(root):
        if name.startswith("trec"):
            finished(root, name, {"cnn": 91.5})
    finished(root, "imdb", {"nbsvm": 91.1, "cnn": 92.0})
    targets = {(item["dataset"], item["name"]): item for item in collect_facts(root)["targets"]}
    assert targets["TREC", "CNN"]["first"]["reached"] == targets["TREC", "CNN"]["final"]["reached"] == "91.50"
    assert targets["TREC", "CNN"]["first"]["verdict"] == targets["TREC", "CNN"]["final"]["verdict"] == "yes"
    missed = targets["IMDB", "NBSVM"]["first"]
    assert (missed["verdict"], missed["reached"]) == ("no", "91.10")
    # Networks from trained vectors are those of an experiment that was not run.
    waiting = targets["IMDB", "best network, trained vectors"]["first"]
    assert (waiting["verdict"], waiting["reached"]) == ("not run", "")
    assert "imdb-vectors" in waiting["by"]


def test_targets_refer_to_models_and_data_sets_of_their_experiments() -> None:
    tables = read_published(FILE)
    planned = {name: definition.read_experiment(ROOT, name).overrides for name in definition.list_names(ROOT)}
    for overrides in planned.values():
        assert set(overrides["experiment.datasets"]) <= set(tables.datasets)
    for target in read_targets(TARGETS):
        for pair in filter(None, [target, target.above]):
            for name in pair.experiments:
                assert target.dataset in planned[name]["experiment.datasets"]
                assert set(pair.models) <= set(planned[name]["experiment.models"]) & set(Models.model_fields)


def run_git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def describe_frozen(target: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(target.get(key) for key in ("frozen", "at_least", "experiments", "models", "above", "added"))


def test_candidates_and_bound_of_a_target_never_change_once_they_are_committed() -> None:
    """Without a git history, as in an archive, there is nothing to compare."""
    now = {(target["dataset"], target["name"]): target for target in yaml.safe_load(TARGETS.read_text("utf-8"))}
    for commit in run_git("log", "--format=%H", "--", str(TARGETS)).split():
        before = yaml.safe_load(run_git("show", f"{commit}:resources/targets.yaml")) or []
        for target in before:
            if "frozen" in target and (key := (target["dataset"], target["name"])) in now:
                assert describe_frozen(target) == describe_frozen(now[key]), (commit, key)


def test_candidates_are_frozen_before_the_first_result_of_any_of_them() -> None:
    for target in read_targets(TARGETS):
        for name in target.experiments:
            path = results_path(ROOT, name).relative_to(ROOT)
            recorded = run_git("log", "--diff-filter=A", "--format=%as", "--", str(path)).split()
            assert all(target.frozen <= date.fromisoformat(day) for day in recorded), (target.name, name)


@pytest.mark.parametrize(("day", "problem"), [("2026-12-01", "specify a new target"), ("2026-11-22", "frozen")])
def test_a_candidate_added_after_the_candidates_are_frozen_is_an_error(tmp_path: Path, day: str, problem: str) -> None:
    content = yaml.safe_load(TARGETS.read_text(encoding="utf-8"))
    content[0]["added"] = {"rt-polarity-vectors": day}
    (tmp_path / "targets.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read_targets(tmp_path / "targets.yaml")


def test_a_target_without_the_date_of_its_candidates_is_an_error(tmp_path: Path) -> None:
    content = yaml.safe_load(TARGETS.read_text(encoding="utf-8"))
    del content[0]["frozen"]
    (tmp_path / "targets.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"0\.frozen"):
        read_targets(tmp_path / "targets.yaml")

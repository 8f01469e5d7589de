"""Mean, standard deviation and interval at every leaf of a tree of scores."""

import pytest

from lemma.evaluation.summary import summarize
from lemma.evaluation.uncertainty import Spread, compute_interval

NONE = {"low": None, "high": None}
SPREAD = Spread(0.01, 4)


def test_the_standard_deviation_is_that_of_runs_and_the_interval_that_of_the_spread() -> None:
    summary = summarize([{"a": 0.1}, {"a": 0.3}], {("a",): SPREAD}, 0.95)["a"]
    assert summary["mean"] == pytest.approx(0.2)
    assert summary["std"] == pytest.approx(0.1 * 2**0.5)
    assert (summary["low"], summary["high"]) == pytest.approx(compute_interval(0.2, SPREAD, 0.95))


def test_equal_runs_have_a_standard_deviation_of_exactly_0_and_still_an_interval() -> None:
    summary = summarize([0.7, 0.7, 0.7], {(): SPREAD}, 0.95)
    assert (summary["mean"], summary["std"]) == (0.7, 0.0)
    assert summary["low"] < 0.7 < summary["high"]


def test_one_run_has_no_standard_deviation() -> None:
    assert summarize([0.7], {}, 0.95) == {"mean": 0.7, "std": None, **NONE}


def test_runs_without_a_score_are_ignored() -> None:
    assert summarize([0.2, None, 0.4], {}, 0.95) == summarize([0.2, 0.4], {}, 0.95)
    assert summarize([None, None], {(): SPREAD}, 0.95) == {"mean": None, "std": None, **NONE}


def test_a_summary_has_the_tree_of_its_runs() -> None:
    trees = [{"a": 0.1, "b": {"c": 1, "d": None}}, {"a": 0.3, "b": {"c": 2, "d": 0.5}}]
    spreads: dict[tuple[str, ...], Spread] = {("b", "c"): SPREAD}
    summary = summarize(trees, spreads, 0.9)
    assert summary["b"] == {
        "c": summarize([1, 2], {(): SPREAD}, 0.9),
        "d": summarize([None, 0.5], {}, 0.9),
    }

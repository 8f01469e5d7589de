"""The figure of dev scores by budget."""

from typing import Any
from xml.etree import ElementTree

import pytest

from lemma.report import figures
from lemma.report.search_budget_figure import draw_search_budget
from lemma.tuning.search import TrialResult
from lemma.tuning.tune import search_result


def facts(searches: list[dict[str, object]], metric: str = "accuracy") -> dict[str, Any]:
    return {"data": {"metric": metric}, "tuning": {"curves": searches}}


def held(model: str, scores: list[float]) -> dict[str, object]:
    return search_result(
        "tiny", model, True, [TrialResult(n, {"c": 1}, one, "complete", 1, 1, []) for n, one in enumerate(scores)]
    )


def test_exactly_the_tuned_models_have_a_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(figures.STYLE, "svg.fonttype", "none")
    searched = facts([held("cnn", [0.5, 0.75, 0.6]), held("logreg", [0.7])], "macro recall")
    text = "".join(ElementTree.fromstring(draw_search_budget(searched, {})).itertext())
    assert "CNN" in text
    assert "logistic regression" in text
    assert "MLP" not in text
    assert "trials" in text
    assert "dev macro recall (%)" in text
    assert draw_search_budget(searched, {}) == draw_search_budget(searched, {})


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 100])
def test_any_number_of_trials_and_models_can_be_drawn(count: int) -> None:
    searches = [held(model, [0.5 + 0.001 * n for n in range(count)]) for model in figures.MODELS]
    assert ElementTree.fromstring(draw_search_budget(facts(searches), {})).tag.endswith("svg")


def test_the_figure_states_that_nothing_was_tuned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(figures.STYLE, "svg.fonttype", "none")
    assert b"Hyperparameters were not tuned." in draw_search_budget(facts([]), {})

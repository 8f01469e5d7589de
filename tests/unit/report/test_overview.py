"""The overview that a finished run prints."""

import json
from pathlib import Path
from typing import Any

import pytest

from lemma.layout import Layout
from lemma.report.overview import overview, score_table

LONGEST = 100


def _score(value: float, half: float | None) -> dict[str, Any]:
    high = None if half is None else value + half
    return {"score": {"value": value, "text": f"{value:.1f}", "high": high}}


def _facts(tests: dict[str, tuple[float, float | None]], runs: int = 5) -> dict[str, Any]:
    return {
        "dataset": "tiny",
        "balanced": False,
        "runs": {"value": runs},
        "confidence": {"text": "95"},
        "models": [
            {"key": model, "scores": {"dev": _score(value - 1, half), "test": _score(value, half)}}
            for model, (value, half) in tests.items()
        ],
    }


def test_the_table_has_four_lines_and_names_the_models_from_best_to_worst() -> None:
    lines = score_table(_facts({"majority": (50.0, 0.0), "mlp": (62.0, 1.44), "cnn": (66.6, 1.9)})).splitlines()
    assert lines == [
        "tiny: accuracy in %, mean of 5 runs ± half of the 95 % confidence interval",
        "         cnn        mlp        majority",
        "  dev    65.6 ±1.9  61.0 ±1.4  49.0",
        "  test   66.6 ±1.9  62.0 ±1.4  50.0",
    ]


def test_a_single_run_has_no_interval() -> None:
    assert "±" not in score_table(_facts({"mlp": (62.0, None)}, runs=1))


def test_six_models_fit_into_100_columns() -> None:
    models = ("majority", "logreg", "nbsvm", "mlp", "cnn", "rnn")
    table = score_table(_facts({model: (55.5 + n, 10.0) for n, model in enumerate(models)}))
    assert max(map(len, table.splitlines())) <= LONGEST
    assert all(model in table for model in models)


def test_pdfs_that_exist_are_named_with_what_to_do_next(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.report("tiny").mkdir(parents=True)
    layout.facts("tiny").write_text(json.dumps(_facts({"mlp": (62.0, 1.0)})))
    layout.pdf("tiny").touch()
    text = overview(layout, ["tiny"])
    assert "reports/tiny/report.pdf" in text
    assert "card.pdf" not in text
    assert "make ui" in text
    assert "docs/data.md" in text


@pytest.mark.parametrize("content", [None, "[", "{}", "[]", '{"models": 3}', '{"models": [{"scores": {}}]}'])
def test_unreadable_facts_are_reported_without_an_error(content: str | None, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.report("tiny").mkdir(parents=True)
    if content is not None:
        layout.facts("tiny").write_text(content)
    text = overview(layout, ["tiny"])
    assert text.startswith("tiny: no score table")
    assert "make ui" in text

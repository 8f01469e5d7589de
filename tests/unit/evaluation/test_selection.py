"""The run that is published is chosen by its score on dev, in the data set's metric, whatever test says."""

from collections.abc import Callable
from typing import Any

import pytest

from lemma import files
from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.errors import InputError
from lemma.evaluation.selection import select_run
from lemma.layout import Layout

Build = Callable[..., Layout]
DEV, TEST = {0: (0.7, 0.6), 2: (0.9, 0.5), 5: (0.9, 0.8)}, {0: (1.0, 1.0), 2: (0.1, 0.1), 5: (0.1, 0.1)}


def scores(accuracy: float, recall: float) -> dict[str, Any]:
    return {"accuracy": accuracy, "macro": {"recall": recall}}


def write_metrics(layout: Layout) -> None:
    runs = [{"run": run, "dev": scores(*DEV[run]), "test": scores(*TEST[run])} for run in DEV]
    files.write_json(layout.metrics("tiny"), {"models": {"cnn": {"runs": runs}}})


def test_the_first_of_the_runs_with_the_best_accuracy_on_dev_is_the_best(build: Build) -> None:
    layout = build()
    write_metrics(layout)
    best = select_run(layout, "tiny", "cnn")
    assert (best.run, best.metric, best.value) == (2, "accuracy", 0.9)
    assert select_run(layout, "tiny", "cnn", 0).value == 0.7


def test_where_the_metric_is_macro_recall_it_decides(build: Build) -> None:
    layout = build(metric=MACRO_RECALL)
    write_metrics(layout)
    best = select_run(layout, "tiny", "cnn")
    assert (best.run, best.metric, best.value) == (5, MACRO_RECALL, 0.8)


def test_a_run_or_a_model_without_scores_is_bad_input(build: Build) -> None:
    layout = build()
    with pytest.raises(InputError, match=r"metrics\.json does not exist"):
        select_run(layout, "tiny", "cnn")
    write_metrics(layout)
    with pytest.raises(InputError, match="has no scores of rnn"):
        select_run(layout, "tiny", "rnn")
    with pytest.raises(InputError, match="has no run 1 of cnn") as caught:
        select_run(layout, "tiny", "cnn", 1)
    assert caught.value.fix == "Choose one of 0, 2, 5, or best."

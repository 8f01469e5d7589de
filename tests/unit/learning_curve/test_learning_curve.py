"""Learning curves: which documents a subset contains, and the file of the stage."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lemma.corpus.splits import DEV, TEST, TRAIN
from lemma.errors import InputError
from lemma.files import write_json
from lemma.layout import Layout
from lemma.learning_curve.learning_curve import _scores_of, learning_curve
from lemma.learning_curve.subset import draw_subset
from lemma.training.task import Result, Task
from lemma.training.train import fit, train
from tests.unit.training import tiny
from tests.unit.training.tiny import DATASET, RecordingCallback

FRACTIONS = [0.1, 0.25, 0.5]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    project = Layout(tmp_path)
    tiny.write_corpus(project, tiny.documents(count=200))
    return project


@given(
    st.lists(st.tuples(st.sampled_from([TRAIN, DEV, TEST]), st.integers(0, 3)), min_size=1, max_size=60),
    st.integers(1, 99),
    st.integers(0, 5),
)
def test_a_subset_is_stratified_and_changes_the_training_split_only(
    documents: list[tuple[int, int]], percent: int, run: int
) -> None:
    parts, labels = (np.array(column) for column in zip(*documents, strict=True))
    before = parts.astype(np.int8)
    after = draw_subset(before, labels.astype(np.int32), percent / 100, run)
    assert (after[before != TRAIN] == before[before != TRAIN]).all()
    assert set(after[before == TRAIN]) <= {TRAIN, TEST}, "unused documents are hidden, as test is"
    for label in set(labels[before == TRAIN]):
        whole, kept = (int(((split == TRAIN) & (labels == label)).sum()) for split in (before, after))
        assert kept == max(1, round(whole * percent / 100))


def test_a_larger_fraction_contains_a_smaller_one_and_runs_draw_different_subsets() -> None:
    parts, labels = np.zeros(400, np.int8), np.arange(400, dtype=np.int32) % 3
    seen = [set(np.flatnonzero(draw_subset(parts, labels, fraction, 0) == TRAIN)) for fraction in FRACTIONS]
    assert seen[0] < seen[1] < seen[2]
    assert seen[2] != set(np.flatnonzero(draw_subset(parts, labels, 0.5, 1) == TRAIN))


@pytest.mark.parametrize("model", ["majority", "logreg", "mlp"])
def test_each_run_is_scored_on_its_training_documents_and_on_dev(layout: Layout, model: str) -> None:
    learning_curve(layout, DATASET, model, 0.5, tiny.values())
    result = json.loads(layout.learning_curve(DATASET, model, 0.5).read_text())
    assert {key: result[key] for key in ("dataset", "model", "train_fraction", "metric")} == {
        **{"dataset": DATASET, "model": model},
        **{"train_fraction": 0.5, "metric": "accuracy"},
    }
    assert [run["run"] for run in result["runs"]] == [0, 1]
    assert all(run["documents"] == 60 and 0 <= run["dev"] <= 1 for run in result["runs"])
    if model != "majority":
        assert all(run["train"] > 0.9 for run in result["runs"])
    assert not layout.run(DATASET, model, 0).exists(), "it leaves no model"


@pytest.mark.parametrize("model", ["logreg", "mlp"])
def test_with_nearly_all_documents_the_training_equals_that_on_all(
    layout: Layout, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = tiny.values(learning_curve={"train_fractions": [0.99]}, experiment={"runs": [0]})
    monkeypatch.setattr("lemma.learning_curve.learning_curve.draw_subset", lambda parts, *_: parts)
    learning_curve(layout, DATASET, model, 0.99, values)
    train(layout, DATASET, model, 0, values, RecordingCallback())
    [run] = json.loads(layout.learning_curve(DATASET, model, 0.99).read_text())["runs"]
    rows = np.load(layout.probabilities(DATASET, model, 0))
    labels = np.array([one.label for one in tiny.documents(count=200)])
    parts = np.array([one.part for one in tiny.documents(count=200)])
    for part, name in ((TRAIN, "train"), (DEV, "dev")):
        assert run[name] == pytest.approx((rows.argmax(1) == labels)[parts == part].mean())


@pytest.mark.parametrize("stack_runs", [1, 2])
def test_an_interrupted_stage_trains_only_the_missing_runs(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, stack_runs: int
) -> None:
    values = tiny.values(experiment={"runs": [0, 1, 2, 3]}, train={"stack_runs": stack_runs})
    trained: list[int] = []

    def untimed() -> list[dict[str, Any]]:
        runs = json.loads(layout.learning_curve(DATASET, "mlp", 0.5).read_text())["runs"]
        return [{name: value for name, value in run.items() if name != "seconds"} for run in runs]

    learning_curve(layout, DATASET, "mlp", 0.5, values)
    whole = untimed()
    layout.learning_curve(DATASET, "mlp", 0.5).unlink()
    with monkeypatch.context() as patch:

        def write(path: Path, value: Any) -> None:
            if len(trained) == 2:
                raise KeyboardInterrupt
            trained.append(value["run"])
            write_json(path, value)

        patch.setattr("lemma.learning_curve.learning_curve.write_json", write)
        with pytest.raises(KeyboardInterrupt):
            learning_curve(layout, DATASET, "mlp", 0.5, values)
    assert trained == [0, 1]
    monkeypatch.setattr("lemma.learning_curve.learning_curve._scores_of", _noting(trained))
    learning_curve(layout, DATASET, "mlp", 0.5, values)
    assert trained == [0, 1, 2, 3]
    assert untimed() == whole
    assert not list((layout.state / "learning_curve").glob("*"))


def _noting(trained: list[int]) -> Callable[[Task[Any], Result], dict[str, Any]]:
    """Return what scores a training and notes its run."""

    def score(task: Task[Any], result: Result) -> dict[str, Any]:
        trained.append(task.metadata["run"])
        return _scores_of(task, result)

    return score


def test_no_label_of_test_or_of_an_unused_document_reaches_a_training(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks: list[Task[Any]] = []

    def spy(task: Task[Any]) -> Any:
        tasks.append(task)
        return fit(task)

    monkeypatch.setattr("lemma.learning_curve.learning_curve.fit", spy)
    learning_curve(layout, DATASET, "logreg", 0.25, tiny.values(learning_curve={"train_fractions": [0.25]}))
    for task in tasks:
        assert len(task.train_documents) == 30
        assert (task.labels[task.splits == TEST] == -1).all()
        assert (task.splits == TEST).sum() == 40 + 90


def test_an_unknown_model_or_fraction_is_named_with_those_that_are_known(layout: Layout) -> None:
    with pytest.raises(InputError, match="Unknown model 'lstm'"):
        learning_curve(layout, DATASET, "lstm", 0.5, tiny.values())
    with pytest.raises(InputError, match=r"Unknown training fraction '0\.3'") as caught:
        learning_curve(layout, DATASET, "mlp", 0.3, tiny.values())
    assert "0.1, 0.25, 0.5" in caught.value.fix

"""Tests of the stage `train`: what it writes, what it must not read, and what it refuses."""

import json
import os
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from lemma.corpus.splits import DEV, TEST, TRAIN
from lemma.errors import InputError
from lemma.training import estimator
from lemma.training.key import input_fingerprint
from lemma.training.task import HIDDEN, Result, Task
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET, RecordingCallback

Make = Callable[..., Project]
MODELS = pytest.mark.parametrize("model", tiny.MODELS)
FOLDS = {"kind": "folds", "folds": 5, "dev": 0.25}
SETTINGS = {
    *("model", "dataset", "run", "seed", "classes", "device", "threads", "settings", "train", "subwords"),
    *("parameters", "vocabulary", "best_epoch", "epochs", "seconds", "cpu_seconds", "peak_memory_mb", "inputs", "host"),
}


def assign_folds(seed: int = 0) -> list[tiny.Document]:
    return [d._replace(part=index // 2 % 5) for index, d in enumerate(tiny.documents(seed))]


@MODELS
def test_a_training_writes_model_history_and_probabilities(project: Project, model: str) -> None:
    project.train(model, run=1)
    folder = f"models/{DATASET}/{model}/1/"
    assert project.list_outputs() == {folder + name for name in ("model.zip", "history.jsonl", "probabilities.npy")}
    rows = project.probabilities(model, 1)
    assert (rows.dtype, rows.shape) == (np.dtype(np.float32), (tiny.COUNT, len(tiny.CLASSES)))
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-6)
    with zipfile.ZipFile(project.layout.model(DATASET, model, 1)) as archive:
        weights = "weights.safetensors" if model in tiny.NETWORKS else "estimator.skops"
        assert archive.namelist() == ["settings.json", "tokenizer.json", weights]
        settings = json.loads(archive.read("settings.json"))
    assert set(settings) == SETTINGS
    assert (settings["model"], settings["dataset"], settings["run"], settings["classes"]) == (
        model,
        DATASET,
        1,
        tiny.CLASSES,
    )
    assert settings["settings"] == tiny.values().model_dump()["models"][model]
    assert (settings["vocabulary"] > 0) is (model != "majority")
    assert settings["parameters"] > 0


@MODELS
def test_a_callback_receives_the_runs_metadata_before_the_first_epoch(project: Project, model: str) -> None:
    callback = RecordingCallback()
    project.train(model, 0, callback)
    expected = {"model": model, "dataset": DATASET, "run": 0, "classes": tiny.CLASSES, "device": "cpu", "threads": 1}
    assert expected.items() <= callback.metadata.items()


def test_labels_of_the_training_set_change_the_model(make: Make) -> None:
    relabelled = [d._replace(label=1 - d.label if d.part == TRAIN else d.label) for d in tiny.documents()]
    for model in tiny.MODELS[1:]:
        assert make(relabelled).train(model) != make().train(model)


def test_labels_of_test_documents_are_hidden_from_a_training(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = []

    def record_task(code: Any, task: Task[Any]) -> Result:
        tasks.append(task)
        return train(code, task)

    train = estimator.train
    monkeypatch.setattr(estimator, "train", record_task)
    project.train("majority")
    (task,) = tasks
    test = task.corpus.split == TEST
    assert test.any()
    assert (task.labels[test] == HIDDEN).all()
    assert (task.labels[~test] == task.corpus.labels[~test]).all()


@pytest.mark.parametrize("model", ["majority", "logreg"])
@pytest.mark.parametrize("subwords", tiny.SUBWORDS)
def test_the_block_size_of_an_estimators_input_does_not_change_the_model(
    make: Make, monkeypatch: pytest.MonkeyPatch, model: str, subwords: str
) -> None:
    changed: dict[str, Any] = {"tokenize": {"subwords": tiny.SUBWORDS[subwords]}}
    whole = make().train(model, **changed)
    monkeypatch.setattr(estimator, "BLOCK", 7)
    assert make().train(model, **changed) == whole


def test_an_estimator_receives_tokens_joined_by_single_spaces(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    class RecordingClassifier(DummyClassifier):  # type: ignore[misc]
        def fit(self, texts: Any, labels: Any) -> Any:
            seen.append(list(texts))
            return super().fit(texts, labels)

        def predict_proba(self, texts: Any) -> Any:
            seen.append(list(texts))
            return super().predict_proba(texts)

    monkeypatch.setattr("lemma.models.majority.model.DummyClassifier", RecordingClassifier)
    monkeypatch.setattr("lemma.models.shared.store._dump_estimator", lambda _: b"")
    documents = [d._replace(text=d.text.upper() + "  !") for d in tiny.documents()]
    make(documents).train("majority")
    texts = [d.text.lower().replace("  ", " ") for d in documents]
    assert seen == [[text for text, d in zip(texts, documents) if d.part == TRAIN], texts]


@MODELS
def test_empty_and_one_word_documents_are_allowed_in_every_split(make: Make, model: str) -> None:
    documents = [
        d._replace(text=("", d.text.split()[0], d.text)[index // 5 % 3]) for index, d in enumerate(tiny.documents())
    ]
    project = make(documents)
    project.train(model)
    probabilities = project.probabilities(model)
    assert np.isfinite(probabilities).all()
    empty_document_rows = probabilities[[index for index, d in enumerate(documents) if not d.text]]
    np.testing.assert_allclose(
        empty_document_rows, np.broadcast_to(empty_document_rows[0], empty_document_rows.shape), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("model", ["majority", "mlp"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_results_are_complete_or_absent_if_writing_fails(
    project: Project, monkeypatch: pytest.MonkeyPatch, model: str, number: int
) -> None:
    names = [f"models/{DATASET}/{model}/0/{name}" for name in ("model.zip", "history.jsonl", "probabilities.npy")]
    project.train(model)
    complete = {name: (project.layout.root / name).read_bytes() for name in names}
    for name in names:
        (project.layout.root / name).unlink()
    checkpoints = 2 if model == "mlp" else 0  # files of the checkpoint of one epoch
    calls, flush = 0, os.fsync

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == checkpoints + number:
            raise OSError(28, "No space left on device")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        project.train(model, train={"epochs": 1})
    result_names = sorted(path for path in project.list_outputs() if not path.startswith(".lemma"))
    assert result_names == sorted(names[: number - 1])
    monkeypatch.undo()
    project.train(model)
    assert (project.layout.root / names[2]).read_bytes() == complete[names[2]]


def test_an_unknown_model_is_refused_with_the_valid_ones(project: Project) -> None:
    with pytest.raises(InputError, match=r"Unknown model 'cnm'\. Did you mean 'cnn'\?") as caught:
        project.train("cnm")
    assert caught.value.fix == "Choose one of: majority, nb, logreg, nbsvm, mlp, cnn, rnn."


@pytest.mark.parametrize("damage", ["missing", "cut"])
@pytest.mark.parametrize("name", ["tokens.arrow", "tokenizer.json"])
def test_missing_or_damaged_tokens_are_refused_with_the_file_name(project: Project, name: str, damage: str) -> None:
    path = project.layout.tokens(DATASET).with_name(name)
    content = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=name) as caught:
        project.train("mlp")
    commands = {"missing": ("lemma index", f"snakemake --cores 2 {path}"), "cut": (f"rm {path}",)}[damage]
    assert any(command in caught.value.fix for command in commands)
    assert not project.list_outputs()


@pytest.mark.parametrize("model", ["majority", "mlp"])
def test_missing_word_vectors_are_refused_with_the_stage_that_writes_them(project: Project, model: str) -> None:
    project.layout.vectors.unlink()
    with pytest.raises(InputError, match=r"vectors\.arrow does not exist") as caught:
        project.train(model)
    assert "`lemma vectors`" in caught.value.fix
    with pytest.raises(InputError, match=r"vectors\.arrow does not exist"):
        input_fingerprint(project.layout, DATASET, model)


def test_a_run_without_a_fold_is_refused(make: Make) -> None:
    project = make(assign_folds(), FOLDS)
    project.train("majority", run=4)
    with pytest.raises(InputError, match="no run 5") as caught:
        project.train("majority", run=5)
    assert "0 to 4" in caught.value.fix


@MODELS
@pytest.mark.parametrize(
    ("message", "change"),
    [
        ("the training set has no document of class 'positive'", lambda d: d._replace(part=TEST) if d.label else d),
        ("has no dev documents", lambda d: d._replace(part=TEST) if d.part == DEV else d),
    ],
)
def test_a_missing_class_in_train_or_an_empty_dev_set_is_refused(
    make: Make, model: str, message: str, change: Callable[[Any], tiny.Document]
) -> None:
    project = make([change(d) for d in tiny.documents()])
    with pytest.raises(InputError, match=message):
        project.train(model)
    assert not project.list_outputs()


def test_a_min_count_that_leaves_no_token_is_refused_by_logreg_only(project: Project) -> None:
    with pytest.raises(InputError, match="tiny/logreg/0: the model cannot be fitted") as caught:
        project.train("logreg", models={"logreg": {"min_count": 500}})
    assert "models.logreg in params.yaml" in caught.value.fix
    project.train("cnn", models={"cnn": {"min_count": 500}})

"""Tests of stacked runs: each equals a separate training, and an interrupted block resumes to the same results."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import pearsonr
from torch import nn

from lemma.corpus.primary_metric import MACRO_RECALL
from lemma.corpus.splits import TRAIN
from lemma.corpus.tokens import open_corpus
from lemma.learning_curve.learning_curve import learning_curve
from lemma.models.cnn import model as cnn
from lemma.models.mlp import model as mlp
from lemma.models.rnn import model as rnn
from lemma.models.shared.layers import Classifier
from lemma.params import Neural
from lemma.training import train
from lemma.training.batches import CorpusDocuments
from lemma.training.inputs import build_task, open_inputs
from lemma.training.loop import Trainer
from lemma.training.network import prepare
from lemma.training.stacked import StackedTrainer
from lemma.training.stacked_batches import draw_aligned_batches
from lemma.training.task import Task
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET, RecordingCallback

Make = Callable[..., Project]
CODE: dict[str, Any] = {"mlp": mlp, "cnn": cnn, "rnn": rnn}
CPU = torch.device("cpu")
STEADY = {"dropout": 0.0, "embedding_dropout": 0.0}  # no random masks, so that both forms can be compared
THREE: dict[str, Any] = {"train": {"stack_runs": 3}}
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("mlp", {"word_dropout": 0.0}),
    ("mlp", {"word_dropout": 0.0, "ngrams": 2, "buckets": 20}),
    ("cnn", {}),
    ("rnn", {}),
    ("rnn", {"cell": "gru", "num_layers": 2}),
    ("rnn", {"pooling": "attention"}),
]


def build_runs(
    project: Project, model: str, count: int, **changed: Any
) -> tuple[list[Classifier], list[Task[Neural]], list[CorpusDocuments]]:
    """Build networks in float64, tasks and documents of the first `count` runs of a model."""
    values = tiny.values(models={model: changed})
    settings: Neural = getattr(values.models, model)
    inputs = open_inputs(project.layout, DATASET, model, values)
    tasks = [build_task(inputs, run, values, settings) for run in range(count)]
    prepared = [prepare(CODE[model], task, CPU) for task in tasks]
    return [run.network.double() for run in prepared], tasks, [run.documents for run in prepared]


@pytest.fixture
def project(make: Make) -> Project:
    """A project of three folds: runs differ in documents, vocabulary and class weights."""
    documents = [document._replace(part=number % 3) for number, document in enumerate(tiny.documents(count=61))]
    unbalanced = [document for number, document in enumerate(documents) if document.label or number % 4]
    return make(unbalanced, {"kind": "folds", "folds": 3, "dev": 0.2}, tiny.CLASSES, True, MACRO_RECALL)


@pytest.mark.parametrize(
    ("model", "changed"), KINDS, ids=[f"{model} {list(changed.values())}" for model, changed in KINDS]
)
def test_a_stacked_step_equals_the_steps_of_separate_runs(
    project: Project, model: str, changed: dict[str, Any]
) -> None:
    """Compare weights, word vectors and losses after steps on batches of unequal sizes, with gradient clipping."""
    networks, tasks, documents = build_runs(project, model, 3, **STEADY, **changed)
    stacked_networks, _, _ = build_runs(project, model, 3, **STEADY, **changed)
    skeleton = CODE[model].Network(tasks[0].hyperparameters, 2, len(tasks[0].corpus.classes)).double()
    tasks = [replace(task, train_params=task.train_params.model_copy(update={"max_grad_norm": 0.1})) for task in tasks]
    trainers = [Trainer(*arguments, CPU) for arguments in zip(networks, tasks, documents)]
    stacked = StackedTrainer(skeleton, stacked_networks, tasks, list(documents), CPU)
    stacked.classify.train()
    for run, (network, trainer) in enumerate(zip(networks, trainers)):
        network.train()
        assert trainer.loss_weight is not None
        trainer.loss_weight = stacked.class_weights[run] = trainer.loss_weight.double()
    random = np.random.default_rng(0)
    for runs, sizes in (((0, 1, 2), (4, 4, 4)), ((0, 1, 2), (5, 2, 3)), ((0, 2), (1, 6)), ((2,), (3,))):
        stacked.keep_runs(list(runs))  # a run that stops early does not change the others
        batches = [random.choice(tasks[run].train_documents, size, replace=False) for run, size in zip(runs, sizes)]
        losses = [trainers[run].train_step(batch) for run, batch in zip(runs, batches)]
        torch.testing.assert_close(
            stacked.train_step(batches).double(), torch.stack(losses).double(), rtol=1e-5, atol=1e-6
        )
    assert len({len(network.embedding.weight) for network in networks}) > 1, (
        "all vocabularies are of one size: padding is not tested"
    )
    for network, stacked_network in zip(networks, stacked_networks):
        for parameter, stacked_parameter in zip(network.parameters(), stacked_network.parameters()):
            torch.testing.assert_close(stacked_parameter, parameter, rtol=1e-6, atol=1e-8)
        assert not stacked_network.embedding.weight[0].any()


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_stacked_runs_start_with_the_initial_weights_of_separate_runs(project: Project, model: str) -> None:
    networks, tasks, _ = build_runs(project, model, 2)
    first_weights = nn.utils.parameters_to_vector(
        [p for n, p in networks[0].named_parameters() if n != "embedding.weight"]
    )
    networks_again, _, _ = build_runs(project, model, 1)
    same_weights = nn.utils.parameters_to_vector(
        [p for n, p in networks_again[0].named_parameters() if n != "embedding.weight"]
    )
    other_weights = nn.utils.parameters_to_vector(
        [p for n, p in networks[1].named_parameters() if n != "embedding.weight"]
    )
    assert torch.equal(first_weights, same_weights)
    assert not torch.equal(first_weights, other_weights)
    assert tasks[0].metadata["seed"] != tasks[1].metadata["seed"]


@pytest.mark.parametrize(("counts", "size"), [((61, 60, 58), 4), ((7, 7, 7), 50), ((401, 399, 400), 1), ((3, 9), 2)])
def test_aligned_batches_contain_each_document_once_and_have_similar_lengths(
    counts: tuple[int, ...], size: int
) -> None:
    random = np.random.default_rng(0)
    lengths = [random.integers(1, 100, 2 * count) for count in counts]
    members = [random.choice(2 * count, count, replace=False) for count in counts]
    generators = [np.random.default_rng(run) for run in range(len(counts))]
    batches = list(draw_aligned_batches(lengths, members, size, generators, np.random.default_rng(9)))
    assert len(batches) == max(-(-count // size) for count in counts)
    for run, run_members in enumerate(members):
        run_batches = [batch[run] for batch in batches]
        assert sorted(np.concatenate(run_batches).tolist()) == sorted(run_members.tolist())
        assert all(len(batch) <= size for batch in run_batches)
    if size == 4:
        first, second = ([lengths[run][batch[run]].mean() for batch in batches] for run in range(2))
        assert pearsonr(first, second).statistic > 0.9


def test_the_first_run_of_a_block_trains_all_and_the_others_reuse_its_results(make: Make) -> None:
    project = make()
    callbacks = [RecordingCallback() for _ in range(3)]
    results = [project.train("cnn", run, callbacks[run], **THREE) for run in (1, 0, 2)]
    assert len({result["probabilities"] for result in results}) == 3
    assert all([line["epoch"] for line in callback.lines] == [1, 2, 3, 4, 5] for callback in callbacks)
    written_at = [project.layout.history(DATASET, "cnn", run).stat().st_mtime_ns for run in (1, 0, 2)]
    assert written_at == sorted(written_at)
    seconds = {run: [line["time"] for line in callbacks[run].lines] for run in range(3)}
    assert max(seconds[2]) <= project.layout.model(DATASET, "cnn", 1).stat().st_mtime, "run 2 was trained with run 1"
    assert project.list_outputs() == {
        f"models/{DATASET}/cnn/{run}/{name}"
        for run in range(3)
        for name in ("model.zip", "history.jsonl", "probabilities.npy")
    }


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_results_do_not_depend_on_which_run_of_a_block_comes_first(make: Make, model: str) -> None:
    ascending, descending = make(), make()
    first = {run: ascending.train(model, run, **THREE) for run in (0, 1, 2)}
    assert {run: descending.train(model, run, **THREE) for run in (2, 1, 0)} == first
    descending.layout.model(DATASET, model, 1).unlink()
    assert descending.train(model, 1, **THREE) == first[1]


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_an_interrupted_block_resumes_to_the_same_bytes(make: Make, model: str) -> None:
    """Runs stop after different epochs, so that some interruptions come after the first of them stopped."""
    changed: dict[str, Any] = {"train": {"stack_runs": 3, "epochs": 12, "patience": 2, "select": "score"}}
    whole, callbacks = make(), [RecordingCallback() for _ in range(3)]
    expected = [whole.train(model, run, callbacks[run], **changed) for run in range(3)]
    epochs = [len(callback.lines) for callback in callbacks]
    if model == "cnn":
        assert len(set(epochs)) > 1, "all runs stop after the same epoch: the test is void"
    project = make()
    for epoch in range(1, epochs[0] + 1):
        with pytest.raises(KeyboardInterrupt):
            project.train(model, 0, RecordingCallback(stop=epoch), **changed)
        assert len(project.checkpoints()) == 1
    assert [project.train(model, run, **changed) for run in range(3)] == expected
    assert not project.checkpoints()


def test_a_damaged_result_of_a_block_is_trained_again(make: Make) -> None:
    project = make()
    expected = [project.train("mlp", run, **THREE) for run in range(3)]
    project = make()
    project.train("mlp", 0, **THREE)
    (path,) = project.layout.state.glob("stacked/*/models/*/mlp/1/model.zip")
    path.write_bytes(path.read_bytes()[:-1])
    assert project.train("mlp", 1, **THREE) == expected[1]


def test_a_block_interrupted_while_writing_results_is_not_trained_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, project = make(), make()
    expected = [whole.train("mlp", run, **THREE) for run in range(3)]
    written: list[Any] = []
    epochs: list[list[int]] = []
    write, train_epoch = train._write_result, StackedTrainer.train_epoch

    def interrupt_second(*arguments: Any) -> None:
        if len(written) == 1:
            raise KeyboardInterrupt
        written.append(arguments)
        write(*arguments)

    def record_epoch(program: StackedTrainer) -> list[float]:
        epochs.append(program.active_runs)
        return train_epoch(program)

    with monkeypatch.context() as patch:
        patch.setattr(train, "_write_result", interrupt_second)
        with pytest.raises(KeyboardInterrupt):
            project.train("mlp", 0, **THREE)
    monkeypatch.setattr(StackedTrainer, "train_epoch", record_epoch)
    assert [project.train("mlp", run, **THREE) for run in range(3)] == expected
    assert not epochs
    assert not project.checkpoints()


def test_a_block_contains_no_run_beyond_the_last_fold(project: Project) -> None:
    project.train("mlp", 2, train={"stack_runs": 2})
    assert not [name for name in project.list_outputs() if name.startswith(".lemma")]


def test_runs_of_a_learning_curve_are_stacked(make: Make) -> None:
    values = tiny.values(
        experiment={"runs": [0, 1, 2]}, learning_curve={"train_fractions": [0.5]}, train={"stack_runs": 2}
    )
    project = make()
    learning_curve(project.layout, DATASET, "cnn", 0.5, values)
    content = project.layout.learning_curve(DATASET, "cnn", 0.5).read_text()
    documents = int((open_corpus(project.layout.tokens(DATASET)).splits(0) == TRAIN).sum())
    assert content.count(f'"documents": {documents // 2}') == 3


@pytest.mark.parametrize("stack_runs", [1, 2])
@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_bfloat16_changes_losses_by_at_most_five_per_cent(make: Make, model: str, stack_runs: int) -> None:
    """Losses differ, but only a little, as weights remain float32."""
    losses = []
    for precision in ("float32", "bfloat16"):
        callback = RecordingCallback()
        make().train(model, 0, callback, train={"precision": precision, "stack_runs": stack_runs})
        losses.append([line["train_loss"] for line in callback.lines])
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)

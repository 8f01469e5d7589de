"""Runs trained as one program: what each learns is what it would learn alone, and they end the same however killed."""

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
STEADY = {"dropout": 0.0, "embedding_dropout": 0.0}  # nothing by chance, so that two ways can be compared
THREE: dict[str, Any] = {"train": {"stack_runs": 3}}
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("mlp", {"word_dropout": 0.0}),
    ("mlp", {"word_dropout": 0.0, "ngrams": 2, "buckets": 20}),
    ("cnn", {}),
    ("rnn", {}),
    ("rnn", {"cell": "gru", "num_layers": 2}),
    ("rnn", {"pooling": "attention"}),
]


def begun(
    project: Project, model: str, count: int, **changed: Any
) -> tuple[list[Classifier], list[Task[Neural]], list[CorpusDocuments]]:
    """Return the first runs of a model, ready to be trained, in float64."""
    values = tiny.values(models={model: changed})
    settings: Neural = getattr(values.models, model)
    inputs = open_inputs(project.layout, DATASET, model, values)
    tasks = [build_task(inputs, run, values, settings) for run in range(count)]
    every = [prepare(CODE[model], task, CPU) for task in tasks]
    return [each.network.double() for each in every], tasks, [each.documents for each in every]


@pytest.fixture
def project(make: Make) -> Project:
    """A project of three folds: each run learns from other documents, with words and weights of the classes its own."""
    held = [document._replace(part=number % 3) for number, document in enumerate(tiny.documents(count=61))]
    unequal = [document for number, document in enumerate(held) if document.label or number % 4]
    return make(unequal, {"kind": "folds", "folds": 3, "dev": 0.2}, tiny.CLASSES, True, MACRO_RECALL)


@pytest.mark.parametrize(
    ("model", "changed"), KINDS, ids=[f"{model} {list(changed.values())}" for model, changed in KINDS]
)
def test_a_step_of_all_is_the_step_of_each(project: Project, model: str, changed: dict[str, Any]) -> None:
    """Weights, word vectors and losses after steps with batches of unequal size and length; the gradient is clipped."""
    networks, tasks, documents = begun(project, model, 3, **STEADY, **changed)
    together, _, _ = begun(project, model, 3, **STEADY, **changed)
    skeleton = CODE[model].Network(tasks[0].hyperparameters, 2, len(tasks[0].corpus.classes)).double()
    tasks = [replace(task, train_params=task.train_params.model_copy(update={"max_grad_norm": 0.1})) for task in tasks]
    alone = [Trainer(each, task, held, CPU) for each, task, held in zip(networks, tasks, documents)]
    stacked = StackedTrainer(skeleton, together, tasks, list(documents), CPU)
    stacked.classify.train()
    for run, (network, trainer) in enumerate(zip(networks, alone)):
        network.train()
        assert trainer.loss_weight is not None
        trainer.loss_weight = stacked.class_weights[run] = trainer.loss_weight.double()
    random = np.random.default_rng(0)
    for runs, sizes in (((0, 1, 2), (4, 4, 4)), ((0, 1, 2), (5, 2, 3)), ((0, 2), (1, 6)), ((2,), (3,))):
        stacked.keep_runs(list(runs))  # a run that stops early leaves the others as they are
        chosen = [random.choice(tasks[run].train_documents, size, replace=False) for run, size in zip(runs, sizes)]
        losses = [alone[run].train_step(batch) for run, batch in zip(runs, chosen)]
        torch.testing.assert_close(
            stacked.train_step(chosen).double(), torch.stack(losses).double(), rtol=1e-5, atol=1e-6
        )
    assert len({len(network.embedding.weight) for network in networks}) > 1, "else no table was padded"
    for one, other in zip(networks, together):
        for value, held in zip(one.parameters(), other.parameters()):
            torch.testing.assert_close(held, value, rtol=1e-6, atol=1e-8)
        assert not other.embedding.weight[0].any()


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_runs_of_one_programbegin_as_alone_and_differ(project: Project, model: str) -> None:
    networks, tasks, _ = begun(project, model, 2)
    first = nn.utils.parameters_to_vector([p for n, p in networks[0].named_parameters() if n != "embedding.weight"])
    again, _, _ = begun(project, model, 1)
    same = nn.utils.parameters_to_vector([p for n, p in again[0].named_parameters() if n != "embedding.weight"])
    other = nn.utils.parameters_to_vector([p for n, p in networks[1].named_parameters() if n != "embedding.weight"])
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert tasks[0].metadata["seed"] != tasks[1].metadata["seed"]


@pytest.mark.parametrize(("counts", "size"), [((61, 60, 58), 4), ((7, 7, 7), 50), ((401, 399, 400), 1), ((3, 9), 2)])
def test_every_run_meets_all_its_documents_once_in_batches_of_like_length(counts: tuple[int, ...], size: int) -> None:
    random = np.random.default_rng(0)
    lengths = [random.integers(1, 100, 2 * count) for count in counts]
    members = [random.choice(2 * count, count, replace=False) for count in counts]
    own = [np.random.default_rng(run) for run in range(len(counts))]
    batches = list(draw_aligned_batches(lengths, members, size, own, np.random.default_rng(9)))
    assert len(batches) == max(-(-count // size) for count in counts)
    for run, drawn in enumerate(members):
        met = [batch[run] for batch in batches]
        assert sorted(np.concatenate(met).tolist()) == sorted(drawn.tolist())
        assert all(len(batch) <= size for batch in met)
    if size == 4:
        first, second = ([lengths[run][batch[run]].mean() for batch in batches] for run in range(2))
        assert pearsonr(first, second).statistic > 0.9


def test_the_first_run_trains_all_of_its_block_and_the_others_take_theirs(make: Make) -> None:
    project = make()
    watchers = [RecordingCallback() for _ in range(3)]
    found = [project.train("cnn", run, watchers[run], **THREE) for run in (1, 0, 2)]
    assert len({each["probabilities"] for each in found}) == 3
    assert all([line["epoch"] for line in watcher.lines] == [1, 2, 3, 4, 5] for watcher in watchers)
    written = [project.layout.history(DATASET, "cnn", run).stat().st_mtime_ns for run in (1, 0, 2)]
    assert written == sorted(written)
    seconds = {run: [line["time"] for line in watchers[run].lines] for run in range(3)}
    assert max(seconds[2]) <= project.layout.model(DATASET, "cnn", 1).stat().st_mtime, "run 2 was trained with run 1"
    assert project.left() == {
        f"models/{DATASET}/cnn/{run}/{name}"
        for run in range(3)
        for name in ("model.zip", "history.jsonl", "probabilities.npy")
    }


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_a_run_ends_the_same_whichever_of_its_block_comes_first(make: Make, model: str) -> None:
    one, other = make(), make()
    first = {run: one.train(model, run, **THREE) for run in (0, 1, 2)}
    assert {run: other.train(model, run, **THREE) for run in (2, 1, 0)} == first
    other.layout.model(DATASET, model, 1).unlink()
    assert other.train(model, 1, **THREE) == first[1]


@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_a_block_interrupted_after_any_epoch_ends_with_the_same_bytes(make: Make, model: str) -> None:
    """Its runs stop after different epochs: some have left the program when it is interrupted."""
    changed: dict[str, Any] = {"train": {"stack_runs": 3, "epochs": 12, "patience": 2, "select": "score"}}
    whole, watchers = make(), [RecordingCallback() for _ in range(3)]
    expected = [whole.train(model, run, watchers[run], **changed) for run in range(3)]
    epochs = [len(watcher.lines) for watcher in watchers]
    if model == "cnn":
        assert len(set(epochs)) > 1, "else none left early"
    project = make()
    for epoch in range(1, epochs[0] + 1):
        with pytest.raises(KeyboardInterrupt):
            project.train(model, 0, RecordingCallback(stop=epoch), **changed)
        assert len(project.checkpoints()) == 1
    assert [project.train(model, run, **changed) for run in range(3)] == expected
    assert not project.checkpoints()


def test_what_was_left_for_a_run_and_is_damaged_is_made_again(make: Make) -> None:
    project = make()
    expected = [project.train("mlp", run, **THREE) for run in range(3)]
    project = make()
    project.train("mlp", 0, **THREE)
    (left,) = project.layout.state.glob("stacked/*/models/*/mlp/1/model.zip")
    left.write_bytes(left.read_bytes()[:-1])
    assert project.train("mlp", 1, **THREE) == expected[1]


def test_a_block_killed_while_its_results_are_written_is_not_trained_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, project = make(), make()
    expected = [whole.train("mlp", run, **THREE) for run in range(3)]
    written: list[Any] = []
    epochs: list[list[int]] = []
    write, epoch = train._write_result, StackedTrainer.train_epoch

    def cut(*arguments: Any) -> None:
        if len(written) == 1:
            raise KeyboardInterrupt
        written.append(arguments)
        write(*arguments)

    def note(program: StackedTrainer) -> list[float]:
        epochs.append(program.active_runs)
        return epoch(program)

    with monkeypatch.context() as patch:
        patch.setattr(train, "_write_result", cut)
        with pytest.raises(KeyboardInterrupt):
            project.train("mlp", 0, **THREE)
    monkeypatch.setattr(StackedTrainer, "train_epoch", note)
    assert [project.train("mlp", run, **THREE) for run in range(3)] == expected
    assert not epochs
    assert not project.checkpoints()


def test_a_block_ends_with_the_last_fold(project: Project) -> None:
    project.train("mlp", 2, train={"stack_runs": 2})
    assert not [name for name in project.left() if name.startswith(".lemma")]


def test_a_learning_curve_is_trained_together_too(make: Make) -> None:
    values = tiny.values(
        experiment={"runs": [0, 1, 2]}, learning_curve={"train_fractions": [0.5]}, train={"stack_runs": 2}
    )
    project = make()
    learning_curve(project.layout, DATASET, "cnn", 0.5, values)
    held = project.layout.learning_curve(DATASET, "cnn", 0.5).read_text()
    documents = int((open_corpus(project.layout.tokens(DATASET)).splits(0) == TRAIN).sum())
    assert held.count(f'"documents": {documents // 2}') == 3


@pytest.mark.parametrize("together", [1, 2])
@pytest.mark.parametrize("model", tiny.NETWORKS)
def test_products_in_half_the_bits_teach_about_the_same(make: Make, model: str, together: int) -> None:
    """And weights stay float32: the losses differ, by little."""
    losses = []
    for precision in ("float32", "bfloat16"):
        watcher = RecordingCallback()
        make().train(model, 0, watcher, train={"precision": precision, "stack_runs": together})
        losses.append([line["train_loss"] for line in watcher.lines])
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)

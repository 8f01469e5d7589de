"""The training loop: Adam, clipped gradients, early stopping on the dev part, checkpoints."""

import time
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lemma.corpus.primary_metric import compute_primary_score
from lemma.corpus.special_tokens import PAD
from lemma.errors import CheckError
from lemma.models.shared.layers import Classifier
from lemma.params import Neural
from lemma.progress import progress
from lemma.training.batches import Documents, by_length, shuffled
from lemma.training.checkpoint import Checkpoint, State, random_state, restore_random
from lemma.training.cost import Cost, Stopwatch
from lemma.training.determinism import autocast
from lemma.training.early_stopping import is_better
from lemma.training.optimizer import AdamW, RowAdam, take
from lemma.training.saver import Saver
from lemma.training.task import Indices, Task

EVALUATED = 256  # documents a step when nothing is learnt
WORDS = 2**14  # places computed at a time: what bounds memory, whatever the length of the documents
EXPLODED = 10.0  # times the loss of a guess
EPOCH = "epoch-"  # of the names of a checkpoint's files of weights


def probabilities(
    network: Classifier, documents: Documents, members: Indices, device: torch.device
) -> NDArray[np.float32]:
    """Return class probabilities: float32, (members, classes), in the order of `members`."""
    position = np.empty(len(documents.labels), np.int64)
    position[members] = np.arange(len(members))
    rows: list[tuple[Indices, Tensor]] = []
    network.eval()
    with torch.inference_mode():
        for members_of in by_length(documents.lengths, members, EVALUATED, WORDS):
            batch = documents.batch(members_of).to(device)
            logits = network.classify(network.embedding.weight.index_select(0, batch.rows), batch.places, batch.lengths)
            rows.append((position[members_of], torch.softmax(logits.float(), 1).cpu()))
    result = np.empty((len(members), rows[0][1].shape[1]), np.float32)
    for at, values in rows:
        result[at] = values.numpy()
    return result


class Trainer:
    """A network and what trains it, an epoch at a time."""

    def __init__(self, network: Classifier, task: Task, documents: Documents, device: torch.device) -> None:
        assert isinstance(task.settings, Neural)
        self.network, self.task, self.documents, self.device = network, task, documents, device
        self.vectors = network.embedding.weight.requires_grad_(False)
        self.rest = [parameter for parameter in network.parameters() if parameter is not self.vectors]
        self.dense = AdamW(self.rest, task.settings.learning_rate, task.settings.weight_decay)
        self.sparse = RowAdam(self.vectors, task.settings.embedding_learning_rate)
        self.order = np.random.default_rng(task.about["seed"])
        self.weights = task.weights
        self.balance = None if self.weights is None else torch.from_numpy(self.weights).to(device)

    def epoch(self) -> float:
        """Make one pass over the training documents; return the mean loss, in nats, as met on the way."""
        self.network.train()
        members = self.task.train
        total = torch.zeros((), dtype=torch.float64, device=self.device)
        for chosen in shuffled(self.documents.lengths, members, self.task.shared.batch_size, self.order):
            total += self.step(chosen).double() * len(chosen)  # stays on the device: no wait in the loop
        return float(total.item() / len(members))

    def step(self, chosen: Indices) -> Tensor:
        """Learn from a batch; return its mean loss, before."""
        batch = self.documents.batch(chosen).to(self.device)
        vectors = take(self.vectors, batch.rows).requires_grad_(self.sparse.rate > 0)
        for parameter in self.rest:
            parameter.grad = None
        weight = (
            float(len(chosen)) if self.weights is None else float(self.weights[self.documents.labels[chosen]].sum())
        )
        total = torch.zeros((), device=self.device)
        for piece in batch.pieces(WORDS):
            with autocast(self.task.shared, self.device):
                logits = self.network.classify(vectors, piece.places, piece.lengths).to(vectors.dtype)
            loss = cross_entropy(logits, piece.labels, weight=self.balance, reduction="sum") / weight
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        self._clip([*self.rest, vectors])
        self.dense.step()
        if vectors.grad is not None:
            self.sparse.step(batch.rows, vectors.detach(), vectors.grad)
            self.vectors[PAD] = 0  # padding is zero and stays so
        return total

    def _clip(self, parameters: list[Tensor]) -> None:
        """Shrink the gradients so that their norm is at most `train.max_grad_norm`."""
        most = self.task.shared.max_grad_norm
        norm = nn.utils.get_total_norm([held.grad for held in parameters if held.grad is not None])
        if self.device.type != "cpu" or norm + 1e-6 > most:  # on a CPU a look costs nothing, times one does
            nn.utils.clip_grads_with_norm_(parameters, most, norm)

    def write(self, checkpoint: Checkpoint, state: State) -> None:
        """Write a checkpoint of the epoch just ended."""
        tensors = {f"sparse.{name}": value for name, value in self.sparse.state().items()}
        tensors |= {f"dense.{name}": value for name, value in self.dense.state().items()}
        if state.epoch not in state.kept:  # else they are among the weights of the best epochs
            tensors |= {f"network.{name}": value for name, value in self.network.state_dict().items()}
        rest = {"state": state.json(), "order": self.order.bit_generator.state}
        weights = {f"{EPOCH}{epoch}": values for epoch, values in state.kept.items()}
        checkpoint.write(tensors | random_state(self.device), rest, weights)

    def read(self, checkpoint: Checkpoint) -> State | None:
        """Go on from a checkpoint: return the state it holds, None where there is no whole one."""
        content = checkpoint.read()
        if content is None:
            return None
        state = State.of(content.rest["state"], content.weights, EPOCH, self.device)
        self.network.load_state_dict(content.parts.get("network") or state.kept[state.epoch])
        self.dense.restore(content.parts["dense"])
        self.sparse.restore(content.parts["sparse"])
        self.order.bit_generator.state = content.rest["order"]
        restore_random(content.parts["random"], self.device)
        return state


def finish_epoch(
    state: State,
    train_loss: float,
    spent: Cost,
    network: Classifier,
    task: Task,
    documents: Documents,
    device: torch.device,
) -> str:
    """Judge the epoch just made: its line of history, and its weights if they are among the best; say it in words.

    Args:
        state: of the run, before the epoch; brought up to it.
        train_loss: mean over the epoch, in nats.
        spent: what the training took; judging it is added.
        network: as the epoch left it.
        task: of the run.
        documents: all documents, encoded.
        device: where to compute.

    Raises:
        CheckError: the loss is no longer a number, or has exploded.
    """
    stopwatch, shared = Stopwatch(), task.shared
    state.epoch += 1
    found = evaluate(train_loss, network, task, documents, device)
    _check(found, state.epoch, task)
    line = {"epoch": state.epoch, **found}
    best = all(is_better(line, other, shared.select) for other in state.history)
    state.stale = 0 if best else state.stale + 1
    line |= {**(spent + stopwatch.read()).json(), "time": round(time.time(), 3), "best": best}
    state.history.append(line)
    state.keep(network, shared)
    said = f"train loss {train_loss:.3f}, dev loss {found['dev_loss']:.3f}"
    return f"epoch {state.epoch}, {said}, dev score {found['dev_score']:.4f}{' *' if best else ''}"


def evaluate(
    train_loss: float, network: Classifier, task: Task, documents: Documents, device: torch.device
) -> dict[str, float]:
    """Return losses and scores of the dev part, beside the loss of the training."""
    truth = documents.labels[task.dev]
    predicted = probabilities(network, documents, task.dev, device)
    right = predicted[np.arange(len(truth)), truth].astype(np.float64)
    return {
        "train_loss": train_loss,
        "dev_loss": float(-np.log(np.maximum(right, 1e-12)).mean()),
        "dev_accuracy": float((predicted.argmax(1) == truth).mean()),
        "dev_score": compute_primary_score(task.corpus.metric, truth, predicted),
    }


def train(network: Classifier, task: Task, documents: Documents, device: torch.device) -> State:
    """Train `network` in place until the dev part is judged no better; the state's `kept` are the best epochs' weights.

    The lines of history from before an interruption are watched first.

    Args:
        network: takes (U, D) vectors, (B, T) places and (B,) lengths, gives (B, C) logits; on `device`.
        task: which documents train and which decide when to stop, and the settings.
        documents: all documents, encoded.
        device: where to compute.

    Raises:
        CheckError: the loss is no longer a number, or has exploded.
    """
    shared = task.shared
    trainer = Trainer(network, task, documents, device)
    saver = Saver(task.resume, task.title, size_of(network, shared.best_epochs))
    state = trainer.read(saver.checkpoint) if saver.checkpoint is not None else None
    state = state or State()
    for line in state.history:
        task.watch(line)
    with progress(task.title, shared.epochs, "epochs") as step, saver:
        step(state.epoch, f"going on after epoch {state.epoch}" if state.epoch else "")
        while not state.ended(shared):
            stopwatch = Stopwatch()
            loss = trainer.epoch()
            said = finish_epoch(state, loss, stopwatch.read(), network, task, documents, device)
            saver.end_epoch(partial(trainer.write, state=state))
            task.watch(state.history[-1])
            step(1, said)
    return state


def size_of(network: Classifier, keep: int) -> int:
    """Return the bytes of a checkpoint, about: the weights, two moments of each, and the best epochs' weights."""
    weights: int = sum(value.nbytes for value in network.state_dict().values())
    return (3 + keep) * weights


def _check(found: dict[str, float], epoch: int, task: Task) -> None:
    assert isinstance(task.settings, Neural)
    guess = float(np.log(max(2, len(task.corpus.classes))))
    for name in ("train_loss", "dev_loss"):
        if not np.isfinite(found[name]) or (name == "train_loss" and found[name] > EXPLODED * guess):
            what = "is no longer a number" if not np.isfinite(found[name]) else f"has exploded to {found[name]:.3g}"
            raise CheckError(
                f"{task.title}: the loss {what} in epoch {epoch} (learning rate {task.settings.learning_rate}).",
                "Lower the model's learning_rate in params.yaml, to a third say, and its embedding_learning_rate.",
            )
